"""Privacy: what may stand where others than the asker read it. The one place that decides it.

People's data, notes and amounts stand in private chats, and in rooms of which an admin said that only
colleagues read them (``here internal``). Anywhere else a room shows only what says nothing of a customer:
the answers of commands that are ``open``. It is decided by command and not by what a reply contains, so
that no new field, error or list can slip through.
"""

from __future__ import annotations

from enum import StrEnum

from handlers.chat.command import REGISTER
from handlers.chat.request import Request
from models.room import Room


class Readers(StrEnum):
    """Who reads what stands in a chat."""

    ONE = "one"
    COLLEAGUES = "colleagues"
    ANYBODY = "anybody"


async def room_of(request: Request, workspace_id: int) -> Room | None:
    """What was declared about the room of a request; None where nothing was, or where it is no room."""
    address = _address(request)
    return await Room.at(workspace_id, request.platform, address) if address else None


def readers(request: Request, room: Room | None, *, shared: bool = False) -> Readers:
    """Who reads the answer to a request, given what :func:`room_of` found.

    ``shared``: who would read it in the room where the request was made, even if it is answered to the
    asker alone, as a slash command is.
    """
    if not _address(request) or (request.private and not shared):
        return Readers.ONE
    return Readers.ANYBODY if request.outsiders else readers_in(room)


def readers_in(room: Room | None) -> Readers:
    """Who reads a room, as far as was declared and its platform has said; None: nothing was."""
    return Readers.COLLEAGUES if room is not None and room.among_colleagues else Readers.ANYBODY


def _address(request: Request) -> str:
    return request.room or ("" if request.private else request.address)


def may_stand(command: str, read_by: Readers) -> bool:
    """Whether the answer of a command (empty: of none, as of an unknown word) may be read by these."""
    if read_by is not Readers.ANYBODY:
        return True
    return command in REGISTER and REGISTER[command].open
