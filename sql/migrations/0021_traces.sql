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

-- For a clock that is out of its mind, and for days when nobody made room; else nothing is ever here. No row fails for
-- want of a partition.
create table traces_other partition of traces default;

-- Partitions of today and the days to come; how many were made, none while somebody reads for long: then next time.
-- They are attached, not created in place: that would wait for, and hold up, everybody who writes. These run as who
-- migrates: engines may make no tables.
create function xyper_extend_traces(days int) returns int language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  day date;
  name text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('traces partitions', 0));
  for n in 0..days loop
    day := current_date + n;
    name := 'traces_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass('public.' || name) is not null;
    lock table traces_other in access exclusive mode;  -- nobody adds a stray while they move
    execute format('create table public.%I (like traces including defaults)', name);
    execute format('with strays as (delete from traces_other where at >= %L and at < %L returning *)
      insert into public.%I select * from strays', day, day + 1, name);
    execute format('alter table traces attach partition public.%I for values from (%L) to (%L)', name, day, day + 1);
    made := made + 1;
  end loop;
  return made;
exception when lock_not_available then
  return 0;
end $$;

-- Forget what is older than `keep` days, whole days at a time; how many. Not while somebody reads them: then later.
create function xyper_drop_traces(keep int) returns int language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  name text;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('traces partitions', 0));
  delete from traces_other where at < current_date - keep;
  for name in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'traces'::regclass and c.relname ~ '^traces_\d{8}$'
      and c.relname < 'traces_' || to_char(current_date - keep, 'YYYYMMDD')
  loop
    execute format('drop table public.%I', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return 0;
end $$;

revoke all on function xyper_extend_traces(int), xyper_drop_traces(int) from public;
grant execute on function xyper_extend_traces(int), xyper_drop_traces(int) to xyper_engine;
select xyper_extend_traces(2);
