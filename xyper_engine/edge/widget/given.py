"""What the widget asks to be sent, as its API takes it. What a channel makes of it is checked later."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from xyper_engine.edge.route import Given
from xyper_engine.parts import MediaKind

Words = Annotated[str, StringConstraints(max_length=100_000, pattern=r"\S")]
Line = Annotated[str, StringConstraints(max_length=2_000)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class GivenText(Given):
    type: Literal["text"]
    text: Words


class GivenMedia(Given):
    type: Literal["media"]
    file: Id
    """As `POST …/files` named it."""
    kind: MediaKind
    caption: Words | None = None
    name: Line | None = None


class GivenLocation(Given):
    type: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: Line | None = None
    address: Line | None = None


class GivenPhone(Given):
    number: Line = Field(min_length=1)
    label: Line = ""
    account: Line | None = None


class GivenContact(Given):
    type: Literal["contact"]
    name: Line = Field(min_length=1)
    first_name: Line | None = None
    last_name: Line | None = None
    phones: tuple[GivenPhone, ...] = Field((), max_length=20)
    emails: tuple[Line, ...] = Field((), max_length=20)
    addresses: tuple[Line, ...] = Field((), max_length=20)
    urls: tuple[Line, ...] = Field((), max_length=20)
    company: Line | None = None
    title: Line | None = None
    birthday: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


class GivenOption(Given):
    id: str = Field("", max_length=300)
    """What comes back when it is chosen; made up where it is left out."""
    title: Line = Field(min_length=1)
    description: Line = ""
    url: str | None = Field(None, max_length=2_000, pattern=r"^https?://\S+$")
    """It opens a page instead of giving an answer."""


class GivenChoices(Given):
    type: Literal["choices"]
    kind: Literal["quick_reply", "list", "card"] = "quick_reply"
    body: Words
    header: Line | None = None
    footer: Line | None = None
    button: Line | None = None
    """What opens a list."""
    options: tuple[GivenOption, ...] = Field(min_length=1, max_length=50)


class GivenValue(Given):
    """A value for one variable of a template, or for its header."""

    text: str | None = Field(None, max_length=5_000)
    name: Line | None = None
    media: GivenMedia | None = None
    location: GivenLocation | None = None


class GivenButton(Given):
    index: int = Field(ge=0, le=50)
    kind: Line
    value: str = Field("", max_length=5_000)


class GivenTemplate(Given):
    type: Literal["template"]
    name: Line
    language: Line
    header: tuple[GivenValue, ...] = Field((), max_length=20)
    body: tuple[GivenValue, ...] = Field((), max_length=100)
    buttons: tuple[GivenButton, ...] = Field((), max_length=20)


class GivenReaction(Given):
    type: Literal["reaction"]
    about: Id
    """Our id of the message that is reacted to."""
    emoji: str | None = Field(max_length=40)
    """Null takes it back."""


class GivenLocationRequest(Given):
    type: Literal["location_request"]
    body: Words


GivenPart = Annotated[
    GivenText | GivenMedia | GivenLocation | GivenContact | GivenChoices | GivenTemplate | GivenReaction
    | GivenLocationRequest,
    Field(discriminator="type"),
]  # fmt: skip


class Sending(Given):
    parts: tuple[GivenPart, ...] = Field(min_length=1, max_length=10)
    reply_to: Id | None = None
    """Our id of the message that it answers."""
    when: Literal["now", "window"] = "now"
    """`window`: once the customer has written, where their window is closed."""
