-- Conversations over time: every conversation of the agent side that one of ours ever was, when it began and how it
-- ended; and what is known of a conversation beside its messages, its context.

alter table conversations add column ended_at timestamptz;
alter table conversations add column ended_by text check (ended_by in ('agent', 'policy', 'next'));
alter table conversations add check ((ended_at is null) = (ended_by is null));
alter table conversations add column context_version bigint not null default 0;

-- A page of a tenant's conversations, newest first.
drop index conversations_tenant_idx;
create index on conversations (tenant, id);
create index on conversations (tenant, contact);

-- `check_at`: when to ask the agent side next whether it goes on; each `check` without news doubles the pause.
create table threads (
  conversation text not null references conversations on delete cascade,
  began_at     timestamptz not null default clock_timestamp(),
  tenant       text not null references tenants,
  thread       text not null,
  reopened     boolean not null,
  ended_at     timestamptz,
  ended_by     text check (ended_by in ('agent', 'policy', 'next')),
  participants jsonb not null default '[]',
  seen_at      timestamptz,
  check_at     timestamptz not null default now(),
  checks       int not null default 0,
  primary key (conversation, began_at),
  check ((ended_at is null) = (ended_by is null))
);
create unique index threads_open on threads (conversation) where ended_at is null;
create index on threads (tenant, thread);
create index threads_due on threads (check_at) where ended_at is null;

-- In the statement that tells a conversation's thread, or its end: the two never say different things.
create function xyper_threads() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.thread is not null and old.ended_at is null then
    update threads set ended_at = coalesce(new.ended_at, clock_timestamp()), ended_by = coalesce(new.ended_by, 'next')
    where conversation = new.id and ended_at is null;
  end if;
  if new.thread is not null and new.ended_at is null then
    insert into threads (conversation, tenant, thread, reopened) values (
      new.id, new.tenant, new.thread,
      exists (select from threads t where t.conversation = new.id and t.thread = new.thread)
    );
  end if;
  return null;
end $$;
create trigger threads_begin after insert on conversations for each row
  when (new.thread is not null) execute function xyper_threads();
create trigger threads_change after update of thread, ended_at on conversations for each row
  when (old.thread is distinct from new.thread or (old.ended_at is null) <> (new.ended_at is null))
  execute function xyper_threads();

-- Sealed by the tenant's data key, for it tells of a person.
create table contexts (
  conversation text primary key references conversations on delete cascade,
  tenant       text not null references tenants,
  version      bigint not null,
  key_id       text not null,
  sealed       bytea not null,
  changed_at   timestamptz not null default now(),
  expires_at   timestamptz not null
);
create index on contexts (tenant);
create index on contexts (expires_at);

do $$
declare t text;
begin
  foreach t in array array['threads', 'contexts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine, xyper_tenant', t);
  end loop;
end $$;

insert into threads (conversation, began_at, tenant, thread, reopened)
select id, created_at, tenant, thread, false from conversations where thread is not null;
