-- Operation: dead letters by their cause, replays that can be followed and cancelled, what was mended by hand and what was
-- given up; and how the engines are.

-- `code`: the vendor's own. `replay`: the last one that it was in. `original`: the body before the first change by hand,
-- sealed by the same key as `body`.
alter table dead_letters
  add column code          text not null default '',
  add column direction     text not null default '' check (direction in ('', 'inbound', 'outbound')),
  add column version       int not null default 1,
  add column replay        text,
  add column original      bytea,
  add column edited_at     timestamptz,
  add column edited_by     text,
  add column discarded_at  timestamptz,
  add column discarded_by  text,
  add column discarded_why text;

update dead_letters set direction = case split_part(queue, '.', 1) when 'in' then 'inbound' else 'outbound' end
where split_part(queue, '.', 1) in ('in', 'out');

-- By age, as pages are read, and by cause.
create index dead_letters_page on dead_letters (died_at, id) where replayed_at is null and discarded_at is null;
create index dead_letters_tenant_page on dead_letters (tenant, died_at, id)
  where replayed_at is null and discarded_at is null;
create index dead_letters_replay on dead_letters (replay, id) where replay is not null;

-- Several letters of one tenant, or of none, that are replayed one after another. Whoever works on it says until when.
create table dead_replays (
  id           text primary key,
  tenant       text references tenants,
  asked_by     text not null,
  asked_at     timestamptz not null default now(),
  rate         float8 not null check (rate > 0),
  total        int not null,
  replayed     int not null default 0,
  refused      int not null default 0,
  leased_until timestamptz,
  cancelled_at timestamptz,
  finished_at  timestamptz
);
create index on dead_replays (tenant, asked_at, id);
create index dead_replays_open on dead_replays (asked_at, id) where finished_at is null;

alter table dead_replays enable row level security;
alter table dead_replays force row level security;
create policy engine on dead_replays to xyper_engine using (true) with check (true);
create policy tenant on dead_replays to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on dead_replays to xyper_engine, xyper_tenant;

-- What an earlier version was asked to replay and had not done yet.
with asked as (
  select id, tenant from dead_letters where replay_asked is not null and replayed_at is null
), replays as (
  insert into dead_replays (id, tenant, asked_by, rate, total)
  select min(id), tenant, 'host', 20, count(*) from asked group by tenant returning id, tenant
)
update dead_letters d set replay = r.id from asked a join replays r on a.tenant is not distinct from r.tenant
where d.id = a.id;

drop trigger replay_asked on dead_letters;
create trigger replay_asked after insert or update of cancelled_at on dead_replays for each statement
  execute function xyper_replay_asked();

-- How each engine finds things: one row for itself (tenant ''), and one for each tenant with something to tell of.
create table pulses (
  engine text not null,
  tenant text not null default '',
  at     timestamptz not null default now(),
  told   jsonb not null,
  primary key (engine, tenant)
);
create index on pulses (tenant, at);
alter table pulses enable row level security;
alter table pulses force row level security;
create policy engine on pulses to xyper_engine using (true) with check (true);
create policy tenant on pulses to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on pulses to xyper_engine, xyper_tenant;

-- Until when the credentials that a check looked at hold; null: nobody said.
alter table health add column expires_at timestamptz;
