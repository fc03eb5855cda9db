"""Messages that an older version kept: found again by their words once an engine has read them again."""

import pytest

from tests.engine.state.test_ledger import GENESYS, WHATSAPP, send
from tests.engine.state.test_tracking import PHOTO, answered, keep, said, tenants
from tests.engine.tenants.world import keyring
from xyper_engine.parts import Reaction
from xyper_engine.state.ledger import Ledger
from xyper_engine.state.rereading import reread
from xyper_engine.state.tracking import Tracking, Wanted
from xyper_engine.store.db import Database

__all__ = ["tenants"]


@pytest.fixture
async def older(db: Database) -> None:
    """As it lies after the migration."""
    answer = answered("g-1")
    await keep(db, said("photo", PHOTO), answer, said("lost"), said("reaction", Reaction(about="wamid.1", emoji="👍")))
    await send(Ledger(db), answer, "wamid.1")
    await db.execute(
        "update messages set (words, kinds, about, to_adapter, to_account) = (null, null, null, null, null)"
    )
    await db.execute("update messages set sealed = sealed || 'x' where external_id = 'lost'")
    await db.execute("insert into links values ('l', 'acme', $1, $2, $3, $4)", *WHATSAPP.model_dump().values(),
                     *GENESYS.model_dump().values())  # fmt: skip


@pytest.mark.usefixtures("older")
async def test_all_are_read_once(db: Database) -> None:
    tracking = Tracking(db, keyring(db))
    assert await tracking.page("acme", Wanted(words="window"), None, 9) == []
    assert await reread(db, keyring(db), 100) == 3
    [photo] = await tracking.page("acme", Wanted(words="window"), None, 9)
    assert (photo.external_id, photo.kinds, photo.to) == ("photo", ["image"], GENESYS)
    answer = await tracking.one("acme", "g-1")
    assert (answer.kinds, answer.to) == (["text"], WHATSAPP)
    assert (await tracking.one("acme", "lost")).kinds == ()
    assert (await tracking.one("acme", "reaction")).row["about"] == "wamid.1"
    assert await reread(db, keyring(db), 100) == 0
