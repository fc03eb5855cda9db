"""Messages that an older version kept are read again, a little at a time: their words, their kinds,
what they speak of and where they went.

Nobody but an engine can: the bodies are sealed. Until a message was read again no search finds it.
"""

from typing import Any

from xyper_engine.errors import NotFound, SettingsError
from xyper_engine.keyring import MARK, Keyring
from xyper_engine.state.messages import about_of, array, kinds_of, opened
from xyper_engine.state.words import words_of
from xyper_engine.store.db import Database
from xyper_engine.store.rows import given

BATCH = 200


async def reread(db: Database, keyring: Keyring, most: int) -> int:
    """How many. Safe beside running engines, and beside itself.

    What a master key sealed is resealed first. What no key of ours opens is passed over, and tried again next time.
    """
    done, after = 0, ""
    while done < most and (rows := await db.fetch(_UNREAD, MARK, after, BATCH)):
        after = rows[-1]["id"]
        known = [one for row in rows if (one := await _known(keyring, row))]
        if known:
            await db.execute(_NOTE, known)
        done += len(known)
    return done


async def _known(keyring: Keyring, row: Any) -> tuple[str, str, str, str | None] | None:
    try:
        message = await opened(keyring, row)
        cipher = await keyring.cipher(row["tenant"])
    except (NotFound, SettingsError):
        return None
    if message is None:
        return row["id"], array(()), array(()), None
    kinds, words = array(kinds_of(message)), array(cipher.blinded(words_of(message.text)))
    return row["id"], kinds, words, about_of(message)


_UNREAD = """
select id, tenant, key_id, sealed from messages where words is null and starts_with(key_id, $1) and id > $2
order by id limit $3
"""

# Where it went: as its posts say, else as its account is linked.
_NOTE = f"""
update messages m set kinds = g.kinds, words = g.words, about = g.about,
  (to_adapter, to_account) = (
    select adapter, account from (
      select m.to_adapter as adapter, m.to_account as account where m.to_adapter is not null
      union all
      (select adapter, account from posts
       where key = m.adapter || '/' || m.account || '/' || m.external_id and n = 0)
      union all
      (select agent_adapter, agent_account from links
       where (tenant, customer_adapter, customer_account) = (m.tenant, m.adapter, m.account)
       order by created_at limit 1)
      union all
      (select customer_adapter, customer_account from links
       where (tenant, agent_adapter, agent_account) = (m.tenant, m.adapter, m.account)
       order by created_at limit 1)
    ) known limit 1)
from {given("id text, kinds text[], words bigint[], about text")} g
where m.id = g.id and m.words is null
"""  # noqa: S608  constants
