-- Which conversations a name stands for, as caches may hold it: how often a tenant's names were dealt anew. It rises in
-- the transaction that deals them, and every engine is told. A name that is new to a person deals nothing anew: what is
-- held of names is held of those only that somebody bears.

-- It begins with the time: whoever comes back under an id that was once another's begins above what was of that one.
create table mapping_revisions (
  tenant   text primary key references tenants on delete cascade,
  revision bigint not null default extract(epoch from clock_timestamp()) * 1000
);

alter table mapping_revisions enable row level security;
alter table mapping_revisions force row level security;
create policy engine on mapping_revisions to xyper_engine using (true) with check (true);
create policy tenant on mapping_revisions to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on mapping_revisions to xyper_engine, xyper_tenant;

insert into mapping_revisions (tenant) select id from tenants;

-- With the tenant, and never afterwards: what is deleted of a tenant that ends would bring the row back.
create function xyper_mapping_begins() returns trigger language plpgsql as $$
begin
  insert into mapping_revisions (tenant) values (new.id);
  return null;
end $$;
create trigger mapping_begins after insert on tenants for each row execute function xyper_mapping_begins();

-- Once in a transaction, however many rows it moves.
create function xyper_mapping_moves(whose text) returns void language plpgsql as $$
declare
  moved bigint;
begin
  update mapping_revisions set revision = revision + 1
  where tenant = whose and xmin <> pg_current_xact_id()::xid returning revision into moved;
  if found then
    perform pg_notify('xyper_mapping', moved || ' ' || whose);
  end if;
end $$;

create function xyper_mapping_moved() returns trigger language plpgsql as $$
begin
  perform xyper_mapping_moves(coalesce(new.tenant, old.tenant));
  return null;
end $$;

-- Two contacts turn out to be one; a person is forgotten.
create trigger mapping_moved after update of contact on contact_urns for each row
  when (old.contact <> new.contact) execute function xyper_mapping_moved();
create trigger mapping_removed after delete on contact_urns for each row execute function xyper_mapping_moved();
create trigger mapping_removed after delete on conversations for each row execute function xyper_mapping_moved();

-- Another conversation of somebody who has one at this number: over another link.
create function xyper_mapping_another() returns trigger language plpgsql as $$
begin
  if exists (
    select from conversations c where c.tenant = new.tenant and c.contact = new.contact and c.id <> new.id
      and (c.customer_adapter, c.customer_account) = (new.customer_adapter, new.customer_account)
  ) then
    perform xyper_mapping_moves(new.tenant);
  end if;
  return null;
end $$;
create trigger mapping_another after insert on conversations for each row execute function xyper_mapping_another();
