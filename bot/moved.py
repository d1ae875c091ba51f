"""A chat that has another address by now, as a Telegram group that became a supergroup."""

from __future__ import annotations

from bot.database import Database
from models.member import ChatIdentity
from models.messaging.focus import Focus
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from models.messaging.saved_command import SavedCommand
from models.room import Room


async def moved(database: Database, platform: str, old: str, new: str) -> None:
    """Let everything that was kept under the address ``old`` be kept under ``new``, in one transaction.

    What waits to be answered or sent goes to the new chat, what was declared about the room holds there,
    buttons and open questions serve there. References of single messages in the old chat lead nowhere in
    the new one: what was to edit or to quote one of them is said by itself. A second call changes nothing.
    """
    if old == new:
        return
    at_old = {"platform": platform, "address": old}
    async with database.transaction():
        await _lane(database, platform, old, new)
        await _rooms(platform, old, new)
        talking = await Focus.filter(platform=platform, address=new).values_list("member_id", flat=True)
        await Focus.filter(**at_old, member_id__in=list(talking)).delete()
        await Focus.filter(**at_old).update(address=new)
        await SavedCommand.filter(**at_old).update(address=new)
        await ChatIdentity.filter(**at_old).update(address=new)
        await Incoming.filter(**at_old, state=InboxState.WAITING).update(address=new)
        waiting = Outgoing.filter(**at_old, state=OutboxState.WAITING)
        await waiting.update(address=new, edits_ref=None, answers=None)


async def _lane(database: Database, platform: str, old: str, new: str) -> None:
    """Give the new chat its lane, with the numbers of the old one's buttons behind it."""
    await database.execute(
        "INSERT INTO lane (platform, address, button) SELECT platform, ?, button FROM lane"
        " WHERE platform = ? AND address = ? ON CONFLICT DO NOTHING",
        new,
        platform,
        old,
    )
    await database.execute("DELETE FROM lane WHERE platform = ? AND address = ?", platform, old)


async def _rooms(platform: str, old: str, new: str) -> None:
    """What was declared about the old room holds in the new one, unless something was declared there too."""
    for room in await Room.filter(platform=platform, address=old):
        there = await Room.at(room.workspace_id, platform, new)
        if there is not None and (there.internal or there.posts):
            room.posts = []  # it would be posted nowhere
            await room.save(update_fields=["posts"])
            continue
        if there is not None:
            await there.delete()
        room.address, room.closed_because = new, ""
        await room.save(update_fields=["address", "closed_because"])
