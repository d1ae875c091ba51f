"""Owners: a record changes hands, with its follow-ups or without, and both are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from handlers.cards import card, follow_ups, member_name, receipt, visible_follow_ups
from handlers.chat.arguments import Hidden, RecordArgument
from handlers.chat.colleagues import Colleague
from handlers.chat.command import command
from handlers.chat.confirming import confirmation
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.push import composer
from handlers.chat.reply import Reply, Text, text
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.kept import KINDS
from models.lead import Lead
from models.member import Member
from models.notification import Notification
from models.record import Record
from models.reminder import Reminder
from models.removal import hanging_on

Owned = Annotated[
    Record,
    RecordArgument(Deal, Contact, Company, Lead, prompt=msg("What is it about?"), shape=msg("who or what")),
]


@command(msg("Give a record to a colleague"))
async def assign(
    ctx: Context,
    record: Owned,
    colleague: Colleague,
    *,
    followups: Hidden | None = None,
    confirmed: Hidden | None = None,
) -> Reply:
    """Give a contact, company, deal or lead another owner, and the former owner's follow-ups if told to."""
    former = await record.owner_of()
    if former == colleague.id:
        return text(ctx.text("{id} is {name}’s already.", id=record.reference, name=colleague.name))
    fact = ctx.text("Owner {before} → {after}", before=await member_name(former) or "–", after=colleague.name)
    hanging = [reminder for reminder in await hanging_on(record) if reminder.member_id == former]
    theirs = await visible_follow_ups(ctx, hanging)
    lines = [f"{record.reference} {record.title}", fact, *_asked(ctx, theirs)]
    if asked := await confirmation(ctx, lines, record, risky=True, ways=_ways(ctx, theirs)):
        return asked
    await record.write(ctx.author, owner_id=colleague.id)
    chips = [record.reference, fact]
    if followups == "yes":
        await _hand_over(ctx, theirs, colleague)
        chips += [_moved(ctx, len(theirs))] if theirs else []
    await _tell(ctx, record, former, colleague)
    return receipt(ctx, " · ".join(chips), record)


def _asked(ctx: Context, theirs: Sequence[Reminder]) -> list[str]:
    return [ctx.text("Its open follow-ups too?"), *follow_ups(ctx, theirs)] if theirs else []


def _ways(ctx: Context, theirs: Sequence[Reminder]) -> Sequence[tuple[str, dict[str, str]]]:
    """The answers to the question about follow-ups, where there are some."""
    if not theirs:
        return ()
    return (
        (ctx.text("Yes, with them"), {"followups": "yes"}),
        (ctx.text("Without them"), {"followups": "no"}),
    )


def _moved(ctx: Context, n: int) -> str:
    return ctx.locale.plural("{n} follow-up with it", "{n} follow-ups with it", n)


async def _hand_over(ctx: Context, theirs: Sequence[Reminder], colleague: Member) -> None:
    """The pushes already sent to the former owner say so from then on."""
    for reminder in theirs:
        await reminder.hand_to(colleague, ctx.author)
        sentence = ctx.text("Handed to {name} · {text}", name=colleague.name, text=reminder.text)
        ctx.amend(reminder.subject, Reply((Text(sentence),)))


async def _tell(ctx: Context, record: Record, former: int | None, colleague: Member) -> None:
    """Tell both, except who did it."""
    change = ctx.author.changes[record.KIND, record.pk]
    for member_id in {former, colleague.id} - {None, ctx.member.id}:
        await Notification.once(
            member=await Member.get(id=member_id),
            kind="assigned",
            key=f"assigned:{change.id}:{member_id}",
            record_id=change.id,
            due_at=ctx.now,
        )


@composer("assigned")
async def assigned(ctx: Context, notification: Notification) -> Reply | None:
    """A record changed hands, to who has it now and to who had it; None where that was taken back."""
    change = await Change.get_or_none(id=notification.record_id, undone_at__isnull=True)
    if change is None:
        return None
    record = await KINDS[change.kind].get(pk=change.record_id)
    before, after = change.fields_json["owner_id"]
    known = {"name": await member_name(change.member_id), "id": record.reference, "title": record.title}
    if ctx.member.id == before:
        return text(ctx.text("{name} gave {id} {title} to {heir}.", **known, heir=await member_name(after)))
    mine = await type(record).filter(pk=record.pk, owner_id=ctx.member.id, deleted_at__isnull=True).exists()
    if not mine or not isinstance(record, Record):
        return None
    return Reply((Text(ctx.text("{name} gave you {id} {title}.", **known)), *await card(ctx, record)))
