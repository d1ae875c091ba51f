"""Arguments that only deals take: a price in the deal's currency, a stage of its pipeline, and such."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from handlers.chat import reading as lines
from handlers.chat.arguments import (
    Argument,
    Bound,
    MoneyArgument,
    StageArgument,
)
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.options import OptionArgument, named
from handlers.chat.reading import Reading, flat
from handlers.deals.sentences import stages_of
from models.deal import Deal, Pipeline, Stage
from models.errors import NotFound
from models.money import Money
from models.option import OptionList
from models.search import fold


class PriceArgument(MoneyArgument):
    """An amount for the deal of the line: any number, in the deal's currency unless another is typed."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Money | None:
        for span in lines.amounts(reading.text, ctx.speaker, bare=True):
            if not any(span.start < end and start < span.end for start, end in reading.taken):
                reading.claim(span.start, span.end)
                return _price(ctx, span.value, bound)
        return None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Money | None:
        span = next(lines.amounts(text, ctx.speaker, bare=True), None)
        return None if span is None else _price(ctx, span.value, bound)


def _price(ctx: Context, amount: lines.Amount, bound: Bound) -> Money:
    own = getattr(bound.get("deal"), "currency", None)
    money = Money(amount.number, amount.currency or own or ctx.member.workspace.currency)
    money.minor()  # raises InvalidValue where no column could hold it
    return money


class KnownPriceArgument(PriceArgument):
    """An amount that a command passes on; a line has none."""

    shape = ""
    kinds = frozenset()

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Money | None:
        return None


class DealStageArgument(StageArgument):
    """A stage of the deal's pipeline; a name that only another pipeline knows is refused with its name."""

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Stage | None:
        try:
            return await super().answer(ctx, text, bound)
        except NotFound:
            deal = bound.get("deal")
            other = await self._elsewhere(ctx, text) if isinstance(deal, Deal) else None
            if other is None or not isinstance(deal, Deal):
                raise
            raise Misread(await _another_pipeline(ctx, deal, other)) from None

    async def _elsewhere(self, ctx: Context, text: str) -> Stage | None:
        """The stage of that name in any pipeline."""
        try:
            return await super().answer(ctx, text, {})
        except NotFound:
            return None

    async def _stages(self, ctx: Context, bound: Bound) -> list[Stage]:
        rows = await super()._stages(ctx, bound)
        return [stage for stage in rows if stage.deleted_at is None]


async def _another_pipeline(ctx: Context, deal: Deal, other: Stage) -> str:
    mine = await Pipeline.get(id=(await Stage.get(id=deal.stage_id)).pipeline_id)
    theirs = await Pipeline.get(id=other.pipeline_id)
    stages = ", ".join(await stages_of(ctx, mine))
    return ctx.text(
        "{deal} is in the pipeline {mine}, whose stages are {stages}. A deal stays in its pipeline; "
        "for {theirs} open a new one: deal new {name} in {theirs}",
        deal=deal.reference,
        mine=mine.name,
        stages=stages,
        theirs=theirs.name,
        name=deal.name,
    )


class KnownStageArgument(StageArgument):
    """A stage that a command passes on; a line has none."""

    shape = ""
    kinds = frozenset()

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Stage | None:
        return None


class PipelineArgument(Argument[Pipeline]):
    """A pipeline behind ``in``, by its whole name."""

    shape = msg("in pipeline")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Pipeline | None:
        for pipeline in await Pipeline.of(ctx.member.workspace_id):
            match = _inside(pipeline.name).search(flat(reading.text))
            if match and not any(match.start() < end and start < match.end() for start, end in reading.taken):
                reading.claim(match.start(), match.end())
                return pipeline
        return None

    def dump(self, value: Pipeline) -> int:
        return int(value.id)

    async def load(self, ctx: Context, stored: int) -> Pipeline:
        return await Pipeline.get(id=stored, workspace_id=ctx.member.workspace_id)


def _inside(name: str) -> re.Pattern[str]:
    joints = sorted({fold(word) for language in languages() for word in language.inside})
    return re.compile(rf"(?:^|\s)(?:{'|'.join(map(re.escape, joints))})\s+{re.escape(flat(name))}(?!\w)")


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability in percent; None: the stage's own."""

    percent: int | None


class ChanceArgument(Argument[Chance]):
    """``60%``, ``60``, or a word such as ``none`` for the stage's own."""

    shape = msg("60%")
    prompt = msg("How likely is it, in percent?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Chance | None:
        return await self.answer(ctx, reading.rest(), bound)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Chance | None:
        text = text.strip()
        if fold(text) in {fold(word) for language in languages() for word in language.off}:
            return Chance(None)
        number = re.search(r"(?<![\w.,-])([0-9]{1,4})(?![\w.,]*[0-9])", text)
        if number is None:
            return None
        if int(number[1]) > 100:
            raise Misread(ctx.text("A probability is a whole number from 0 to 100."))
        return Chance(int(number[1]))

    def dump(self, value: Chance) -> int | None:
        return value.percent

    async def load(self, ctx: Context, stored: int | None) -> Chance:
        return Chance(stored)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        return [Choice(ctx.text("{n}%", n=percent), percent) for percent in _LIKELY]


_LIKELY = (10, 25, 50, 75, 90)


class ReasonArgument(OptionArgument):
    """Why a deal was lost: an entry of the list, in any language or nearly; else as it was typed."""

    which = OptionList.LOST_REASON
    shape = msg("reason")
    prompt = msg("Why was it lost?")
    last = True

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return await self.answer(ctx, reading.rest(), bound)

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        typed = " ".join(text.split())
        known = await named(ctx, self.which, typed) if typed else None
        if known is None and len(typed) > LONGEST_REASON:
            n = ctx.locale.number(len(typed))
            most = ctx.locale.number(LONGEST_REASON)
            raise Misread(ctx.text("A reason may have {most} characters; this one has {n}.", most=most, n=n))
        return known or typed or None


# The lost_reason column's length.
LONGEST_REASON = 200

Price = Annotated[Money, PriceArgument()]
KnownPrice = Annotated[Money, KnownPriceArgument()]
DealStage = Annotated[Stage, DealStageArgument()]
KnownStage = Annotated[Stage, KnownStageArgument()]
InPipeline = Annotated[Pipeline, PipelineArgument()]
AChance = Annotated[Chance, ChanceArgument()]
Reason = Annotated[str, ReasonArgument()]
