"""plugins/README.md tells the truth: its example works, and its hooks are those there are, each one run."""

import asyncio
import hashlib
import hmac
import inspect
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from textwrap import indent
from types import ModuleType
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web
from pydantic import BaseModel, SecretStr

from tests.conftest import Configure
from tests.directory import HOST, put_tenant
from tests.world import Tenant, World, eventually, far_sides, furnish, simulated, world_of
from xyper_engine import hookimpl, hookspecs, plugins
from xyper_engine.contract import Adapter, Target, Transformer
from xyper_engine.engine import Engine, opened
from xyper_engine.errors import SettingsError
from xyper_engine.model import Direction, Link, Message, Utterance
from xyper_engine.parts import Text
from xyper_engine.policy import PluginChoice
from xyper_engine.runtime import Runtime
from xyper_engine.sealing import Sealer
from xyper_engine.tenant_rules import PluginRules
from xyper_engine.tenants.decisions import Decisions
from xyper_engine.tenants.spec import AccountSpec, HookSpec, LinkSpec, TenantSpec
from xyper_engine.testing import AdapterSuite, FarSide

GUIDE = (Path(__file__).parents[2] / "plugins/README.md").read_text("utf-8")
HOOKS = {name: value for name, value in vars(hookspecs).items() if name.startswith("xyper_")}
MARIA = "393331234567"
ONE = Tenant(1)


def example() -> ModuleType:
    """The guide's complete plugin, as a module."""
    source = re.search(r'```python\n("""Postbox.*?)```', GUIDE, re.DOTALL)
    assert source
    module = ModuleType("xyper_postbox")
    exec(compile(source[1], "plugins/README.md", "exec"), vars(module))
    return module


class TestTheExample(AdapterSuite):
    """It passes what every channel must pass."""

    def adapter(self) -> Adapter:
        module = example()
        adapter: Adapter = module.Postbox(module.PostboxSettings())
        return adapter

    def sign(self, body: bytes, secret: str) -> Mapping[str, str]:
        return {"X-Postbox-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}

    def body(self, number: int = 1, text: str = "hello") -> bytes:
        return json.dumps({"id": f"note-{number}", "box": "box-1", "sender": f"+{MARIA}", "text": text}).encode()


@asynccontextmanager
async def bridge(
    configure: Configure, extra: Mapping[str, object], **settings: Any
) -> AsyncIterator[tuple[Engine, World]]:
    """A running engine with these plugins beside the installed ones, between the simulators."""
    async with world_of(simulated([ONE])) as world:
        known = {**far_sides(world.url), **settings.pop("plugins", {})}
        async with opened(configure({"plugins": known, **settings}), extra=extra) as engine:
            await furnish(engine.rt, [ONE])
            await world.connect([ONE], f"http://{engine.address}")
            yield engine, world


async def test_the_example_carries_messages_both_ways(configure: Configure) -> None:
    async with FarSide() as far:
        far.answer("POST", "/boxes/box-1/notes", json={"id": "answer-1"})
        settings = {"postbox": {"url": far.url}}
        async with bridge(configure, {"postbox": example()}, plugins=settings) as (engine, world):
            await _add_box(engine.rt)
            body = {"id": "n1", "box": "box-1", "sender": f"+{MARIA}", "text": "my card is 4111 1111 1111 1111"}
            await _knock(f"http://{engine.address}/hooks/postbox/postbox-1", json.dumps(body).encode(), "hush")
            [taken] = await world.reached(1)
            assert taken["body"]["text"] == "my card is •••• 1111"
            conversation = await world.conversation(ONE, MARIA)
            await world.say(conversation["id"], "Never write it here!")
            [note] = await far.received(1)
            assert note.json == {"to": f"+{MARIA}", "text": "Never write it here!"}
            assert note.headers["Authorization"] == "Bearer box-token"


async def test_a_tenant_sets_the_example_up_for_itself_and_switches_it_off(configure: Configure) -> None:
    async with bridge(configure, {"postbox": example()}) as (engine, world):
        decisions = Decisions(engine.rt.db, PluginRules(engine.registry))
        for n, (choice, seen) in enumerate(
            (
                (PluginChoice(settings={"shown": 2}), "•••• 11"),
                (PluginChoice(off=("hide-cards",)), "4111 1111 1111 1111"),
            ),
            1,
        ):
            await decisions.choose(HOST, ONE.id, "postbox", choice)
            assert await eventually(partial(_chosen, engine.rt, choice))
            await world.write(ONE, MARIA, "my card is 4111 1111 1111 1111")
            assert (await world.reached(n))[-1]["body"]["text"] == f"my card is {seen}"


class Remembers:
    """A transformer that does with a context what the guide shows."""

    name, order, direction = "remembers", 100, Direction.inbound
    on_failure: ClassVar[str] = "stop"

    def __init__(self) -> None:
        shown = re.search(r"```python\n(context = .*?)```", GUIDE, re.DOTALL)
        assert shown
        names: dict[str, Any] = {}
        source = f"async def shown(to, rt):\n{indent(shown[1], '    ')}"
        exec(compile(source, "plugins/README.md", "exec"), names)
        self._shown = names["shown"]

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance | None:
        await self._shown(to, rt)
        return event

    @hookimpl
    def xyper_transformers(self) -> Iterable[Transformer]:
        return [self]


async def test_the_guides_transformer_notes_a_context_that_agents_are_told_as_far_as_allowed(
    configure: Configure,
) -> None:
    async with bridge(configure, {"remembers": Remembers()}) as (engine, world):
        decided = {"context_to_agents": ("customer",)}
        await Decisions(engine.rt.db, PluginRules(engine.registry)).decide(HOST, ONE.id, decided)

        async def known() -> bool:
            return (await engine.rt.directory.policy(ONE.id)).context_to_agents == ("customer",)

        assert await eventually(known)
        for n in (1, 2):
            await world.write(ONE, MARIA, "ciao")
            told = (await world.reached(n))[-1]["body"]["channel"]["metadata"]["customAttributes"]
            assert told["xyper_context_customer"] == '{"tier":"gold"}', "also with the very first message"
            assert "xyper_context_language" not in told
        assert await engine.rt.db.fetchval("select version from contexts") == 1, "the second message read it"


async def _chosen(rt: Runtime, choice: PluginChoice) -> bool:
    """Whether the running engine has heard of it."""
    return (await rt.directory.policy(ONE.id)).plugins.get("postbox") == choice


async def _add_box(rt: Runtime) -> None:
    """A Postbox account takes the WhatsApp number's place at the tenant's integration."""
    await rt.db.execute("delete from links")
    box = AccountSpec(adapter="postbox", account="box-1", secrets={"token": SecretStr("box-token")})
    hook = HookSpec(id="postbox-1", adapter="postbox", account="box-1", secrets=(SecretStr("hush"),))
    link = LinkSpec(customer="postbox/box-1", agent=f"genesys/{ONE.integration}")
    spec = TenantSpec(id=ONE.id, name="Tenant 1", accounts=(box,), links=(link,), hooks=(hook,))
    await put_tenant(rt.db, Sealer.from_settings(rt.settings), spec)


async def _knock(url: str, body: bytes, secret: str) -> None:
    proof = {"X-Postbox-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    async with aiohttp.ClientSession() as http:
        for headers, status in (({}, 401), ({"X-Postbox-Signature": "0"}, 403), (proof, 200)):
            async with http.post(url, data=body, headers=headers) as answer:
                assert answer.status == status


def test_every_hook_is_documented_and_every_documented_hook_exists() -> None:
    assert re.findall(r"^### `(\w+)`$", GUIDE, re.MULTILINE) == list(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented_with_its_signature_and_a_paragraph(name: str) -> None:
    section = GUIDE.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
    signature = re.sub(r"\b[\w.]+\.(?=\w)", "", str(inspect.signature(HOOKS[name])))
    assert f"```python\n{name}{signature}\n```\n" in section
    assert len(section.partition("```\n\n")[2].split()) > 15


class Change:
    """A transformer that does `what`."""

    on_failure: ClassVar[str] = "skip"

    def __init__(self, name: str, order: int) -> None:
        self.name = name
        self.order = order
        self.direction = Direction.inbound

    async def apply(self, event: Utterance, to: Target, rt: Runtime) -> Utterance | None:
        if self.name == "fails":
            raise RuntimeError("on purpose")
        if self.name == "hangs":
            await asyncio.Event().wait()
        if not isinstance(event, Message):
            return event
        if self.name == "stops":
            return None if event.text == "SPAM!" else event
        return event.model_copy(update={"parts": (Text(text=event.text.upper() + to.settings.mark),)})


class RecorderSettings(BaseModel):
    greeting: str = "hello"


class TenantSettings(BaseModel):
    mark: str = "!"


class Recorder:
    """A plugin with every hook; it notes each call."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Any]] = {}

    def note(self, hook: str, what: object) -> None:
        self.calls.setdefault(hook, []).append(what)

    @hookimpl
    def xyper_settings(self) -> type[BaseModel]:
        self.note("xyper_settings", None)
        return RecorderSettings

    @hookimpl
    def xyper_tenant_settings(self) -> type[BaseModel]:
        self.note("xyper_tenant_settings", None)
        return TenantSettings

    @hookimpl
    def xyper_adapters(self, settings: RecorderSettings) -> Iterable[Adapter]:
        self.note("xyper_adapters", settings)
        return [example().Postbox(settings)]

    @hookimpl
    def xyper_transformers(self, settings: RecorderSettings) -> Iterable[Transformer]:
        self.note("xyper_transformers", settings)
        return [Change(*one) for one in (("stops", 250), ("shouts", 200), ("fails", 100), ("hangs", 100))]

    @hookimpl
    def xyper_routes(self, rt: Runtime) -> Iterable[web.RouteDef]:
        async def hello(_: web.Request) -> web.Response:
            return web.Response(text=str(rt.shared["recorder"]))

        self.note("xyper_routes", rt)
        return [web.get("/hello", hello)]

    @hookimpl
    @asynccontextmanager
    async def xyper_lifespan(self, rt: Runtime) -> AsyncIterator[None]:
        await rt.db.ping()
        rt.shared["recorder"] = "good morning"
        self.note("xyper_lifespan", "entered")
        yield
        await rt.db.ping()  # nothing is closed yet
        self.note("xyper_lifespan", "left")

    @hookimpl
    def xyper_pick_link(self, event: Utterance, links: Sequence[Link]) -> Link | None:
        self.note("xyper_pick_link", links)
        return links[-1]

    @hookimpl
    def xyper_observe(self, event: Utterance, outcome: object) -> None:
        self.note("xyper_observe", (event.kind, type(outcome).__name__))


class Loud:
    """A plugin whose observer fails."""

    @hookimpl
    def xyper_observe(self, outcome: object) -> None:
        raise RuntimeError("on purpose")


async def test_each_hook_is_called_in_a_running_bridge(configure: Configure) -> None:
    recorder = Recorder()
    extra = {"loud": Loud(), "recorder": recorder, "louder": Loud()}
    settings = {"plugins": {"recorder": {"greeting": "ciao"}}, "routing": {"transformer_timeout": 0.2}}
    async with bridge(configure, extra, **settings) as (engine, world):
        second = await _second_number(engine.rt, world)
        address = f"http://{engine.address}/x/recorder/hello"
        async with aiohttp.ClientSession() as http, http.get(address) as answer:
            assert (answer.status, await answer.text()) == (200, "good morning")
        for text in ("spam", "hello"):
            await world.write(ONE, MARIA, text)
        [taken] = await world.reached(1)
        assert taken["body"]["text"] == "HELLO!", "one failed, one hung, one changed it; the spam was stopped"
        await world.write(ONE, MARIA, "here too", phone_number_id=second)
        await world.reached(2)
        conversation = await world.conversation(ONE, MARIA)
        await world.say(conversation["id"], "Ciao")
        [sent] = await world.sent(1)
        assert sent["phone_number_id"] == second, "the plugin chose the newer link"

        async def told() -> bool:
            return {("message", "Filtered"), ("message", "Delivered")} <= set(recorder.calls["xyper_observe"])

        assert await eventually(told), recorder.calls
        assert recorder.calls["xyper_lifespan"] == ["entered"]
        assert engine.registry.adapter("postbox") is not None
    assert set(recorder.calls) == set(HOOKS)
    assert recorder.calls["xyper_lifespan"] == ["entered", "left"]
    for hook in ("xyper_adapters", "xyper_transformers"):
        assert recorder.calls[hook] == [RecorderSettings(greeting="ciao")]
    assert all(len(links) == 2 for links in recorder.calls["xyper_pick_link"])


async def _second_number(rt: Runtime, world: World) -> str:
    """A second number at the same integration; its id."""
    number = "106540352249999"
    values = {"waba_id": "waba-1", "display": "15559999999", "access_token": "token-b", "app": "app"}
    await world.call("PUT", f"/api/graph/numbers/{number}", values)
    account = AccountSpec(adapter="whatsapp", account=number, secrets={"access_token": SecretStr("token-b")})
    link = LinkSpec(customer=f"whatsapp/{number}", agent=f"genesys/{ONE.integration}")
    spec = TenantSpec(id=ONE.id, name="Tenant 1", accounts=(account,), links=(link,))
    await put_tenant(rt.db, Sealer.from_settings(rt.settings), spec)
    return number


class Misspelt:
    @hookimpl
    def xyper_adaptors(self) -> None: ...


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"misspelt": Misspelt()}, r"hook that does not exist.*xyper_adaptors"),
        ({"one": Recorder(), "two": Recorder()}, r"[Tt]wo plugins bring an adapter 'postbox'"),
    ],
    ids=["a misspelt hook", "two adapters of one name"],
)
def test_what_cannot_work_refuses_to_start(configure: Configure, extra: Mapping[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        plugins.load(configure(), extra)
