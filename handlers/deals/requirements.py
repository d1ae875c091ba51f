"""What a stage requires: asked for one by one before a deal enters it, then the move goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from handlers.cards import FIELDS
from handlers.chat import binding, values
from handlers.chat.arguments import Argument, Bound, RecordArgument, WhenArgument, stage_name
from handlers.chat.command import REGISTER
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Choice
from handlers.chat.i18n import msg
from handlers.chat.reading import Reading
from handlers.chat.reply import Invocation
from handlers.deals.arguments import ChanceArgument, PriceArgument
from models.change import plain
from models.company import Company
from models.contact import Contact
from models.custom_field import CustomField, CustomKind
from models.deal import Deal, Stage
from models.errors import Ambiguous, NotFound
from models.money import Money
from models.record import Record


@dataclass(frozen=True, slots=True)
class Filling:
    """Columns that a stage requires, as they were answered; ``asked`` is the one that is asked for."""

    values: Mapping[str, Any] = field(default_factory=dict)
    asked: str = ""


class FillingArgument(Argument[Filling]):
    """The answer to what a stage requires; a line has none."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Filling | None:
        return None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Filling | None:
        filling: Filling = bound["filled"]
        try:
            found = await _read(ctx, filling.asked, text, bound)
        except Ambiguous as error:
            choices = [
                Choice(
                    f"{each.reference} {each.title}",
                    self.dump(_with(filling, _reference(filling.asked, each.pk))),
                )
                for each in error.choices
            ]
            raise _asked(ctx, bound, ctx.text("Which {name}?", name=error.text), choices) from error
        if found is None:
            question = await _prompt(ctx, filling.asked)
            raise _asked(ctx, bound, ctx.text("I could not read that. {question}", question=question))
        return _with(filling, found)

    def dump(self, value: Filling) -> Any:
        return [{name: plain(each) for name, each in value.values.items()}, value.asked]

    async def load(self, ctx: Context, stored: Any) -> Filling:
        answered = dict(stored[0])
        if answered.get("expected_close"):
            answered["expected_close"] = date.fromisoformat(answered["expected_close"])
        await _require_seen(ctx, Contact, answered.get("contacts") or [])
        await _require_seen(ctx, Company, [answered["company_id"]] if answered.get("company_id") else [])
        return Filling(answered, stored[1])


async def _require_seen(ctx: Context, model: type[Record], ids: Sequence[int]) -> None:
    """Raises: NotFound, where a record of an answer is none that the member sees."""
    if await model.visible_to(ctx.member).filter(id__in=ids).count() < len(set(ids)):
        raise NotFound(model.KIND, f"{model.LETTER}-…")


Filled = Annotated[Filling, FillingArgument()]


def columns(deal: Deal, filled: Filling | None) -> dict[str, Any]:
    """What was answered, by column of the deal."""
    if filled is None or "custom" not in filled.values:
        return dict(filled.values) if filled else {}
    return {**filled.values, "custom": {**deal.custom, **filled.values["custom"]}}


def answered(ctx: Context, filled: Filling | None) -> list[str]:
    """The names of the fields that were answered, for a confirm card."""
    names = [ctx.text(FIELDS[name]) for name in filled.values if name in FIELDS] if filled else []
    return [ctx.text("Filled in: {fields}", fields=", ".join(names))] if names else []


async def require(
    ctx: Context, deal: Deal, stage: Stage, filled: Filling | None, amount: Money | None, **more: Any
) -> None:
    """See that the deal has what the stage requires, counting what comes with the move.

    Raises:
        Asked: for the first that is missing.
    """
    given = {**columns(deal, filled), **more, **({"amount": amount} if amount else {})}
    missing = [] if stage.id == deal.stage_id else await deal.lacks(stage, given)
    if not missing:
        return
    asking = Filling(filled.values if filled else {}, missing[0])
    question = await _prompt(ctx, missing[0])
    prompt = ctx.text(
        "{stage} needs one thing more. {question}", stage=stage_name(ctx, stage), question=question
    )
    bound = {**ctx.bound, "filled": asking}
    raise _asked(ctx, bound, prompt, await _choices(ctx, asking))


def _asked(ctx: Context, bound: Bound, prompt: str, choices: Sequence[Choice] = ()) -> Asked:
    known = binding.dump(REGISTER[ctx.command], bound)
    return Asked(Invocation(ctx.command, known), "filled", prompt, choices)


def _with(filling: Filling, found: Mapping[str, Any]) -> Filling:
    both = {**filling.values, **found}
    if "custom" in found:
        both["custom"] = {**filling.values.get("custom", {}), **found["custom"]}
    return Filling(both)


# Questions for columns; a custom field is asked for by its label.
_PROMPTS = {
    "amount": msg("How much?"),
    "expected_close": msg("When will it close?"),
    "next_step": msg("What is the next step?"),
    "contacts": msg("With whom is it made?"),
    "company_id": msg("With which company is it made?"),
    "probability": msg("How likely is it, in percent?"),
    "source": msg("Where does it come from?"),
    "notes": msg("What should it say?"),
}


async def _prompt(ctx: Context, name: str) -> str:
    if name in _PROMPTS:
        return ctx.text(_PROMPTS[name])
    custom = await _custom(ctx, name)
    return ctx.text("{field}?", field=custom.label if custom else name)


async def _custom(ctx: Context, name: str) -> CustomField | None:
    key = name.partition(".")[2]
    rows = CustomField.filter(workspace_id=ctx.member.workspace_id, entity=Deal.KIND, deleted_at__isnull=True)
    return await rows.get_or_none(key=key)


async def _choices(ctx: Context, filling: Filling) -> list[Choice]:
    """The choices of a custom field that has some."""
    custom = await _custom(ctx, filling.asked)
    if custom is None:
        return []
    key, argument = filling.asked.partition(".")[2], FillingArgument()
    offered: list[tuple[str, Any]] = [(each, each) for each in custom.choices]
    if custom.kind is CustomKind.YES_NO:
        offered = [(ctx.text("yes"), True), (ctx.text("no"), False)]
    return [
        Choice(label, argument.dump(_with(filling, {"custom": {key: value}}))) for label, value in offered
    ]


def _reference(name: str, record_id: int) -> dict[str, Any]:
    return {name: [record_id] if name == "contacts" else record_id}


# The text columns' lengths.
_LONGEST = {"next_step": 500, "source": 100, "notes": 10_000}


async def _read(ctx: Context, name: str, text: str, bound: Bound) -> Mapping[str, Any] | None:
    """The columns that an answer fills, None where it cannot be read."""
    match name:
        case "amount":
            money = await PriceArgument().answer(ctx, text, bound)
            return {"amount": money.minor(), "currency": money.currency} if money else None
        case "expected_close":
            at = await WhenArgument().answer(ctx, text, bound)
            return {name: at.wall.date()} if at else None
        case "contacts" | "company_id":
            kind = Contact if name == "contacts" else Company
            record = await RecordArgument(kind, prompt=_PROMPTS[name]).answer(ctx, text, bound)
            return _reference(name, record.pk) if record else None
        case "probability":
            chance = await ChanceArgument().answer(ctx, text, bound)
            return {name: chance.percent} if chance and chance.percent is not None else None
    if name in _LONGEST:
        return {name: text.strip()} if 0 < len(text.strip()) <= _LONGEST[name] else None
    custom = await _custom(ctx, name)
    return {"custom": {custom.key: await values.stored(ctx, custom, text.strip())}} if custom else None
