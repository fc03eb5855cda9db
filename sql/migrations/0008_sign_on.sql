-- Signing in with somebody else's login: what is under way, and the tokens that it brought.

-- `sealed` is what is remembered for the next step: at first the verifier, in the end who it is.
create table sign_ins (
  id          text primary key,
  tenant      text references tenants on delete cascade,
  secret_hash bytea not null,
  cookie_hash bytea,
  state_hash  bytea,
  proof_hash  bytea,
  tries       int not null default 0,
  settled     boolean not null default false,
  key_id      text not null,
  sealed      bytea not null,
  expires_at  timestamptz not null
);
create index on sign_ins (tenant);
create index on sign_ins (expires_at);

-- A person's own token at the vendor, as long as the session that began with it.
create table vendor_tokens (
  session    text primary key references sessions on delete cascade,
  tenant     text not null references tenants on delete cascade,
  adapter    text not null,
  account    text not null,
  key_id     text not null,
  sealed     bytea not null,
  expires_at timestamptz not null
);
create index on vendor_tokens (tenant);

do $$
declare t text;
begin
  foreach t in array array['sign_ins', 'vendor_tokens'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine, xyper_tenant', t);
  end loop;
end $$;

-- A session is kept for a while after it has ended, the token is not. Whoever disables a person ends their sessions.
create function xyper_drop_vendor_token() returns trigger language plpgsql as $$
begin
  delete from vendor_tokens where session = new.id;
  return null;
end $$;
create trigger drop_vendor_token after update of ended_at on sessions for each row
  when (new.ended_at is not null) execute function xyper_drop_vendor_token();
