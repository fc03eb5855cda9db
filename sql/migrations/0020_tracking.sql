-- Tracking: messages in partitions by the time they came, an index of their words that nobody can read, and, for each
-- payload, the price and the channel's service window.

-- The least id (UUIDv7) that something which came then can have. It is a prefix, which sorts before all that begins so.
create function xyper_first_id(at timestamptz) returns text language sql immutable strict as $$
  select overlay(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') placing '-' from 9 for 0)
$$;

-- What there is becomes the first partition, as it lies: no row is copied. `words`, `kinds` and `to` of its rows are
-- filled in later, a little at a time, by running engines: in SQL nobody can read a message.
alter table messages rename to messages_before;
alter table messages_before disable row level security;
alter table messages_before no force row level security;
drop policy engine on messages_before;
drop policy tenant on messages_before;
revoke all on messages_before from xyper_engine, xyper_tenant;
drop index messages_tenant_contact_occurred_at_idx, messages_tenant_occurred_at_idx;
alter index messages_pkey rename to messages_before_pkey;
alter index messages_old rename to messages_before_old;
alter index messages_adapter_account_external_id_key rename to messages_before_once;
alter table messages_before rename constraint messages_direction_check to direction;
alter table messages_before rename constraint messages_tenant_fkey to messages_before_tenant_fkey;
alter table messages_before alter column id type text collate "C";
alter table messages_before
  add column to_adapter text,
  add column to_account text,
  add column thread     text,
  add column kinds      text[],
  add column words      bigint[],
  add column routed_at  timestamptz;

-- `adapter`, `account`, `external_id`: where it came from. `to_…`: where it goes. `thread`: the conversation's id at the
-- side that it came from. `routed_at`: when it was first prepared. When it came stands in its id; what became of each of
-- its payloads stands in `posts`. `words`: keyed hashes.
create table messages (
  id          text collate "C" not null,
  tenant      text not null references tenants,
  adapter     text not null,
  account     text not null,
  external_id text not null,
  direction   text not null constraint direction check (direction in ('inbound', 'outbound')),
  contact     text not null,
  record      text not null default 'live',
  occurred_at timestamptz not null,
  key_id      text not null,
  sealed      bytea not null,
  to_adapter  text,
  to_account  text,
  thread      text,
  kinds       text[],
  words       bigint[],
  routed_at   timestamptz default now(),
  constraint messages_pkey primary key (id)
) partition by range (id);
create index messages_of_tenant on messages (tenant, id);
create index messages_of_contact on messages (tenant, contact, id);
create index messages_by_word on messages using gin (words);
create index messages_old on messages (id) where key_id is null or not starts_with(key_id, 'k');
create index messages_unread on messages (id) where words is null;

alter table messages enable row level security;
alter table messages force row level security;
create policy engine on messages to xyper_engine using (true) with check (true);
create policy tenant on messages to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on messages to xyper_engine, xyper_tenant;

do $$ begin
  execute format('alter table messages attach partition messages_before for values from (minvalue) to (%L)',
    xyper_first_id(date_trunc('month', now() at time zone 'utc') at time zone 'utc' + interval '1 month'));
end $$;

-- For ids from a clock that is out of its mind; else nothing is ever here. No row fails for want of a partition.
create table messages_other partition of messages default;
create unique index messages_other_once on messages_other (adapter, account, external_id);

-- Each partition but `messages_other`, with the least id that is no longer in it.
create function xyper_messages_partitions() returns table (name regclass, until text) language sql stable
  set search_path = pg_catalog, public, pg_temp as $$
  select c.oid::regclass, substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([0-9a-f-]+)''\)') collate "C"
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'messages'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
$$;

-- Partitions of the months to come; none while somebody reads for long: then next time. An id of the far side is unique
-- within each: one index over all of them cannot be. These run as who migrates: engines may make no tables.
create function xyper_extend_messages(months int) returns int language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp as $$
declare
  month timestamptz;
  name text;
  covered text collate "C";
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('messages partitions', 0));
  perform set_config('lock_timeout', '2s', true);
  select max(until) into covered from xyper_messages_partitions();
  for n in 0..months loop
    month := date_trunc('month', now() at time zone 'utc') at time zone 'utc' + make_interval(months => n);
    name := 'messages_' || to_char(month at time zone 'utc', 'YYYY_MM');
    continue when xyper_first_id(month) < covered;
    lock table messages_other in access exclusive mode;  -- nobody adds a stray while they move
    execute format('create table public.%I (like messages including defaults including constraints)', name);
    execute format('with strays as (delete from messages_other where id >= %L and id < %L returning *)
      insert into public.%I select * from strays',
      xyper_first_id(month), xyper_first_id(month + interval '1 month'), name);
    execute format('create unique index %I on public.%I (adapter, account, external_id)', name || '_once', name);
    execute format('alter table messages attach partition public.%I for values from (%L) to (%L)',
      name, xyper_first_id(month), xyper_first_id(month + interval '1 month'));
    made := made + 1;
  end loop;
  return made;
exception when lock_not_available then
  return 0;
end $$;

-- Drop the partitions that hold nothing from `keep_from` on; how many. Not while somebody reads them: then later.
create function xyper_drop_messages(keep_from timestamptz) returns int language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp as $$
declare
  name regclass;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('messages partitions', 0));
  perform set_config('lock_timeout', '2s', true);
  for name in select p.name from xyper_messages_partitions() p where until <= xyper_first_id(keep_from) loop
    execute format('drop table %s', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return 0;
end $$;

revoke all on function xyper_extend_messages(int), xyper_drop_messages(timestamptz) from public;
grant execute on function xyper_extend_messages(int), xyper_drop_messages(timestamptz) to xyper_engine;
select xyper_extend_messages(3);

-- What a payload cost, as the channel says, and until when its service window was open when it was sent.
alter table posts
  add column price_category text,
  add column price_type     text,
  add column window_until   timestamptz;

-- Under which id, and at which address without its signed query, the far side kept a file; and what the scanner says. Of
-- files from before nobody knows whether one looked, save where it found something.
alter table files
  add column source_id  text,
  add column source_url text,
  add column scan       text not null default 'unscanned'
    constraint files_scan_check check (scan in ('clean', 'infected', 'unscanned'));
alter table files no force row level security;
update files set scan = 'infected' where state = 'infected';
alter table files force row level security;
