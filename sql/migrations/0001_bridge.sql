-- The bridge: tenants, their accounts, links, hooks and secrets; the ledger that decides what was sent; conversations;
-- dead letters.
--
-- Two roles divide the work. `xyper_engine` runs the message path, which serves all tenants in grouped statements.
-- `xyper_tenant` sees one tenant only, the one named by the setting `xyper.tenant` of its transaction.

do $$
begin
  if not exists (select from pg_roles where rolname = 'xyper_engine') then create role xyper_engine nologin; end if;
  if not exists (select from pg_roles where rolname = 'xyper_tenant') then create role xyper_tenant nologin; end if;

  -- What a login that is no superuser needs to take them on; a role that an administrator granted before is left alone.
  if not pg_has_role(current_user, 'xyper_engine', 'member') then grant xyper_engine to current_user; end if;
  if not pg_has_role(current_user, 'xyper_tenant', 'member') then grant xyper_tenant to current_user; end if;
end $$;

create table tenants (
  id         text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name       text not null,
  state      text not null default 'active' check (state in ('active', 'suspended')),
  created_at timestamptz not null default now()
);

create table accounts (
  tenant     text not null references tenants,
  adapter    text not null,
  account    text not null,
  name       text not null default '',
  config     jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (adapter, account),
  unique (tenant, adapter, account)
);
create index on accounts (tenant);

create table links (
  id               text primary key,
  tenant           text not null references tenants,
  customer_adapter text not null,
  customer_account text not null,
  agent_adapter    text not null,
  agent_account    text not null,
  created_at       timestamptz not null default now(),
  foreign key (tenant, customer_adapter, customer_account) references accounts (tenant, adapter, account),
  foreign key (tenant, agent_adapter, agent_account) references accounts (tenant, adapter, account),
  unique (tenant, customer_adapter, customer_account, agent_adapter, agent_account)
);
create index on links (customer_adapter, customer_account);
create index on links (agent_adapter, agent_account);

-- Without a tenant: the operator's own, which serves all of them.
create table hooks (
  id         text primary key check (id ~ '^[A-Za-z0-9_-]{1,64}$'),
  adapter    text not null,
  tenant     text references tenants,
  account    text,
  created_at timestamptz not null default now(),
  foreign key (tenant, adapter, account) references accounts (tenant, adapter, account),
  check (account is null or tenant is not null)
);
create index on hooks (tenant);

-- `owner` is `account:<adapter>/<account>` or `hook:<id>`; several rows of one name are all valid, newest first.
create table secrets (
  tenant     text references tenants,
  owner      text not null,
  name       text not null,
  key_id     text not null,
  sealed     bytea not null,
  created_at timestamptz not null default now(),
  primary key (owner, name, created_at)
);

create table conversations (
  id               text primary key,
  tenant           text not null references tenants,
  customer_adapter text not null,
  customer_account text not null,
  agent_adapter    text not null,
  agent_account    text not null,
  contact          text not null,
  aliases          text[] not null default '{}',
  name             text,
  thread           text,
  last_inbound_id  text,
  last_inbound_at  timestamptz,
  created_at       timestamptz not null default now(),
  changed_at       timestamptz not null default now(),
  unique (customer_adapter, customer_account, agent_adapter, agent_account, contact)
);
create index on conversations (tenant);
-- `thread` first: led by the account, the planner took it for look-ups of one contact and read all of the account.
create index on conversations (thread, agent_adapter, agent_account);

-- One row per event that came to an end: a second delivery of it is filtered.
create table ledger (
  key         text primary key,
  tenant      text not null,
  event_id    text not null,
  outcome     text not null check (outcome in ('delivered', 'filtered', 'dead')),
  finished_at timestamptz not null default now()
);

-- One row per payload that was about to be posted. 'sending' that outlives its process is a send of unknown fate.
create table posts (
  key          text not null,
  n            smallint not null,
  tenant       text not null,
  event_id     text not null,
  adapter      text not null,
  account      text not null,
  external_id  text not null,
  contact      text not null,
  origin_adapter text not null,
  origin_account text not null,
  thread       text,
  last         boolean not null,
  state        text not null default 'sending' check (state in ('sending', 'unknown', 'sent')),
  far_id       text,
  sending_at   timestamptz not null default now(),
  sent_at      timestamptz,
  status       smallint not null default 0,
  status_at    jsonb not null default '{}',
  reason       jsonb,
  primary key (key, n)
);
create index on posts (adapter, account, far_id);
create index on posts (event_id);
create index on posts (adapter, account, external_id);

create table dead_letters (
  id            text primary key,
  tenant        text,
  source        text not null check (source in ('unparsed', 'route', 'broker')),
  queue         text not null,
  event_id      text,
  adapter       text,
  account       text,
  hook          text,
  reason        text not null,
  detail        text not null default '',
  body          bytea not null,
  died_at       timestamptz not null default now(),
  replay_asked  timestamptz,
  replayed_at   timestamptz
);
create index on dead_letters (died_at);
create index on dead_letters (tenant, died_at);
create index on dead_letters (replay_asked) where replay_asked is not null and replayed_at is null;

do $$
declare t text;
begin
  foreach t in array array['tenants', 'accounts', 'links', 'hooks', 'secrets', 'conversations', 'ledger', 'posts', 'dead_letters'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
    execute format('grant select, insert, update, delete on %I to xyper_tenant', t);
    execute format('create policy tenant on %I to xyper_tenant using (%I = current_setting(''xyper.tenant'', true)) with check (%I = current_setting(''xyper.tenant'', true))',
                   t, case t when 'tenants' then 'id' else 'tenant' end, case t when 'tenants' then 'id' else 'tenant' end);
  end loop;
end $$;

-- Rises with every change of the directory, in the change's own transaction: what was read at one revision is known to be
-- of that revision. Every engine is told the new one, forgets what it cached and looks for new tenants. The counter is
-- raised before any row is touched, so two changes queue up here instead of deadlocking further down.
create table directory_revision (
  one      boolean primary key default true check (one),
  revision bigint not null
);
insert into directory_revision values (true, 1);
grant select, update on directory_revision to xyper_engine, xyper_tenant;

create function xyper_changed() returns trigger language plpgsql as $$
declare now_at bigint;
begin
  update directory_revision set revision = revision + 1 returning revision into now_at;
  perform pg_notify('xyper_directory', now_at::text);
  return null;
end $$;
create trigger changed before insert or update or delete on tenants for each statement execute function xyper_changed();
create trigger changed before insert or update or delete on accounts for each statement execute function xyper_changed();
create trigger changed before insert or update or delete on links for each statement execute function xyper_changed();
create trigger changed before insert or update or delete on hooks for each statement execute function xyper_changed();
create trigger changed before insert or update or delete on secrets for each statement execute function xyper_changed();

create function xyper_replay_asked() returns trigger language plpgsql as $$
begin
  perform pg_notify('xyper_replay', '');
  return null;
end $$;
create trigger replay_asked after update of replay_asked on dead_letters for each statement execute function xyper_replay_asked();
