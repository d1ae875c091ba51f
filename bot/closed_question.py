"""Closed questions: what was decided by a word is decided for the buttons that a screen still shows."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from handlers.chat.context import Question
from handlers.chat.reply import Buttons, Reply, load
from models.messaging.outbox import OutboxState, Outgoing
from models.messaging.saved_command import LIFETIME, SavedCommand


def was_called_off(command: SavedCommand) -> bool:
    """Whether it ended before its time."""
    return command.expires_at < command.created_at + LIFETIME


async def use_up(question: Question, now: datetime) -> None:
    """It was confirmed: a press of the same is a second one."""
    tokens = [each.token for each in await _buttons(question)]
    await SavedCommand.filter(token__in=tokens, used_at=None).update(used_at=now)


async def call_off(question: Question, now: datetime) -> tuple[Outgoing, Reply] | None:
    """End its buttons; returns the message that asked, and what is left of that without them.

    None where no message of ours stands there, or where it says something else by now.
    """
    gone = {each.token for each in await _buttons(question)}
    await SavedCommand.filter(token__in=list(gone), used_at=None).update(expires_at=now)
    asked = await _asked(question)
    if asked is None or not gone or asked.state is not OutboxState.SENT or asked.message_ref is None:
        return None
    same = Outgoing.filter(platform=asked.platform, address=asked.address, id__gt=asked.id)
    if await same.filter(edits_ref=asked.message_ref).exists():
        return None
    reply = load(asked.body)
    blocks = [_without(block, gone) if isinstance(block, Buttons) else block for block in reply.blocks]
    left = tuple(block for block in blocks if not isinstance(block, Buttons) or block.buttons)
    return asked, replace(reply, blocks=left)


async def _asked(question: Question) -> Outgoing | None:
    return await Outgoing.get_or_none(dedupe_key=f"turn:{question.said.partition('.')[0]}")


async def _buttons(question: Question) -> list[SavedCommand]:
    """Those of the question, and not of other lines of the same message."""
    asked = await _asked(question)
    if asked is None:
        return []
    own = [question.invocation.command, "again", "cancel"]
    return await SavedCommand.filter(outgoing_id=asked.id, command__in=own)


def _without(buttons: Buttons, gone: set[str]) -> Buttons:
    return Buttons(tuple(button for button in buttons.buttons if button.token not in gone))
