"""The steps of a sign-in, each tried by somebody who is not the one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.access.world import keyring
from xyper_engine.access.sign_ins import TRIES, Begun, SignIns, Started, id_of
from xyper_engine.errors import Forbidden, NotFound
from xyper_engine.store.db import Database

WHO = {"person": "ines"}


@dataclass
class Steps:
    """One sign-in, as far as it has come."""

    ins: SignIns
    begun: Begun
    started: Started
    tenant: str | None = "acme"

    @property
    def id(self) -> str:
        return self.begun.id

    async def settled(self) -> None:
        await self.ins.arrive(self.tenant, self.started.state, self.started.cookie)
        await self.ins.settle(self.tenant, self.id, WHO)

    async def proof(self, *, short: bool = False) -> str:
        return await self.ins.prove(self.tenant, self.id, self.started.cookie, short=short)

    async def finish(self, proof: str, secret: str = "") -> Any:
        return await self.ins.finish(self.tenant, self.id, secret or self.begun.secret, proof)


@pytest.fixture
def ins(db: Database) -> SignIns:
    return SignIns(db, keyring(db))


async def begin(ins: SignIns, tenant: str | None = "acme") -> Steps:
    begun = await ins.begin(tenant, {"conversation": "c"})
    return Steps(ins, begun, await ins.start(tenant, begun.id), tenant)


async def refused(step: Awaitable[Any]) -> bool:
    try:
        await step
    except (Forbidden, NotFound):
        return True
    return False


@pytest.mark.parametrize("tenant", ["acme", None])
@pytest.mark.parametrize("short", [False, True])
async def test_all_steps_in_order_lead_in_once(ins: SignIns, tenant: str | None, short: bool) -> None:
    mine = await begin(ins, tenant)
    assert id_of(mine.started.state) == mine.id
    arrived = await ins.arrive(tenant, mine.started.state, mine.started.cookie)
    assert (arrived.verifier, arrived.nonce, arrived.note) == (
        mine.started.verifier, mine.started.nonce, {"conversation": "c"},
    )  # fmt: skip
    await ins.settle(tenant, mine.id, WHO)
    proof = await mine.proof(short=short)
    assert len(proof) == 6 if short else len(proof) > 40
    assert await mine.finish(proof) == WHO
    assert await refused(mine.finish(proof))


def test_the_challenge_is_that_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # appendix B
    assert Started("", "", verifier, "", {}).challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_state_from_another_browser_is_refused_and_used_up(ins: SignIns) -> None:
    for cookie in ("", "made up", (await begin(ins)).started.cookie):
        mine = await begin(ins)
        assert await refused(ins.arrive("acme", mine.started.state, cookie))
        assert await refused(ins.arrive("acme", mine.started.state, mine.started.cookie))


async def test_a_state_is_good_once(ins: SignIns) -> None:
    mine = await begin(ins)
    await ins.arrive("acme", mine.started.state, mine.started.cookie)
    assert await refused(ins.arrive("acme", mine.started.state, mine.started.cookie))


@pytest.mark.parametrize("state", ["", "x", ".", "{id}", "{id}.", "{id}.made-up", "\udcff", "\0"])
async def test_a_made_up_state_is_refused(ins: SignIns, state: str) -> None:
    mine = await begin(ins)
    assert await refused(ins.arrive("acme", state.format(id=mine.id), mine.started.cookie))


async def test_of_two_windows_the_newest_counts(ins: SignIns) -> None:
    mine = await begin(ins)
    again = Steps(ins, mine.begun, await ins.start("acme", mine.id))
    assert again.started.verifier != mine.started.verifier
    assert await refused(ins.arrive("acme", mine.started.state, mine.started.cookie))
    again = Steps(ins, mine.begun, await ins.start("acme", mine.id))
    await again.settled()
    assert await again.finish(await again.proof()) == WHO


async def test_whoever_lured_somebody_to_sign_in_gets_nothing_by_asking(ins: SignIns) -> None:
    """Device-code phishing: id and secret are the attacker's, the window is the victim's."""
    lured = await begin(ins)
    await lured.settled()
    assert await refused(lured.finish(""))
    assert await refused(ins.prove("acme", lured.id, "no cookie of that window"))
    await lured.proof()
    assert await refused(lured.finish(""))


async def test_a_finished_window_cannot_be_taken_over(ins: SignIns) -> None:
    mine = await begin(ins)
    await mine.settled()
    assert await refused(ins.start("acme", mine.id))
    assert await refused(ins.settle("acme", mine.id, {"person": "mallory"}))


async def test_without_the_pages_secret_a_proof_is_worth_nothing(ins: SignIns) -> None:
    mine = await begin(ins)
    await mine.settled()
    proof = await mine.proof()
    for _ in range(TRIES + 1):
        assert await refused(mine.finish(proof, secret="another"))
    assert await mine.finish(proof) == WHO  # and nobody else can use up the tries


async def test_a_short_code_cannot_be_guessed(ins: SignIns) -> None:
    mine = await begin(ins)
    await mine.settled()
    code = await mine.proof(short=True)
    wrong = [f"{number:06d}" for number in range(TRIES + 1) if f"{number:06d}" != code]
    for guess in wrong[:TRIES]:
        assert await refused(mine.finish(guess))
    assert await refused(mine.finish(code))


async def test_guesses_at_once_are_counted_one_by_one(ins: SignIns) -> None:
    mine = await begin(ins)
    await mine.settled()
    code = await mine.proof(short=True)
    await asyncio.gather(*(refused(mine.finish("wrong")) for _ in range(TRIES)))
    assert await refused(mine.finish(code))


async def test_of_two_who_hand_the_proof_in_at_once_one_gets_in(ins: SignIns) -> None:
    mine = await begin(ins)
    await mine.settled()
    proof = await mine.proof()
    assert sorted(await asyncio.gather(*(refused(mine.finish(proof)) for _ in range(4)))) == [False, True, True, True]


async def test_the_newest_proof_is_the_only_one(ins: SignIns) -> None:
    mine = await begin(ins)
    await mine.settled()
    old, new = await mine.proof(), await mine.proof(short=True)
    assert await refused(mine.finish(old))
    assert await mine.finish(new) == WHO


@pytest.mark.parametrize("tenant", ["other", "nobody", None])
async def test_a_sign_in_is_no_other_tenants(ins: SignIns, tenant: str | None) -> None:
    mine = await begin(ins)
    steps: list[Callable[[], Awaitable[Any]]] = [
        lambda: ins.start(tenant, mine.id),
        lambda: ins.arrive(tenant, mine.started.state, mine.started.cookie),
        lambda: ins.settle(tenant, mine.id, WHO),
        lambda: ins.prove(tenant, mine.id, mine.started.cookie),
    ]
    assert [await refused(step()) for step in steps] == [True] * 4
    await mine.settled()
    assert await refused(ins.finish(tenant, mine.id, mine.begun.secret, await mine.proof()))


async def test_what_takes_too_long_is_over_and_swept(ins: SignIns, db: Database) -> None:
    late, slow = await begin(ins), await begin(ins)
    await slow.settled()
    proof = await slow.proof()
    left = await db.fetch("select extract(epoch from expires_at - now())::int as seconds from sign_ins order by 1")
    assert [round(row["seconds"] / 10) * 10 for row in left] == [120, 600]
    await db.execute("update sign_ins set expires_at = now()")
    assert await refused(ins.arrive("acme", late.started.state, late.started.cookie))
    assert await refused(slow.finish(proof))
    await begin(ins)
    assert await db.fetchval("select count(*) from sign_ins") == 1


async def test_the_database_shows_nothing_that_opens_anything(ins: SignIns, db: Database) -> None:
    mine = await begin(ins)
    await mine.settled()
    proof = await mine.proof()
    shown = str(await db.fetch("select * from sign_ins"))
    for secret in (mine.begun.secret, mine.started.cookie, mine.started.state, mine.started.verifier, proof, "ines"):
        assert secret not in shown
