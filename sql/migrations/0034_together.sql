-- Statistics of all tenants together, for those who run Xyper: a thousand tenants' rows are too many to be added up each
-- time somebody looks. Without numbers, and without templates and agents, which mean nothing beside other tenants'.

create table statistics_all_hours (
  measure   text not null,
  at        timestamptz not null,
  direction text not null,
  kind      text not null,
  label     text not null,
  n         bigint not null,
  primary key (measure, at, direction, kind, label)
) with (fillfactor = 70);
create index on statistics_all_hours (at);

create table statistics_all_days (
  measure   text not null,
  at        date not null,
  direction text not null,
  kind      text not null,
  label     text not null,
  n         bigint not null,
  primary key (measure, at, direction, kind, label)
) with (fillfactor = 70);

do $$
declare t text;
begin
  foreach t in array array['statistics_all_hours', 'statistics_all_days'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
  end loop;
end $$;

insert into statistics_all_hours (measure, at, direction, kind, label, n)
select measure, date_trunc('hour', at, 'UTC'), direction, kind, label, sum(n) from statistics_hours
where measure not in ('templates', 'agents') group by 1, 2, 3, 4, 5;

insert into statistics_all_days (measure, at, direction, kind, label, n)
select measure, at, direction, kind, label, sum(n) from statistics_days
where measure not in ('templates', 'agents') group by 1, 2, 3, 4, 5;

-- What the vendor says of a number's quality; '' where nobody asked.
alter table health add column quality text not null default '';

-- What needs attention is found among a thousand tenants without a look at what does not.
create index health_wrong on health (tenant) where state = 'wrong' or quality in ('RED', 'YELLOW');
create index health_expires on health (expires_at) where expires_at is not null;
create index templates_troubled on templates (tenant)
  where status in ('REJECTED', 'PAUSED', 'DISABLED') or quality = 'RED';
