-- Statistics: what was counted, by the hour, and by the day of the tenant's own calendar. A day's counts are not added up
-- from its hours when they are asked for: years of them would be too many rows. Hours are forgotten, days stay.

create table statistics_hours (
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
create index on statistics_hours (at);

create table statistics_days (
  tenant    text not null references tenants on delete cascade,
  measure   text not null,
  at        date not null,
  number    text not null,
  direction text not null,
  kind      text not null,
  label     text not null,
  n         bigint not null,
  primary key (tenant, measure, at, number, direction, kind, label)
) with (fillfactor = 70);

do $$
declare t text;
begin
  foreach t in array array['statistics_hours', 'statistics_days'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine, xyper_tenant', t);
  end loop;
end $$;

-- What a receipt speaks of, so that it is counted without a look at the message.
alter table posts add column kind text not null default '';

-- The customer's first message that nobody has answered yet.
alter table conversations add column asked_at timestamptz;
