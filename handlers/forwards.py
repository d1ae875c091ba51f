"""Forwarded messages: somebody else's words become a note, with their source; they are never a command."""

from __future__ import annotations

from typing import Any

from handlers.cards import receipt
from handlers.chat import binding
from handlers.chat.arguments import MOST_CHOICES, Hidden, label
from handlers.chat.carrying import AForward, Subject, meant_by
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Choice
from handlers.chat.i18n import msg
from handlers.chat.reply import Reply
from handlers.chat.request import Forwarded
from models.activity import Activity, ActivityKind
from models.record import Record


@command(msg("Keep a forwarded message"), hidden=True)
async def forward(
    ctx: Context, source: AForward, words: Hidden | None = None, *, record: Subject | None = None
) -> Reply:
    """Write it as a note on the record that is named with it, replied to or was shown last; else ask."""
    comment, quoted = (words or "", source.text) if source.text else ("", words or "")
    if record is None:
        record, comment = await _meant(ctx, comment)
    notes = "\n\n".join(part for part in (comment, quoted, _said_by(ctx, source)) if part)
    about: dict[str, Any] = {f"{record.KIND}_id": record.id}
    at = min(source.sent_at or ctx.said_at, ctx.said_at)
    note = await Activity.log(ActivityKind.NOTE, ctx.author, at=at, notes=notes, **about)
    fact = ctx.text("✅ Note on {id} {name}", id=record.reference, name=record.title)
    return receipt(ctx, f"{fact} · {_said_by(ctx, source)}", note)


async def _meant(ctx: Context, comment: str) -> tuple[Record, str]:
    """Raises: Asked, where nothing says what it is about; nothing of it is lost meanwhile."""
    found = await meant_by(ctx, comment)
    if found.record is not None:
        return found.record, found.rest
    entry = REGISTER[ctx.command]
    asked = await binding.asking(ctx, entry, ctx.bound, entry.parameter("record"))
    if found.several:
        several = found.several[:MOST_CHOICES]
        asked.choices = tuple([Choice(await label(ctx, each), each.reference) for each in several])
    raise Asked(asked.invocation, asked.parameter, asked.prompt, asked.choices)


def _said_by(ctx: Context, source: Forwarded) -> str:
    """Who said it, when, and where it stands."""
    parts = [source.name or "?"]
    parts += [ctx.instant(source.sent_at)] if source.sent_at is not None else []
    parts += [source.link] if source.link else []
    return ctx.text("forwarded from {source}", source=" · ".join(parts))
