"""Removal: a record goes after a look at what hangs on it, and comes back with its follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from tortoise.queryset import QuerySet

from handlers.cards import follow_ups, member_name, receipt, visible_follow_ups
from handlers.chat import binding, twins
from handlers.chat.arguments import MOST_CHOICES, Bound, Hidden, RecordArgument
from handlers.chat.command import REGISTER, command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.push import composer
from handlers.chat.reading import Kind, Reading
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import NotFound
from models.kept import KINDS
from models.lead import Lead
from models.member import Member
from models.notification import Notification
from models.record import LETTERS, Record
from models.reminder import Reminder, ReminderState
from models.removal import bring_back, hanging_on, remove, removed

# Names of what hangs on a record that are listed; the rest is counted.
_MOST_NAMES = 5


class RemovedArgument(RecordArgument):
    """A removed record: by its id, or by the first words of the line."""

    def __init__(self) -> None:
        super().__init__(Deal, Contact, Company, Lead, prompt=msg("Which one shall come back?"))
        self.shape = msg("who or what")  # type: ignore[misc] # as any record's
        self.kinds = frozenset({Kind.ID})  # type: ignore[misc] # as any record's

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Record | None:
        span = next((span for span in reading.free(Kind.ID) if LETTERS[span.value[0]] in self.models), None)
        if span is None:
            try:
                return await self._from_head(ctx, reading)
            except NotFound as error:
                raise NotFound("removed", error.text) from None  # of whatever kind it was; none is made anew
        reading.claim(span.start, span.end)
        return await self.load(ctx, span.value)

    async def load(self, ctx: Context, stored: str) -> Record:
        model, number = LETTERS[stored[0]], int(stored[2:])
        record = await removed(model, ctx.member).get_or_none(number=number) if number < 2**31 else None
        if record is None:
            await model.by_number(ctx.member, number)
            raise Misread(ctx.text("{id} is not removed.", id=stored))
        return record

    def _rows(self, ctx: Context, model: type[Record]) -> QuerySet[Any]:
        return removed(model, ctx.member)

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        found = list[Record]()
        for model in self.models:
            found += await removed(model, ctx.member).order_by("-updated_at", "-id").limit(MOST_CHOICES)
        latest = sorted(found, key=lambda record: record.updated_at, reverse=True)[:MOST_CHOICES]
        return [Choice(f"{record.reference} {record.title}", record.reference) for record in latest]


Removable = Annotated[
    Record,
    RecordArgument(Deal, Contact, Company, Lead, prompt=msg("Which one shall go?"), shape=msg("who or what")),
]
Removed = Annotated[Record, RemovedArgument()]


@command(msg("Remove a record"))
async def delete(ctx: Context, record: Removable, *, confirmed: Hidden | None = None) -> Reply:
    """Remove a contact, company, deal or lead; its follow-ups are called off, all of it can come back."""
    named = f"{record.reference} {record.title}"
    lines = [ctx.text("Remove {name}?", name=named), *await _hanging(ctx, record)]
    if asked := await confirmation(ctx, lines, record, risky=True):
        return asked
    called_off = await remove(record, ctx.author)
    for reminder in called_off:
        sentence = ctx.text("Called off by {name} · {text}", name=ctx.member.name, text=reminder.text)
        ctx.amend(reminder.subject, text(sentence))
    await _tell(ctx, record, called_off)
    ctx.memory.shown = [ref for ref in ctx.memory.shown if ref != record.reference]
    fact = [ctx.text("✅ {name} removed", name=named)]
    if seen := await visible_follow_ups(ctx, called_off):
        fact.append(ctx.locale.plural("{n} follow-up called off", "{n} follow-ups called off", len(seen)))
    undo = Button(ctx.text("Undo"), Invocation("undo", {"said": ctx.author.said}))
    blocks = (Text(" · ".join(fact)), Buttons((undo,)))
    return Reply(blocks, replaces=ctx.request.pressed is not None)


async def _hanging(ctx: Context, record: Record) -> list[str]:
    """What hangs on a record and is visible: what stays, and the follow-ups that are called off."""
    lines = list[str]()
    deals = Deal.visible_to(ctx.member).filter(closed_at__isnull=True)
    if isinstance(record, Contact):
        lines += await _listed(
            ctx, ctx.text("Open deals, which stay:"), deals.filter(links__contact_id=record.id)
        )
    if isinstance(record, Company):
        lines += await _listed(ctx, ctx.text("Open deals, which stay:"), deals.filter(company_id=record.id))
        people = Contact.visible_to(ctx.member).filter(company_id=record.id)
        lines += await _listed(ctx, ctx.text("People, who stay:"), people)
    seen = await visible_follow_ups(ctx, await hanging_on(record))
    return [*lines, *([ctx.text("Follow-ups that are called off:"), *follow_ups(ctx, seen)] if seen else [])]


async def _listed(ctx: Context, heading: str, rows: QuerySet[Any]) -> list[str]:
    found = await rows.order_by("id").limit(_MOST_NAMES)
    if not found:
        return []
    more = await rows.count() - len(found)
    names = [f"{record.reference} {record.title}" for record in found]
    names += [ctx.text("… {n} more", n=more)] if more else []
    return [f"{heading} {', '.join(names)}"]


async def _tell(ctx: Context, record: Record, called_off: Sequence[Reminder]) -> None:
    """Tell those whose follow-ups were called off, except who did it."""
    change = ctx.author.changes[record.KIND, record.pk]
    for member_id in {reminder.member_id for reminder in called_off} - {ctx.member.id}:
        await Notification.once(
            member=await Member.get(id=member_id),
            kind="removed",
            key=f"removed:{change.id}:{member_id}",
            record_id=change.id,
            due_at=ctx.now,
        )


@composer("removed")
async def told(ctx: Context, notification: Notification) -> Reply | None:
    """A record is gone, to whom it cost follow-ups; None where it is back, or not theirs to see."""
    change = await Change.get_or_none(id=notification.record_id, undone_at__isnull=True)
    if change is None:
        return None
    model = KINDS[change.kind]
    gone = removed(model, ctx.member) if issubclass(model, Record) else None
    record = await gone.get_or_none(pk=change.record_id) if gone is not None else None
    theirs = Change.filter(workspace_id=change.workspace_id, said=change.said, kind=Reminder.KIND)
    rows = Reminder.filter(
        id__in=[each.record_id for each in await theirs],
        member_id=ctx.member.id,
        state=ReminderState.CANCELLED,
    )
    mine = await rows.order_by("due_at", "id")
    if record is None or not mine:
        return None
    sentence = ctx.text(
        "{name} removed {id} {title}. Your follow-ups about it are called off:",
        name=await member_name(change.member_id),
        id=record.reference,
        title=record.title,
    )
    return text(sentence, *follow_ups(ctx, mine))


@command(msg("Bring a removed record back"))
async def restore(
    ctx: Context, record: Removed, *, twin: Hidden | None = None, confirmed: Hidden | None = None
) -> Reply:
    """Bring a removed record back with its follow-ups; one like it that is there by now is shown first."""
    alike = [] if twin else await twins.like(ctx, record)
    if alike:
        return _is_it(ctx, record, alike)
    named = f"{record.reference} {record.title}"
    if asked := await confirmation(ctx, [ctx.text("Bring {name} back?", name=named)], record):
        return asked
    back = await visible_follow_ups(ctx, await bring_back(record, ctx.author))
    fact = [ctx.text("✅ {name} is back", name=named)]
    fact += [ctx.locale.plural("{n} follow-up with it", "{n} follow-ups with it", len(back))] if back else []
    return receipt(ctx, " · ".join(fact), record)


def _is_it(ctx: Context, record: Record, alike: Sequence[Record]) -> Reply:
    names = ", ".join(f"{other.reference} {other.title}" for other in alike)
    known = {**binding.dump(REGISTER[ctx.command], ctx.bound), "twin": "new"}
    choices = [
        (ctx.text("Yes, open {id}", id=other.reference), Invocation("show", {"record": other.reference}))
        for other in alike
    ]
    choices.append((ctx.text("Bring it back all the same"), Invocation("restore", known)))
    question = ctx.text(
        "{names}: is that the same as {id}? Nothing was brought back yet.", names=names, id=record.reference
    )
    return twins.is_it(ctx, question, choices)
