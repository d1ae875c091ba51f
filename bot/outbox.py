"""Putting replies into the outbox: buttons get their tokens and numbers, the row its place in the chat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.database import Database
from handlers.chat.reply import Block, Button, Buttons, Form, Invocation, Reply, dump, load
from models.messaging import saved_command
from models.messaging.lane import HIGHEST_BUTTON
from models.messaging.outbox import Outgoing
from models.messaging.saved_command import SavedCommand, new_token
from models.notification import Notification, Priority

# A send begun by a process that died is taken over after this long and no sooner.
LEASE = timedelta(seconds=10)
# What the keys of notifications' rows begin with.
NOTIFICATION = "notification"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes, and for whom. ``language`` is a locale such as ``fr-FR``."""

    platform: str
    address: str
    language: str
    workspace_id: int | None = None
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Minted:
    """A saved command to be: ``number`` 0 for what nobody can type, ``presser`` whom alone it serves."""

    token: str
    number: int
    command: Invocation
    presser: int | None = None


async def put(  # one keyword for each column that the callers decide
    database: Database,
    reply: Reply,
    place: Place,
    *,
    key: str,
    now: datetime,
    holder: str | None = None,
    priority: Priority = Priority.INTERACTIVE,
    push: bool = False,
    answers: str | None = None,
    edits: str | None = None,
    shown: Sequence[str] = (),
) -> Outgoing:
    """Insert one row, inside the running transaction. ``key`` is unique for ever.

    ``shown`` are the human ids of the records that it shows: a reply to it continues them.

    With a ``holder`` that process has the row's lease at once and sends it after the commit, unless
    an earlier message to the same chat is still waiting.
    """
    count = sum(button.command is not None for button in reply.buttons())
    numbers, others_wait = await _place_in(database, place, count, priority)
    leased = holder is not None and not others_wait
    stored, commands = _minted(reply, numbers)
    row = await Outgoing.create(
        workspace_id=place.workspace_id,
        member_id=place.member_id,
        platform=place.platform,
        address=place.address,
        language=place.language,
        body=dump(stored),
        dedupe_key=key,
        priority=priority,
        push=push,
        subject=reply.subject,
        shown=list(shown) or None,
        answers=answers,
        edits_ref=edits,
        created_at=now,
        not_before=now,
        attempts=1 if leased else 0,
        lease_holder=holder if leased else None,
        lease_until=now + LEASE if leased else None,
    )
    if commands:
        await _save(database, commands, place, row.id, now)
    return row


async def shown_at_once(database: Database, reply: Reply, place: Place, *, now: datetime) -> Reply:
    """A reply that no row carries: with its tokens, a form's for the member of ``place`` alone."""
    count = sum(button.command is not None for button in reply.buttons())
    numbers, _ = await _place_in(database, place, count, Priority.INTERACTIVE)
    stored, commands = _minted(reply, numbers)
    form = stored.form
    if form is not None and form.command is not None:
        minted = _Minted(new_token(), 0, form.command, place.member_id)
        commands.append(minted)
        stored = replace(stored, form=_minted_form(form, minted.token))
    if commands:
        await _save(database, commands, place, None, now)
    return replace(stored, language=place.language)


def _minted_form(form: Form, token: str) -> Form:
    return replace(form, command=None, token=token)


async def put_instead(database: Database, row: Outgoing, place: Place, *, now: datetime) -> Outgoing:
    """Insert what could not be said where ``row`` was to go, for another place; its buttons serve there."""
    saved = {command.token: command for command in await SavedCommand.filter(outgoing_id=row.id)}
    reply = load(row.body)
    blocks = tuple(_unminted(block, saved) for block in reply.blocks)
    return await put(
        database,
        replace(reply, blocks=blocks),
        place,
        key=f"{row.dedupe_key}:{place.platform}",
        now=now,
        priority=row.priority,
        push=row.push,
        shown=row.shown or (),
    )


def forgotten(row: Outgoing) -> dict[str, str]:
    """What is written to a row that is sent, or never will be: it forgets a secret's words."""
    return {"body": dump(Reply(()))} if load(row.body).fleeting else {}


def key_of(notification: Notification) -> str:
    """The key of a notification's row."""
    return f"{NOTIFICATION}:{notification.id}"


async def notification_of(row: Outgoing) -> Notification | None:
    """The notification that a row carries, wherever it was to go first; None where it is none."""
    kind, _, rest = row.dedupe_key.partition(":")
    if kind != NOTIFICATION:
        return None
    return await Notification.get_or_none(id=int(rest.partition(":")[0]))


# Whether a chat has messages of one priority that are still to be sent.
_OTHERS_WAIT = (
    "EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND platform = ? AND address = ? AND priority = ?)"
    " AS others"
)


async def _place_in(
    database: Database, place: Place, count: int, priority: Priority
) -> tuple[Iterator[int], bool]:
    """The next ``count`` numbers of the chat's buttons, and whether other messages wait before this one.

    A chat in which nothing was said yet has no lane.
    """
    chat = (place.platform, place.address)
    if not count:
        [row] = await database.fetch(f"SELECT {_OTHERS_WAIT}", *chat, int(priority))
        return iter(()), bool(row["others"])
    [row] = await database.fetch(
        "INSERT INTO lane (platform, address, button) VALUES (?, ?, ?) ON CONFLICT (platform, address)"  # noqa: S608 # our own words
        f" DO UPDATE SET button = (lane.button + ?) % ? RETURNING button, {_OTHERS_WAIT}",
        *chat,
        count % HIGHEST_BUTTON,
        count,
        HIGHEST_BUTTON,
        *chat,
        int(priority),
    )
    last = int(row["button"])
    numbers = [(last - count + i) % HIGHEST_BUTTON + 1 for i in range(count)]
    return iter(numbers), bool(row["others"])


def _minted(reply: Reply, numbers: Iterator[int]) -> tuple[Reply, list[_Minted]]:
    """The reply with a token and a number in each button, and the commands behind them."""
    commands = list[_Minted]()
    blocks = tuple(_mint(block, numbers, commands) for block in reply.blocks)
    return (replace(reply, blocks=blocks), commands) if commands else (reply, commands)


def _unminted(block: Block, saved: Mapping[str, SavedCommand]) -> Block:
    """The buttons as a handler gave them; one whose command is kept no more is left out."""
    if not isinstance(block, Buttons):
        return block
    known = [(button, saved[button.token]) for button in block.buttons if button.token in saved]
    return Buttons(
        tuple(
            Button(button.label, Invocation(kept.command, kept.arguments), button.style, opens=button.opens)
            for button, kept in known
        )
    )


def _mint(block: Block, numbers: Iterator[int], commands: list[_Minted]) -> Block:
    if not isinstance(block, Buttons):
        return block
    return Buttons(tuple(_mint_button(button, numbers, commands) for button in block.buttons))


def _mint_button(button: Button, numbers: Iterator[int], commands: list[_Minted]) -> Button:
    if button.command is None:
        return button
    minted = _Minted(new_token(), next(numbers), button.command)
    commands.append(minted)
    return Button(button.label, None, button.style, minted.token, minted.number, button.opens)


# The rows of models.messaging.saved_command go in by one statement: a model for each button costs more.
_COLUMNS = (
    "token, workspace_id, platform, address, number, command, arguments, outgoing_id, created_at,"
    " expires_at, presser_id"
)


async def _save(
    database: Database, commands: Sequence[_Minted], place: Place, outgoing_id: int | None, now: datetime
) -> None:
    expires_at = now + saved_command.LIFETIME
    values = list[object]()
    for minted in commands:
        command, arguments = minted.command.command, json.dumps(dict(minted.command.arguments))
        values += [minted.token, place.workspace_id, place.platform, place.address, minted.number, command]
        values += [arguments, outgoing_id, now, expires_at, minted.presser]
    rows = ", ".join([f"({', '.join('?' * 11)})"] * len(commands))
    await database.execute(f"INSERT INTO saved_command ({_COLUMNS}) VALUES {rows}", *values)  # noqa: S608 # our own words and marks
