-- Every kind of message: what a tenant decides for itself, the vendor's account above an account, contacts with their
-- aliases, messages kept whole, stored files, templates, and messages that wait for the customer.

alter table tenants add column policy jsonb not null default '{}';

-- A vendor also sends news of the account above several accounts (WhatsApp: the WABA). It is one tenant's.
create table parents (
  tenant  text not null references tenants,
  adapter text not null,
  parent  text not null,
  primary key (adapter, parent),
  unique (tenant, adapter, parent)
);

alter table accounts add column parent text;
alter table accounts add foreign key (tenant, adapter, parent) references parents (tenant, adapter, parent);
create index on accounts (adapter, parent);

alter table conversations add column username text;
alter table conversations add column window_until timestamptz;

-- One person (or group) on a tenant's channel. `address` is what the agent side knows the contact by and never changes.
create table contacts (
  id          text primary key,
  tenant      text not null references tenants,
  adapter     text not null,
  address     text not null,
  name        text,
  username    text,
  preferences jsonb not null default '{}',
  merged_into text,
  created_at  timestamptz not null default now(),
  changed_at  timestamptz not null default now(),
  unique (tenant, adapter, address),
  unique (tenant, id),
  foreign key (tenant, merged_into) references contacts (tenant, id)
);

-- Every name of a contact that the channel ever used, newest first by `since`.
create table contact_urns (
  tenant  text not null references tenants,
  adapter text not null,
  urn     text not null,
  contact text not null,
  since   timestamptz not null default now(),
  primary key (tenant, adapter, urn),
  foreign key (tenant, contact) references contacts (tenant, id) on delete cascade
);
create index on contact_urns (contact);

-- Messages whole, sealed: what quotes, reactions and answers speak of, and what the widget shows.
create table messages (
  id          text primary key,
  tenant      text not null references tenants,
  adapter     text not null,
  account     text not null,
  external_id text not null,
  direction   text not null check (direction in ('inbound', 'outbound')),
  contact     text not null,
  record      text not null default 'live',
  occurred_at timestamptz not null,
  key_id      text not null,
  sealed      bytea not null,
  unique (adapter, account, external_id)
);
create index on messages (tenant, contact, occurred_at);

-- Stored files. `n` is the file's number within its event, so that a repeated claim finds it again.
create table files (
  id         text primary key,
  tenant     text not null references tenants,
  event_key  text not null,
  n          smallint not null,
  contact    text not null,
  object     text,
  state      text not null check (state in ('stored', 'infected', 'gone')),
  kind       text not null,
  mime       text not null,
  name       text not null,
  size       bigint not null,
  sha256     text not null,
  detail     text not null default '',
  created_at timestamptz not null default now(),
  unique (event_key, n)
);
create index on files (tenant, created_at);
create index on files (tenant, sha256);

-- What a far side keeps of a file we sent it, so that the same bytes are not sent again while it does.
create table uploads (
  tenant     text not null references tenants,
  adapter    text not null,
  account    text not null,
  sha256     text not null,
  mime       text not null,
  far_id     text not null,
  expires_at timestamptz not null,
  primary key (adapter, account, sha256, mime)
);
create index on uploads (tenant);

-- The vendor's approved templates, as last heard. `account` is the account above the numbers (WhatsApp: the WABA).
create table templates (
  tenant     text not null references tenants,
  adapter    text not null,
  account    text not null,
  name       text not null,
  language   text not null,
  far_id     text not null,
  category   text not null default '',
  status     text not null default '',
  quality    text not null default '',
  format     text not null default 'POSITIONAL',
  reason     text not null default '',
  components jsonb not null default '[]',
  seen_at    timestamptz not null default now(),
  primary key (adapter, account, name, language)
);
create index on templates (tenant);

-- Agents' messages that wait until the customer writes.
create table waiting (
  id       text primary key,
  tenant   text not null references tenants,
  adapter  text not null,
  account  text not null,
  contact  text not null,
  key_id   text not null,
  sealed   bytea not null,
  since    timestamptz not null default now()
);
create index on waiting (adapter, account, contact);

do $$
declare t text;
begin
  foreach t in array array['parents', 'contacts', 'contact_urns', 'messages', 'files', 'uploads', 'templates', 'waiting'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy engine on %I to xyper_engine using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to xyper_engine', t);
    execute format('grant select, insert, update, delete on %I to xyper_tenant', t);
    execute format('create policy tenant on %I to xyper_tenant using (tenant = current_setting(''xyper.tenant'', true)) with check (tenant = current_setting(''xyper.tenant'', true))', t);
  end loop;
end $$;
