-- The gateway: calls that must not be made twice, and what was answered to them, for a day.

create table idempotency_keys (
  caller     text not null,
  call       text not null,
  key        text not null,
  tenant     text references tenants on delete cascade,
  digest     bytea not null,
  status     int,
  key_id     text,
  sealed     bytea,
  created_at timestamptz not null default now(),
  primary key (caller, call, key)
);
create index on idempotency_keys (created_at);
create index on idempotency_keys (tenant);

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy engine on idempotency_keys to xyper_engine using (true) with check (true);
create policy tenant on idempotency_keys to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on idempotency_keys to xyper_engine, xyper_tenant;
