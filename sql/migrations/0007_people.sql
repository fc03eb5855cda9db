-- People: who they are, how they prove it, their sessions; the keys that sign access tokens.

-- `role` is what the one who knows them says (for `genesys`: their organisation), `role_given` what was decided here.
-- `subject` is what that one knows them by; for `local` the e-mail address in small letters.
create table people (
  id         text primary key,
  tenant     text references tenants on delete cascade,
  method     text not null check (method in ('local', 'oidc', 'genesys')),
  subject    text not null,
  role       text not null check (role in ('xyper_admin', 'genesys_admin', 'supervisor', 'agent')),
  role_given text check (role_given in ('genesys_admin', 'supervisor', 'agent')),
  name       text not null default '',
  email      text not null default '',
  state      text not null check (state in ('invited', 'active', 'disabled')),
  created_at timestamptz not null default now(),
  check ((role = 'xyper_admin') = (tenant is null)),
  check (role_given is null or tenant is not null)
);
create unique index on people (coalesce(tenant, ''), method, subject);
create index on people (tenant, id);
create trigger quota after insert on people for each row when (new.tenant is not null)
  execute function xyper_quota('users', 'count(*)', 'state <> ''disabled''');

-- Of those who sign in here. `offered` is a second factor that is not confirmed yet; `totp_step` the last one used up;
-- `totp_key` and `offered_key` name the data key that sealed it.
create table credentials (
  person         text primary key references people on delete cascade,
  password       text,
  totp_key       text,
  totp_sealed    bytea,
  totp_step      bigint not null default 0,
  offered_key    text,
  offered_sealed bytea
);

create table recovery_codes (
  person text not null references people on delete cascade,
  hash   bytea not null,
  primary key (person, hash)
);

-- Invitations and resets: with one a password is set, once.
create table one_time_tokens (
  hash       bytea primary key,
  person     text not null unique references people on delete cascade,
  expires_at timestamptz not null
);

-- Tries to sign in, by account and by address: each counts until it is proved to be right.
create table sign_in_tries (
  key      text primary key,
  failures integer not null,
  last_at  timestamptz not null
);
create index on sign_in_tries (last_at);

-- `actions`: null, or what this session may do at most.
create table sessions (
  id           text primary key,
  tenant       text references tenants on delete cascade,
  person       text not null references people on delete cascade,
  actions      text[],
  conversation text,
  address      text not null,
  agent        text not null,
  begun_at     timestamptz not null default now(),
  used_at      timestamptz not null default now(),
  expires_at   timestamptz not null,
  ended_at     timestamptz,
  ended_why    text
);
create index on sessions (tenant, id);
create index on sessions (person, address);
create index on sessions (expires_at);

create table refresh_tokens (
  hash       bytea primary key,
  session    text not null references sessions on delete cascade,
  expires_at timestamptz not null,
  used_at    timestamptz
);
create index on refresh_tokens (session);

-- Published before `signs_from`, and as long after `signs_until` as a token lives.
create table signing_keys (
  id          text primary key,
  public      bytea not null,
  data_key    text not null,
  sealed      bytea not null,
  signs_from  timestamptz not null,
  signs_until timestamptz not null
);

do $$
declare t text;
begin
  foreach t in array array['people', 'sessions', 'credentials', 'recovery_codes', 'one_time_tokens', 'sign_in_tries', 'refresh_tokens', 'signing_keys'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
  end loop;
  -- What proves a person is no tenant's to see.
  foreach t in array array['people', 'sessions'] loop
    execute format('grant select, insert, update, delete on %I to xyper_tenant', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
  end loop;
end $$;

-- Every process remembers what was proved to it, and forgets at once what these name.
create function xyper_access_changed() returns trigger language plpgsql as $$
begin
  case tg_table_name
    when 'people' then
      perform pg_notify('xyper_access', 'session:' || id) from sessions where person = new.id and ended_at is null;
    when 'sessions' then
      perform pg_notify('xyper_access', 'session:' || old.id);
    when 'api_keys' then
      perform pg_notify('xyper_access', 'key:' || old.id);
    else
      perform pg_notify('xyper_access', 'signing:');
  end case;
  return null;
end $$;
create trigger changed after update of role, role_given, state, name on people for each row execute function xyper_access_changed();
create trigger changed after update of actions, expires_at, ended_at on sessions for each row execute function xyper_access_changed();
create trigger removed after delete on sessions for each row execute function xyper_access_changed();
create trigger changed after update of actions, expires_at, revoked_at on api_keys for each row execute function xyper_access_changed();
create trigger removed after delete on api_keys for each row execute function xyper_access_changed();
create trigger changed after insert or delete on signing_keys for each statement execute function xyper_access_changed();
