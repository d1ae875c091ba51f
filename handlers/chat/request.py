"""What was said, the same from every platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sender:
    """Who spoke, as the platform knows them. Names are never an identity, ids are.

    ``team`` is the Slack workspace, empty elsewhere. ``language`` is a hint such as ``fr``.
    """

    user: str
    team: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, not fetched yet.

    ``source`` is what its platform fetches it by. ``size`` in bytes, ``seconds`` of a recording; None
    where the platform does not say.
    """

    kind: Literal["photo", "document", "voice", "audio", "video"]
    source: str
    name: str = ""
    media_type: str = ""
    size: int | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SharedContact:
    """Somebody's card that was shared from a phone's address book. ``vcard`` is empty where there is none."""

    name: str
    phone: str = ""
    vcard: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place that was shared: degrees north and east; of a venue its name and address too."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Whose message it was before it was passed on: a name, when it was sent (aware UTC), where it stands.

    ``text`` is what it said, where the request's own text are words that whoever passed it on put to it;
    empty where the request's text is the message.
    """

    name: str
    sent_at: datetime | None = None
    link: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody as the platform's workspace describes them, looked up a minute ago at most.

    ``team`` and ``user`` are the account's ids, as in :class:`Sender`. ``email`` is one that the workspace
    has verified of a full member of its own, and empty where it has not: of guests, of people of other
    workspaces, of bots. ``zone`` is an IANA name, ``locale`` as ``fr-FR``; both may be empty. ``address``
    is where they are reached in private. ``active``: the account can still be used.
    """

    team: str
    user: str
    name: str
    address: str
    email: str = ""
    zone: str = ""
    locale: str = ""
    outside: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form, as it was sent. ``meaning`` is what the configuration says it is, or empty."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a web form sent: nobody's line, to be made a lead. ``hook`` is the id of a LeadHook."""

    hook: int
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One message typed, or one button pressed.

    ``key`` is unique on its platform: the same delivery twice has the same key.
    ``address`` is the chat that the answer goes to. ``private`` is true where only the sender
    reads that chat. ``sent_at`` is the platform's send time (aware, UTC), None where it gives none.
    ``pressed`` is the token of a button, ``message`` the platform's reference of the message that
    carried the button or that this one replies to. ``ref`` is its reference of this message itself.
    ``room`` is the address of the group or channel in which it was said, also where the answer is for the
    sender alone (a slash command's); empty in a private chat. ``room_name`` is its title, where the
    platform says it with the message. ``outsiders``: others than colleagues read that room (a shared
    channel, a guest), or its platform could not find out.
    ``people`` are the sender and those mentioned, by user id, as far as the platform knows profiles.
    ``unproven``: the platform cannot be asked whether the sender's account is still open.
    ``edited``: that message was answered before and says something else by now. ``thread`` is the reference
    of the message under which this one was written, where its platform has threads.
    ``calls`` is a command that an element of the platform's own stands for, as its name in the register (a
    shortcut, a tab); ``surface`` is what stands open and waits for the answer (a form, a tab), as its
    platform knows it; ``filled`` is what was entered in a form, by parameter, and ``pressed`` its token.
    The rest is what a message can carry besides its text.
    """

    platform: str
    key: str
    address: str
    sender: Sender
    text: str = ""
    private: bool = True
    sent_at: datetime | None = None
    pressed: str | None = None
    message: str | None = None
    ref: str | None = None
    edited: bool = False
    thread: str | None = None
    calls: str = ""
    surface: str = ""
    filled: Mapping[str, str] | None = None
    attachments: tuple[Attachment, ...] = ()
    contact: SharedContact | None = None
    location: Location | None = None
    forwarded: Forwarded | None = None
    inquiry: Inquiry | None = None
    room: str = ""
    room_name: str = ""
    people: Mapping[str, Profile] = field(default_factory=dict)
    outsiders: bool = False
    unproven: bool = False

    @property
    def quoted(self) -> str | None:
        """What an answer stands under: its thread's first message; in a room, where others write, itself."""
        return self.thread or (None if self.private else self.ref)
