"""What a stage requires of a deal before it enters."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.cards import FIELDS, undoable
from handlers.chat.arguments import Rest, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import Locale, languages, msg
from handlers.chat.language import languages as grammars
from handlers.chat.reply import Reply
from handlers.chat.values import own_fields
from handlers.setup.places import stage_leading
from handlers.setup.words import already, between, none_called
from models.deal import REQUIRABLE, Deal, Stage
from models.member import Role
from models.search import fold


def _names_both(line: str) -> bool:
    return any(between(line, "at"))


@command(msg("Require a field of deals before they enter a stage"), role=Role.ADMIN, surely=_names_both)
async def require(ctx: Context, words: Rest) -> Reply:
    """``amount at Proposal``: it is asked for from then on; deals that stand there stay."""
    stage, column = await _meant(ctx, words)
    if column in stage.required:
        raise already(ctx)
    return await _write(ctx, stage, [*stage.required, column])


@command(msg("Require a field at a stage no longer"), role=Role.ADMIN, surely=_names_both)
async def unrequire(ctx: Context, words: Rest) -> Reply:
    """``amount at Proposal``."""
    stage, column = await _meant(ctx, words)
    if column not in stage.required:
        raise already(ctx)
    return await _write(ctx, stage, [each for each in stage.required if each != column])


async def _write(ctx: Context, stage: Stage, required: list[str]) -> Reply:
    before = ", ".join(await requirement_names(ctx, stage.required)) or "–"
    await stage.write(ctx.author, required=required)
    after = ", ".join(await requirement_names(ctx, required)) or "–"
    name = stage_name(ctx, stage)
    return undoable(
        ctx, ctx.text("✅ {stage} requires: {before} → {after}", stage=name, before=before, after=after)
    )


async def _meant(ctx: Context, text: str) -> tuple[Stage, str]:
    """The stage and the column that a line names.

    Raises:
        Misread: one of the two is not there.
    """
    await ctx.member.workspace.hold()
    known, unknown = await _columns(ctx), ""
    for field, _, place in between(text, "at"):
        column = next((name for name, typed in known.items() if fold(field) in typed), None)
        if column is None:
            unknown = unknown or field
            continue
        found = await stage_leading(ctx, place)
        if found.rest:
            raise none_called(ctx, place, [stage_name(ctx, each) for each in await found.pipeline.in_order()])
        return found.stage, column
    if unknown:
        raise none_called(ctx, unknown, await requirement_names(ctx, list(known)))
    raise Misread(ctx.text("Say which field, and at which stage."))


async def _columns(ctx: Context) -> dict[str, set[str]]:
    """What can be required, by column, with the folded names that it has in any language."""
    known = {
        column: {
            *(fold(Locale(language).text(FIELDS[column])) for language in languages()),
            *(fold(other) for entry in grammars() for other in entry.fields.get(column, ())),
        }
        for column in REQUIRABLE
    }
    own = await own_fields(ctx, Deal.KIND)
    return known | {f"custom.{field.key}": {fold(field.label), fold(field.key)} for field in own}


async def requirement_names(ctx: Context, columns: Sequence[str]) -> list[str]:
    """What is required, as the member reads it."""
    own = {f"custom.{field.key}": field.label for field in await own_fields(ctx, Deal.KIND)}
    return [ctx.text(FIELDS[name]) if name in FIELDS else own.get(name, name) for name in columns]
