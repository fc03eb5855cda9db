"""Claiming: every file of a message is ours before its far side forgets it; and what is said where there is none."""

import gc
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import pytest

from tests.conftest import Configure
from tests.engine.media.clamd import MALWARE, NAME, Clamd
from tests.engine.test_model import MESSAGE
from xyper_engine.abilities import Download
from xyper_engine.contract import Adapter
from xyper_engine.errors import FarSideDown, Rejected, SendError, Unavailable
from xyper_engine.media.stream import once
from xyper_engine.model import Account, Message, Part
from xyper_engine.parts import Choices, Location, Media, MediaKind, Notice, Opaque, Option, Source, Text
from xyper_engine.routing.claim import claim, files_of, linked
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.template import Parameter, Template, TemplateCard

ACCOUNT = Account(tenant="acme", endpoint=MESSAGE.origin)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
PDF = b"%PDF-1.7\n"


class FarShelf:
    """A far side's files, by id; an exception in a file's place is raised."""

    def __init__(self, **files: bytes | Exception) -> None:
        self.files = files
        self.fetched: list[str] = []

    @asynccontextmanager
    async def fetch(self, media: Media, account: Account, rt: Runtime) -> AsyncIterator[Download]:
        assert media.source
        assert media.source.id
        assert account == ACCOUNT
        self.fetched.append(media.source.id)
        found = self.files[media.source.id]
        if isinstance(found, Exception):
            raise found
        yield Download(chunks=once(found), mime="application/octet-stream")

    @property
    def adapter(self) -> Adapter:
        return cast(Adapter, self)


def media(at: str, kind: MediaKind = MediaKind.image, **more: object) -> Media:
    return Media(kind=kind, source=Source(id=at)).model_copy(update=more)


def message(*parts: Part) -> Message:
    return MESSAGE.model_copy(update={"parts": parts})


@pytest.fixture
async def rt(configure: Configure, url: str) -> AsyncIterator[Runtime]:
    async with at_work(configure, {"database": {"url": url}}) as found:
        yield found
    gc.collect()


@asynccontextmanager
async def at_work(configure: Configure, settings: Mapping[str, object]) -> AsyncIterator[Runtime]:
    async with open_runtime(configure(settings)) as rt:
        await rt.db.execute("insert into tenants (id, name) values ('acme', 'Acme')")
        yield rt


async def test_a_file_beyond_the_quota_is_told_of_and_costs_nobody_the_message(rt: Runtime) -> None:
    await rt.db.execute("update tenants set quotas = $1 where id = 'acme'", {"media_bytes": len(PNG)})
    shelf = FarShelf(a=PNG, b=PDF)
    asked = message(media("a"), media("b", MediaKind.document, name="b.pdf", caption="read it"), Text(text="and this"))
    kept, notice, caption, words = (await claim(asked, ACCOUNT, shelf.adapter, rt)).parts
    assert isinstance(kept, Media)
    assert kept.file
    assert notice == Notice(code="media_no_room", values={"name": "b.pdf"})
    assert (caption, words) == (Text(text="read it"), Text(text="and this"))


async def body(rt: Runtime, one: Media) -> bytes:
    assert one.file
    return b"".join([chunk async for chunk in rt.files.open(one.file)])


async def test_every_file_is_fetched_in_order_wherever_it_stands(rt: Runtime) -> None:
    far = FarShelf(a=PNG, b=PDF, c=b"hello", d=PNG + b"!", e=PNG + b"?")
    header = (Parameter(media=media("d")), Parameter(text="words"))
    given = message(
        Text(text="look"),
        media("a", caption="a picture"),
        media("b", MediaKind.document, name="b.pdf"),
        Choices(body="pick", options=(Option(id="1", title="one"),), media=media("c", MediaKind.document)),
        Template(name="t", language="en", header=header, cards=(TemplateCard(header=(Parameter(media=media("e")),)),)),
        Location(latitude=1, longitude=2),
    )
    claimed = await claim(given, ACCOUNT, far.adapter, rt)
    assert far.fetched == ["a", "b", "c", "d", "e"]
    found = list(files_of(claimed))
    assert [await body(rt, one) for one in found] == [PNG, PDF, b"hello", PNG + b"!", PNG + b"?"]
    assert [one.mime for one in found] == ["image/png", "application/pdf", "text/plain", "image/png", "image/png"]
    assert (found[0].size, found[0].sha256, found[0].caption) == (
        len(PNG),
        hashlib.sha256(PNG).hexdigest(),
        "a picture",
    )
    assert (found[0].name, found[1].name) == ("photo.png", "b.pdf")
    assert [(await rt.files.get(one.file or "")).source_id for one in found] == far.fetched
    assert [type(part) for part in claimed.parts] == [type(part) for part in given.parts]
    assert claimed.parts[0] == given.parts[0]
    assert claimed.parts[5] == given.parts[5]


async def test_a_claim_that_is_repeated_fetches_only_what_is_missing(rt: Runtime) -> None:
    far = FarShelf(a=PNG, b=FarSideDown("away"))
    given = message(media("a"), media("b"))
    with pytest.raises(FarSideDown):
        await claim(given, ACCOUNT, far.adapter, rt)
    far.files["b"] = PDF
    claimed = await claim(given, ACCOUNT, far.adapter, rt)
    assert far.fetched == ["a", "b", "b"]
    assert await claim(given, ACCOUNT, far.adapter, rt) == claimed
    assert await claim(claimed, ACCOUNT, far.adapter, rt) == claimed
    assert far.fetched == ["a", "b", "b"]


async def test_what_names_no_file_at_a_far_side_stays(rt: Runtime) -> None:
    given = message(Media(kind=MediaKind.image, link="https://example.com/a.png"), Text(text="hello"))
    assert await claim(given, ACCOUNT, FarShelf().adapter, rt) == given
    plain = message(Text(text="hello"))
    assert await claim(plain, ACCOUNT, FarShelf().adapter, rt) is plain


GONE = Notice(code="media_gone", values={"name": "a.pdf"})
CHOICES = Choices(body="pick", options=(Option(id="1", title="one"),))


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (media("a", name="a.pdf"), (GONE,)),
        (media("a", name="a.pdf", caption="read this"), (GONE, Text(text="read this"))),
        (CHOICES.model_copy(update={"media": media("a", name="a.pdf")}), (GONE, CHOICES)),
        (media("a", MediaKind.voice), (Notice(code="media_gone", values={"name": "voice"}),)),
    ],
)
async def test_a_file_that_is_gone_is_said_and_its_neighbours_stay(
    rt: Runtime, part: Part, told: tuple[Part, ...]
) -> None:
    far = FarShelf(a=Rejected("gone"), b=PNG)
    claimed = await claim(message(part, media("b")), ACCOUNT, far.adapter, rt)
    assert claimed.parts[:-1] == told
    assert [await body(rt, one) for one in files_of(claimed)] == [PNG]


async def test_a_template_does_not_go_without_its_file(rt: Runtime) -> None:
    template = Template(name="t", language="en", header=(Parameter(media=media("a")),))
    with pytest.raises(Rejected, match="template"):
        await claim(message(template), ACCOUNT, FarShelf(a=Rejected("gone")).adapter, rt)


async def test_an_adapter_that_cannot_fetch_leaves_a_word(rt: Runtime) -> None:
    claimed = await claim(message(media("a", caption="look")), ACCOUNT, cast(Adapter, object()), rt)
    assert claimed.parts == (Opaque(label="image"), Text(text="look"))


async def test_a_file_that_arrives_damaged_is_fetched_again(rt: Runtime) -> None:
    given, far = message(media("a", sha256=hashlib.sha256(PNG).hexdigest())), FarShelf(a=PNG[:-1])
    with pytest.raises(SendError, match="damaged") as error:
        await claim(given, ACCOUNT, far.adapter, rt)
    assert error.value.retryable
    far.files["a"] = PNG
    assert [await body(rt, one) for one in files_of(await claim(given, ACCOUNT, far.adapter, rt))] == [PNG]


async def test_links_are_set_on_what_is_ours_only(rt: Runtime) -> None:
    given = message(media("a"), CHOICES.model_copy(update={"media": media("b")}))
    assert [one.link for one in files_of(await linked(given, rt))] == [None, None]
    claimed = await claim(given, ACCOUNT, FarShelf(a=PNG, b=PDF).adapter, rt)
    shown = list(files_of(await linked(claimed, rt, hours=1)))
    for one in shown:
        assert one.link
        assert rt.files.linked(one.link.split("/")[-2]) == one.file
        assert one.link.endswith(f"/{one.name}")


async def test_an_infected_file_is_kept_aside_and_said(configure: Configure, url: str) -> None:
    async with Clamd() as clamd:
        settings = {"database": {"url": url}, "media": {"url": "folder:", "clamd": clamd.url}}
        async with at_work(configure, settings) as rt:
            far = FarShelf(a=MALWARE, b=PNG)
            given = message(media("a", MediaKind.document, name="a.txt", caption="open me"), media("b"))
            claimed = await claim(given, ACCOUNT, far.adapter, rt)
            told = Notice(code="media_infected", values={"name": "a.txt", "what": NAME})
            assert claimed.parts[:2] == (told, Text(text="open me"))
            assert await claim(given, ACCOUNT, far.adapter, rt) == claimed
            assert far.fetched == ["a", "b"]
            kept = await rt.files.of(given.key, 0)
            assert kept
            assert kept.object
            assert kept.object.startswith("acme/quarantine/")
            assert (await rt.media.stat(kept.object)).size == len(MALWARE)
            assert [await body(rt, one) for one in files_of(claimed)] == [PNG]


async def test_no_file_is_served_while_the_scanner_is_away(configure: Configure, url: str) -> None:
    async with Clamd() as clamd:
        settings = {"database": {"url": url}, "media": {"url": "folder:", "clamd": clamd.url}}
        async with at_work(configure, settings) as rt:
            await clamd.kill()
            far = FarShelf(a=PNG)
            with pytest.raises(Unavailable, match="clamd"):
                await claim(message(media("a")), ACCOUNT, far.adapter, rt)
            assert await rt.files.of(MESSAGE.key, 0) is None
            await clamd.start()
            assert [await body(rt, one) for one in files_of(await claim(message(media("a")), ACCOUNT, far.adapter, rt))]
