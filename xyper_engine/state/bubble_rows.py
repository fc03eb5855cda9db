"""What `bubbles.py` asks the database. Each row is found by a key, whatever the planner knows of the tables."""

from xyper_engine.state.tracking import JOINED, SELECT

# A person's every name on the channel; each is walked down an index of its own until the page is full.
_OF_PERSON = """
from (
  select $2::text as name union
  select u.urn from contacts k join contact_urns u on u.contact = k.id
  where k.tenant = $1 and k.adapter = $3 and k.address = $2
) names cross join lateral (
  select m.id from messages m
  where m.tenant = $1 and m.contact = names.name
    and ((m.adapter, m.account) = ($3, $4) or (m.to_adapter, m.to_account) = ($3, $4)) and {}
) found order by found.id {} limit $6
"""

# What is about a message that is known is shown at that one.
_SIDES = "(values (m.adapter, m.account), (m.to_adapter, m.to_account)) as e(adapter, account)"
_ITSELF = f"""(m.about is null or not exists (
    select from {_SIDES} join messages t on (t.adapter, t.account, t.external_id) = (e.adapter, e.account, m.about)
    union all
    select from {_SIDES} join posts p on (p.adapter, p.account, p.far_id) = (e.adapter, e.account, m.about)))"""  # noqa: S608  constants

BEFORE = "select found.id " + _OF_PERSON.format(
    f"($5::text is null or m.id < $5) and {_ITSELF} order by m.id desc limit $6", "desc"
)
AFTER = "select found.id " + _OF_PERSON.format(f"m.id > $5 and {_ITSELF} order by m.id limit $6", "asc")
THESE = "select found.id " + _OF_PERSON.format("m.id = any($5::text[])", "asc")
# What is news for somebody who has all up to `$5`: it came after that, or was stored after that though it came before.
MISSED = "select found.id " + _OF_PERSON.format(
    "m.id > xyper_first_id($7) and (m.id > $5 or (m.routed_at > $8 and m.id <> $5)) order by m.id limit $6", "asc"
)
BUBBLES = "select found.id " + _OF_PERSON.format(f"m.id = any($5::text[]) and {_ITSELF}", "asc")

SOUGHT = "select found.id " + _OF_PERSON.format(
    f"""($5::text is null or m.id < $5) and ($7::bigint[] is null or m.words @> $7)
    and ($8::bigint[] is null or m.words && $8) and ($9::text is null or m.direction = $9)
    and ($10::text[] is null or m.kinds && $10) and ($11::timestamptz is null or m.id >= xyper_first_id($11))
    and ($12::timestamptz is null or m.id < xyper_first_id($12)) and {_ITSELF} order by m.id desc limit $6""",
    "desc",
)

TARGETS = f"""
select t.id from messages m cross join lateral {_SIDES}
  join messages t on (t.adapter, t.account, t.external_id) = (e.adapter, e.account, m.about)
where m.tenant = $1 and m.id = any($2::text[]) and m.about is not null
union
select t.id from messages m cross join lateral {_SIDES}
  join posts p on (p.adapter, p.account, p.far_id) = (e.adapter, e.account, m.about)
  join messages t on (t.adapter, t.account, t.external_id) = (p.origin_adapter, p.origin_account, p.external_id)
where m.tenant = $1 and m.id = any($2::text[]) and m.about is not null
"""  # noqa: S608  constants

BY_ID = f"{SELECT} from messages m {JOINED} where m.tenant = $1 and m.id = any($2::text[]) order by m.id"

LATER = f"""{SELECT}
from unnest($2::text[], $3::text[], $4::text[]) as g(adapter, account, about)
join messages m on m.tenant = $1 and m.about = g.about
  and (g.adapter, g.account) in ((m.adapter, m.account), (m.to_adapter, m.to_account)) {JOINED}
order by m.occurred_at, m.id
"""

NAMED = """
select g.adapter, g.account, g.far_id, found.id
from unnest($1::text[], $2::text[], $3::text[]) as g(adapter, account, far_id) cross join lateral (
  (select m.id from messages m where (m.adapter, m.account, m.external_id) = (g.adapter, g.account, g.far_id)
   order by m.id desc limit 1)
  union all
  select m.id from posts p join messages m
    on (m.adapter, m.account, m.external_id) = (p.origin_adapter, p.origin_account, p.external_id)
  where (p.adapter, p.account, p.far_id) = (g.adapter, g.account, g.far_id)
  limit 1
) found
"""

THREADS = "select thread, began_at, ended_at from threads where conversation = $1 order by began_at, thread"
WAITING = "select id from waiting where id = any($1::text[])"
DIED = "select id, detail from dead_letters where id = any($1::text[]) and replayed_at is null"
FILES = "select id, state, name, mime, size, kind, details from files where id = any($1::text[])"
