"""What is wrong is noted once, told once to whoever wants to know, and once more when it is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Configure
from tests.directory import add_tenant
from tests.engine.tenants.world import NUMBER, acme
from tests.mailbox import mailbox
from tests.world import eventually
from xyper_engine.access.caller import Caller
from xyper_engine.alert_office import AlertOffice
from xyper_engine.alerting import teller as telling
from xyper_engine.alerting.teller import Teller
from xyper_engine.alerting.watch import Watch, alerting
from xyper_engine.cli.parts import NoBroker
from xyper_engine.errors import Invalid, NotFound, Outdated, OverQuota
from xyper_engine.model import now
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.sealing import Sealer
from xyper_engine.state.alerts import AlertBook, Topic
from xyper_engine.state.pulses import BreakerView, Pulses, PulseView
from xyper_engine.testing import FarSide

BY = Caller.host()


@dataclass
class Scene:
    rt: Runtime
    office: AlertOffice
    watch: Watch
    teller: Teller

    async def paused(self, *accounts: str) -> None:
        """Traffic to these accounts of acme has been paused for long."""
        breakers = tuple(
            BreakerView(tenant="acme", account=one, seconds=900.0, failures=9, reason="FarSideDown") for one in accounts
        )
        told = PulseView(engine="e", version="1", started_at=now(), at=now(), breakers=breakers)
        await Pulses(self.rt.db).write(told)

    async def look(self) -> tuple[int, int]:
        turned = await self.watch.round()
        return len(turned.began), len(turned.ended)


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with FarSide() as one:
        one.answer("POST", "/hook", status=200)
        yield one


@asynccontextmanager
async def scene(configure: Configure, url: str, far: FarSide, **more: Any) -> AsyncIterator[Scene]:
    alerts = {"settle": 0.0, "hosts": [far.url], **more.pop("alerts", {})}
    settings = configure({"database": {"url": url}, "alerts": alerts, **more})
    async with open_runtime(settings, given=NoBroker()) as rt:
        await add_tenant(rt.db, Sealer.from_settings(settings), acme())
        yield Scene(rt, AlertOffice(rt.db, rt.keyring, settings), Watch(rt), Teller(rt))


async def hook(here: Scene, far: FarSide, tenant: str | None = "acme", *topics: Topic, path: str = "/hook") -> str:
    view, secret = await here.office.add(BY, tenant, "webhook", "Ours", far.url + path, topics)
    assert secret
    assert secret not in view.model_dump_json()
    return view.id


async def test_it_is_told_once_and_once_when_it_is_over(configure: Configure, url: str, far: FarSide) -> None:
    async with scene(configure, url, far) as here:
        await hook(here, far)
        await here.paused("genesys/1", "genesys/2")
        assert [await here.look(), await here.look()] == [(2, 0), (0, 0)]
        assert (await here.teller.round(), await here.teller.round()) == (1, 0)
        await here.paused("genesys/2")
        assert [await here.look(), await here.look()] == [(0, 1), (0, 0)]
        assert (await here.teller.round(), await here.teller.round()) == (1, 0)
        first, second = [one.json for one in far.requests]
        assert [one["subject"] for one in first["began"]] == ["genesys/1", "genesys/2"], "grouped"
        assert ([one["subject"] for one in second["ended"]], second["began"]) == (["genesys/1"], [])
        assert (first["type"], first["tenant"], first["id"] != second["id"]) == ("alerts", "acme", True)
        going, over = await AlertBook(here.rt.db).listed("acme", None, 10, open_=False)
        assert {going.ended_at is None, over.ended_at is None} == {True, False}
        assert len(await AlertBook(here.rt.db).listed("acme", None, 10, open_=True)) == 1


async def test_what_comes_back_soon_is_the_same_thing(configure: Configure, url: str, far: FarSide) -> None:
    async with scene(configure, url, far, alerts={"settle": 60.0}) as here:
        for accounts, turned in ((("a/1",), (1, 0)), ((), (0, 0)), (("a/1",), (0, 0))):
            await here.paused(*accounts)
            assert await here.look() == turned
        await here.rt.db.execute("update alerts set seen_at = now() - interval '2 minutes'")
        await here.paused()
        assert await here.look() == (0, 1)


async def test_each_channel_hears_what_is_its_own(configure: Configure, url: str, far: FarSide) -> None:
    for path in ("/ours", "/theirs", "/dead", "/off"):
        far.answer("POST", path, status=200)
    async with scene(configure, url, far) as here:
        await here.rt.db.execute("insert into tenants (id, name) values ('b', 'b')")
        await hook(here, far, None, path="/ours")
        await hook(here, far, "b", path="/theirs")
        await hook(here, far, "acme", Topic.dead, path="/dead")
        off = await hook(here, far, "acme", path="/off")
        await here.office.change(BY, "acme", off, {"enabled": False})
        await here.paused("a/1")
        await here.look()
        await here.teller.round()
        assert [one.path for one in far.requests] == ["/ours"]


async def test_the_database_knows_more_that_is_wrong(configure: Configure, url: str, far: FarSide) -> None:
    async with scene(configure, url, far, alerts={"dead_letters": 1}) as here:
        db = here.rt.db
        await db.execute(
            "insert into health (tenant, adapter, account, step, place, state, detail, todo, expires_at) values "
            "('acme', 'whatsapp', $1, 'token', 0, 'wrong', 'Meta refuses the token.', 'Rotate it.', now() + '3 days')",
            NUMBER.account,
        )
        for n in range(2):
            await db.execute("insert into dead_letters (id, tenant, source, queue, reason, body) "
                             "values ($1, 'acme', 'route', 'in.acme', 'r', '')", str(n))  # fmt: skip
        assert await here.look() == (3, 0)
        found = {one.topic: one.words for one in await AlertBook(db).listed(None, None, 9)}
        assert found[Topic.check] == "Meta refuses the token. Rotate it."
        assert found[Topic.dead].startswith("2 dead letters wait")
        assert "expires" in found[Topic.token]


async def test_what_is_not_taken_is_told_again_in_order_and_given_up_in_the_end(
    configure: Configure, url: str, far: FarSide
) -> None:
    far.answer("POST", "/shaky", status=500)
    far.answer("POST", "/shaky", status=200)
    async with scene(configure, url, far) as here:
        id_ = await hook(here, far, path="/shaky")
        await here.paused("a/1")
        await here.look()
        await here.paused()
        await here.look()
        assert await here.teller.round() == 1, "what is over waits for what began"
        view = await here.office.one("acme", id_)
        assert (view.waiting, view.failure) == (2, "127.0.0.1 answers 500.")
        assert await here.teller.round() == 0, "not yet"
        await here.rt.db.execute("update alert_posts set due_at = now()")
        assert [await here.teller.round(), await here.teller.round()] == [1, 1]
        assert [bool(one.json["began"]) for one in far.requests] == [True, True, False]
        assert far.requests[0].headers["webhook-id"] == far.requests[1].headers["webhook-id"]
        view = await here.office.one("acme", id_)
        assert (view.waiting, view.failure, view.told_at is not None) == (0, "", True)

        far.answer("POST", "/gone", status=410)
        gone = await hook(here, far, path="/gone")
        await here.paused("a/2")
        await here.look()
        await here.rt.db.execute("update alert_posts set made_at = now() - interval '2 days'")
        await here.teller.round()
        assert (await here.office.one("acme", gone)).waiting == 0


async def test_two_engines_tell_it_once(
    configure: Configure, url: str, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "PAUSE", 0.05)
    async with scene(configure, url, far, alerts={"every": 0.05}) as here:
        await hook(here, far)
        await here.paused("a/1")
        async with alerting(here.rt), alerting(here.rt):
            await far.received(1)
            await here.paused()
            await far.received(2)
            with suppress(TimeoutError):
                await far.received(3, within=0.3)
        assert [len(one.json["began"]) for one in far.requests] == [1, 0]


async def test_a_letter_for_many_and_the_button_that_tries_it(configure: Configure, url: str, far: FarSide) -> None:
    async with mailbox() as box:
        smtp = {"host": "127.0.0.1", "port": box.port, "tls": "none", "sender": "xyper@example.com"}
        async with scene(configure, url, far, smtp=smtp) as here:
            view, secret = await here.office.add(BY, None, "email", "Night shift", "a@x.test, b@x.test", ())
            assert (secret, view.target) == (None, "a@x.test, b@x.test")
            outcome = await here.office.test(BY, None, view.id)
            assert (outcome.ok, "took it" in outcome.words) == (True, True)
            box.refuses = {"b@x.test"}
            outcome = await here.office.test(BY, None, view.id)
            assert (outcome.ok, "b@x.test" in outcome.words) == (False, True)
            box.refuses = set()
            await here.paused("a/1")
            await here.look()
            await here.teller.round()
        assert box.letters[-1]["Subject"] == "[Xyper] Traffic to a/1 has been paused for 15 minutes: FarSideDown."


async def test_secrets_are_sealed_and_stand_in_no_audit(configure: Configure, url: str, far: FarSide) -> None:
    async with scene(configure, url, far) as here:
        secret_path = "/T0/B0/very-secret"
        id_ = await hook(here, far, path=secret_path)
        new = await here.office.sign_anew(BY, "acme", id_)
        await here.office.change(BY, "acme", id_, {"name": "Other", "to": f"{far.url}/x{secret_path}"})
        await here.office.remove(BY, "acme", id_)
        rows = await here.rt.db.fetch("select action, body from audit where action like 'alert_channel%' order by seq")
        assert [row["action"].partition(".")[2] for row in rows] == ["add", "sign", "change", "remove"]
        told = "".join(row["body"] for row in rows)
        assert (secret_path in told, new in told, far.url in told) == (False, False, True)


async def test_what_cannot_be_is_said(configure: Configure, url: str, far: FarSide) -> None:
    async with scene(configure, url, far) as here:
        add = here.office.add
        for kind, to, words in (
            ("webhook", "https://127.0.0.1/x", r"to: .*\[alerts\] hosts"),
            ("webhook", "nonsense", "no web address"),
            ("email", "ada@example.com", r"\[smtp\] host"),
        ):
            with pytest.raises(Invalid, match=words):
                await add(BY, "acme", kind, "n", to, ())  # type: ignore[arg-type]
        with pytest.raises(Invalid, match="spool is told to who runs Xyper only"):
            await hook(here, far, "acme", Topic.spool)
        with pytest.raises(NotFound):
            await hook(here, far, "nobody")
        id_ = await hook(here, far)
        with pytest.raises(NotFound):
            await here.office.one(None, id_)
        with pytest.raises(Outdated):
            await here.office.change(BY, "acme", id_, {"name": "x"}, 9)
        for _ in range(19):
            await hook(here, far)
        with pytest.raises(OverQuota):
            await hook(here, far)


async def test_the_budget_is_a_metric_of_whoever_looks_out(
    configure: Configure, url: str, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(configure, url, far, alerts={"every": 0.05}) as here:

        async def told() -> bool:
            return 'xyper_error_budget_left_ratio{tenant="acme"} 1.0' in here.rt.metrics.text().decode()

        async with alerting(here.rt):
            assert await eventually(told)
        assert not await told()


async def test_without_a_pause_nobody_looks(configure: Configure, url: str, far: FarSide) -> None:
    async with scene(configure, url, far, alerts={"every": 0}) as here:
        before = asyncio.all_tasks()
        async with alerting(here.rt):
            assert asyncio.all_tasks() == before
