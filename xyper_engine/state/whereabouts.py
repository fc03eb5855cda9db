"""Where something of a person lies: the statements by which an erasure finds it, or has others forget it.

Whatever looks for the person is bounded by the moment of the request: what came later is of somebody new.
"""

BATCH = 500

_KEY = "adapter || '/' || account || '/' || external_id"

# $3: the moment of the request. What a vendor delivers late is as old as it says, by the second.
MESSAGES = f"""
select id, {_KEY} as key from messages where tenant = $1 and contact = any($2::text[])
  and (id < xyper_first_id($3) or occurred_at < date_trunc('second', $3::timestamptz)) order by id limit {BATCH}
"""  # noqa: S608  constants

# Candidates, by their keys: whether text really mentions somebody is looked at here. $6: the moment of the request.
POSTED = """
select key, array_agg(event_id) as events, bool_or(contact = any($2::text[])) as named,
  string_agg(concat_ws(' ', key, external_id, far_id), ' ') as text
from posts where tenant = $1 and key > $4 and (contact = any($2::text[]) or key like any($3::text[])
  or external_id like any($3::text[]) or far_id like any($3::text[]))
  and event_id collate "C" < xyper_first_id($6)
group by key order by key limit $5
"""

ENDED = """
select key, array[event_id] as events, cardinality($2::text[]) < 0 as named, key as text
from ledger where tenant = $1 and key > $4 and key like any($3::text[])
  and event_id collate "C" < xyper_first_id($6) order by key limit $5
"""

FILES = """
select event_key as key, array[]::text[] as events, bool_or(contact = any($2::text[])) as named, event_key as text
from files where tenant = $1 and event_key > $4 and (contact = any($2::text[]) or event_key like any($3::text[]))
  and (created_at <= $6 or exists (select from ledger l where l.key = event_key
                                   and l.event_id collate "C" < xyper_first_id($6)))
group by event_key order by event_key limit $5
"""

THREADS = "select conversation, thread from threads where tenant = $1 and conversation = any($2::text[])"

EARLIER = f"{THREADS} and ended_at <= $3"

# Theirs are also those that nobody else's contact bears, where they are an alias.
_THEIRS = """
c.tenant = $1 and (c.contact = any($2::text[]) or (c.aliases && $2::text[]
  and not exists (select from contacts k where k.tenant = c.tenant and k.address = c.contact)))
"""

# A message that came after the request belongs to it.
_GOES_ON = """
((c.last_inbound_at >= date_trunc('second', $3::timestamptz) and c.changed_at > $3) or exists (
  select from messages m where m.tenant = c.tenant and m.contact = any(c.contact || $2::text[])
    and m.id >= xyper_first_id($3) and m.occurred_at >= date_trunc('second', $3::timestamptz)
    and ((m.adapter, m.account) = (c.customer_adapter, c.customer_account)
      or (m.to_adapter, m.to_account) = (c.customer_adapter, c.customer_account))))
"""

CONVERSATIONS = f"""
select c.id, c.context_version from conversations c where {_THEIRS} and {_GOES_ON} is not true limit {BATCH}
"""  # noqa: S608  constants

RENEWED = f"""
select c.id, c.context_version from conversations c where {_THEIRS} and {_GOES_ON} and c.created_at <= $3
"""  # noqa: S608  constants

ANEW = "update conversations set created_at = now() where tenant = $1 and id = any($2::text[])"

ALIASES = """
update conversations c set aliases = array(select one from unnest(c.aliases) one where one <> all($2::text[]))
where c.tenant = $1 and c.aliases && $2::text[] and c.contact <> all($2::text[])
  and exists (select from contacts k where k.tenant = c.tenant and k.address = c.contact)
"""

# Whoever was let into that one conversation only is let in no more.
SESSIONS = """
update sessions set conversation = null, ended_at = coalesce(ended_at, now()), ended_why = coalesce(ended_why, 'erased')
where tenant = $1 and conversation = any($2::text[])
"""

WRITES_AGAIN = """
select exists (select from messages where tenant = $1 and contact = any($2::text[]) and id >= xyper_first_id($3)
               and occurred_at >= date_trunc('second', $3::timestamptz))
"""

UNPROVED = """
update consents set event = '' where tenant = $1 and source = 'keyword' and event <> '' and at <= $4 and contact in (
  select id from contacts where tenant = $1 and (id = any($2::text[]) or address = any($3::text[])))
"""

CONTACTS = "select id from contacts where tenant = $1 and (id = any($2) or address = any($3))"

LETTERS = """
select d.id, d.tenant, d.key_id, d.body, d.detail from dead_letters d
where d.id > $2 and (d.tenant = $1 or d.tenant is null)
  and coalesce(d.event_id, d.id) collate "C" < xyper_first_id($4)
order by d.id limit $3
"""

ANSWERS = "select * from idempotency_keys where tenant = $1 and sealed is not null and created_at <= $2"

REPORTS = """
select * from access_reports where tenant = $1 and id collate "C" < xyper_first_id($2)
"""

POSTS_OF = "select event_id from posts where key = any($1::text[])"

LOCKED = "select id from files where tenant = $1 and event_key = any($2::text[]) order by id for update"

# Bytes that only these files have.
ALONE = """
select distinct f.object, f.sha256 from files f where f.tenant = $1 and f.event_key = any($2::text[])
  and not exists (select from files other where (other.tenant, other.sha256) = (f.tenant, f.sha256)
                  and other.event_key <> all($2::text[]) and other.object is not null)
"""
