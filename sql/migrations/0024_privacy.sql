-- Privacy: who must be kept, who is to be forgotten, who was, and what was asked for about somebody.

-- A legal hold. `names`: every URN of the person; null: everybody of the tenant.
create table holds (
  id           text primary key,
  tenant       text not null references tenants,
  names        text[] check (cardinality(names) > 0),
  reason       text not null,
  held_by      text not null,
  held_at      timestamptz not null default now(),
  released_by  text,
  released_at  timestamptz,
  released_why text,
  check ((released_at is null) = (released_why is null) and (released_at is null) = (released_by is null))
);
create index on holds (tenant, id);
create index holds_standing on holds (tenant) where released_at is null;

-- An erasure under way, or its certificate. `sealed`: the person's names, until it is done. `person`: a keyed hash.
create table erasures (
  id          text primary key,
  tenant      text not null references tenants,
  person      text not null,
  key_id      text,
  sealed      bytea,
  asked_by    text not null,
  asked_at    timestamptz not null default now(),
  due_at      timestamptz not null default now(),
  swept_at    timestamptz,
  removed     jsonb not null default '{}',
  finished_at timestamptz,
  certificate text,
  check ((finished_at is null) = (certificate is null) and (finished_at is null) = (sealed is not null))
);
create index on erasures (tenant, id);
create index erasures_due on erasures (due_at) where finished_at is null;

-- Keyed hashes of the names of who was forgotten: what they wrote, or was written to them, until then is dropped.
create table tombstones (
  tenant    text not null references tenants,
  mark      bigint not null,
  erased_at timestamptz not null,
  primary key (tenant, mark)
);

-- An access report that was asked for. `sealed`: whom it is about.
create table access_reports (
  id         text primary key,
  tenant     text not null references tenants,
  key_id     text not null,
  sealed     bytea not null,
  expires_at timestamptz not null
);
create index on access_reports (tenant);
create index on access_reports (expires_at);

do $$
declare t text;
begin
  foreach t in array array['holds', 'erasures', 'tombstones', 'access_reports'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine, xyper_tenant', t);
  end loop;
end $$;

-- Whether something of this person, or of somebody there (null), must be kept.
create function xyper_held(whose text, contact text) returns boolean language sql stable as $$
  select exists (select from holds where tenant = whose and released_at is null
                 and (names is null or contact is null or contact = any(names)))
$$;

-- Every engine drops what is still queued, from this moment on; one of them begins with the erasure. At its end each of
-- them clears its own disk.
create function xyper_erasure_asked() returns trigger language plpgsql as $$
begin
  perform pg_notify('xyper_erasures', '');
  return null;
end $$;
create trigger asked after insert or update of finished_at on erasures for each statement execute function xyper_erasure_asked();
