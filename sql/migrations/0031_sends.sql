-- What agents send from the widget, until it is a message: its line is posted in the agents' conversation as that agent,
-- and when the webhook brings the line back, the rich form goes to the customer in its place.

-- `id`: a UUIDv7; what the widget calls it before there is a message. `key`: the client's, once per person. `digest`: a
-- keyed hash of what was asked for, `line` one of the line. `sealed`: the parts, what they answer, and the line.
-- `due_at`: when it is to be looked at next; while it is being posted, until when nobody else may. `far_id`: the agent
-- side's id of the line; `message`: ours, once it is paired.
create table sends (
  id           text collate "C" primary key,
  tenant       text not null references tenants,
  conversation text not null references conversations on delete cascade,
  adapter      text not null,
  account      text not null,
  thread       text not null,
  person       text not null,
  session      text not null,
  key          text not null,
  digest       bytea not null,
  line         bytea not null,
  key_id       text not null,
  sealed       bytea not null,
  state        text not null default 'new'
               check (state in ('waiting', 'new', 'posting', 'posted', 'paired', 'refused', 'unknown', 'withdrawn')),
  code         text not null default '',
  words        text not null default '',
  tries        smallint not null default 0,
  far_id       text,
  message      text,
  due_at       timestamptz not null default now(),
  since        timestamptz not null default now(),
  began_at     timestamptz,
  ended_at     timestamptz,
  unique (tenant, person, key)
);
create index on sends (tenant, id);
create index on sends (conversation, id);
create unique index sends_far on sends (adapter, account, far_id) where far_id is not null;
create index sends_open on sends (due_at) where state in ('waiting', 'new', 'posting');
create index sends_unclear on sends (conversation) where state in ('posting', 'unknown');

alter table sends enable row level security;
alter table sends force row level security;
create policy engine on sends to xyper_engine using (true) with check (true);
create policy tenant on sends to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on sends to xyper_engine, xyper_tenant;

-- What agents say often. `person`: whose own it is; null: the tenant's, for all of its people.
create table quick_replies (
  id         text collate "C" primary key,
  tenant     text not null references tenants,
  person     text references people on delete cascade,
  shortcut   text not null,
  folder     text not null default '',
  text       text not null,
  parts      jsonb,
  version    int not null default 1,
  changed_at timestamptz not null default now()
);
create unique index quick_replies_shortcut on quick_replies (tenant, coalesce(person, ''), lower(shortcut));

alter table quick_replies enable row level security;
alter table quick_replies force row level security;
create policy engine on quick_replies to xyper_engine using (true) with check (true);
create policy tenant on quick_replies to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on quick_replies to xyper_engine, xyper_tenant;
