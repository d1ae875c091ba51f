"""A chat that has another address: all that was kept under the old one is kept under the new one."""

from __future__ import annotations

from typing import Any

from bot import outbox
from bot.database import Database
from bot.moved import moved
from bot.outbox import Place
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from models.member import ChatIdentity
from models.messaging.focus import Focus
from models.messaging.inbox import InboxState, Incoming
from models.messaging.lane import Lane
from models.messaging.outbox import OutboxState, Outgoing
from models.messaging.saved_command import SavedCommand
from models.room import Room
from models.workspace import Workspace
from tests.bot.machine import MARC, NOW, Process, member
from tests.emulators.chat_in_memory import ChatService

OLD, NEW = "-5", "-1005"


async def put(database: Database, address: str, key: str, **more: Any) -> Outgoing:
    """A message to Marc's room, with a button."""
    reply = Reply((Text("hello"), Buttons((Button("Find", Invocation("find", {"words": "Jane"})),))))
    async with database.transaction():
        place = Place("telegram", address, "en-GB", 1, 3)
        return await outbox.put(database, reply, place, key=key, now=NOW, **more)


async def declared(address: str, **values: Any) -> Room:
    """A room of which something is known."""
    workspace = await Workspace.get()
    return await Room.create(
        workspace=workspace, platform="telegram", address=address, created_at=NOW, **values
    )


async def test_all_that_was_kept_goes_along(one: Process, service: ChatService) -> None:
    """Lane and buttons, what is in mind, what waits in and out, what was declared; other chats stay."""
    await one.hears(service.says(MARC, "about", room=OLD), service.says(MARC, "about"))
    marc = await member(MARC)
    talk = {"member_id": marc.id, "platform": "telegram", "expires_at": NOW}
    await Focus.create(**talk, address=OLD, shown=["D-1"])
    await put(one.database, OLD, "a", edits="-5:7")
    await declared(OLD, internal=True, posts=["wins"], closed_because="upgraded")
    await Incoming.create(platform="telegram", key="x", address=OLD, payload="{}", received_at=NOW)
    sent = await Outgoing.filter(address=OLD, state=OutboxState.SENT).count()

    await moved(one.database, "telegram", OLD, NEW)

    (waiting,) = await Outgoing.filter(address=NEW)
    assert (waiting.state, waiting.edits_ref) == (OutboxState.WAITING, None)
    assert await Outgoing.filter(address=OLD, state=OutboxState.SENT).count() == sent
    assert await Incoming.filter(address=NEW, state=InboxState.WAITING).count() == 1
    assert await SavedCommand.filter(address=NEW).count() == 1
    assert (await Focus.get(address=NEW)).shown == ["D-1"]
    room = await Room.get()
    assert (room.address, room.internal, room.posts, room.closed_because) == (NEW, True, ["wins"], "")
    assert not await Lane.exists(address=OLD)
    assert await Lane.exists(address=NEW) and await Lane.exists(address=MARC)
    assert await ChatIdentity.filter(address=MARC).count() == 1


async def test_a_second_time_changes_nothing(one: Process) -> None:
    """The service says it in two updates, and once more in an answer."""
    await put(one.database, OLD, "a")
    await declared(OLD, posts=["moves"])
    for _ in range(3):
        await moved(one.database, "telegram", OLD, NEW)
    assert await Outgoing.filter(address=NEW).count() == 1
    assert (await Room.get()).posts == ["moves"]
    assert await Lane.filter(address=NEW).count() == 1


async def test_what_was_said_in_the_new_chat_first_stays(one: Process, service: ChatService) -> None:
    """A lane, a talk and a declaration of its own are newer than the old chat's."""
    await one.hears(service.says(MARC, "about", room=NEW), service.says(MARC, "about", room=OLD))
    marc = await member(MARC)
    for address in (OLD, NEW):
        talk = {"member_id": marc.id, "platform": "telegram", "expires_at": NOW}
        await Focus.create(**talk, address=address, shown=[address])
    await declared(OLD, posts=["moves"])
    await declared(NEW, posts=["wins"])
    await moved(one.database, "telegram", OLD, NEW)
    assert (await Focus.get(address=NEW)).shown == [NEW]
    assert (await Room.get(address=NEW)).posts == ["wins"]
    assert (await Room.get(address=OLD)).posts == []
    assert await Lane.filter(address=NEW).count() == 1


async def test_another_platforms_chat_of_that_address_stays(one: Process) -> None:
    """Addresses are a platform's own."""
    async with one.database.transaction():
        place = Place("slack", OLD, "en-GB", 1, 3)
        await outbox.put(one.database, text("hello"), place, key="a", now=NOW)
    await moved(one.database, "telegram", OLD, NEW)
    assert await Outgoing.filter(address=OLD).count() == 1
