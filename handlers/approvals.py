"""Approvals: asking the owner of a record, and the owner's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from handlers.chat.arguments import MOST_CHOICES, Argument, Bound, Line, RecordArgument
from handlers.chat.command import REGISTER, command
from handlers.chat.context import Context
from handlers.chat.errors import Choice, Misread
from handlers.chat.i18n import msg
from handlers.chat.push import composer
from handlers.chat.reading import Reading
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from handlers.chat.verbs import shown
from models.approval import Approval, ApprovalState
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from models.errors import NotFound
from models.kept import KINDS
from models.lead import Lead
from models.member import Member
from models.notification import Notification
from models.record import Record


class WantedArgument(Argument["Mapping[str, Any]"]):
    """An invocation and the line it came from; only a button knows one."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Mapping[str, Any] | None:
        return None

    def dump(self, value: Mapping[str, Any]) -> Any:
        return dict(value)

    async def load(self, ctx: Context, stored: Any) -> Mapping[str, Any]:
        return dict(stored)


class ApprovalArgument(Argument[Approval]):
    """A request that waits for this member: the one of the button, or the only one there is."""

    prompt = msg("Which request?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Approval | None:
        waiting = await _waiting(ctx)
        if not waiting:
            raise Misread(ctx.text("No request waits for you."))
        return waiting[0] if len(waiting) == 1 else None

    def dump(self, value: Approval) -> int:
        return int(value.id)

    async def load(self, ctx: Context, stored: int) -> Approval:
        approval = await Approval.get_or_none(id=stored, workspace_id=ctx.member.workspace_id)
        if approval is None or not await ctx.member.leads(approval.owner_id):
            raise NotFound("approval", "")
        return approval

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        return [Choice(await _asked(ctx, each), each.id) for each in (await _waiting(ctx))[:MOST_CHOICES]]


AnApproval = Annotated[Approval, ApprovalArgument()]
Wanted = Annotated[Mapping[str, Any], WantedArgument()]
ARecord = Annotated[Record, RecordArgument(Contact, Company, Deal, Lead, prompt=msg("What is it about?"))]


async def _waiting(ctx: Context) -> list[Approval]:
    rows = Approval.filter(owner_id=ctx.member.id, state=ApprovalState.OPEN)
    return await rows.order_by("id")


@command(msg("Ask the owner to do it"), hidden=True)
async def request(ctx: Context, record: ARecord, wanted: Wanted) -> Reply:
    """Ask the owner of a record to let a command run; where it is the asker's to write by now, run it."""
    owner = await Member.get_or_none(id=await record.owner_of())
    if owner is None or await ctx.member.leads(owner.id):
        return await ctx.press(ctx, Invocation(wanted["command"], wanted["arguments"]))
    await Approval.ask(
        ctx.author,
        record,
        owner,
        command=wanted["command"],
        arguments=wanted["arguments"],
        line=wanted["line"] or _line(ctx, wanted["command"], record),
    )
    sentence = ctx.text("Asked {name}. You will hear from me when it is decided.", name=owner.name)
    return Reply((Text(sentence),), replaces=ctx.request.pressed is not None)


def _line(ctx: Context, name: str, record: Record) -> str:
    return f"{shown(name, ctx.locale.language)} {record.reference}"


@command(msg("Grant a request"))
async def approve(ctx: Context, approval: AnApproval) -> Reply:
    """Do what was asked, in the approver's own name."""
    await approval.decide(ctx.author, ApprovalState.APPROVED)
    asked = await _asked(ctx, approval)
    known = dict(approval.arguments)
    if "confirmed" in {parameter.name for parameter in REGISTER[approval.command].parameters}:
        known["confirmed"] = "yes"
    reply = await ctx.press(ctx, Invocation(approval.command, known))
    ctx.amend(approval.subject, text(ctx.text("✅ Approved · {asked}", asked=asked)))
    return reply


@command(msg("Refuse a request"), final=True)
async def decline(ctx: Context, approval: AnApproval) -> Reply:
    """Leave everything as it is, and say so to who asked."""
    await approval.decide(ctx.author, ApprovalState.DECLINED)
    sentence = ctx.text("Declined · {asked}", asked=await _asked(ctx, approval))
    ctx.amend(approval.subject, text(sentence))
    return Reply((Text(sentence),), replaces=ctx.request.pressed is not None)


@command(msg("Do it differently"), hidden=True)
async def amend_request(ctx: Context, approval: AnApproval, line: Line) -> Reply:
    """Do what a corrected line says instead of what was asked."""
    sentence = ctx.text("Done differently · {asked}", asked=await _asked(ctx, approval))
    await approval.decide(ctx.author, ApprovalState.AMENDED, line=line)
    ctx.amend(approval.subject, text(sentence))
    return await ctx.answer(ctx, line)


@composer("approval")
async def ask(ctx: Context, notification: Notification) -> Reply | None:
    """The request, to the owner; None where it was decided meanwhile."""
    approval = await Approval.get_or_none(id=notification.record_id, state=ApprovalState.OPEN)
    if approval is None:
        return None
    known = {"approval": approval.id}
    buttons = (
        Button(ctx.text("Approve"), Invocation("approve", known), "primary"),
        Button(ctx.text("Edit"), Invocation("amend_request", known)),
        Button(ctx.text("Decline"), Invocation("decline", known)),
    )
    return Reply((Text(await _asked(ctx, approval)), Buttons(buttons)), subject=approval.subject)


@composer("decision")
async def decision(ctx: Context, notification: Notification) -> Reply | None:
    """What became of a request, to who asked."""
    approval = await Approval.get_or_none(id=notification.record_id)
    if approval is None or approval.state is ApprovalState.OPEN:
        return None
    who = await Member.get(id=approval.decided_by_id)
    if approval.state is ApprovalState.APPROVED:
        return text(ctx.text("✅ {name} approved: {line}", name=who.name, line=approval.line))
    if approval.state is ApprovalState.AMENDED:
        return text(ctx.text("{name} does it differently: {line}", name=who.name, line=approval.line))
    return text(ctx.text("{name} declined: {line}", name=who.name, line=approval.line))


async def _asked(ctx: Context, approval: Approval) -> str:
    asker = await Member.get(id=approval.asker_id)
    record = await KINDS[approval.kind].ever_visible_to(ctx.member).get_or_none(pk=approval.record_id)
    about = f" ({record.reference} {record.title})" if record is not None else ""
    return ctx.text("{name} asks: {line}", name=asker.name, line=approval.line) + about
