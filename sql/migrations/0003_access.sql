-- Access: keys of programs, and the audit.

create table api_keys (
  id         text primary key,
  tenant     text references tenants on delete cascade,
  name       text not null,
  hash       bytea not null,
  actions    text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  used_at    timestamptz
);
create index on api_keys (tenant);

-- Lines outlive their tenant: `tenant` is no foreign key. `body` is the very text that was hashed.
create table audit (
  chain   text not null,
  seq     bigint not null,
  tenant  text,
  at      timestamptz not null default now(),
  who     text not null,
  action  text not null,
  subject text not null,
  body    text not null,
  hash    bytea not null,
  primary key (chain, seq)
);
create index on audit (at);
create index on audit (who, at);
create index on audit (subject, at);

create table audit_heads (
  chain text primary key,
  seq   bigint not null default 0,
  hash  bytea not null default decode(repeat('00', 32), 'hex')
);

do $$
declare t text;
begin
  foreach t in array array['api_keys', 'audit', 'audit_heads'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (%I = current_setting(''xyper.tenant'', true)) with check (%I = current_setting(''xyper.tenant'', true))',
                   t, case t when 'audit_heads' then 'chain' else 'tenant' end, case t when 'audit_heads' then 'chain' else 'tenant' end);
  end loop;
end $$;
grant select, insert, update, delete on api_keys to xyper_engine, xyper_tenant;
grant select, insert, update on audit_heads to xyper_engine, xyper_tenant;
-- What was written stays: nobody but the owner of the database can change or remove a line.
grant select, insert on audit to xyper_engine, xyper_tenant;
