-- Consents: what people decided about being written to, with proof. Rows are added and stay; what a person last decided
-- (`contacts.consent`) follows from them.

-- `contact` is null once the person was forgotten: then `people` holds keyed hashes of all names they had, by which they
-- are known again. `account` '': all of the tenant's. `event`: our id of the message or event that proves it. `at`: when
-- it was decided. `text_hash`: SHA-256 of the wording.
create table consents (
  id        text collate "C" primary key,
  tenant    text not null references tenants,
  contact   text,
  people    text[] not null default '{}',
  account   text not null default '',
  kind      text not null check (kind in ('marketing', 'everything')),
  given     boolean not null,
  source    text not null check (source ~ '^[a-z0-9_]{1,40}$'),
  event     text not null default '',
  at        timestamptz not null,
  noted_at  timestamptz not null default now(),
  by        text not null,
  text_hash text not null default '',
  foreign key (tenant, contact) references contacts (tenant, id),
  check (contact is not null or people <> '{}')
);
create index on consents (tenant, id);
create index on consents (contact, kind, account, at, id);
create unique index consents_once on consents (tenant, contact, event, kind, account) where event <> '';
create index consents_forgotten on consents using gin (people) where contact is null;

alter table consents enable row level security;
alter table consents force row level security;
create policy engine on consents to xyper_engine using (true) with check (true);
create policy tenant on consents to xyper_tenant
  using (tenant = current_setting('xyper.tenant', true)) with check (tenant = current_setting('xyper.tenant', true));
grant select, insert, update, delete on consents to xyper_engine, xyper_tenant;

-- Whose it is may change, when two contacts turn out to be one person or a person is forgotten: what was decided never.
create function xyper_consents_stay() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if exists (select from tenants where id = old.tenant and state = 'deleting') then
      return old;
    end if;
  elsif (old.id, old.tenant, old.account, old.kind, old.given, old.source, old.at, old.noted_at, old.text_hash)
      is not distinct from
      (new.id, new.tenant, new.account, new.kind, new.given, new.source, new.at, new.noted_at, new.text_hash) then
    return new;
  end if;
  raise insufficient_privilege using message = 'what a person decided is not changed: add what they decide now';
end $$;
create trigger consents_stay before update or delete on consents for each row execute function xyper_consents_stay();

-- The last decision of each kind for each account, oldest first, as [kind, account, given].
alter table contacts add column consent jsonb not null default '[]';

create function xyper_consents_stand() returns trigger language plpgsql as $$
declare
  one text;
begin
  foreach one in array array[new.contact, case when tg_op = 'UPDATE' then old.contact end] loop
    continue when one is null;
    perform from contacts where id = one for update;  -- of two at once, the second sees what the first added
    update contacts set changed_at = now(), consent = (
      select coalesce(jsonb_agg(jsonb_build_array(kind, account, given) order by at, id), '[]')
      from (select distinct on (kind, account) kind, account, given, at, id from consents where contact = one
            order by kind, account, at desc, id desc) last
    ) where id = one;
  end loop;
  return null;
end $$;
create trigger consents_stand after insert or update of contact on consents for each row
  execute function xyper_consents_stand();

-- What was kept before there was a ledger: the last one of Meta's `user_preferences`.
insert into consents (id, tenant, contact, kind, given, source, at, by)
select xyper_first_id(changed_at) || '-7' || left(hash, 3) || '-8' || substr(hash, 4, 3) || '-' || substr(hash, 7, 12),
  tenant, id, 'marketing', preferences ->> 'marketing_messages' <> 'stop', 'user_preferences', changed_at, 'customer'
from contacts, md5(id) hash where preferences ->> 'marketing_messages' in ('stop', 'resume', 'signup');
alter table contacts drop column preferences;
