"""What becomes of a file at a channel that takes this, or that, or nothing: real files, really converted and kept."""

import gc
import io
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from PIL import Image

from tests.conftest import Configure
from tests.engine.test_model import MESSAGE
from xyper_engine.contract import Limits, MediaLimit
from xyper_engine.media.stream import once
from xyper_engine.media.types import OPUS
from xyper_engine.model import Message, Part
from xyper_engine.parts import Choices, Media, MediaKind, Notice, Option, Text
from xyper_engine.routing.suit import in_words, suit, takes
from xyper_engine.runtime import Runtime, open_runtime
from xyper_engine.state.files import Owner

Running = Callable[..., AbstractAsyncContextManager[Runtime]]
image, video, audio = MediaKind.image, MediaKind.video, MediaKind.audio
voice, sticker, document = MediaKind.voice, MediaKind.sticker, MediaKind.document

ANYTHING = MediaLimit(("*/*",), 25_000_000)
PICTURES = MediaLimit(("image/jpeg", "image/png"), 100_000)
PHONE = Limits(
    text=4096,
    caption=1024,
    media={
        image: PICTURES,
        video: MediaLimit(("video/mp4",), 1_000_000),
        audio: MediaLimit(("audio/mpeg", "audio/mp4", "audio/ogg"), 1_000_000),
        voice: MediaLimit(("audio/ogg",), 1_000_000),
        sticker: MediaLimit(("image/webp",), 100_000),
        document: ANYTHING,
    },
)
"""As a messenger."""
DESK = Limits(text=4096, caption=4096, languages=True, media=dict.fromkeys((image, video, audio, document), ANYTHING))
"""As an agents' desk: no stickers, no voice messages."""


on_one_database = pytest.mark.parametrize("url", ["embedded"], indirect=True)
"""What files are suited to does not depend on whose PostgreSQL it is."""


@pytest.fixture
async def running(configure: Configure, url: str) -> AsyncIterator[Running]:
    @asynccontextmanager
    async def run(**media: object) -> AsyncIterator[Runtime]:
        async with open_runtime(configure({"database": {"url": url}, "media": media})) as opened:
            await opened.db.execute("insert into tenants (id, name) values ('acme', 'Acme') on conflict do nothing")
            yield opened

    yield run
    gc.collect()


@pytest.fixture
async def rt(running: Running) -> AsyncIterator[Runtime]:
    async with running() as opened:
        yield opened


def picture(form: str, mode: str = "RGB") -> bytes:
    body = io.BytesIO()
    Image.new(mode, (40, 30)).save(body, form)
    return body.getvalue()


def noise(side: int) -> bytes:
    body = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(3).randbytes(3 * side * side)).save(body, "PNG")
    return body.getvalue()


def moving() -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    body = io.BytesIO()
    frames[0].save(body, "GIF", save_all=True, append_images=frames[1:])
    return body.getvalue()


def sound(options: str) -> bytes:
    source = "-v error -f lavfi -i sine=duration=0.2"
    command = [shutil.which("ffmpeg") or "ffmpeg", *source.split(), *options.split(), "pipe:1"]
    return subprocess.run(command, capture_output=True, check=True).stdout


VOICE, STEREO, WEBM = "-c:a libopus -f ogg", "-ac 2 -c:a libopus -f ogg", "-c:a libopus -f webm"
ISO = b"\0\0\0\x10ftypmp42" + bytes(4)
HEVC = b"\0\0\0\x20moov" + b"stsd" + bytes(7) + b"\x01" + bytes(4) + b"hvc1" + bytes(4)
FILM = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"....hdlr....vide"

Case = tuple[MediaKind, Callable[[], bytes], Limits, MediaKind, str, bool]
CASES: Mapping[str, Case] = {
    "a photo as it is": (image, lambda: picture("JPEG"), PHONE, image, "image/jpeg", True),
    "a webp": (image, lambda: picture("WEBP"), PHONE, image, "image/jpeg", False),
    "a photo in ink": (image, lambda: picture("JPEG", "CMYK"), PHONE, image, "image/jpeg", False),
    "a drawing in 16 bits": (image, lambda: picture("PNG", "I;16"), PHONE, image, "image/jpeg", False),
    "a photo too large": (image, lambda: noise(400), PHONE, image, "image/jpeg", False),
    "a picture that moves": (image, moving, PHONE, document, "image/gif", True),
    "no picture at all": (image, lambda: b"hello", PHONE, document, "text/plain", True),
    "a film": (video, lambda: FILM, PHONE, video, "video/mp4", True),
    "a film of another kind": (video, lambda: FILM.replace(b"isom", b"qt  "), PHONE, document, "video/quicktime", True),
    "a film in another codec": (video, lambda: ISO + HEVC, PHONE, document, "video/mp4", True),
    "a voice message": (voice, lambda: sound(VOICE), PHONE, voice, OPUS, True),
    "a voice message in stereo": (voice, lambda: sound(STEREO), PHONE, voice, OPUS, False),
    "a voice message of a browser": (voice, lambda: sound(WEBM), PHONE, voice, OPUS, False),
    "a voice message in vorbis": (voice, lambda: sound("-c:a libvorbis -f ogg"), PHONE, voice, OPUS, False),
    "sound that is taken": (audio, lambda: sound("-f mp3"), PHONE, audio, "audio/mpeg", True),
    "sound that is not": (audio, lambda: sound("-f wav"), PHONE, audio, OPUS, False),
    "a sticker": (sticker, lambda: picture("WEBP"), PHONE, sticker, "image/webp", True),
    "a sticker that is none": (sticker, lambda: picture("PNG"), PHONE, image, "image/png", True),
    "a moving sticker that is none": (sticker, moving, PHONE, image, "image/jpeg", False),
    "a sticker at the desk": (sticker, lambda: picture("WEBP"), DESK, image, "image/webp", True),
    "a voice message at the desk": (voice, lambda: sound(VOICE), DESK, audio, OPUS, True),
    "a paper": (document, lambda: b"%PDF-1.7", PHONE, document, "application/pdf", True),
}


async def stored(rt: Runtime, kind: MediaKind, body: bytes, n: int = 0, **more: object) -> Media:
    file = await rt.files.keep(Owner.of(MESSAGE, n, kind), once(body))
    return Media(
        kind=kind, mime=file.mime, name=file.name, size=file.size, sha256=file.sha256, file=file.id
    ).model_copy(update=more)


def message(*parts: Part) -> Message:
    return MESSAGE.model_copy(update={"parts": parts})


async def body_of(rt: Runtime, media: Media) -> bytes:
    assert media.file
    return b"".join([chunk async for chunk in rt.files.open(media.file)])


async def suited(rt: Runtime, media: Media, limits: Limits) -> Media:
    (part,) = (await suit(message(media), limits, rt)).parts
    assert isinstance(part, Media)
    return part


@on_one_database
@pytest.mark.parametrize(("kind", "make", "limits", "shown", "mime", "same"), CASES.values(), ids=list(CASES))
async def test_a_file_arrives_in_the_best_form(
    rt: Runtime,
    kind: MediaKind,
    make: Callable[[], bytes],
    limits: Limits,
    shown: MediaKind,
    mime: str,
    same: bool,
) -> None:
    given = await stored(rt, kind, make(), caption=None)
    found = await suited(rt, given, limits)
    assert (found.kind, found.mime, found.file == given.file) == (shown, mime, same)
    limit = limits.media[shown]
    assert takes(limit, found.mime, found.size or 0)
    assert found.size == len(await body_of(rt, found))
    assert found.name
    assert await suited(rt, given, limits) == found, "a retry finds what was made"


@on_one_database
async def test_without_ffmpeg_sound_travels_as_a_file(running: Running) -> None:
    async with running(ffmpeg="/nonexistent/ffmpeg") as rt:
        given = await stored(rt, voice, sound(WEBM))
        found = await suited(rt, given, PHONE)
        assert (found.kind, found.mime, found.file) == (document, "audio/webm", given.file)
        spoken = await stored(rt, voice, sound(STEREO), n=1)
        assert (await suited(rt, spoken, PHONE)).kind is document


@on_one_database
@pytest.mark.parametrize("asked", ["ogg", "mp3"])
async def test_agents_hear_voice_messages_as_they_asked(running: Running, asked: str) -> None:
    async with running(voice_to_agents=asked) as rt:
        given = await stored(rt, voice, sound(VOICE))
        found = await suited(rt, given, DESK)
        assert (found.kind, found.mime) == (audio, {"ogg": OPUS, "mp3": "audio/mpeg"}[asked])
        assert (await suited(rt, given, PHONE)).mime == OPUS, "customers hear what they always hear"


@on_one_database
async def test_mp3_that_cannot_be_made_leaves_the_voice_message_as_it_is(running: Running) -> None:
    async with running(voice_to_agents="mp3", ffmpeg="/nonexistent/ffmpeg") as rt:
        given = await stored(rt, voice, sound(VOICE))
        found = await suited(rt, given, DESK)
        assert (found.kind, found.file) == (audio, given.file)


NARROW = Limits(text=100, caption=10, media={document: MediaLimit(("*/*",), 20)})
NO_FILES = Limits(text=100)


@on_one_database
@pytest.mark.parametrize("limits", [NARROW, NO_FILES], ids=["too large for it", "no files at all"])
async def test_what_a_channel_cannot_take_becomes_a_link(rt: Runtime, limits: Limits) -> None:
    given = await stored(rt, document, b"%PDF-" + b"x" * 1995, name="offer.pdf", caption="our offer")
    notice, caption = (await suit(message(given), limits, rt)).parts
    assert isinstance(notice, Notice)
    assert notice.code == "too_big"
    assert (notice.values["name"], notice.values["size"]) == ("offer.pdf", "2 kB")
    assert rt.files.linked(notice.values["link"].split("/")[-2]) == given.file
    assert caption == Text(text="our offer")


CAPTIONS = {
    "fits": (image, PHONE, "c" * 1024, True),
    "too long": (image, PHONE, "c" * 1025, False),
    "of sound": (voice, PHONE, "c", False),
    "of sound at the desk": (voice, DESK, "c", False),
}


@on_one_database
@pytest.mark.parametrize(("kind", "limits", "caption", "stays"), CAPTIONS.values(), ids=list(CAPTIONS))
async def test_a_caption_that_cannot_be_shown_follows_as_text(
    rt: Runtime, kind: MediaKind, limits: Limits, caption: str, stays: bool
) -> None:
    body = picture("JPEG") if kind is image else sound(VOICE)
    first, *more = (await suit(message(await stored(rt, kind, body, caption=caption)), limits, rt)).parts
    assert isinstance(first, Media)
    assert first.caption == (caption if stays else None)
    assert more == ([] if stays else [Text(text=caption)])


@on_one_database
async def test_files_are_suited_wherever_they_stand_and_the_rest_is_left_alone(rt: Runtime) -> None:
    webp, far = await stored(rt, image, picture("WEBP")), Media(kind=image, link="https://example.com/a.webp")
    choices = Choices(body="pick", options=(Option(id="1", title="one"),), media=webp)
    words, above, elsewhere = (await suit(message(Text(text="hi"), choices, far), PHONE, rt)).parts
    assert (words, elsewhere) == (Text(text="hi"), far)
    assert isinstance(above, Choices)
    assert above.media
    assert above.media.mime == "image/jpeg"
    assert above.body == "pick"


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 kB"), (812_400, "812 kB"), (3_440_000, "3.4 MB"), (9_949_000, "9.9 MB"), (120_000_000, "120 MB")],
)
def test_a_size_in_words(size: int, words: str) -> None:
    assert in_words(size) == words
