"""What comes next for a deal: asked for where nothing is planned any more."""

from __future__ import annotations

from handlers.chat import when
from handlers.chat.context import Context
from handlers.chat.i18n import msg
from handlers.chat.reply import Block, Button, Buttons, Invocation, Text
from models.contact import Contact
from models.deal import Deal
from models.lead import Lead
from models.reminder import Reminder, ReminderState

# The days offered for a next step; read by our own grammar, so that days off are passed over.
_NEXT_STEPS = (
    (msg("Tomorrow"), "tomorrow"),
    (msg("Friday"), "friday"),
    (msg("Next Monday"), "next monday"),
)


async def next_step(ctx: Context, person: Contact | Lead, deal: Deal) -> tuple[Block, ...]:
    """Ask for a next step where the deal has none."""
    if await Reminder.visible_to(ctx.member).filter(deal_id=deal.id, state=ReminderState.OPEN).exists():
        return ()
    known = {
        "deal": deal.reference,
        "contact": person.reference,
        "text": ctx.text("Follow up with {name}", name=person.title),
    }
    buttons = [
        Button(ctx.text(label), Invocation("remind", {**known, "at": when.dump(ctx.upcoming(words))}))
        for label, words in _NEXT_STEPS
    ]
    buttons.append(Button(ctx.text("Skip"), Invocation("leave")))
    return Text(ctx.text("Next step?")), Buttons(tuple(buttons))
