"""Answered: what a message's question led to, by buttons pressed under it and by answers typed after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot import inbox
from bot.platform import Platform
from handlers.chat import answering, verbs
from handlers.chat.context import CONFIRMED
from handlers.chat.request import Request
from models import amending
from models.change import Change
from models.member import Member
from models.messaging import focus
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import Outgoing
from models.messaging.saved_command import SavedCommand

# How the outcome of a turn begins that was refused, and what it is where something was asked.
REFUSED = "refused"
ASKED = f"{REFUSED}: Asked"
# Messages after a question that are looked at: each answer may have been asked further.
_MOST_LOOKED_AT = 10


@dataclass(slots=True)
class Answers:
    """Ids of the inbox: ``pressed`` and ``typed``. ``confirmed``: one of them confirmed a card."""

    pressed: list[int] = field(default_factory=list)
    typed: list[int] = field(default_factory=list)
    confirmed: bool = False


async def answers_to(rows: Sequence[Incoming], member: Member, platform: Platform) -> Answers:
    """What came after these deliveries and belongs to what they asked, not to what they wrote themselves."""
    wrote = await _wrote(rows, member)
    found = Answers()
    for row in rows:
        if row.id not in wrote:
            await _add_pressed(found, row, member)
        if row.id not in wrote or row.outcome == ASKED:
            await _add_typed(found, row, member, platform)
    return found


async def _wrote(rows: Sequence[Incoming], member: Member) -> Collection[int]:
    changes = await amending.written(member, [row.id for row in rows])
    return {int(change.said.partition(".")[0]) for change in changes}


async def _add_pressed(found: Answers, row: Incoming, member: Member) -> None:
    """The deliveries of the buttons under its answer that wrote something.

    A press and what it wrote have one instant, that of their turn.
    """
    answers = await Outgoing.filter(dedupe_key=f"turn:{row.id}").values_list("id", flat=True)
    used = await SavedCommand.filter(outgoing_id__in=list(answers), used_at__isnull=False)
    instants = {button.used_at for button in used if button.used_at is not None}
    written = await Change.filter(
        workspace_id=member.workspace_id, member_id=member.id, at__in=list(instants)
    )
    found.pressed += sorted(
        {int(change.said.partition(".")[0]) for change in written if change.said[:1].isdigit()}
    )
    found.confirmed |= any(CONFIRMED in button.arguments for button in used)


async def _add_typed(found: Answers, row: Incoming, member: Member, platform: Platform) -> None:
    """The lines that answered its question, and those that this asked further, where they wrote something.

    An answer has no verb of its own and was done as the command that asked; a new command drops a question.
    """
    asked, commands = row, _commands(row, platform)
    later = Incoming.filter(platform=row.platform, member_id=member.id, state=InboxState.DONE, id__gt=row.id)
    for each in await later.order_by("id").limit(_MOST_LOOKED_AT):
        said = platform.parse(each.key, inbox.delivery(each.payload))
        if not isinstance(said, Request) or not (said.private or each.address == row.address):
            continue  # of another chat; the talk of a room goes on in private
        in_time = each.received_at - asked.received_at <= focus.LIFETIME
        if not in_time or each.command not in commands or not _is_answer(said, each.command):
            return
        if await _wrote([each], member):
            found.typed.append(each.id)
            found.confirmed |= asked.outcome != ASKED
            if each.outcome != ASKED:
                return
        asked = each


def _commands(row: Incoming, platform: Platform) -> Collection[str]:
    """What its lines called; the row names the last of them."""
    said = platform.parse(row.key, inbox.delivery(row.payload))
    lines = answering.lines_of(said.text) if isinstance(said, Request) else []
    openings = [verbs.opening(line) for line in lines]
    return {row.command, *(opening.command for opening in openings if opening is not None)} - {"", "cancel"}


def _is_answer(said: Request, command: str) -> bool:
    opening = verbs.opening(said.text)
    return said.pressed is None and not said.edited and (opening is None or opening.command != command)
