-- Reconciliation: when an engine listened, what was compared with the far sides, and what was found to differ.

-- One row per engine, written again and again while it listens.
create table engines (
  id      text primary key,
  beat_at timestamptz not null default now()
);
create index on engines (beat_at);
grant select, insert, update, delete on engines to xyper_engine;

-- A report. Between `asked_at` and `planned_at` nobody has begun; `conversations` are to be looked at.
create table reconciliations (
  id            text primary key,
  tenant        text not null references tenants,
  cause         text not null check (cause in ('asked', 'schedule', 'outage')),
  since         timestamptz not null,
  until         timestamptz,
  asked_at      timestamptz not null default now(),
  planned_at    timestamptz,
  conversations int not null default 0,
  finished_at   timestamptz,
  unique (tenant, id)
);
create index on reconciliations (tenant, asked_at);
create index on reconciliations (asked_at) where planned_at is null;

-- One row per conversation that was looked at; `failed` says why it could not be read.
create table reconciled (
  reconciliation text not null,
  tenant         text not null,
  conversation   text not null,
  calls          int not null,
  compared       int not null,
  failed         text not null default '',
  at             timestamptz not null default now(),
  primary key (reconciliation, conversation),
  foreign key (tenant, reconciliation) references reconciliations (tenant, id) on delete cascade
);
create index on reconciled (tenant, reconciliation);

-- What differs. `key` is the event's; a finding is written before anything is done about it.
create table findings (
  reconciliation text not null,
  tenant         text not null,
  conversation   text not null,
  what           text not null check (what in ('missed', 'unreadable', 'gone', 'silent')),
  key            text not null,
  occurred_at    timestamptz not null,
  outcome        text not null default '',
  primary key (reconciliation, what, key),
  foreign key (tenant, reconciliation) references reconciliations (tenant, id) on delete cascade
);
create index on findings (tenant, reconciliation);

do $$
declare t text;
begin
  foreach t in array array['reconciliations', 'reconciled', 'findings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
    execute format('grant select, insert, update, delete on %I to xyper_tenant', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
  end loop;
end $$;

-- Every engine is told that somebody wants one.
create function xyper_reconcile_asked() returns trigger language plpgsql as $$
begin
  perform pg_notify('xyper_reconcile', '');
  return null;
end $$;
create trigger asked after insert on reconciliations for each statement execute function xyper_reconcile_asked();
