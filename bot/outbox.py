"""Putting replies into the outbox: buttons get their tokens and numbers, the row its place in the chat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.database import Database
from handlers.chat.reply import Block, Button, Buttons, Reply, dump
from models.messaging import saved_command
from models.messaging.lane import HIGHEST_BUTTON
from models.messaging.outbox import Outgoing
from models.messaging.saved_command import SavedCommand, new_token
from models.notification import Priority

# A send begun by a process that died is taken over after this long and no sooner.
LEASE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes, and for whom. ``language`` is a locale such as ``fr-FR``."""

    platform: str
    address: str
    language: str
    workspace_id: int | None = None
    member_id: int | None = None


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
) -> Outgoing:
    """Insert one row, inside the running transaction. ``key`` is unique for ever.

    With a ``holder`` that process has the row's lease at once and sends it after the commit, unless
    an earlier message to the same chat is still waiting.
    """
    leased = holder is not None and not await _others_wait(database, place, priority)
    stored, commands = await _minted(database, reply, place, now)
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
        answers=answers,
        edits_ref=edits,
        created_at=now,
        not_before=now,
        attempts=1 if leased else 0,
        lease_holder=holder if leased else None,
        lease_until=now + LEASE if leased else None,
    )
    for command in commands:
        command.outgoing_id = row.id
    if commands:
        await SavedCommand.bulk_create(commands)
    return row


async def _others_wait(database: Database, place: Place, priority: Priority) -> bool:
    rows = await database.fetch(
        "SELECT 1 AS waits FROM outbox WHERE state = 'waiting' AND platform = ? AND address = ?"
        " AND priority = ? LIMIT 1",
        place.platform,
        place.address,
        int(priority),
    )
    return bool(rows)


async def _minted(
    database: Database, reply: Reply, place: Place, now: datetime
) -> tuple[Reply, list[SavedCommand]]:
    """The reply with a token and a number in each button, and the commands behind them."""
    count = sum(button.command is not None for button in reply.buttons())
    if not count:
        return reply, []
    numbers = await _numbers(database, place, count)
    commands = list[SavedCommand]()
    blocks = tuple(_mint(block, place, now, numbers, commands) for block in reply.blocks)
    return Reply(blocks, reply.private, reply.replaces, reply.subject), commands


async def _numbers(database: Database, place: Place, count: int) -> Iterator[int]:
    """The next numbers of the chat's buttons; a chat in which nothing was said yet has no lane."""
    rows = await database.fetch(
        "INSERT INTO lane (platform, address, button) VALUES (?, ?, ?) ON CONFLICT (platform, address)"
        " DO UPDATE SET button = (lane.button + ?) % ? RETURNING button",
        place.platform,
        place.address,
        count % HIGHEST_BUTTON,
        count,
        HIGHEST_BUTTON,
    )
    last = int(rows[0]["button"])
    return iter([(last - count + i) % HIGHEST_BUTTON + 1 for i in range(count)])


def _mint(
    block: Block, place: Place, now: datetime, numbers: Iterator[int], commands: list[SavedCommand]
) -> Block:
    if not isinstance(block, Buttons):
        return block
    minted: Sequence[Button] = [
        _saved(button, place, now, next(numbers), commands) if button.command else button
        for button in block.buttons
    ]
    return Buttons(tuple(minted))


def _saved(button: Button, place: Place, now: datetime, number: int, commands: list[SavedCommand]) -> Button:
    assert button.command is not None
    token = new_token()
    commands.append(
        SavedCommand(
            token=token,
            workspace_id=place.workspace_id,
            platform=place.platform,
            address=place.address,
            number=number,
            command=button.command.command,
            arguments=dict(button.command.arguments),
            created_at=now,
            expires_at=now + saved_command.LIFETIME,
        )
    )
    return Button(button.label, None, button.style, token, number)
