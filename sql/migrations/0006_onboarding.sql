-- Onboarding: what was asked for, how far each step is; the same checks as health; and the handshakes of webhooks.

-- One row per tenant. `asked` counts what was asked for, so that a run that ends knows whether there is something new.
create table onboardings (
  tenant   text primary key references tenants on delete cascade,
  state    text not null default 'running' check (state in ('running', 'waiting', 'failed', 'done')),
  asked    bigint not null default 1,
  wanted   jsonb not null default '{}',
  by       jsonb not null,
  asked_at timestamptz not null default now(),
  ended_at timestamptz
);
create index on onboardings (tenant) where state = 'running';

-- `calls`: what the vendor was asked and what it answered, without secrets and bodies.
create table onboarding_steps (
  tenant   text not null,
  adapter  text not null,
  account  text not null,
  step     text not null,
  place    smallint not null,
  title    text not null,
  state    text not null default 'pending'
           check (state in ('pending', 'running', 'waiting', 'unknown', 'failed', 'done')),
  detail   text not null default '',
  todo     text not null default '',
  calls    jsonb not null default '[]',
  tries    integer not null default 0,
  began_at timestamptz,
  ended_at timestamptz,
  primary key (adapter, account, step),
  foreign key (tenant, adapter, account) references accounts (tenant, adapter, account) on delete cascade
);
create index on onboarding_steps (tenant, place);

-- What the last check found, and since when it finds the same.
create table health (
  tenant      text not null,
  adapter     text not null,
  account     text not null,
  step        text not null,
  place       smallint not null,
  state       text not null check (state in ('ok', 'wrong', 'unknown')),
  auth        boolean not null default false,
  detail      text not null default '',
  todo        text not null default '',
  correlation text not null default '',
  since       timestamptz not null default now(),
  checked_at  timestamptz not null default now(),
  primary key (adapter, account, step),
  foreign key (tenant, adapter, account) references accounts (tenant, adapter, account) on delete cascade
);
create index on health (tenant, place);

-- When each tenant is to be checked: whoever moves `due_at` on does it.
create table health_rounds (
  tenant     text primary key references tenants on delete cascade,
  due_at     timestamptz not null,
  checked_at timestamptz
);
create index on health_rounds (due_at);

-- The last time that the vendor's handshake with a hook succeeded.
create table challenges (
  hook   text primary key references hooks on delete cascade,
  tenant text references tenants on delete cascade,
  at     timestamptz not null default now()
);

do $$
declare t text;
begin
  foreach t in array array['onboardings', 'onboarding_steps', 'health', 'health_rounds', 'challenges'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
    execute format('grant select, insert, update, delete on %I to xyper_tenant', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
  end loop;
end $$;

create function xyper_onboarding_asked() returns trigger language plpgsql as $$
begin
  perform pg_notify('xyper_onboarding', new.tenant);
  return null;
end $$;
create trigger asked after insert or update of asked on onboardings for each row execute function xyper_onboarding_asked();
