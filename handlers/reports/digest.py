"""The digest: what was won, what changed, what is due, what is left alone, and how the forecast moved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Annotated

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from handlers.chat import when
from handlers.chat.arguments import RestArgument, stage_name
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.filters.periods import counted_from_now, midnight, today
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.options import option_name
from handlers.chat.reply import Block, Button, Buttons, Invocation, Reply, Text
from handlers.chat.whose import Owners
from handlers.reports import amounts, staleness, tables
from handlers.reports.scope import usual
from models import filters, outlook, sums
from models.deal import Deal, StageChange, StageKind
from models.member import Member
from models.money import Money
from models.reminder import Reminder, ReminderState
from models.search import fold

# Rows of each part; the rest is counted.
_MOST = 3
# For who has no digest: the hour at which it would come.
_USUAL_HOUR = "08:30"


class NowOrHourArgument(RestArgument):
    """``now``, an hour, or ``off``."""

    shape = msg("now, 8:00, off")


NowOrHour = Annotated[str, NowOrHourArgument()]


@command(msg("The digest now, or the hour at which it comes"), cost=10)
async def digest(ctx: Context, what: NowOrHour | None = None) -> Reply:
    """``digest now``; ``digest 8:00`` and ``digest off`` set when it comes."""
    if what and fold(what.strip()) not in {fold(word) for entry in languages() for word in entry.now}:
        return await ctx.press(ctx, Invocation("digest_at", {"hour": what}))
    found = await digest_of(ctx)
    change = Button(ctx.text("Change time"), Invocation("digest_at"))
    if found is None:
        return Reply((Text(ctx.text("Nothing to report. 👍")), Buttons((change,))))
    return Reply((*found.blocks, Buttons((change,))))


async def digest_of(ctx: Context) -> Reply | None:
    """The member's digest, None where all of its parts are empty; a manager's is about the team."""
    owners = await usual(ctx.member)
    view = _View(ctx, owners, since(ctx))
    blocks = list[Block]()
    for part in _PARTS:
        section = await part(view)
        if section is not None:
            blocks += [Text("\n".join([section.title, *section.lines])), Buttons(section.buttons)]
    if not blocks:
        return None
    heading = ctx.text(
        "Digest · {whose} · since {time}", whose=owners.shown(ctx), time=ctx.instant(view.since)
    )
    return Reply((Text(heading), *blocks))


def since(ctx: Context) -> datetime:
    """The digest's hour on the last working day before today: what came after it is news."""
    day, working = today(ctx) - timedelta(days=1), ctx.speaker.working_days
    while working and day.weekday() not in working:
        day -= timedelta(days=1)
    hour = time.fromisoformat(ctx.member.digest_at or _USUAL_HOUR)
    return when.at(datetime.combine(day, hour), ctx.zone).instant


@dataclass(frozen=True, slots=True)
class _View:
    """Whose digest, about whom, since when (aware UTC)."""

    ctx: Context
    owners: Owners
    since: datetime

    @property
    def deals(self) -> QuerySet[Deal]:
        return Deal.visible_to(self.ctx.member).filter(self.owners.of(self.ctx))

    async def named(self, deal: Deal, *more: str) -> str:
        """A deal in one line, with its owner where it is about several."""
        chips = [f"{deal.reference} {deal.name}", *(each for each in more if each)]
        if not isinstance(self.owners.who, Member) and deal.owner_id is not None:
            chips += (await tables.owners_by_id([deal])).values()
        return " · ".join(chips)

    def open(self, deal: Deal) -> Button:
        return Button(
            self.ctx.text("Open {id}", id=deal.reference), Invocation("show", {"record": deal.reference})
        )


@dataclass(frozen=True, slots=True)
class _Section:
    """One part: what it is and how much of it, its first rows, and a button for each."""

    title: str
    lines: Sequence[str]
    buttons: tuple[Button, ...]


async def _wins(view: _View) -> _Section | None:
    ctx = view.ctx
    rows = view.deals.filter(stage__kind=StageKind.WON, closed_at__gte=view.since)
    parts = await sums.parts(rows)
    if not parts:
        return None
    found = await rows.order_by("-closed_at", "-id").limit(_MOST)
    title = ctx.text("🎉 Won: {n}", n=sums.count(parts))
    added = amounts.listed(ctx, sums.sums(parts))
    lines = [await view.named(deal, _worth(ctx, deal)) for deal in found]
    return _Section(f"{title} · {added}" if added else title, lines, tuple(map(view.open, found)))


def _worth(ctx: Context, deal: Deal) -> str:
    return ctx.locale.money(deal.money.amount, deal.money.currency) if deal.money else ""


async def _changes(view: _View) -> _Section | None:
    """Moves, what was lost among them, and deals that are new."""
    mine = view.deals
    moves = StageChange.filter(at__gte=view.since, deal_id__in=Subquery(mine.values("id")))
    moves = moves.exclude(to_stage__kind=StageKind.WON).order_by("-at", "-id")
    opened = view.deals.filter(created_at__gte=view.since).order_by("-created_at", "-id")
    count = await moves.count() + await opened.count()
    if not count:
        return None
    lines, about = list[str](), list[Deal]()
    for move in await moves.limit(_MOST).prefetch_related("deal", "from_stage", "to_stage"):
        lines.append(await view.named(move.deal, _move(view.ctx, move)))
        about.append(move.deal)
    for deal in await opened.limit(_MOST - len(lines)) if len(lines) < _MOST else []:
        lines.append(await view.named(deal, view.ctx.text("new"), _worth(view.ctx, deal)))
        about.append(deal)
    buttons = {deal.id: view.open(deal) for deal in about}
    return _Section(view.ctx.text("🔀 Changed: {n}", n=count), lines, tuple(buttons.values()))


def _move(ctx: Context, move: StageChange) -> str:
    shown = f"{stage_name(ctx, move.from_stage)} → {stage_name(ctx, move.to_stage)}"
    lost = move.to_stage.kind is StageKind.LOST and move.deal.lost_reason
    return f"{shown} ({option_name(ctx, move.deal.lost_reason)})" if lost else shown


async def _due(view: _View) -> _Section | None:
    """Follow-ups that are overdue or due today."""
    ctx = view.ctx
    rows = Reminder.visible_to(ctx.member).filter(view.owners.of(ctx, "member_id"), state=ReminderState.OPEN)
    rows = rows.filter(due_at__lt=midnight(ctx, today(ctx) + timedelta(days=1)))
    count = await rows.count()
    if not count:
        return None
    late = await rows.filter(due_at__lt=ctx.now).count()
    found = await rows.order_by("due_at", "id").limit(_MOST).prefetch_related("member")
    title = ctx.text("⏰ Due: {n}, overdue: {late}", n=count - late, late=late)
    return _Section(
        title, [_follow_up(ctx, each) for each in found], tuple(_done(ctx, each) for each in found)
    )


def _follow_up(ctx: Context, reminder: Reminder) -> str:
    shown = ctx.instant(reminder.due_at)
    if reminder.due_at < ctx.now:
        shown = ctx.text("{time} (overdue)", time=shown)
    chips = [reminder.reference, reminder.text, shown]
    return " · ".join(chips if reminder.member_id == ctx.member.id else [*chips, reminder.member.name])


def _done(ctx: Context, reminder: Reminder) -> Button:
    """One's own can be done; another's is looked at."""
    if reminder.member_id == ctx.member.id:
        known = Invocation("done", {"reminder": reminder.reference})
        return Button(ctx.text("Done {id}", id=reminder.reference), known)
    return Button(
        ctx.text("Open {id}", id=reminder.reference), Invocation("show", {"record": reminder.reference})
    )


async def _stale(view: _View) -> _Section | None:
    rows = await staleness.stale_of(view.ctx, view.deals)
    count = await rows.count()
    if not count:
        return None
    found = await rows.limit(_MOST)
    reasons = await staleness.reasons(view.ctx, found)
    lines = [await view.named(deal, why) for deal, why in zip(found, reasons, strict=True)]
    return _Section(view.ctx.text("💤 Stale: {n}", n=count), lines, tuple(map(view.open, found)))


async def _without_step(view: _View) -> _Section | None:
    ctx = view.ctx
    rows = view.deals.filter(filters.without_step(ctx.member, ctx.now), closed_at__isnull=True)
    count = await rows.count()
    if not count:
        return None
    found = await tables.by_close(rows).limit(_MOST)
    stages = await tables.stages_by_id(found)
    lines = [
        await view.named(deal, stage_name(ctx, stages[deal.stage_id]), _worth(ctx, deal)) for deal in found
    ]
    title = ctx.text("❓ Without next step: {n}", n=count)
    return _Section(title, lines, tuple(_step(view, deal) for deal in found))


def _step(view: _View, deal: Deal) -> Button:
    """One's own deal is given a next step at once; another's is looked at."""
    if deal.owner_id != view.ctx.member.id:
        return view.open(deal)
    label = view.ctx.text("Next step {id}", id=deal.reference)
    return Button(label, Invocation("next_step", {"deal": deal.reference}))


async def _forecast(view: _View) -> _Section | None:
    """By how much this quarter's weighted forecast has changed, and through which deals."""
    ctx = view.ctx
    quarter = counted_from_now(ctx, today(ctx), "quarter", 0)
    assert quarter.first is not None and quarter.last is not None
    ever = Deal.ever_visible_to(ctx.member).filter(view.owners.of(ctx))
    found = await outlook.shifts(ever, ctx.member, view.since, quarter.first, quarter.last)
    if not found:
        return None
    open_ = view.deals.filter(quarter.of_dates("expected_close"), closed_at__isnull=True)
    parts = await sums.parts(open_)
    likely = sums.weighted(parts, await sums.probabilities(parts))
    moved: dict[str, int] = {}
    for shift in found:
        moved[shift.currency] = moved.get(shift.currency, 0) + shift.hundredths
    figures = " · ".join(
        f"{amounts.shown(ctx, likely.get(each, 0), each)} ({_signed(ctx, moved.get(each, 0), each)})"
        for each in amounts.currencies(ctx, likely, moved)
    )
    title = ctx.text("📈 Forecast {period}: {sums}", period=quarter.shown(ctx), sums=figures)
    lines = [
        await view.named(shift.deal, _signed(ctx, shift.hundredths, shift.currency))
        for shift in found[:_MOST]
    ]
    return _Section(title, lines, (Button(ctx.text("Forecast"), Invocation("forecast")),))


def _signed(ctx: Context, hundredths: int, currency: str) -> str:
    money = Money.from_minor((hundredths + 50) // 100, currency)
    shown = ctx.locale.money(abs(money.amount), currency)
    return f"{'−' if money.amount < Decimal(0) else '+'}{shown}"


_PARTS: tuple[Callable[[_View], Awaitable[_Section | None]], ...] = (
    _wins,
    _changes,
    _due,
    _stale,
    _without_step,
    _forecast,
)
