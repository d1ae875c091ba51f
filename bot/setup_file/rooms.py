"""The rooms of a set-up file: who reads them, and what is posted there."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from bot.setup_file.denied import Denied
from bot.setup_file.document import Document, RoomTable
from models.change import Author
from models.member import Member, Role, address
from models.room import Room, Topic
from models.workspace import Workspace


class Rooms:
    """A file's rooms on their way into one workspace; what differs is added to ``lines``.

    A room that the file does not name is one of which nothing was said.
    """

    def __init__(self, document: Document, workspace: Workspace, by: Author, lines: list[str]) -> None:
        self._tables = document.rooms
        self._workspace_id = workspace.id
        self._by = by
        self._lines = lines

    async def all(self) -> None:
        """Raises: Denied."""
        if self._tables is UNSET:
            return
        known = {
            (room.platform, room.address): room
            for room in await Room.filter(workspace_id=self._workspace_id).order_by("platform", "address")
        }
        for table in self._tables:
            await self._one(table, known.pop((table.platform, table.address), None))
        for room in known.values():
            if room.internal or room.posts:
                await room.write(self._by, **room.withdrawn(self._by.now))
                self._lines.append(f"- rooms.{room.platform}.{room.address}")

    async def _one(self, table: RoomTable, room: Room | None) -> None:
        what = f"rooms.{table.platform}.{table.address}"
        if table.internal and room is not None and room.outsiders and not room.internal:
            raise Denied(f"{what}.internal: others than colleagues read it. Say internal = false.")
        chooser = await self._chooser(table, room, what)
        posts = [topic.value for topic in Topic if topic in table.posts]
        values: dict[str, Any] = {"internal": table.internal, "posts": posts, "posted_by_id": chooser}
        declared = room is not None and (room.internal or bool(room.posts))
        before = {name: getattr(room, name) for name in values} if room is not None else {}
        if before == values:
            return
        await Room.declare(self._by, table.platform, table.address, **values)
        if not declared:
            self._lines.append(f"+ {what}")
            return
        for name in [name for name, value in values.items() if before[name] != value]:
            shown = f": {_shown(before[name])} → {_shown(values[name])}" if name != "posted_by_id" else ""
            self._lines.append(f"~ {what}.{name.removesuffix('_id')}{shown}")

    async def _chooser(self, table: RoomTable, room: Room | None, what: str) -> int | None:
        """With whose eyes is posted: who is named, else who chose it before, else who applies the file.

        Raises: Denied, for somebody who could not say so in the chat.
        """
        if not table.posts:
            return None
        if not table.posted_by:
            before = room.posted_by_id if room is not None else None
            return before or int(self._by.member.id)
        email = address(table.posted_by)
        member = await Member.get_or_none(workspace_id=self._workspace_id, email=email)
        if member is not None and room is not None and room.posted_by_id == member.id:
            return int(member.id)
        if member is None or not member.active:
            raise Denied(f"{what}.posted_by: there is no member {email}. Name a manager or an admin.")
        if member.role is Role.REP:
            raise Denied(f"{what}.posted_by: {email} is a rep. Name a manager or an admin.")
        return int(member.id)


def _shown(value: object) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value).lower()
