-- Data keys: what is sealed for a tenant is sealed by a key of its own, which the master keys wrap. Secrets change with an
-- overlap, and what each was last used for is known.

-- One row per data key and master key that wraps it. Without a tenant: for what belongs to none.
create table data_keys (
  tenant     text references tenants,
  id         text not null,
  master     text not null,
  wrapped    bytea not null,
  created_at timestamptz not null default now(),
  primary key (id, master)
);
create index on data_keys (coalesce(tenant, ''));

-- A key that is destroyed is forgotten by every engine at once; one that is made or wrapped anew concerns nobody.
create trigger changed before delete on data_keys for each statement execute function xyper_changed();

-- `pending`: accepted from the vendor, which is yet to be told of it. `retires_at`: the end of an overlap.
alter table secrets add column id text not null default gen_random_uuid()::text;
alter table secrets add column pending boolean not null default false;
alter table secrets add column retires_at timestamptz;
alter table secrets add unique (id);
create index on secrets (retires_at) where retires_at is not null;
create index on secrets (tenant);

-- Apart from the secrets: a use is no change of the directory.
create table secret_uses (
  id      text primary key references secrets (id) on delete cascade,
  tenant  text references tenants,
  used_at timestamptz not null
);

-- The body as it is where there is no key's id.
alter table dead_letters add column key_id text;

-- What is still sealed by a master key, or not at all: few rows soon, so these indexes cost next to nothing.
create index secrets_old on secrets (id) where key_id is null or not starts_with(key_id, 'k');
create index messages_old on messages (id) where key_id is null or not starts_with(key_id, 'k');
create index waiting_old on waiting (id) where key_id is null or not starts_with(key_id, 'k');
create index dead_letters_old on dead_letters (id) where key_id is null or not starts_with(key_id, 'k');

do $$
declare t text;
begin
  foreach t in array array['data_keys', 'secret_uses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
    execute format('grant select, insert, update, delete on %I to xyper_tenant', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
  end loop;
end $$;
