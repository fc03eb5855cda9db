"""What is asked of the database about sessions and their refresh tokens."""

STANDS = "s.ended_at is null and s.expires_at > now() and p.state = 'active'"

BEGIN = """
insert into sessions (id, tenant, person, actions, conversation, address, agent, expires_at, csrf, proved_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $10 then now() else 'epoch' end)
"""

HAND_OUT = "insert into refresh_tokens (hash, session, expires_at) values ($1, $2, $3)"

# A use is noted once a minute at most.
USE = f"""
with used as (update sessions set used_at = now() where id = $1 and used_at < now() - interval '1 minute')
select s.person, s.tenant, s.actions, s.conversation, s.expires_at, s.proved_at, s.csrf, p.name,
  coalesce(p.role_given, p.role) as role
from sessions s join people p on p.id = s.person where s.id = $1 and {STANDS}
"""  # noqa: S608  built from constants

# Locks the token, so that of two who come with it at once the second one is known as such.
SPEND = f"""
select s.id, s.tenant, s.person, s.expires_at, r.used_at, {STANDS} and r.expires_at > now() as holds
from refresh_tokens r join sessions s on s.id = r.session join people p on p.id = s.person
where r.hash = $1 and (s.csrf is not null) = $2 for update of r, s
"""  # noqa: S608  built from constants

SPENT = """
with used as (update sessions set used_at = now() where id = $2)
update refresh_tokens set used_at = now() where hash = $1
"""

LIST = f"""
select s.* from sessions s join people p on p.id = s.person
where s.tenant is not distinct from $1 and ($2::text is null or s.person = $2)
  and ($3::text is null or s.id < $3) and {STANDS}
order by s.id desc limit $4
"""  # noqa: S608  built from constants

END = """
update sessions set ended_at = now(), ended_why = $4
where id = $1 and tenant is not distinct from $2 and ($3::text is null or person = $3) and ended_at is null
returning person
"""

END_ALL = """
update sessions set ended_at = now(), ended_why = $2
where person = $1 and ended_at is null and id is distinct from $3 returning id
"""
