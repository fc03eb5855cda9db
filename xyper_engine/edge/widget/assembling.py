"""From what the widget asks for to a message's parts: our ids of messages and files become what channels understand."""

from dataclasses import dataclass

from xyper_engine.conversation import Conversation
from xyper_engine.edge.widget.given import (
    GivenButton,
    GivenChoices,
    GivenContact,
    GivenLocation,
    GivenLocationRequest,
    GivenMedia,
    GivenPart,
    GivenReaction,
    GivenTemplate,
    GivenText,
    GivenValue,
    Sending,
)
from xyper_engine.errors import NotFound, Unsendable
from xyper_engine.model import Part
from xyper_engine.parts import (
    Choices,
    ContactCard,
    Location,
    LocationRequest,
    Media,
    Option,
    Phone,
    Reaction,
    Text,
)
from xyper_engine.runtime import Runtime
from xyper_engine.state.files import StoredFile
from xyper_engine.state.tracking import Tracked, Tracking
from xyper_engine.template import Parameter, Template, TemplateButton


@dataclass(frozen=True, slots=True)
class Assembled:
    parts: tuple[Part, ...]
    reply_to: str | None = None
    """The customer's channel's id of the message that it answers."""
    about: str | None = None
    """Our own id of that one."""


class Assembly:
    def __init__(self, rt: Runtime, conversation: Conversation) -> None:
        self._rt = rt
        self._tracking = Tracking(rt.db, rt.keyring)
        self._conversation = conversation

    async def of(self, asked: Sending) -> Assembled:
        """Raises `Unsendable` with the place of what is not there."""
        parts = [await self._part(given, f"/parts/{n}") for n, given in enumerate(asked.parts)]
        if asked.reply_to is None:
            about = next((given.about for given in asked.parts if isinstance(given, GivenReaction)), None)
            return Assembled(tuple(parts), None, about)
        return Assembled(tuple(parts), await self._named(asked.reply_to, "/reply_to"), asked.reply_to)

    async def _part(self, given: GivenPart, place: str) -> Part:
        match given:
            case GivenText():
                return Text(text=given.text)
            case GivenMedia():
                return await self._media(given, place)
            case GivenLocation():
                return _location(given)
            case GivenContact():
                phones = tuple(Phone(**phone.model_dump()) for phone in given.phones)
                return ContactCard(**given.model_dump(exclude={"type", "phones"}), phones=phones)
            case GivenChoices():
                return _choices(given)
            case GivenTemplate():
                return await self._template(given, place)
            case GivenReaction():
                return Reaction(about=await self._named(given.about, f"{place}/about"), emoji=given.emoji or None)
            case GivenLocationRequest():
                return LocationRequest(body=given.body)

    async def _media(self, given: GivenMedia, place: str) -> Media:
        try:
            file = await self._rt.files.get(given.file)
        except NotFound:
            file = None
        if file is None or not self._owned(file):
            raise Unsendable("There is no such file any more: attach it again.", "no_file", f"{place}/file")
        return Media(
            kind=given.kind, mime=file.mime, name=given.name or file.name, caption=given.caption, size=file.size,
            sha256=file.sha256, file=file.id,
        )  # fmt: skip

    def _owned(self, file: StoredFile) -> bool:
        """Only what was uploaded for this conversation, and is still there."""
        within = tuple(f"{held}/{self._conversation.id}/" for held in ("upload", "sent"))
        theirs = file.tenant == self._conversation.tenant and file.event_key.startswith(within)
        return theirs and file.state == "stored"

    async def _template(self, given: GivenTemplate, place: str) -> Template:
        header = [await self._value(one, f"{place}/header/{n}") for n, one in enumerate(given.header)]
        body = [await self._value(one, f"{place}/body/{n}") for n, one in enumerate(given.body)]
        buttons = tuple(map(_button, given.buttons))
        return Template(
            name=given.name, language=given.language, header=tuple(header), body=tuple(body), buttons=buttons
        )

    async def _value(self, given: GivenValue, place: str) -> Parameter:
        media = await self._media(given.media, f"{place}/media") if given.media else None
        location = _location(given.location) if given.location else None
        return Parameter(text=given.text, name=given.name, media=media, location=location)

    async def _named(self, id_: str, place: str) -> str:
        """The customer's channel's id of a message of this conversation."""
        try:
            found = await self._tracking.one(self._conversation.tenant, id_)
        except NotFound:
            found = None
        named = _channel_id(found, self._conversation) if found else None
        if named is None:
            raise Unsendable("This message is not known to the customer's channel (yet).", "unknown_message", place)
        return named


def _channel_id(found: Tracked, conversation: Conversation) -> str | None:
    if found.conversation != conversation.id:
        return None
    if found.origin == conversation.customer:
        return found.external_id
    return next((one.far_id for one in found.payloads if one.to == conversation.customer and one.far_id), None)


def _location(given: GivenLocation) -> Location:
    return Location(**given.model_dump(exclude={"type"}))


def _choices(given: GivenChoices) -> Choices:
    options = (
        Option(id=one.id or str(n), title=one.title, description=one.description, url=one.url)
        for n, one in enumerate(given.options, 1)
    )
    return Choices(**given.model_dump(exclude={"type", "options"}), options=tuple(options))


def _button(given: GivenButton) -> TemplateButton:
    return TemplateButton(index=given.index, kind=given.kind, value=given.value)
