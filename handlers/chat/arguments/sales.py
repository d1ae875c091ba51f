"""Parameters of deals: an amount, a stage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from rapidfuzz import fuzz

from handlers.chat import reading as lines
from handlers.chat.arguments.base import MOST_CHOICES, Argument, Bound
from handlers.chat.context import Context
from handlers.chat.errors import Choice
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Kind, Reading, flat, tidy
from models import search
from models.deal import Deal, Stage
from models.errors import Ambiguous, NotFound
from models.money import Money


class MoneyArgument(Argument[Money]):
    """An amount; without a currency it is the workspace's. ``bare``: any number is one."""

    shape = msg("amount")
    kinds = frozenset({Kind.MONEY})
    prompt = msg("How much?")

    def __init__(self, *, bare: bool = False) -> None:
        self.bare = bare

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Money | None:
        span = reading.take(Kind.MONEY)
        if span is None and self.bare:
            span = next(lines.amounts(reading.rest(), ctx.speaker, bare=True), None)
            if span is not None:
                start = reading.text.rindex(reading.rest()[span.start : span.end])
                reading.claim(start, start + span.end - span.start)
        return None if span is None else _money(ctx, span.value)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Money | None:
        span = next(lines.amounts(text, ctx.speaker, bare=True), None)
        return None if span is None else _money(ctx, span.value)

    def dump(self, value: Money) -> list[str]:
        return [str(value.amount), value.currency]

    async def load(self, ctx: Context, stored: list[str]) -> Money:
        return Money(Decimal(stored[0]), stored[1])


def _money(ctx: Context, amount: lines.Amount) -> Money:
    money = Money(amount.number, amount.currency or ctx.member.workspace.currency)
    money.minor()  # raises InvalidValue where no column could hold it
    return money


# rapidfuzz's ratio, 0 to 100: one slip in a short stage name stays above it.
_NEAR_STAGE = 85


class StageArgument(Argument[Stage]):
    """A stage of the deal's pipeline, behind ``>`` or ``to``, or as the line's other words."""

    shape = msg("stage")
    kinds = frozenset({Kind.STAGE, Kind.MONEY})
    prompt = msg("Which stage?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Stage | None:
        span = reading.take(Kind.STAGE)
        if span is not None:
            return await self.answer(ctx, span.value, bound) if span.value else None
        start, end = reading.head()
        stretch = reading.text[start:end]
        joint = _to_joint(stretch)
        name = stretch[joint.end() :] if joint else stretch
        if not name.strip():
            return None
        reading.claim(start, end)
        return await self.answer(ctx, name, bound)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Stage | None:
        stages = await self._stages(ctx, bound)
        name = search.fold(tidy(text))
        scored = sorted(
            ((_stage_score(stage, name), -stage.position, stage) for stage in stages),
            reverse=True,
            key=lambda row: row[:2],
        )
        near = [stage for score, _, stage in scored if score >= _NEAR_STAGE]
        if not near:
            raise NotFound("stage", tidy(text))
        if len(near) > 1 and scored[1][0] == scored[0][0]:
            raise Ambiguous("stage", tidy(text), near[:MOST_CHOICES])
        return near[0]

    async def _stages(self, ctx: Context, bound: Bound) -> list[Stage]:
        deal = bound.get("deal")
        rows = Stage.filter(pipeline__workspace_id=ctx.member.workspace_id).order_by(
            "pipeline_id", "position"
        )
        if isinstance(deal, Deal):
            current = await Stage.get(id=deal.stage_id)
            rows = rows.filter(pipeline_id=current.pipeline_id)
        return await rows

    def dump(self, value: Stage) -> int:
        return int(value.id)

    async def load(self, ctx: Context, stored: int) -> Stage:
        return await Stage.get(id=stored, pipeline__workspace_id=ctx.member.workspace_id)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        deal = bound.get("deal")
        current = deal.stage_id if isinstance(deal, Deal) else None
        stages = [stage for stage in await self._stages(ctx, bound) if stage.id != current]
        return [Choice(stage_name(ctx, stage), stage.id) for stage in stages[:MOST_CHOICES]]


def _to_joint(text: str) -> re.Match[str] | None:
    words = sorted(
        {search.fold(word) for language in languages() for word in language.to}, key=len, reverse=True
    )
    return re.match(rf"(?:{'|'.join(map(re.escape, words))})\s+", flat(text))


def _stage_score(stage: Stage, typed: str) -> float:
    """How well what was typed names the stage in any language: 100 for its name, 99 for its beginning."""
    names = {search.fold(stage.name)}
    for language in languages():
        names |= {search.fold(name) for name in language.stages.get(stage.name, ())}
    if typed in names:
        return 100
    if len(typed) >= 3 and any(name.startswith(typed) for name in names):
        return 99
    return max(fuzz.ratio(typed, name) for name in names) - 1


def stage_name(ctx: Context, stage: Stage) -> str:
    """A stage's name for this member: the default pipeline's own are known in each language."""
    own = next(language for language in languages() if language.tag == ctx.locale.language)
    return own.stages[stage.name][0].capitalize() if stage.name in own.stages else stage.name
