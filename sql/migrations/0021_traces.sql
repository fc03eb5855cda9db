-- Traces: what happened to each message, step by step, for as many days as its tenant keeps them.
--
-- A row is a stretch of an event's way on one engine; `message` is the event whose timeline it belongs to, a receipt's is
-- the message's. A day is a partition, so that to forget costs nothing. There is no foreign key: to check it would cost
-- every message more than the row does, and what a removed tenant leaves goes with its day. Steps hold no person's
-- words or names. Vendors' ids are looked up in the ledger and in posts, which have them anyway.

create table traces (
  tenant       text not null,
  message      text not null,
  event_id     text not null,
  conversation text,
  received_at  timestamptz not null,
  at           timestamptz not null,
  steps        jsonb not null
) partition by range (at);
create index on traces (message);
create index on traces (event_id) where event_id <> message;
create index on traces (conversation, message) where conversation is not null;

alter table traces enable row level security;
alter table traces force row level security;
create policy engine on traces to xyper_engine using (true) with check (true);
create policy tenant on traces to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on traces to xyper_engine, xyper_tenant;

-- Makes today's and tomorrow's partitions, and drops those that are older than `keep` days; how many. Attached, not
-- created in place: that would wait for, and hold up, everybody who writes.
create function xyper_trace_days(keep int) returns int language plpgsql security definer
  set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '5s' as $$
declare
  today date := now()::date;
  day date;
  part record;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('xyper trace days', 0));
  for day in select today + n from generate_series(0, 1) n loop
    if to_regclass(format('traces_%s', to_char(day, 'YYYYMMDD'))) is null then
      execute format('create table %I (like traces including defaults)', 'traces_' || to_char(day, 'YYYYMMDD'));
      execute format('alter table traces attach partition %I for values from (%L) to (%L)',
                     'traces_' || to_char(day, 'YYYYMMDD'), day, day + 1);
    end if;
  end loop;
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'traces'::regclass and c.relname < 'traces_' || to_char(today - keep, 'YYYYMMDD')
  loop
    execute format('drop table %I', part.relname);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
revoke all on function xyper_trace_days(int) from public;
grant execute on function xyper_trace_days(int) to xyper_engine;
