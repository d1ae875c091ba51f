"""Putting a reply into the outbox: its buttons get tokens and numbers, the row its place in the chat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from bot import outbox
from bot.database import Database
from bot.outbox import LEASE, Place
from handlers.chat.reply import Button, Buttons, Card, Invocation, Reply, Text, load, text
from models.messaging.outbox import OutboxState, Outgoing
from models.messaging.saved_command import LIFETIME, SavedCommand
from models.notification import Notification, Priority
from tests.bot.machine import NOW, member, team

LEAS = Place("telegram", "lea", "fr-FR", 1, 2)
MARCS = Place("telegram", "marc", "en-US", 1, 3)


async def put(database: Database, reply: Reply, place: Place, key: str, **more: Any) -> Outgoing:
    """In a transaction of its own."""
    async with database.transaction():
        return await outbox.put(database, reply, place, key=key, now=NOW, **more)


def with_buttons(*labels: str) -> Reply:
    """A reply with a button for each label, which finds that word."""
    buttons = (Button(label, Invocation("find", {"words": label}), "primary") for label in labels)
    return Reply((Text("Which?"), Buttons(tuple(buttons))), subject="deal:7")


async def test_a_row_holds_all_that_sending_needs(database: Database) -> None:
    """The reply as it was, its place and language, its subject; it is due at once and nobody has tried it."""
    reply = Reply((Card("Acme"), Text("hello")), private=True, subject="deal:7")
    row = await put(database, reply, LEAS, "one", answers="said 1", edits="7", push=True)
    stored = await Outgoing.get(id=row.id)
    assert load(stored.body) == reply
    assert (stored.platform, stored.address, stored.language) == ("telegram", "lea", "fr-FR")
    assert (stored.workspace_id, stored.member_id, stored.subject) == (1, 2, "deal:7")
    assert (stored.answers, stored.edits_ref, stored.push) == ("said 1", "7", True)
    assert (stored.created_at, stored.not_before, stored.attempts) == (NOW, NOW, 0)
    assert (stored.state, stored.priority) == (OutboxState.WAITING, Priority.INTERACTIVE)
    assert (stored.lease_holder, stored.lease_until) == (None, None)


async def test_a_key_is_used_once_for_ever(database: Database) -> None:
    """So that nothing is said twice, also long after it was sent."""
    await put(database, text("hello"), LEAS, "one")
    await Outgoing.all().update(state=OutboxState.SENT)
    with pytest.raises(IntegrityError):
        await put(database, text("hello"), LEAS, "one")


async def test_each_button_gets_a_token_that_nobody_can_guess(database: Database) -> None:
    """Its command is kept behind it for a day; what goes to the platform does not name it."""
    row = await put(database, with_buttons("Jane", "Omar"), LEAS, "one")
    shown = list(load(row.body).buttons())
    assert [(button.label, button.style, button.command) for button in shown] == [
        ("Jane", "primary", None),
        ("Omar", "primary", None),
    ]
    saved = {command.token: command for command in await SavedCommand.all()}
    assert len(saved) == 2
    for button in shown:
        command = saved[button.token]
        assert len(button.token) >= 22
        assert (command.command, command.arguments) == ("find", {"words": button.label})
        assert (command.platform, command.address, command.workspace_id) == ("telegram", "lea", 1)
        assert (command.number, command.outgoing_id) == (button.number, row.id)
        assert (command.created_at, command.expires_at, command.used_at) == (NOW, NOW + LIFETIME, None)


async def test_tokens_are_never_the_same(database: Database) -> None:
    """Nor have they anything in common that would help to guess one."""
    for number in range(20):
        await put(database, with_buttons("a", "b", "c"), LEAS, str(number))
    tokens = [command.token for command in await SavedCommand.all()]
    assert len(set(tokens)) == 60
    assert len({token[:4] for token in tokens}) == 60


async def test_button_numbers_run_on_in_each_chat(database: Database) -> None:
    """From 1 to 99 and again from 1, so that a push never renumbers what stands above it."""
    numbers = []
    for number in range(25):
        row = await put(database, with_buttons(*"abcd"), LEAS, str(number))
        numbers += [button.number for button in load(row.body).buttons()]
    assert numbers == [*range(1, 100), 1]
    row = await put(database, with_buttons("a"), MARCS, "other chat")
    assert [button.number for button in load(row.body).buttons()] == [1]


async def test_what_is_said_at_once_is_leased_at_once(database: Database) -> None:
    """By the process that will send it after the commit."""
    row = await put(database, text("hello"), LEAS, "one", holder="us")
    assert (row.lease_holder, row.lease_until, row.attempts) == ("us", NOW + LEASE, 1)


async def test_nothing_overtakes_what_waits_in_the_chat(database: Database) -> None:
    """Only where nothing waits there, of the same priority, is a message leased at once."""
    await put(database, text("first"), LEAS, "one")
    assert (await put(database, text("second"), LEAS, "two", holder="us")).lease_holder is None
    assert (await put(database, text("elsewhere"), MARCS, "three", holder="us")).lease_holder == "us"
    reminder = await put(database, text("⏰"), LEAS, "four", holder="us", priority=Priority.REMINDER)
    assert reminder.lease_holder == "us"
    await Outgoing.all().update(state=OutboxState.SENT)
    assert (await put(database, text("third"), LEAS, "five", holder="us")).lease_holder == "us"


async def test_what_is_rolled_back_leaves_neither_row_nor_button(database: Database) -> None:
    """A reply belongs to its turn."""
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await outbox.put(database, with_buttons("Jane"), LEAS, key="one", now=NOW)
            raise ZeroDivisionError
    assert not await Outgoing.exists()
    assert not await SavedCommand.exists()


async def test_words_for_another_place_have_buttons_that_serve_there(database: Database) -> None:
    """New tokens and numbers for the same commands; those of the first place are left as they are."""
    row = await put(database, with_buttons("Jane", "Omar"), LEAS, "one", priority=Priority.DIGEST, push=True)
    await put(database, with_buttons("x"), MARCS, "two")
    async with database.transaction():
        moved = await outbox.put_instead(database, row, MARCS, now=NOW + timedelta(hours=1))
    before, after = list(load(row.body).buttons()), list(load(moved.body).buttons())
    assert [button.label for button in after] == ["Jane", "Omar"]
    assert [button.number for button in after] == [2, 3]
    assert not {button.token for button in before} & {button.token for button in after}
    kept = await SavedCommand.get(token=after[0].token)
    assert (kept.command, kept.arguments, kept.address) == ("find", {"words": "Jane"}, "marc")
    assert kept.expires_at == NOW + timedelta(hours=1) + LIFETIME
    assert (moved.priority, moved.push, moved.subject) == (Priority.DIGEST, True, "deal:7")


async def test_a_row_knows_its_notification_wherever_it_goes(database: Database) -> None:
    """Also when it was passed on; an answer has none."""
    await team(database)
    lea = await member("lea")
    await Notification.once(member=lea, kind="reminder", key="k", record_id=1, due_at=NOW)
    notification = await Notification.get()
    row = await put(database, text("⏰"), LEAS, outbox.key_of(notification))
    async with database.transaction():
        moved = await outbox.put_instead(database, row, MARCS, now=NOW)
    assert await outbox.notification_of(row) == notification
    assert await outbox.notification_of(moved) == notification
    assert await outbox.notification_of(await put(database, text("hello"), LEAS, "turn:1")) is None
