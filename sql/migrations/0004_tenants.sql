-- Tenants as a service: versions, an end with a grace period, quotas, and indexes by which old rows are swept.

alter table tenants drop constraint tenants_state_check;
alter table tenants add check (state in ('active', 'suspended', 'deleting'));
alter table tenants add column version bigint not null default 1;
alter table tenants add column changed_at timestamptz not null default now();
alter table tenants add column delete_at timestamptz;
alter table tenants add column audited_from bigint not null default 1;
alter table tenants add column quotas jsonb not null default '{}';
alter table tenants add check ((state = 'deleting') = (delete_at is not null));

-- The version rises with every change of a tenant or of what hangs below it, whoever makes it; a write that changes
-- nothing raises nothing. Secrets only come and go: what is noted of them later is no change of the tenant.
create function xyper_versioned() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  new.changed_at := clock_timestamp();
  return new;
end $$;
create trigger versioned before update on tenants for each row
  when (old.* is distinct from new.*) execute function xyper_versioned();

create function xyper_part_changed() returns trigger language plpgsql as $$
begin
  update tenants set changed_at = clock_timestamp() where id = case tg_op when 'DELETE' then old.tenant else new.tenant end;
  return null;
end $$;
do $$
declare t text;
begin
  foreach t in array array['accounts', 'links', 'hooks', 'secrets'] loop
    execute format('create trigger versioned after insert or delete on %I for each row execute function xyper_part_changed()', t);
  end loop;
  foreach t in array array['accounts', 'links', 'hooks'] loop
    execute format('create trigger versioned_update after update on %I for each row when (old.* is distinct from new.*) execute function xyper_part_changed()', t);
  end loop;
end $$;

-- Quotas that are hard are kept here, so that no way of making a thing goes past them. `XYQ01` is `OverQuota`.
create function xyper_quota() returns trigger language plpgsql as $$
declare
  allowed bigint;
  used bigint;
begin
  select (quotas ->> tg_argv[0])::bigint into allowed from tenants where id = new.tenant;
  if allowed is null then
    return null;
  end if;
  perform from tenants where id = new.tenant for no key update;  -- two at once must not both find room for one
  execute format('select coalesce(%s, 0) from %I where tenant = $1 and %s', tg_argv[1], tg_table_name, tg_argv[2])
    into used using new.tenant;
  if used > allowed then
    raise exception 'Tenant % may have no more: its quota `%` is %. Remove something, or have the quota raised.',
      new.tenant, tg_argv[0], allowed using errcode = 'XYQ01';
  end if;
  return null;
end $$;
create trigger quota after insert on links for each row execute function xyper_quota('links', 'count(*)', 'true');
create trigger quota after insert on api_keys for each row when (new.tenant is not null)
  execute function xyper_quota('keys', 'count(*)', 'revoked_at is null and (expires_at is null or expires_at > now())');
-- What is made of a file (`n` from 1000) is never refused: a message must not fail for it.
create trigger quota after insert on files for each row when (new.object is not null and new.n < 1000)
  execute function xyper_quota('media_bytes', 'sum(size)', 'object is not null');

-- What is swept by age, tenant by tenant; messages of the day are counted by it, too.
create index on messages (tenant, occurred_at);
create index on ledger (tenant, finished_at);
create index on waiting (tenant, since);
create index files_size on files (tenant) include (size) where object is not null;

-- A tenant's contacts go one batch after another, in any order.
alter table contacts drop constraint contacts_tenant_merged_into_fkey;
alter table contacts add foreign key (tenant, merged_into) references contacts (tenant, id) on delete cascade;
create index on contacts (merged_into) where merged_into is not null;

-- The audit outlives its tenant, and a tenant's name can be given again: whoever bears it now sees what was written of
-- their own life only.
drop policy tenant on audit;
create policy tenant on audit for select to xyper_tenant using (
  tenant = current_setting('xyper.tenant', true)
  and seq >= (select audited_from from tenants where id = current_setting('xyper.tenant', true))
);
create policy tenant_adds on audit for insert to xyper_tenant
  with check (tenant = current_setting('xyper.tenant', true));
