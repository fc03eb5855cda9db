-- What the migrations add up to. Written by `python -m xyper_engine.store.schema`; nothing loads it.

CREATE FUNCTION public.xyper_access_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  case tg_table_name
    when 'people' then
      perform pg_notify('xyper_access', 'session:' || id) from sessions where person = new.id and ended_at is null;
    when 'sessions' then
      perform pg_notify('xyper_access', 'session:' || old.id);
    when 'api_keys' then
      perform pg_notify('xyper_access', 'key:' || old.id);
    else
      perform pg_notify('xyper_access', 'signing:');
  end case;
  return null;
end $$;

CREATE FUNCTION public.xyper_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare now_at bigint;
begin
  update directory_revision set revision = revision + 1 returning revision into now_at;
  perform pg_notify('xyper_directory', now_at::text);
  return null;
end $$;

CREATE FUNCTION public.xyper_consents_stand() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.xyper_consents_stay() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.xyper_drop_messages(keep_from timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  name regclass;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('messages partitions', 0));
  perform set_config('lock_timeout', '2s', true);
  for name in select p.name from xyper_messages_partitions() p where until <= xyper_first_id(keep_from) loop
    execute format('drop table %s', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return 0;
end $$;

CREATE FUNCTION public.xyper_drop_traces(keep integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    AS $_$
declare
  name text;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('traces partitions', 0));
  delete from traces_other where at < current_date - keep;
  for name in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'traces'::regclass and c.relname ~ '^traces_\d{8}$'
      and c.relname < 'traces_' || to_char(current_date - keep, 'YYYYMMDD')
  loop
    execute format('drop table public.%I', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return 0;
end $_$;

CREATE FUNCTION public.xyper_drop_vendor_token() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  delete from vendor_tokens where session = new.id;
  return null;
end $$;

CREATE FUNCTION public.xyper_erasure_asked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('xyper_erasures', '');
  return null;
end $$;

CREATE FUNCTION public.xyper_extend_messages(months integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  month timestamptz;
  name text;
  covered text collate "C";
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('messages partitions', 0));
  perform set_config('lock_timeout', '2s', true);
  select max(until) into covered from xyper_messages_partitions();
  for n in 0..months loop
    month := date_trunc('month', now() at time zone 'utc') at time zone 'utc' + make_interval(months => n);
    name := 'messages_' || to_char(month at time zone 'utc', 'YYYY_MM');
    continue when xyper_first_id(month) < covered;
    lock table messages_other in access exclusive mode;  -- nobody adds a stray while they move
    execute format('create table public.%I (like messages including defaults including constraints)', name);
    execute format('with strays as (delete from messages_other where id >= %L and id < %L returning *)
      insert into public.%I select * from strays',
      xyper_first_id(month), xyper_first_id(month + interval '1 month'), name);
    execute format('create unique index %I on public.%I (adapter, account, external_id)', name || '_once', name);
    execute format('alter table messages attach partition public.%I for values from (%L) to (%L)',
      name, xyper_first_id(month), xyper_first_id(month + interval '1 month'));
    made := made + 1;
  end loop;
  return made;
exception when lock_not_available then
  return 0;
end $$;

CREATE FUNCTION public.xyper_extend_traces(days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    AS $$
declare
  day date;
  name text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('traces partitions', 0));
  for n in 0..days loop
    day := current_date + n;
    name := 'traces_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass('public.' || name) is not null;
    lock table traces_other in access exclusive mode;  -- nobody adds a stray while they move
    execute format('create table public.%I (like traces including defaults)', name);
    execute format('with strays as (delete from traces_other where at >= %L and at < %L returning *)
      insert into public.%I select * from strays', day, day + 1, name);
    execute format('alter table traces attach partition public.%I for values from (%L) to (%L)', name, day, day + 1);
    made := made + 1;
  end loop;
  return made;
exception when lock_not_available then
  return 0;
end $$;

CREATE FUNCTION public.xyper_first_id(at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    AS $$
  select overlay(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') placing '-' from 9 for 0)
$$;

CREATE FUNCTION public.xyper_held(whose text, contact text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  select exists (select from holds where tenant = whose and released_at is null
                 and (names is null or contact is null or contact = any(names)))
$$;

CREATE FUNCTION public.xyper_mapping_another() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if exists (
    select from conversations c where c.tenant = new.tenant and c.contact = new.contact and c.id <> new.id
      and (c.customer_adapter, c.customer_account) = (new.customer_adapter, new.customer_account)
  ) then
    perform xyper_mapping_moves(new.tenant);
  end if;
  return null;
end $$;

CREATE FUNCTION public.xyper_mapping_begins() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into mapping_revisions (tenant) values (new.id);
  return null;
end $$;

CREATE FUNCTION public.xyper_mapping_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform xyper_mapping_moves(coalesce(new.tenant, old.tenant));
  return null;
end $$;

CREATE FUNCTION public.xyper_mapping_moves(whose text) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  moved bigint;
begin
  update mapping_revisions set revision = revision + 1
  where tenant = whose and xmin <> pg_current_xact_id()::xid returning revision into moved;
  if found then
    perform pg_notify('xyper_mapping', moved || ' ' || whose);
  end if;
end $$;

CREATE FUNCTION public.xyper_messages_partitions() RETURNS TABLE(name regclass, until text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select c.oid::regclass, substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([0-9a-f-]+)''\)') collate "C"
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'messages'::regclass and pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT'
$$;

CREATE FUNCTION public.xyper_onboarding_asked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('xyper_onboarding', new.tenant);
  return null;
end $$;

CREATE FUNCTION public.xyper_part_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  update tenants set changed_at = clock_timestamp() where id = case tg_op when 'DELETE' then old.tenant else new.tenant end;
  return null;
end $$;

CREATE FUNCTION public.xyper_quota() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
end $_$;

CREATE FUNCTION public.xyper_reconcile_asked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('xyper_reconcile', '');
  return null;
end $$;

CREATE FUNCTION public.xyper_replay_asked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('xyper_replay', '');
  return null;
end $$;

CREATE FUNCTION public.xyper_threads() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.xyper_versioned() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.version := old.version + 1;
  new.changed_at := clock_timestamp();
  return new;
end $$;

CREATE TABLE public.access_reports (
    id text NOT NULL,
    tenant text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.access_reports FORCE ROW LEVEL SECURITY;

CREATE TABLE public.accounts (
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    config jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    parent text
);

ALTER TABLE ONLY public.accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alert_channels (
    id text NOT NULL,
    tenant text,
    kind text NOT NULL,
    name text NOT NULL,
    topics text[] DEFAULT '{}'::text[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    told_at timestamp with time zone,
    failed_at timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL,
    CONSTRAINT alert_channels_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'webhook'::text])))
);

ALTER TABLE ONLY public.alert_channels FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alert_posts (
    id text NOT NULL,
    channel text NOT NULL,
    tenant text,
    body jsonb NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY public.alert_posts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alerts (
    id text NOT NULL,
    tenant text,
    topic text NOT NULL,
    subject text NOT NULL,
    words text NOT NULL,
    began_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    said jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE ONLY public.alerts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.api_keys (
    id text NOT NULL,
    tenant text,
    name text NOT NULL,
    hash bytea NOT NULL,
    actions text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    used_at timestamp with time zone
);

ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit (
    chain text NOT NULL,
    seq bigint NOT NULL,
    tenant text,
    at timestamp with time zone DEFAULT now() NOT NULL,
    who text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.audit FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit_heads (
    chain text NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    hash bytea DEFAULT decode(repeat('00'::text, 32), 'hex'::text) NOT NULL
);

ALTER TABLE ONLY public.audit_heads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.budgets (
    tenant text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    share double precision NOT NULL,
    seconds integer NOT NULL,
    good bigint NOT NULL,
    total bigint NOT NULL,
    kept double precision NOT NULL,
    burn_hour double precision NOT NULL,
    burn_six double precision NOT NULL,
    burn_day double precision NOT NULL
);

ALTER TABLE ONLY public.budgets FORCE ROW LEVEL SECURITY;

CREATE TABLE public.challenges (
    hook text NOT NULL,
    tenant text,
    at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.challenges FORCE ROW LEVEL SECURITY;

CREATE TABLE public.consents (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant text NOT NULL,
    contact text,
    people text[] DEFAULT '{}'::text[] NOT NULL,
    account text DEFAULT ''::text NOT NULL,
    kind text NOT NULL,
    given boolean NOT NULL,
    source text NOT NULL,
    event text DEFAULT ''::text NOT NULL,
    at timestamp with time zone NOT NULL,
    noted_at timestamp with time zone DEFAULT now() NOT NULL,
    by text NOT NULL,
    text_hash text DEFAULT ''::text NOT NULL,
    CONSTRAINT consents_check CHECK (((contact IS NOT NULL) OR (people <> '{}'::text[]))),
    CONSTRAINT consents_kind_check CHECK ((kind = ANY (ARRAY['marketing'::text, 'everything'::text]))),
    CONSTRAINT consents_source_check CHECK ((source ~ '^[a-z0-9_]{1,40}$'::text))
);

ALTER TABLE ONLY public.consents FORCE ROW LEVEL SECURITY;

CREATE TABLE public.contact_urns (
    tenant text NOT NULL,
    adapter text NOT NULL,
    urn text NOT NULL,
    contact text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.contact_urns FORCE ROW LEVEL SECURITY;

CREATE TABLE public.contacts (
    id text NOT NULL,
    tenant text NOT NULL,
    adapter text NOT NULL,
    address text NOT NULL,
    name text,
    username text,
    merged_into text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    consent jsonb DEFAULT '[]'::jsonb NOT NULL
);

ALTER TABLE ONLY public.contacts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.contexts (
    conversation text NOT NULL,
    tenant text NOT NULL,
    version bigint NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.contexts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.conversations (
    id text NOT NULL,
    tenant text NOT NULL,
    customer_adapter text NOT NULL,
    customer_account text NOT NULL,
    agent_adapter text NOT NULL,
    agent_account text NOT NULL,
    contact text NOT NULL,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    name text,
    thread text,
    last_inbound_id text,
    last_inbound_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    username text,
    window_until timestamp with time zone,
    ended_at timestamp with time zone,
    ended_by text,
    context_version bigint DEFAULT 0 NOT NULL,
    asked_at timestamp with time zone,
    CONSTRAINT conversations_check CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
    CONSTRAINT conversations_ended_by_check CHECK ((ended_by = ANY (ARRAY['agent'::text, 'policy'::text, 'next'::text])))
);

ALTER TABLE ONLY public.conversations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.credentials (
    person text NOT NULL,
    password text,
    totp_key text,
    totp_sealed bytea,
    totp_step bigint DEFAULT 0 NOT NULL,
    offered_key text,
    offered_sealed bytea
);

ALTER TABLE ONLY public.credentials FORCE ROW LEVEL SECURITY;

CREATE TABLE public.data_keys (
    tenant text,
    id text NOT NULL,
    master text NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.data_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.dead_letters (
    id text NOT NULL,
    tenant text,
    source text NOT NULL,
    queue text NOT NULL,
    event_id text,
    adapter text,
    account text,
    hook text,
    reason text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    body bytea NOT NULL,
    died_at timestamp with time zone DEFAULT now() NOT NULL,
    replay_asked timestamp with time zone,
    replayed_at timestamp with time zone,
    key_id text,
    code text DEFAULT ''::text NOT NULL,
    direction text DEFAULT ''::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    replay text,
    original bytea,
    edited_at timestamp with time zone,
    edited_by text,
    discarded_at timestamp with time zone,
    discarded_by text,
    discarded_why text,
    CONSTRAINT dead_letters_direction_check CHECK ((direction = ANY (ARRAY[''::text, 'inbound'::text, 'outbound'::text]))),
    CONSTRAINT dead_letters_source_check CHECK ((source = ANY (ARRAY['unparsed'::text, 'route'::text, 'broker'::text])))
);

ALTER TABLE ONLY public.dead_letters FORCE ROW LEVEL SECURITY;

CREATE TABLE public.dead_replays (
    id text NOT NULL,
    tenant text,
    asked_by text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    rate double precision NOT NULL,
    total integer NOT NULL,
    replayed integer DEFAULT 0 NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    leased_until timestamp with time zone,
    cancelled_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT dead_replays_rate_check CHECK ((rate > (0)::double precision))
);

ALTER TABLE ONLY public.dead_replays FORCE ROW LEVEL SECURITY;

CREATE TABLE public.directory_revision (
    one boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT directory_revision_one_check CHECK (one)
);

CREATE TABLE public.engines (
    id text NOT NULL,
    beat_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.erasures (
    id text NOT NULL,
    tenant text NOT NULL,
    person text NOT NULL,
    key_id text,
    sealed bytea,
    asked_by text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    swept_at timestamp with time zone,
    removed jsonb DEFAULT '{}'::jsonb NOT NULL,
    finished_at timestamp with time zone,
    certificate text,
    CONSTRAINT erasures_check CHECK ((((finished_at IS NULL) = (certificate IS NULL)) AND ((finished_at IS NULL) = (sealed IS NOT NULL))))
);

ALTER TABLE ONLY public.erasures FORCE ROW LEVEL SECURITY;

CREATE TABLE public.files (
    id text NOT NULL,
    tenant text NOT NULL,
    event_key text NOT NULL,
    n smallint NOT NULL,
    contact text NOT NULL,
    object text,
    state text NOT NULL,
    kind text NOT NULL,
    mime text NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    source_id text,
    source_url text,
    scan text DEFAULT 'unscanned'::text NOT NULL,
    details jsonb,
    CONSTRAINT files_scan_check CHECK ((scan = ANY (ARRAY['clean'::text, 'infected'::text, 'unscanned'::text]))),
    CONSTRAINT files_state_check CHECK ((state = ANY (ARRAY['stored'::text, 'infected'::text, 'gone'::text])))
);

ALTER TABLE ONLY public.files FORCE ROW LEVEL SECURITY;

CREATE TABLE public.findings (
    reconciliation text NOT NULL,
    tenant text NOT NULL,
    conversation text NOT NULL,
    what text NOT NULL,
    key text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    outcome text DEFAULT ''::text NOT NULL,
    CONSTRAINT findings_what_check CHECK ((what = ANY (ARRAY['missed'::text, 'unreadable'::text, 'gone'::text, 'silent'::text])))
);

ALTER TABLE ONLY public.findings FORCE ROW LEVEL SECURITY;

CREATE TABLE public.health (
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    step text NOT NULL,
    place smallint NOT NULL,
    state text NOT NULL,
    auth boolean DEFAULT false NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    todo text DEFAULT ''::text NOT NULL,
    correlation text DEFAULT ''::text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    checked_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    quality text DEFAULT ''::text NOT NULL,
    messaging_limit text DEFAULT ''::text NOT NULL,
    said jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT health_state_check CHECK ((state = ANY (ARRAY['ok'::text, 'wrong'::text, 'unknown'::text])))
);

ALTER TABLE ONLY public.health FORCE ROW LEVEL SECURITY;

CREATE TABLE public.health_rounds (
    tenant text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    checked_at timestamp with time zone
);

ALTER TABLE ONLY public.health_rounds FORCE ROW LEVEL SECURITY;

CREATE TABLE public.holds (
    id text NOT NULL,
    tenant text NOT NULL,
    names text[],
    reason text NOT NULL,
    held_by text NOT NULL,
    held_at timestamp with time zone DEFAULT now() NOT NULL,
    released_by text,
    released_at timestamp with time zone,
    released_why text,
    CONSTRAINT holds_check CHECK ((((released_at IS NULL) = (released_why IS NULL)) AND ((released_at IS NULL) = (released_by IS NULL)))),
    CONSTRAINT holds_names_check CHECK ((cardinality(names) > 0))
);

ALTER TABLE ONLY public.holds FORCE ROW LEVEL SECURITY;

CREATE TABLE public.hooks (
    id text NOT NULL,
    adapter text NOT NULL,
    tenant text,
    account text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT hooks_check CHECK (((account IS NULL) OR (tenant IS NOT NULL))),
    CONSTRAINT hooks_id_check CHECK ((id ~ '^[A-Za-z0-9_-]{1,64}$'::text))
);

ALTER TABLE ONLY public.hooks FORCE ROW LEVEL SECURITY;

CREATE TABLE public.idempotency_keys (
    caller text NOT NULL,
    call text NOT NULL,
    key text NOT NULL,
    tenant text,
    digest bytea NOT NULL,
    status integer,
    key_id text,
    sealed bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.joint (
    queue text NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    sealed bytea NOT NULL,
    key_id text NOT NULL
);

CREATE TABLE public.ledger (
    key text NOT NULL,
    tenant text NOT NULL,
    event_id text NOT NULL,
    outcome text NOT NULL,
    finished_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ledger_outcome_check CHECK ((outcome = ANY (ARRAY['delivered'::text, 'filtered'::text, 'dead'::text])))
);

ALTER TABLE ONLY public.ledger FORCE ROW LEVEL SECURITY;

CREATE TABLE public.links (
    id text NOT NULL,
    tenant text NOT NULL,
    customer_adapter text NOT NULL,
    customer_account text NOT NULL,
    agent_adapter text NOT NULL,
    agent_account text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.links FORCE ROW LEVEL SECURITY;

CREATE TABLE public.mapping_revisions (
    tenant text NOT NULL,
    revision bigint DEFAULT (EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric) NOT NULL
);

ALTER TABLE ONLY public.mapping_revisions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.messages (
    id text CONSTRAINT messages_id_not_null1 NOT NULL COLLATE pg_catalog."C",
    tenant text CONSTRAINT messages_tenant_not_null1 NOT NULL,
    adapter text CONSTRAINT messages_adapter_not_null1 NOT NULL,
    account text CONSTRAINT messages_account_not_null1 NOT NULL,
    external_id text CONSTRAINT messages_external_id_not_null1 NOT NULL,
    direction text CONSTRAINT messages_direction_not_null1 NOT NULL,
    contact text CONSTRAINT messages_contact_not_null1 NOT NULL,
    record text DEFAULT 'live'::text CONSTRAINT messages_record_not_null1 NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT messages_occurred_at_not_null1 NOT NULL,
    key_id text CONSTRAINT messages_key_id_not_null1 NOT NULL,
    sealed bytea CONSTRAINT messages_sealed_not_null1 NOT NULL,
    to_adapter text,
    to_account text,
    thread text,
    kinds text[],
    words bigint[],
    routed_at timestamp with time zone DEFAULT now(),
    about text,
    CONSTRAINT direction CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.messages FORCE ROW LEVEL SECURITY;

CREATE TABLE public.migrations (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.onboarding_steps (
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    step text NOT NULL,
    place smallint NOT NULL,
    title text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    todo text DEFAULT ''::text NOT NULL,
    calls jsonb DEFAULT '[]'::jsonb NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    began_at timestamp with time zone,
    ended_at timestamp with time zone,
    said jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT onboarding_steps_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'waiting'::text, 'unknown'::text, 'failed'::text, 'done'::text])))
);

ALTER TABLE ONLY public.onboarding_steps FORCE ROW LEVEL SECURITY;

CREATE TABLE public.onboardings (
    tenant text NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    asked bigint DEFAULT 1 NOT NULL,
    wanted jsonb DEFAULT '{}'::jsonb NOT NULL,
    by jsonb NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT onboardings_state_check CHECK ((state = ANY (ARRAY['running'::text, 'waiting'::text, 'failed'::text, 'done'::text])))
);

ALTER TABLE ONLY public.onboardings FORCE ROW LEVEL SECURITY;

CREATE TABLE public.one_time_tokens (
    hash bytea NOT NULL,
    person text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.one_time_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE public.parents (
    tenant text NOT NULL,
    adapter text NOT NULL,
    parent text NOT NULL
);

ALTER TABLE ONLY public.parents FORCE ROW LEVEL SECURITY;

CREATE TABLE public.people (
    id text NOT NULL,
    tenant text,
    method text NOT NULL,
    subject text NOT NULL,
    role text NOT NULL,
    role_given text,
    name text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT people_check CHECK (((role = 'xyper_admin'::text) = (tenant IS NULL))),
    CONSTRAINT people_check1 CHECK (((role_given IS NULL) OR (tenant IS NOT NULL))),
    CONSTRAINT people_method_check CHECK ((method = ANY (ARRAY['local'::text, 'oidc'::text, 'genesys'::text]))),
    CONSTRAINT people_role_check CHECK ((role = ANY (ARRAY['xyper_admin'::text, 'genesys_admin'::text, 'supervisor'::text, 'agent'::text]))),
    CONSTRAINT people_role_given_check CHECK ((role_given = ANY (ARRAY['genesys_admin'::text, 'supervisor'::text, 'agent'::text]))),
    CONSTRAINT people_state_check CHECK ((state = ANY (ARRAY['invited'::text, 'active'::text, 'disabled'::text])))
);

ALTER TABLE ONLY public.people FORCE ROW LEVEL SECURITY;

CREATE TABLE public.posts (
    key text NOT NULL,
    n smallint NOT NULL,
    tenant text NOT NULL,
    event_id text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    external_id text NOT NULL,
    contact text NOT NULL,
    origin_adapter text NOT NULL,
    origin_account text NOT NULL,
    thread text,
    last boolean NOT NULL,
    state text DEFAULT 'sending'::text NOT NULL,
    far_id text,
    sending_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    status smallint DEFAULT 0 NOT NULL,
    status_at jsonb DEFAULT '{}'::jsonb NOT NULL,
    reason jsonb,
    price_category text,
    price_type text,
    window_until timestamp with time zone,
    kind text DEFAULT ''::text NOT NULL,
    CONSTRAINT posts_state_check CHECK ((state = ANY (ARRAY['sending'::text, 'unknown'::text, 'sent'::text])))
);

ALTER TABLE ONLY public.posts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.pulses (
    engine text NOT NULL,
    tenant text DEFAULT ''::text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    told jsonb NOT NULL
);

ALTER TABLE ONLY public.pulses FORCE ROW LEVEL SECURITY;

CREATE TABLE public.quick_replies (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant text NOT NULL,
    person text,
    shortcut text NOT NULL,
    folder text DEFAULT ''::text NOT NULL,
    text text NOT NULL,
    parts jsonb,
    version integer DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.quick_replies FORCE ROW LEVEL SECURITY;

CREATE TABLE public.reconciled (
    reconciliation text NOT NULL,
    tenant text NOT NULL,
    conversation text NOT NULL,
    calls integer NOT NULL,
    compared integer NOT NULL,
    failed text DEFAULT ''::text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.reconciled FORCE ROW LEVEL SECURITY;

CREATE TABLE public.reconciliations (
    id text NOT NULL,
    tenant text NOT NULL,
    cause text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    planned_at timestamp with time zone,
    conversations integer DEFAULT 0 NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT reconciliations_cause_check CHECK ((cause = ANY (ARRAY['asked'::text, 'schedule'::text, 'outage'::text])))
);

ALTER TABLE ONLY public.reconciliations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.recovery_codes (
    person text NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.recovery_codes FORCE ROW LEVEL SECURITY;

CREATE TABLE public.refresh_tokens (
    hash bytea NOT NULL,
    session text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

ALTER TABLE ONLY public.refresh_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE public.secret_uses (
    id text NOT NULL,
    tenant text,
    used_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.secret_uses FORCE ROW LEVEL SECURITY;

CREATE TABLE public.secrets (
    tenant text,
    owner text NOT NULL,
    name text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id text DEFAULT (gen_random_uuid())::text NOT NULL,
    pending boolean DEFAULT false NOT NULL,
    retires_at timestamp with time zone
);

ALTER TABLE ONLY public.secrets FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sends (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant text NOT NULL,
    conversation text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    thread text NOT NULL,
    person text NOT NULL,
    session text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    line bytea NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    code text DEFAULT ''::text NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    far_id text,
    message text,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    began_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT sends_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'new'::text, 'posting'::text, 'posted'::text, 'paired'::text, 'refused'::text, 'unknown'::text, 'withdrawn'::text])))
);

ALTER TABLE ONLY public.sends FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sessions (
    id text NOT NULL,
    tenant text,
    person text NOT NULL,
    actions text[],
    conversation text,
    address text NOT NULL,
    agent text NOT NULL,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_why text,
    csrf text,
    proved_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.sessions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sign_in_tries (
    key text NOT NULL,
    failures integer NOT NULL,
    last_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sign_in_tries FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sign_ins (
    id text NOT NULL,
    tenant text,
    secret_hash bytea NOT NULL,
    cookie_hash bytea,
    state_hash bytea,
    proof_hash bytea,
    tries integer DEFAULT 0 NOT NULL,
    settled boolean DEFAULT false NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sign_ins FORCE ROW LEVEL SECURITY;

CREATE TABLE public.signing_keys (
    id text NOT NULL,
    public bytea NOT NULL,
    data_key text NOT NULL,
    sealed bytea NOT NULL,
    signs_from timestamp with time zone NOT NULL,
    signs_until timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.signing_keys FORCE ROW LEVEL SECURITY;

CREATE UNLOGGED TABLE public.spooled (
    engine text NOT NULL,
    queue text NOT NULL,
    head text NOT NULL COLLATE pg_catalog."C",
    beat_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.statistics_all_days (
    measure text NOT NULL,
    at date NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE ONLY public.statistics_all_days FORCE ROW LEVEL SECURITY;

CREATE TABLE public.statistics_all_hours (
    measure text NOT NULL,
    at timestamp with time zone NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE ONLY public.statistics_all_hours FORCE ROW LEVEL SECURITY;

CREATE TABLE public.statistics_days (
    tenant text NOT NULL,
    measure text NOT NULL,
    at date NOT NULL,
    number text NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE ONLY public.statistics_days FORCE ROW LEVEL SECURITY;

CREATE TABLE public.statistics_hours (
    tenant text NOT NULL,
    measure text NOT NULL,
    at timestamp with time zone NOT NULL,
    number text NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE ONLY public.statistics_hours FORCE ROW LEVEL SECURITY;

CREATE TABLE public.templates (
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    far_id text NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    status text DEFAULT ''::text NOT NULL,
    quality text DEFAULT ''::text NOT NULL,
    format text DEFAULT 'POSITIONAL'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    components jsonb DEFAULT '[]'::jsonb NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.templates FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tenants (
    id text NOT NULL,
    name text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    policy jsonb DEFAULT '{}'::jsonb NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    delete_at timestamp with time zone,
    audited_from bigint DEFAULT 1 NOT NULL,
    quotas jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT tenants_check CHECK (((state = 'deleting'::text) = (delete_at IS NOT NULL))),
    CONSTRAINT tenants_id_check CHECK ((id ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text)),
    CONSTRAINT tenants_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'deleting'::text])))
);

ALTER TABLE ONLY public.tenants FORCE ROW LEVEL SECURITY;

CREATE TABLE public.threads (
    conversation text NOT NULL,
    began_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    tenant text NOT NULL,
    thread text NOT NULL,
    reopened boolean NOT NULL,
    ended_at timestamp with time zone,
    ended_by text,
    participants jsonb DEFAULT '[]'::jsonb NOT NULL,
    seen_at timestamp with time zone,
    check_at timestamp with time zone DEFAULT now() NOT NULL,
    checks integer DEFAULT 0 NOT NULL,
    CONSTRAINT threads_check CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
    CONSTRAINT threads_ended_by_check CHECK ((ended_by = ANY (ARRAY['agent'::text, 'policy'::text, 'next'::text])))
);

ALTER TABLE ONLY public.threads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tombstones (
    tenant text NOT NULL,
    mark bigint NOT NULL,
    erased_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.tombstones FORCE ROW LEVEL SECURITY;

CREATE TABLE public.traces (
    tenant text NOT NULL,
    message text NOT NULL,
    event_id text NOT NULL,
    conversation text,
    received_at timestamp with time zone NOT NULL,
    at timestamp with time zone NOT NULL,
    steps text NOT NULL
)
PARTITION BY RANGE (at);

ALTER TABLE ONLY public.traces FORCE ROW LEVEL SECURITY;

CREATE TABLE public.uploads (
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    sha256 text NOT NULL,
    mime text NOT NULL,
    far_id text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.uploads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.vendor_tokens (
    session text NOT NULL,
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.vendor_tokens FORCE ROW LEVEL SECURITY;

CREATE TABLE public.waiting (
    id text NOT NULL,
    tenant text NOT NULL,
    adapter text NOT NULL,
    account text NOT NULL,
    contact text NOT NULL,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.waiting FORCE ROW LEVEL SECURITY;

ALTER TABLE ONLY public.access_reports
    ADD CONSTRAINT access_reports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (adapter, account);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_adapter_account_key UNIQUE (tenant, adapter, account);

ALTER TABLE ONLY public.alert_channels
    ADD CONSTRAINT alert_channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alert_posts
    ADD CONSTRAINT alert_posts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (chain);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (chain, seq);

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (tenant);

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_pkey PRIMARY KEY (hook);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contact_urns
    ADD CONSTRAINT contact_urns_pkey PRIMARY KEY (tenant, adapter, urn);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_adapter_address_key UNIQUE (tenant, adapter, address);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_id_key UNIQUE (tenant, id);

ALTER TABLE ONLY public.contexts
    ADD CONSTRAINT contexts_pkey PRIMARY KEY (conversation);

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_customer_adapter_customer_account_agent_adapt_key UNIQUE (customer_adapter, customer_account, agent_adapter, agent_account, contact);

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (person);

ALTER TABLE ONLY public.data_keys
    ADD CONSTRAINT data_keys_pkey PRIMARY KEY (id, master);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_replays
    ADD CONSTRAINT dead_replays_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.directory_revision
    ADD CONSTRAINT directory_revision_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.engines
    ADD CONSTRAINT engines_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_event_key_n_key UNIQUE (event_key, n);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_pkey PRIMARY KEY (reconciliation, what, key);

ALTER TABLE ONLY public.health
    ADD CONSTRAINT health_pkey PRIMARY KEY (adapter, account, step);

ALTER TABLE ONLY public.health_rounds
    ADD CONSTRAINT health_rounds_pkey PRIMARY KEY (tenant);

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.hooks
    ADD CONSTRAINT hooks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, call, key);

ALTER TABLE ONLY public.joint
    ADD CONSTRAINT joint_pkey PRIMARY KEY (queue, id);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_tenant_customer_adapter_customer_account_agent_adapte_key UNIQUE (tenant, customer_adapter, customer_account, agent_adapter, agent_account);

ALTER TABLE ONLY public.mapping_revisions
    ADD CONSTRAINT mapping_revisions_pkey PRIMARY KEY (tenant);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.onboarding_steps
    ADD CONSTRAINT onboarding_steps_pkey PRIMARY KEY (adapter, account, step);

ALTER TABLE ONLY public.onboardings
    ADD CONSTRAINT onboardings_pkey PRIMARY KEY (tenant);

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_person_key UNIQUE (person);

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.parents
    ADD CONSTRAINT parents_pkey PRIMARY KEY (adapter, parent);

ALTER TABLE ONLY public.parents
    ADD CONSTRAINT parents_tenant_adapter_parent_key UNIQUE (tenant, adapter, parent);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (key, n);

ALTER TABLE ONLY public.pulses
    ADD CONSTRAINT pulses_pkey PRIMARY KEY (engine, tenant);

ALTER TABLE ONLY public.quick_replies
    ADD CONSTRAINT quick_replies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reconciled
    ADD CONSTRAINT reconciled_pkey PRIMARY KEY (reconciliation, conversation);

ALTER TABLE ONLY public.reconciliations
    ADD CONSTRAINT reconciliations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reconciliations
    ADD CONSTRAINT reconciliations_tenant_id_key UNIQUE (tenant, id);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (person, hash);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.secret_uses
    ADD CONSTRAINT secret_uses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_id_key UNIQUE (id);

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (owner, name, created_at);

ALTER TABLE ONLY public.sends
    ADD CONSTRAINT sends_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sends
    ADD CONSTRAINT sends_tenant_person_key_key UNIQUE (tenant, person, key);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sign_in_tries
    ADD CONSTRAINT sign_in_tries_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.spooled
    ADD CONSTRAINT spooled_pkey PRIMARY KEY (engine, queue);

ALTER TABLE ONLY public.statistics_all_days
    ADD CONSTRAINT statistics_all_days_pkey PRIMARY KEY (measure, at, direction, kind, label);

ALTER TABLE ONLY public.statistics_all_hours
    ADD CONSTRAINT statistics_all_hours_pkey PRIMARY KEY (measure, at, direction, kind, label);

ALTER TABLE ONLY public.statistics_days
    ADD CONSTRAINT statistics_days_pkey PRIMARY KEY (tenant, measure, at, number, direction, kind, label);

ALTER TABLE ONLY public.statistics_hours
    ADD CONSTRAINT statistics_hours_pkey PRIMARY KEY (tenant, measure, at, number, direction, kind, label);

ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_pkey PRIMARY KEY (adapter, account, name, language);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_pkey PRIMARY KEY (conversation, began_at);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_pkey PRIMARY KEY (tenant, mark);

ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (adapter, account, sha256, mime);

ALTER TABLE ONLY public.vendor_tokens
    ADD CONSTRAINT vendor_tokens_pkey PRIMARY KEY (session);

ALTER TABLE ONLY public.waiting
    ADD CONSTRAINT waiting_pkey PRIMARY KEY (id);

CREATE INDEX access_reports_expires_at_idx ON public.access_reports USING btree (expires_at);

CREATE INDEX access_reports_tenant_idx ON public.access_reports USING btree (tenant);

CREATE INDEX accounts_adapter_parent_idx ON public.accounts USING btree (adapter, parent);

CREATE INDEX accounts_tenant_idx ON public.accounts USING btree (tenant);

CREATE INDEX alert_channels_tenant_id_idx ON public.alert_channels USING btree (tenant, id);

CREATE INDEX alert_posts_open ON public.alert_posts USING btree (channel, id) WHERE (ended_at IS NULL);

CREATE INDEX alert_posts_tenant_idx ON public.alert_posts USING btree (tenant);

CREATE INDEX alerts_began_at_id_idx ON public.alerts USING btree (began_at, id);

CREATE UNIQUE INDEX alerts_open ON public.alerts USING btree (COALESCE(tenant, ''::text), topic, subject) WHERE (ended_at IS NULL);

CREATE INDEX alerts_tenant_began_at_id_idx ON public.alerts USING btree (tenant, began_at, id);

CREATE INDEX api_keys_tenant_idx ON public.api_keys USING btree (tenant);

CREATE INDEX audit_at_idx ON public.audit USING btree (at);

CREATE INDEX audit_subject_at_idx ON public.audit USING btree (subject, at);

CREATE INDEX audit_who_at_idx ON public.audit USING btree (who, at);

CREATE INDEX budgets_at_idx ON public.budgets USING btree (at);

CREATE INDEX budgets_kept_tenant_idx ON public.budgets USING btree (kept, tenant);

CREATE INDEX consents_contact_kind_account_at_id_idx ON public.consents USING btree (contact, kind, account, at, id);

CREATE INDEX consents_forgotten ON public.consents USING gin (people) WHERE (contact IS NULL);

CREATE UNIQUE INDEX consents_once ON public.consents USING btree (tenant, contact, event, kind, account) WHERE (event <> ''::text);

CREATE INDEX consents_tenant_id_idx ON public.consents USING btree (tenant, id);

CREATE INDEX contact_urns_contact_idx ON public.contact_urns USING btree (contact);

CREATE INDEX contacts_merged_into_idx ON public.contacts USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX contexts_expires_at_idx ON public.contexts USING btree (expires_at);

CREATE INDEX contexts_tenant_idx ON public.contexts USING btree (tenant);

CREATE INDEX conversations_tenant_contact_idx ON public.conversations USING btree (tenant, contact);

CREATE INDEX conversations_tenant_id_idx ON public.conversations USING btree (tenant, id);

CREATE INDEX conversations_thread_agent_adapter_agent_account_idx ON public.conversations USING btree (thread, agent_adapter, agent_account);

CREATE INDEX data_keys_coalesce_idx ON public.data_keys USING btree (COALESCE(tenant, ''::text));

CREATE INDEX dead_letters_died_at_idx ON public.dead_letters USING btree (died_at);

CREATE INDEX dead_letters_old ON public.dead_letters USING btree (id) WHERE ((key_id IS NULL) OR (NOT starts_with(key_id, 'k'::text)));

CREATE INDEX dead_letters_page ON public.dead_letters USING btree (died_at, id) WHERE ((replayed_at IS NULL) AND (discarded_at IS NULL));

CREATE INDEX dead_letters_replay ON public.dead_letters USING btree (replay, id) WHERE (replay IS NOT NULL);

CREATE INDEX dead_letters_replay_asked_idx ON public.dead_letters USING btree (replay_asked) WHERE ((replay_asked IS NOT NULL) AND (replayed_at IS NULL));

CREATE INDEX dead_letters_tenant_died_at_idx ON public.dead_letters USING btree (tenant, died_at);

CREATE INDEX dead_letters_tenant_page ON public.dead_letters USING btree (tenant, died_at, id) WHERE ((replayed_at IS NULL) AND (discarded_at IS NULL));

CREATE INDEX dead_replays_open ON public.dead_replays USING btree (asked_at, id) WHERE (finished_at IS NULL);

CREATE INDEX dead_replays_tenant_asked_at_id_idx ON public.dead_replays USING btree (tenant, asked_at, id);

CREATE INDEX engines_beat_at_idx ON public.engines USING btree (beat_at);

CREATE INDEX erasures_due ON public.erasures USING btree (due_at) WHERE (finished_at IS NULL);

CREATE INDEX erasures_tenant_id_idx ON public.erasures USING btree (tenant, id);

CREATE INDEX files_size ON public.files USING btree (tenant) INCLUDE (size) WHERE (object IS NOT NULL);

CREATE INDEX files_tenant_created_at_idx ON public.files USING btree (tenant, created_at);

CREATE INDEX files_tenant_sha256_idx ON public.files USING btree (tenant, sha256);

CREATE INDEX files_unscanned ON public.files USING btree (id) WHERE ((scan = 'unscanned'::text) AND (state = 'stored'::text));

CREATE INDEX findings_tenant_reconciliation_idx ON public.findings USING btree (tenant, reconciliation);

CREATE INDEX health_expires ON public.health USING btree (expires_at) WHERE (expires_at IS NOT NULL);

CREATE INDEX health_rounds_due_at_idx ON public.health_rounds USING btree (due_at);

CREATE INDEX health_tenant_place_idx ON public.health USING btree (tenant, place);

CREATE INDEX health_wrong ON public.health USING btree (tenant) WHERE ((state = 'wrong'::text) OR (quality = ANY (ARRAY['RED'::text, 'YELLOW'::text])));

CREATE INDEX holds_standing ON public.holds USING btree (tenant) WHERE (released_at IS NULL);

CREATE INDEX holds_tenant_id_idx ON public.holds USING btree (tenant, id);

CREATE INDEX hooks_tenant_idx ON public.hooks USING btree (tenant);

CREATE INDEX idempotency_keys_created_at_idx ON public.idempotency_keys USING btree (created_at);

CREATE INDEX idempotency_keys_tenant_idx ON public.idempotency_keys USING btree (tenant);

CREATE INDEX ledger_tenant_finished_at_idx ON public.ledger USING btree (tenant, finished_at);

CREATE INDEX links_agent_adapter_agent_account_idx ON public.links USING btree (agent_adapter, agent_account);

CREATE INDEX links_customer_adapter_customer_account_idx ON public.links USING btree (customer_adapter, customer_account);

CREATE INDEX messages_about ON ONLY public.messages USING btree (tenant, about) WHERE (about IS NOT NULL);

CREATE INDEX messages_by_word ON ONLY public.messages USING gin (words);

CREATE INDEX messages_of_contact ON ONLY public.messages USING btree (tenant, contact, id);

CREATE INDEX messages_of_tenant ON ONLY public.messages USING btree (tenant, id);

CREATE INDEX messages_old ON ONLY public.messages USING btree (id) WHERE ((key_id IS NULL) OR (NOT starts_with(key_id, 'k'::text)));

CREATE INDEX messages_unread ON ONLY public.messages USING btree (id) WHERE (words IS NULL);

CREATE INDEX onboarding_steps_tenant_place_idx ON public.onboarding_steps USING btree (tenant, place);

CREATE INDEX onboardings_tenant_idx ON public.onboardings USING btree (tenant) WHERE (state = 'running'::text);

CREATE UNIQUE INDEX people_coalesce_method_subject_idx ON public.people USING btree (COALESCE(tenant, ''::text), method, subject);

CREATE INDEX people_tenant_id_idx ON public.people USING btree (tenant, id);

CREATE INDEX posts_adapter_account_external_id_idx ON public.posts USING btree (adapter, account, external_id);

CREATE INDEX posts_adapter_account_far_id_idx ON public.posts USING btree (adapter, account, far_id);

CREATE INDEX posts_event_id_idx ON public.posts USING btree (event_id);

CREATE INDEX pulses_tenant_at_idx ON public.pulses USING btree (tenant, at);

CREATE UNIQUE INDEX quick_replies_shortcut ON public.quick_replies USING btree (tenant, COALESCE(person, ''::text), lower(shortcut));

CREATE INDEX reconciled_tenant_reconciliation_idx ON public.reconciled USING btree (tenant, reconciliation);

CREATE INDEX reconciliations_asked_at_idx ON public.reconciliations USING btree (asked_at) WHERE (planned_at IS NULL);

CREATE INDEX reconciliations_tenant_asked_at_idx ON public.reconciliations USING btree (tenant, asked_at);

CREATE INDEX refresh_tokens_session_idx ON public.refresh_tokens USING btree (session);

CREATE INDEX secrets_old ON public.secrets USING btree (id) WHERE ((key_id IS NULL) OR (NOT starts_with(key_id, 'k'::text)));

CREATE INDEX secrets_retires_at_idx ON public.secrets USING btree (retires_at) WHERE (retires_at IS NOT NULL);

CREATE INDEX secrets_tenant_idx ON public.secrets USING btree (tenant);

CREATE INDEX sends_conversation_id_idx ON public.sends USING btree (conversation, id);

CREATE UNIQUE INDEX sends_far ON public.sends USING btree (adapter, account, far_id) WHERE (far_id IS NOT NULL);

CREATE INDEX sends_open ON public.sends USING btree (due_at) WHERE (state = ANY (ARRAY['waiting'::text, 'new'::text, 'posting'::text]));

CREATE INDEX sends_tenant_id_idx ON public.sends USING btree (tenant, id);

CREATE INDEX sends_unclear ON public.sends USING btree (conversation) WHERE (state = ANY (ARRAY['posting'::text, 'unknown'::text]));

CREATE INDEX sessions_expires_at_idx ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_person_address_idx ON public.sessions USING btree (person, address);

CREATE INDEX sessions_tenant_id_idx ON public.sessions USING btree (tenant, id);

CREATE INDEX sign_in_tries_last_at_idx ON public.sign_in_tries USING btree (last_at);

CREATE INDEX sign_ins_expires_at_idx ON public.sign_ins USING btree (expires_at);

CREATE INDEX sign_ins_tenant_idx ON public.sign_ins USING btree (tenant);

CREATE INDEX statistics_all_hours_at_idx ON public.statistics_all_hours USING btree (at);

CREATE INDEX statistics_hours_at_idx ON public.statistics_hours USING btree (at);

CREATE INDEX templates_tenant_idx ON public.templates USING btree (tenant);

CREATE INDEX templates_troubled ON public.templates USING btree (tenant) WHERE ((status = ANY (ARRAY['REJECTED'::text, 'PAUSED'::text, 'DISABLED'::text])) OR (quality = 'RED'::text));

CREATE INDEX threads_due ON public.threads USING btree (check_at) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX threads_open ON public.threads USING btree (conversation) WHERE (ended_at IS NULL);

CREATE INDEX threads_tenant_thread_idx ON public.threads USING btree (tenant, thread);

CREATE INDEX traces_conversation_idx ON ONLY public.traces USING btree (conversation) WHERE (conversation IS NOT NULL);

CREATE INDEX traces_event_id_idx ON ONLY public.traces USING btree (event_id) WHERE (event_id <> message);

CREATE INDEX traces_message_idx ON ONLY public.traces USING btree (message);

CREATE INDEX uploads_tenant_idx ON public.uploads USING btree (tenant);

CREATE INDEX vendor_tokens_tenant_idx ON public.vendor_tokens USING btree (tenant);

CREATE INDEX waiting_adapter_account_contact_idx ON public.waiting USING btree (adapter, account, contact);

CREATE INDEX waiting_old ON public.waiting USING btree (id) WHERE ((key_id IS NULL) OR (NOT starts_with(key_id, 'k'::text)));

CREATE INDEX waiting_tenant_since_idx ON public.waiting USING btree (tenant, since);

CREATE TRIGGER asked AFTER INSERT OR UPDATE OF finished_at ON public.erasures FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_erasure_asked();

CREATE TRIGGER asked AFTER INSERT OR UPDATE OF asked ON public.onboardings FOR EACH ROW EXECUTE FUNCTION public.xyper_onboarding_asked();

CREATE TRIGGER asked AFTER INSERT ON public.reconciliations FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_reconcile_asked();

CREATE TRIGGER changed BEFORE INSERT OR DELETE OR UPDATE ON public.accounts FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_changed();

CREATE TRIGGER changed AFTER UPDATE OF actions, expires_at, revoked_at ON public.api_keys FOR EACH ROW EXECUTE FUNCTION public.xyper_access_changed();

CREATE TRIGGER changed BEFORE DELETE ON public.data_keys FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_changed();

CREATE TRIGGER changed BEFORE INSERT OR DELETE OR UPDATE ON public.hooks FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_changed();

CREATE TRIGGER changed BEFORE INSERT OR DELETE OR UPDATE ON public.links FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_changed();

CREATE TRIGGER changed AFTER UPDATE OF role, role_given, state, name ON public.people FOR EACH ROW EXECUTE FUNCTION public.xyper_access_changed();

CREATE TRIGGER changed BEFORE INSERT OR DELETE OR UPDATE ON public.secrets FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_changed();

CREATE TRIGGER changed AFTER UPDATE OF actions, expires_at, ended_at, proved_at ON public.sessions FOR EACH ROW EXECUTE FUNCTION public.xyper_access_changed();

CREATE TRIGGER changed AFTER INSERT OR DELETE ON public.signing_keys FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_access_changed();

CREATE TRIGGER changed BEFORE INSERT OR DELETE OR UPDATE ON public.tenants FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_changed();

CREATE TRIGGER consents_stand AFTER INSERT OR UPDATE OF contact ON public.consents FOR EACH ROW EXECUTE FUNCTION public.xyper_consents_stand();

CREATE TRIGGER consents_stay BEFORE DELETE OR UPDATE ON public.consents FOR EACH ROW EXECUTE FUNCTION public.xyper_consents_stay();

CREATE TRIGGER drop_vendor_token AFTER UPDATE OF ended_at ON public.sessions FOR EACH ROW WHEN ((new.ended_at IS NOT NULL)) EXECUTE FUNCTION public.xyper_drop_vendor_token();

CREATE TRIGGER mapping_another AFTER INSERT ON public.conversations FOR EACH ROW EXECUTE FUNCTION public.xyper_mapping_another();

CREATE TRIGGER mapping_begins AFTER INSERT ON public.tenants FOR EACH ROW EXECUTE FUNCTION public.xyper_mapping_begins();

CREATE TRIGGER mapping_moved AFTER UPDATE OF contact ON public.contact_urns FOR EACH ROW WHEN ((old.contact <> new.contact)) EXECUTE FUNCTION public.xyper_mapping_moved();

CREATE TRIGGER mapping_removed AFTER DELETE ON public.contact_urns FOR EACH ROW EXECUTE FUNCTION public.xyper_mapping_moved();

CREATE TRIGGER mapping_removed AFTER DELETE ON public.conversations FOR EACH ROW EXECUTE FUNCTION public.xyper_mapping_moved();

CREATE TRIGGER quota AFTER INSERT ON public.api_keys FOR EACH ROW WHEN ((new.tenant IS NOT NULL)) EXECUTE FUNCTION public.xyper_quota('keys', 'count(*)', 'revoked_at is null and (expires_at is null or expires_at > now())');

CREATE TRIGGER quota AFTER INSERT ON public.files FOR EACH ROW WHEN (((new.object IS NOT NULL) AND (new.n < 1000))) EXECUTE FUNCTION public.xyper_quota('media_bytes', 'sum(size)', 'object is not null');

CREATE TRIGGER quota AFTER INSERT ON public.links FOR EACH ROW EXECUTE FUNCTION public.xyper_quota('links', 'count(*)', 'true');

CREATE TRIGGER quota AFTER INSERT ON public.people FOR EACH ROW WHEN ((new.tenant IS NOT NULL)) EXECUTE FUNCTION public.xyper_quota('users', 'count(*)', 'state <> ''disabled''');

CREATE TRIGGER removed AFTER DELETE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION public.xyper_access_changed();

CREATE TRIGGER removed AFTER DELETE ON public.sessions FOR EACH ROW EXECUTE FUNCTION public.xyper_access_changed();

CREATE TRIGGER replay_asked AFTER INSERT OR UPDATE OF cancelled_at ON public.dead_replays FOR EACH STATEMENT EXECUTE FUNCTION public.xyper_replay_asked();

CREATE TRIGGER threads_begin AFTER INSERT ON public.conversations FOR EACH ROW WHEN ((new.thread IS NOT NULL)) EXECUTE FUNCTION public.xyper_threads();

CREATE TRIGGER threads_change AFTER UPDATE OF thread, ended_at ON public.conversations FOR EACH ROW WHEN (((old.thread IS DISTINCT FROM new.thread) OR ((old.ended_at IS NULL) <> (new.ended_at IS NULL)))) EXECUTE FUNCTION public.xyper_threads();

CREATE TRIGGER versioned AFTER INSERT OR DELETE ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.xyper_part_changed();

CREATE TRIGGER versioned AFTER INSERT OR DELETE ON public.hooks FOR EACH ROW EXECUTE FUNCTION public.xyper_part_changed();

CREATE TRIGGER versioned AFTER INSERT OR DELETE ON public.links FOR EACH ROW EXECUTE FUNCTION public.xyper_part_changed();

CREATE TRIGGER versioned AFTER INSERT OR DELETE ON public.secrets FOR EACH ROW EXECUTE FUNCTION public.xyper_part_changed();

CREATE TRIGGER versioned BEFORE UPDATE ON public.tenants FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.xyper_versioned();

CREATE TRIGGER versioned_update AFTER UPDATE ON public.accounts FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.xyper_part_changed();

CREATE TRIGGER versioned_update AFTER UPDATE ON public.hooks FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.xyper_part_changed();

CREATE TRIGGER versioned_update AFTER UPDATE ON public.links FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION public.xyper_part_changed();

ALTER TABLE ONLY public.access_reports
    ADD CONSTRAINT access_reports_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_adapter_parent_fkey FOREIGN KEY (tenant, adapter, parent) REFERENCES public.parents(tenant, adapter, parent);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.alert_channels
    ADD CONSTRAINT alert_channels_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.alert_posts
    ADD CONSTRAINT alert_posts_channel_fkey FOREIGN KEY (channel) REFERENCES public.alert_channels(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.alert_posts
    ADD CONSTRAINT alert_posts_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_hook_fkey FOREIGN KEY (hook) REFERENCES public.hooks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.challenges
    ADD CONSTRAINT challenges_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_tenant_contact_fkey FOREIGN KEY (tenant, contact) REFERENCES public.contacts(tenant, id);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.contact_urns
    ADD CONSTRAINT contact_urns_tenant_contact_fkey FOREIGN KEY (tenant, contact) REFERENCES public.contacts(tenant, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.contact_urns
    ADD CONSTRAINT contact_urns_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_tenant_merged_into_fkey FOREIGN KEY (tenant, merged_into) REFERENCES public.contacts(tenant, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.contexts
    ADD CONSTRAINT contexts_conversation_fkey FOREIGN KEY (conversation) REFERENCES public.conversations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.contexts
    ADD CONSTRAINT contexts_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.data_keys
    ADD CONSTRAINT data_keys_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.dead_replays
    ADD CONSTRAINT dead_replays_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.findings
    ADD CONSTRAINT findings_tenant_reconciliation_fkey FOREIGN KEY (tenant, reconciliation) REFERENCES public.reconciliations(tenant, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.health_rounds
    ADD CONSTRAINT health_rounds_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.health
    ADD CONSTRAINT health_tenant_adapter_account_fkey FOREIGN KEY (tenant, adapter, account) REFERENCES public.accounts(tenant, adapter, account) ON DELETE CASCADE;

ALTER TABLE ONLY public.holds
    ADD CONSTRAINT holds_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.hooks
    ADD CONSTRAINT hooks_tenant_adapter_account_fkey FOREIGN KEY (tenant, adapter, account) REFERENCES public.accounts(tenant, adapter, account);

ALTER TABLE ONLY public.hooks
    ADD CONSTRAINT hooks_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_tenant_agent_adapter_agent_account_fkey FOREIGN KEY (tenant, agent_adapter, agent_account) REFERENCES public.accounts(tenant, adapter, account);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_tenant_customer_adapter_customer_account_fkey FOREIGN KEY (tenant, customer_adapter, customer_account) REFERENCES public.accounts(tenant, adapter, account);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.mapping_revisions
    ADD CONSTRAINT mapping_revisions_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE public.messages
    ADD CONSTRAINT messages_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.onboarding_steps
    ADD CONSTRAINT onboarding_steps_tenant_adapter_account_fkey FOREIGN KEY (tenant, adapter, account) REFERENCES public.accounts(tenant, adapter, account) ON DELETE CASCADE;

ALTER TABLE ONLY public.onboardings
    ADD CONSTRAINT onboardings_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.parents
    ADD CONSTRAINT parents_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quick_replies
    ADD CONSTRAINT quick_replies_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quick_replies
    ADD CONSTRAINT quick_replies_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.reconciled
    ADD CONSTRAINT reconciled_tenant_reconciliation_fkey FOREIGN KEY (tenant, reconciliation) REFERENCES public.reconciliations(tenant, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.reconciliations
    ADD CONSTRAINT reconciliations_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (session) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.secret_uses
    ADD CONSTRAINT secret_uses_id_fkey FOREIGN KEY (id) REFERENCES public.secrets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.secret_uses
    ADD CONSTRAINT secret_uses_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.sends
    ADD CONSTRAINT sends_conversation_fkey FOREIGN KEY (conversation) REFERENCES public.conversations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sends
    ADD CONSTRAINT sends_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT sign_ins_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.statistics_days
    ADD CONSTRAINT statistics_days_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.statistics_hours
    ADD CONSTRAINT statistics_hours_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.templates
    ADD CONSTRAINT templates_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_conversation_fkey FOREIGN KEY (conversation) REFERENCES public.conversations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT uploads_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.vendor_tokens
    ADD CONSTRAINT vendor_tokens_session_fkey FOREIGN KEY (session) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.vendor_tokens
    ADD CONSTRAINT vendor_tokens_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.waiting
    ADD CONSTRAINT waiting_tenant_fkey FOREIGN KEY (tenant) REFERENCES public.tenants(id);

ALTER TABLE public.access_reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_posts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.challenges ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contact_urns ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.contexts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.credentials ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.data_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dead_letters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dead_replays ENABLE ROW LEVEL SECURITY;

CREATE POLICY engine ON public.access_reports TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.accounts TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.alert_channels TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.alert_posts TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.alerts TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.api_keys TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.audit TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.audit_heads TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.budgets TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.challenges TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.consents TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.contact_urns TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.contacts TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.contexts TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.conversations TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.credentials TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.data_keys TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.dead_letters TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.dead_replays TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.erasures TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.files TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.findings TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.health TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.health_rounds TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.holds TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.hooks TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.idempotency_keys TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.ledger TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.links TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.mapping_revisions TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.messages TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.onboarding_steps TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.onboardings TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.one_time_tokens TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.parents TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.people TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.posts TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.pulses TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.quick_replies TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.reconciled TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.reconciliations TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.recovery_codes TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.refresh_tokens TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.secret_uses TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.secrets TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.sends TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.sessions TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.sign_in_tries TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.sign_ins TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.signing_keys TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.statistics_all_days TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.statistics_all_hours TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.statistics_days TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.statistics_hours TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.templates TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.tenants TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.threads TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.tombstones TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.traces TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.uploads TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.vendor_tokens TO xyper_engine USING (true) WITH CHECK (true);

CREATE POLICY engine ON public.waiting TO xyper_engine USING (true) WITH CHECK (true);

ALTER TABLE public.erasures ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.files ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.findings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.health ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.health_rounds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.hooks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ledger ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.mapping_revisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.onboarding_steps ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.onboardings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.one_time_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.parents ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.posts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pulses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.quick_replies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reconciled ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reconciliations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.recovery_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.refresh_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.secret_uses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sends ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sign_in_tries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sign_ins ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.signing_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statistics_all_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statistics_all_hours ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statistics_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.statistics_hours ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.templates ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON public.access_reports TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.accounts TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.alert_channels TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.alert_posts TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.alerts TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.api_keys TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.audit FOR SELECT TO xyper_tenant USING (((tenant = current_setting('xyper.tenant'::text, true)) AND (seq >= ( SELECT tenants.audited_from
   FROM public.tenants
  WHERE (tenants.id = current_setting('xyper.tenant'::text, true))))));

CREATE POLICY tenant ON public.audit_heads TO xyper_tenant USING ((chain = current_setting('xyper.tenant'::text, true))) WITH CHECK ((chain = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.budgets TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.challenges TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.consents TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.contact_urns TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.contacts TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.contexts TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.conversations TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.data_keys TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.dead_letters TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.dead_replays TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.erasures TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.files TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.findings TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.health TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.health_rounds TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.holds TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.hooks TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.idempotency_keys TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.ledger TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.links TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.mapping_revisions TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.messages TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.onboarding_steps TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.onboardings TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.parents TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.people TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.posts TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.pulses TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.quick_replies TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.reconciled TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.reconciliations TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.secret_uses TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.secrets TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.sends TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.sessions TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.sign_ins TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.statistics_days TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.statistics_hours TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.templates TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.tenants TO xyper_tenant USING ((id = current_setting('xyper.tenant'::text, true))) WITH CHECK ((id = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.threads TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.tombstones TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.traces TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.uploads TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.vendor_tokens TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant ON public.waiting TO xyper_tenant USING ((tenant = current_setting('xyper.tenant'::text, true))) WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

CREATE POLICY tenant_adds ON public.audit FOR INSERT TO xyper_tenant WITH CHECK ((tenant = current_setting('xyper.tenant'::text, true)));

ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.threads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tombstones ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.traces ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.uploads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.vendor_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.waiting ENABLE ROW LEVEL SECURITY;

REVOKE ALL ON FUNCTION public.xyper_drop_messages(keep_from timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.xyper_drop_messages(keep_from timestamp with time zone) TO xyper_engine;

REVOKE ALL ON FUNCTION public.xyper_drop_traces(keep integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.xyper_drop_traces(keep integer) TO xyper_engine;

REVOKE ALL ON FUNCTION public.xyper_extend_messages(months integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.xyper_extend_messages(months integer) TO xyper_engine;

REVOKE ALL ON FUNCTION public.xyper_extend_traces(days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.xyper_extend_traces(days integer) TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.access_reports TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.access_reports TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.accounts TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alert_channels TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alert_channels TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alert_posts TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alert_posts TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alerts TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alerts TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO xyper_tenant;

GRANT SELECT,INSERT ON TABLE public.audit TO xyper_engine;
GRANT SELECT,INSERT ON TABLE public.audit TO xyper_tenant;

GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_heads TO xyper_engine;
GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_heads TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budgets TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budgets TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.challenges TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.challenges TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consents TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consents TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contact_urns TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contact_urns TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contacts TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contacts TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contexts TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contexts TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversations TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversations TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.credentials TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.data_keys TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.data_keys TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_replays TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_replays TO xyper_tenant;

GRANT SELECT,UPDATE ON TABLE public.directory_revision TO xyper_engine;
GRANT SELECT,UPDATE ON TABLE public.directory_revision TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.engines TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.erasures TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.erasures TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.files TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.files TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.findings TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.findings TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.health TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.health TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.health_rounds TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.health_rounds TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.holds TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.holds TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hooks TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hooks TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.joint TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ledger TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ledger TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.links TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.links TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mapping_revisions TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mapping_revisions TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.onboarding_steps TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.onboarding_steps TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.onboardings TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.onboardings TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.one_time_tokens TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.parents TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.parents TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.people TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.people TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.posts TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.posts TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pulses TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pulses TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quick_replies TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.quick_replies TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reconciled TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reconciled TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reconciliations TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reconciliations TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.recovery_codes TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_tokens TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.secret_uses TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.secret_uses TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.secrets TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.secrets TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sends TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sends TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_tries TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_ins TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_ins TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.signing_keys TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.spooled TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statistics_all_days TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statistics_all_hours TO xyper_engine;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statistics_days TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statistics_days TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statistics_hours TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statistics_hours TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.templates TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.templates TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tenants TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tenants TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.threads TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.threads TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tombstones TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tombstones TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.traces TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.traces TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.uploads TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.uploads TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.vendor_tokens TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.vendor_tokens TO xyper_tenant;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.waiting TO xyper_engine;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.waiting TO xyper_tenant;
