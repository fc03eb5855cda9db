-- Signing in with somebody else's login: what is under way.

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

do $$
declare t text;
begin
  foreach t in array array['sign_ins'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine, xyper_tenant', t);
  end loop;
end $$;
