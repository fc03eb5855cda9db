"""Claiming: files come into our own store before they die at the far side; and links to them shortly before they show.

    message ─ claim → every file is ours, with its true type, name, size and hash ─ linked → anybody may fetch it

A file's number within its event is its place among the event's files, so a repeated claim fetches nothing twice.
"""

from collections.abc import Iterable, Iterator, Sequence

from xyper_engine.abilities import FetchesMedia
from xyper_engine.contract import Adapter
from xyper_engine.errors import OverQuota, Rejected
from xyper_engine.model import Account, Message, Part
from xyper_engine.parts import Choices, Media, Notice, Opaque, Text
from xyper_engine.runtime import Runtime
from xyper_engine.state.files import Owner, StoredFile
from xyper_engine.template import Parameter, Template


async def claim(message: Message, account: Account, adapter: Adapter, rt: Runtime) -> Message:
    """The message with every file in our store, fetched one by one by the adapter that brought it.

    A file that the far side no longer has becomes a notice `media_gone` (name), one beyond the tenant's quota
    `media_no_room` (name), an infected one `media_infected` (name, what), each followed by the file's caption. Raises
    what `fetch` raises save `Rejected`, and `Unavailable`; for a template, which cannot go without its file, `Rejected`
    too.
    """
    told = [await _claimed(n, media, message, account, adapter, rt) for n, media in enumerate(files_of(message))]
    return replaced(message, told) if told else message


async def linked(message: Message, rt: Runtime, hours: float | None = None) -> Message:
    """The message with a signed link on each file that is in our store; by default for `[media] link_days`."""
    told = [(_linked(media, rt, hours),) for media in files_of(message)]
    return replaced(message, told) if told else message


def files_of(message: Message) -> Iterator[Media]:
    """Every file a message names, in order: also above choices and in a template."""
    for part in message.parts:
        match part:
            case Media():
                yield part
            case Choices(media=Media() as media):
                yield media
            case Template():
                yield from (one.media for one in _parameters(part) if one.media)


def has_files(message: Message) -> bool:
    """Nearly all messages have none."""
    return next(files_of(message), None) is not None


async def _claimed(
    n: int, media: Media, message: Message, account: Account, adapter: Adapter, rt: Runtime
) -> tuple[Part, ...]:
    if media.file or not media.source:
        return (media,)
    stored = await rt.files.of(message.key, n)
    if stored is None:
        if not isinstance(adapter, FetchesMedia):
            return _instead(media, Opaque(label=media.kind))
        try:
            stored = await _fetched(Owner.of(message, n, media.kind), media, account, adapter, rt)
        except Rejected:
            rt.log.info("a file is gone at its far side", event_id=message.id, tenant=message.tenant, kind=media.kind)
            return _instead(media, Notice(code="media_gone", values={"name": media.name or media.kind}))
        except OverQuota:
            rt.log.warning("no room for a file", event_id=message.id, tenant=message.tenant, kind=media.kind)
            return _instead(media, Notice(code="media_no_room", values={"name": media.name or media.kind}))
    return _told(media, stored)


async def _fetched(owner: Owner, media: Media, account: Account, adapter: FetchesMedia, rt: Runtime) -> StoredFile:
    async with adapter.fetch(media, account, rt) as download:
        return await rt.files.keep(
            owner,
            download.chunks,
            mime=download.mime or media.mime,
            name=media.name or download.name,
            sha256=download.sha256 or media.sha256,
            source=media.source,
        )


def _told(media: Media, stored: StoredFile) -> tuple[Part, ...]:
    match stored.state:
        case "infected":
            return _instead(media, Notice(code="media_infected", values={"name": stored.name, "what": stored.detail}))
        case "gone":
            return _instead(media, Notice(code="media_gone", values={"name": stored.name}))
    true = {"file": stored.id, "mime": stored.mime, "name": stored.name, "size": stored.size, "sha256": stored.sha256}
    return (media.model_copy(update=true),)


def _instead(media: Media, told: Part) -> tuple[Part, ...]:
    """What is said in a file's place; its words stay."""
    return (told, Text(text=media.caption)) if media.caption else (told,)


def _linked(media: Media, rt: Runtime, hours: float | None) -> Media:
    if media.file is None:
        return media
    return media.model_copy(update={"link": rt.files.link(media.file, media.name or media.kind, hours=hours)})


def replaced(message: Message, told: Iterable[Sequence[Part]]) -> Message:
    """The message with each of its files replaced, in the order of `files_of`."""
    following = iter(told)
    parts = (new for part in message.parts for new in _replaced(part, following))
    return message.model_copy(update={"parts": tuple(parts)})


def _replaced(part: Part, told: Iterator[Sequence[Part]]) -> Sequence[Part]:
    match part:
        case Media():
            return next(told)
        case Choices(media=Media()):
            return _choices(part, next(told))
        case Template():
            return (_template(part, told),)
    return (part,)


def _choices(part: Choices, told: Sequence[Part]) -> Sequence[Part]:
    match told:
        case [Media() as media]:
            return (part.model_copy(update={"media": media}),)
    return (*told, part.model_copy(update={"media": None}))


def _parameters(template: Template) -> Iterator[Parameter]:
    yield from (*template.header, *template.body)
    for card in template.cards:
        yield from (*card.header, *card.body)


def _template(template: Template, told: Iterator[Sequence[Part]]) -> Template:
    header, body = _values(template.header, told), _values(template.body, told)
    cards = tuple(
        card.model_copy(update={"header": _values(card.header, told), "body": _values(card.body, told)})
        for card in template.cards
    )
    return template.model_copy(update={"header": header, "body": body, "cards": cards})


def _values(parameters: Sequence[Parameter], told: Iterator[Sequence[Part]]) -> tuple[Parameter, ...]:
    return tuple(_value(one, next(told)) if one.media else one for one in parameters)


def _value(parameter: Parameter, told: Sequence[Part]) -> Parameter:
    match told:
        case [Media() as media]:
            return parameter.model_copy(update={"media": media})
    # Not the text of a notice: a link may stand in it, and these words are kept.
    name = told[0].values.get("name", "") if isinstance(told[0], Notice) else told[0].text
    raise Rejected(f"A template cannot go without its file, and the channel cannot have it: {name}.")
