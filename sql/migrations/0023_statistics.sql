-- Statistics: what was counted, by the hour of the tenant's own time, and by the day when that is long ago.

create table statistics (
  tenant    text not null references tenants on delete cascade,
  measure   text not null,
  at        timestamptz not null,
  number    text not null,
  direction text not null,
  kind      text not null,
  label     text not null,
  n         bigint not null,
  primary key (tenant, measure, at, number, direction, kind, label)
) with (fillfactor = 70);  -- the present hour's rows are written again and again: in place, as `n` is in no index

alter table statistics enable row level security;
alter table statistics force row level security;
create policy engine on statistics to xyper_engine using (true) with check (true);
create policy tenant on statistics to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on statistics to xyper_engine, xyper_tenant;

-- What a receipt speaks of, so that it is counted without a look at the message.
alter table posts add column kind text not null default '';

-- The customer's first message that nobody has answered yet.
alter table conversations add column asked_at timestamptz;
