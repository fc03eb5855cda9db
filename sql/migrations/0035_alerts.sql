-- Alerts: what is wrong just now, whom to tell, what they are still to be told; and how much is left of each tenant's
-- error budget.

-- Whom to tell; without a tenant: who runs Xyper. `sealed`: where to, and with what it is signed.
create table alert_channels (
  id         text primary key,
  tenant     text references tenants,
  kind       text not null check (kind in ('email', 'webhook')),
  name       text not null,
  topics     text[] not null default '{}',
  enabled    boolean not null default true,
  version    int not null default 1,
  key_id     text not null,
  sealed     bytea not null,
  created_at timestamptz not null default now(),
  told_at    timestamptz,
  failed_at  timestamptz,
  failure    text not null default ''
);
create index on alert_channels (tenant, id);

-- What is or was wrong; without a tenant: with Xyper itself. `seen_at`: when it was last found so.
create table alerts (
  id       text primary key,
  tenant   text references tenants,
  topic    text not null,
  subject  text not null,
  words    text not null,
  began_at timestamptz not null default now(),
  seen_at  timestamptz not null default now(),
  ended_at timestamptz
);
create unique index alerts_open on alerts (coalesce(tenant, ''), topic, subject) where ended_at is null;
create index on alerts (tenant, began_at, id);
create index on alerts (began_at, id);

-- What a channel is to be told, one after another.
create table alert_posts (
  id       text primary key,
  channel  text not null references alert_channels on delete cascade,
  tenant   text references tenants,
  body     jsonb not null,
  made_at  timestamptz not null default now(),
  due_at   timestamptz not null default now(),
  tries    int not null default 0,
  ended_at timestamptz,
  failure  text not null default ''
);
create index alert_posts_open on alert_posts (channel, id) where ended_at is null;
create index on alert_posts (tenant);

-- Looked at every few minutes, from statistics.
create table budgets (
  tenant    text primary key references tenants on delete cascade,
  at        timestamptz not null default now(),
  share     float8 not null,
  seconds   int not null,
  good      bigint not null,
  total     bigint not null,
  kept      float8 not null,
  burn_hour float8 not null,
  burn_six  float8 not null,
  burn_day  float8 not null
);
create index on budgets (kept, tenant);
create index on budgets (at);

do $$
declare t text;
begin
  foreach t in array array['alert_channels', 'alerts', 'alert_posts', 'budgets'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine, xyper_tenant', t);
  end loop;
end $$;
