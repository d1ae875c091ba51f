"""What each command's example does in the demo: a new command says its own at the end of this file."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

from handlers.chat.verbs import example
from models.activity import Activity, ActivityKind, ActivityStatus
from models.approval import Approval, ApprovalState
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.kept import KINDS
from models.lead import LeadStatus
from models.member import ChatIdentity, Invitation, Member
from models.reminder import Reminder, ReminderState
from tests.driver import Seen

Kept = Callable[[Seen], Awaitable[None]]


async def _call(seen: Seen) -> None:
    call = await Activity.get(kind=ActivityKind.CALL)
    contact = await Contact.get(id=call.contact_id)
    assert (contact.name, call.duration, call.deal_id is not None) == ("Jane Doe", 1200, True)
    assert call.notes in ("wants 50 seats", "veut 50 licences")
    reminder = await Reminder.get()
    assert reminder.wall == "2026-10-15T10:00"
    assert "✅" in seen and "⏰" in seen


async def _note(seen: Seen) -> None:
    note = await Activity.get(kind=ActivityKind.NOTE)
    assert (await Deal.get(id=note.deal_id)).number == 142
    assert note.notes in ("legal is blocking", "le juridique bloque")
    assert "D-142 Acme Renewal" in seen


async def _files(seen: Seen) -> None:
    assert "D-142 Acme Renewal" in seen


async def _find(seen: Seen) -> None:
    assert all(name in seen for name in ("Jane Doe", "Luc Moreau", "Acme Renewal", "O-1"))


async def _who(seen: Seen) -> None:
    assert "Jane Doe" in seen and "Jane Roy" in seen
    assert "Acme Renewal" not in seen


async def _contact_new(seen: Seen) -> None:
    contact = await Contact.all().order_by("-id").first()
    assert contact is not None
    assert contact.name in ("Ann Lee", "Anne Leroy")
    assert (await Company.get(id=contact.company_id)).name == "Acme"
    assert contact.emails in (["ann@acme.example"], ["anne@acme.example"])
    assert contact.phones == ["+33612345678"]
    assert contact.name in seen


async def _deal_new(seen: Seen) -> None:
    deal = await Deal.all().order_by("-id").first()
    assert deal is not None
    assert deal.name in ("Acme Upgrade", "Acme Extension")
    assert (deal.amount, deal.expected_close) == (1_200_000, date(2026, 11, 30))
    assert deal.currency == {"Acme Upgrade": "USD", "Acme Extension": "EUR"}[deal.name]
    assert (await Company.get(id=deal.company_id)).name == "Acme"
    assert deal.reference in seen


async def _deal(seen: Seen) -> None:
    assert "D-142 Acme Renewal" in seen and "Jane Doe" in seen
    assert "12,000" in seen or "12 000" in seen


async def _move(seen: Seen) -> None:
    change = await Change.filter(kind="deal").order_by("-id").first()
    assert change is not None
    deal = await Deal.get(id=change.record_id)
    assert (await Stage.get(id=deal.stage_id)).name == "Negotiation"
    assert deal.reference in seen and "→" in seen


async def _remind(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert reminder.wall == "2026-10-15T10:00"
    assert reminder.due_at in (datetime(2026, 10, 15, 14, tzinfo=UTC), datetime(2026, 10, 15, 8, tzinfo=UTC))
    assert (await Deal.get(id=reminder.deal_id)).number == 142
    assert (await Contact.get(id=reminder.contact_id)).name == "Jane Doe"
    assert "⏰" in seen


async def _today(seen: Seen) -> None:
    assert (await Reminder.get()).text in seen


async def _done(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert reminder.state is ReminderState.DONE
    assert reminder.text in seen


async def _snooze(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert (reminder.state, reminder.wall, reminder.snoozes) == (ReminderState.OPEN, "2026-10-16T09:00", 1)
    assert reminder.text in seen


async def _undo(seen: Seen) -> None:
    assert (await Reminder.get()).deleted_at is not None
    assert "↩" in seen


async def _history(seen: Seen) -> None:
    assert "D-142 Acme Renewal" in seen
    assert "Léa Martin" in seen


async def _link(seen: Seen) -> None:
    assert await Invitation.all().count() == 1
    assert "link " in seen and "/start " in seen


async def _help(seen: Seen) -> None:
    assert "call <" in seen or "appel <" in seen
    assert example("call", "en") in seen or example("call", "fr") in seen


async def _about(seen: Seen) -> None:
    assert all(word in seen for word in ("Parley", "Affero", "source"))


async def _last(kind: str) -> Any:
    """The record of a kind that was written last."""
    change = await Change.filter(kind=kind).order_by("-id").first()
    assert change is not None
    return await KINDS[kind].get(pk=change.record_id)


async def _amount(seen: Seen) -> None:
    deal = await _last("deal")
    assert (deal.number in (90, 142), deal.amount, deal.currency) == (True, 1_500_000, "EUR")
    assert deal.reference in seen and "→" in seen


async def _approve(seen: Seen) -> None:
    assert (await Approval.get()).state is ApprovalState.APPROVED
    assert (await _last("deal")).amount == 900_000
    assert "→" in seen


async def _assign(seen: Seen) -> None:
    deal = await _last("deal")
    assert (await Member.get(id=deal.owner_id)).name == "Sam Okafor"
    assert "Sam Okafor" in seen


async def _close(seen: Seen) -> None:
    deal = await _last("deal")
    # The 31st is a Saturday.
    assert (deal.number in (90, 142), deal.expected_close) == (True, date(2026, 11, 2))
    assert deal.reference in seen


async def _company(seen: Seen) -> None:
    assert all(words in seen for words in ("O-1 Acme", "Paris", "C-12 Jane Doe", "D-142 Acme Renewal"))


async def _company_new(seen: Seen) -> None:
    company = await _last("company")
    assert (company.name, company.city, company.postcode) == ("Bellecour", "Lyon", "69003")
    assert company.website == "bellecour.example"
    assert company.reference in seen


async def _convert(seen: Seen) -> None:
    lead = await _last("lead")
    assert lead.status is LeadStatus.CONVERTED
    contact = await Contact.get(id=(await lead.became())["contact"])
    assert contact.name == lead.person
    assert contact.reference in seen


async def _deal_people(seen: Seen) -> None:
    deal = await _last("deal")
    names = {(await Contact.get(id=each)).name for each in await deal.contact_ids()}
    assert names == ({"Jane Roy", "May Chen"} if deal.number == 90 else {"Jane Doe"})
    assert deal.reference in seen


async def _decline(seen: Seen) -> None:
    assert (await Approval.get()).state is ApprovalState.DECLINED
    assert (await _last("deal")).amount != 900_000
    assert "amount" in seen or "montant" in seen


async def _delete(seen: Seen) -> None:
    deal = await _last("deal")
    assert deal.deleted_at is not None
    assert deal.reference in seen


async def _email(seen: Seen) -> None:
    email = await Activity.get(kind=ActivityKind.EMAIL)
    assert (await Contact.get(id=email.contact_id)).name == "Jane Doe"
    assert (email.direction, email.notes) in (("out", "sent the quote"), ("out", "devis envoyé"))
    assert "Jane Doe" in seen


async def _field(seen: Seen) -> None:
    contact = await _last("contact")
    phones = {"Jane Roy": "+16175550155", "Jane Doe": "+33639980155"}
    assert contact.phones[0] == phones[contact.name]
    assert contact.reference in seen and "→" in seen


async def _lang(seen: Seen) -> None:
    member = await _last("member")
    assert member.locale == {"Marc Ellis": "fr-FR", "Léa Martin": "en-FR"}[member.name]
    # The answer is in the new language already.
    assert ("Langue" in seen) is (member.name == "Marc Ellis")


async def _lead(seen: Seen) -> None:
    assert all(words in seen for words in ("L-7 Paul Vidal", "Vidal Traiteur", "Web"))


async def _lead_new(seen: Seen) -> None:
    lead = await _last("lead")
    assert (lead.person in ("Zoe Roy", "Zoé Roy"), lead.company, lead.source) == (True, "Tarte", "Web")
    assert lead.reference in seen


async def _lost(seen: Seen) -> None:
    deal = await _last("deal")
    assert ((await Stage.get(id=deal.stage_id)).name, deal.lost_reason) == ("Lost", "Price")
    assert deal.reference in seen


async def _me(seen: Seen) -> None:
    assert ("Marc Ellis" in seen and "marc@parley.example" in seen and "New_York" in seen) or (
        "Léa Martin" in seen and "lea@parley.example" in seen and "Paris" in seen
    )


async def _meeting(seen: Seen) -> None:
    meeting = await Activity.get(kind=ActivityKind.MEETING)
    assert (await Contact.get(id=meeting.contact_id)).name == "Jane Doe"
    assert meeting.status is ActivityStatus.PLANNED
    assert meeting.at in (datetime(2026, 10, 15, 14, tzinfo=UTC), datetime(2026, 10, 15, 8, tzinfo=UTC))
    assert "Jane Doe" in seen


async def _merge(seen: Seen) -> None:
    (gone,) = await Contact.filter(merged_into__isnull=False)
    stayed = await Contact.get(id=gone.merged_into)
    assert (stayed.name, gone.name) in (("Jane Roy", "May Chen"), ("Jane Doe", "Luc Moreau"))
    assert gone.emails[0] in stayed.emails
    assert stayed.reference in seen


async def _next(seen: Seen) -> None:
    assert "Jane Doe" in seen and "+33639980112" in seen


async def _next_step(seen: Seen) -> None:
    deal = await _last("deal")
    assert deal.next_step in ("send the contract", "envoyer le contrat")
    assert deal.next_step in seen


async def _overdue(seen: Seen) -> None:
    assert (await Reminder.get()).text in seen


async def _prep(seen: Seen) -> None:
    assert "O-1 Acme" in seen and "D-142 Acme Renewal" in seen


async def _probability(seen: Seen) -> None:
    deal = await _last("deal")
    assert deal.probability == 60
    assert "60" in seen


async def _quiet(seen: Seen) -> None:
    # As it was by default: said again, it is confirmed, and nothing is written.
    for name in ("Marc Ellis", "Léa Martin"):
        member = await Member.get(name=name)
        assert (member.quiet_from, member.quiet_until) == ("19:00", "08:00")
    assert ("7:00 PM" in seen and "8:00 AM" in seen) or ("19:00" in seen and "08:00" in seen)


async def _restore(seen: Seen) -> None:
    deal = await _last("deal")
    assert (deal.number in (90, 131), deal.deleted_at) == (True, None)
    assert deal.reference in seen


async def _settings(seen: Seen) -> None:
    shown = {
        name: example(name, "en") in seen or example(name, "fr") in seen for name in ("lang", "tz", "quiet")
    }
    assert all(shown.values()), shown


async def _tag(seen: Seen) -> None:
    contact = await _last("contact")
    assert (contact.name in ("Jane Roy", "Jane Doe"), contact.tags) == (True, ["vip"])
    assert "vip" in seen


async def _task(seen: Seen) -> None:
    reminder = await Reminder.get()
    assert (reminder.text, reminder.wall) in (
        ("send the quote to Jane Doe", "2026-10-16T09:00"),
        ("envoyer le devis à Jane Doe", "2026-10-16T09:00"),
    )
    assert (await Deal.get(id=reminder.deal_id)).number == 142
    assert reminder.text in seen


async def _skip(seen: Seen) -> None:
    reminder = await _last("reminder")
    assert reminder.state is ReminderState.CANCELLED
    assert reminder.text in seen


async def _tz(seen: Seen) -> None:
    assert await Member.filter(name__in=["Marc Ellis", "Léa Martin"], zone="Europe/Paris").count() >= 1
    assert "Europe/Paris" in seen


async def _unlink(seen: Seen) -> None:
    speakers = ["marc@parley.example", "lea@parley.example"]
    assert await ChatIdentity.filter(user__in=speakers).count() == 1


async def _untag(seen: Seen) -> None:
    contact = await _last("contact")
    assert (contact.name in ("Jane Roy", "Jane Doe"), contact.tags) == (True, [])
    assert "vip" in seen


async def _won(seen: Seen) -> None:
    deal = await _last("deal")
    assert ((await Stage.get(id=deal.stage_id)).name, deal.amount) == ("Won", 1_450_000)
    assert deal.reference in seen


def _lists(*references: str) -> Kept:
    """Just these of all there are."""

    async def listed(seen: Seen) -> None:
        assert {word for word in seen.text.split() if re.fullmatch(r"[CDLO]-\d+", word)} == {*references}

    return listed


async def _activities(seen: Seen) -> None:
    assert any(name in seen for name in ("Jane Roy", "Jane Doe"))
    assert "1 activit" in seen


async def _forecast(seen: Seen) -> None:
    # The English-speaking rep's, or the French-speaking one's.
    assert any(
        figures in seen.plain for figures in ("open €8,000 · weighted €2,000", "16 500 € · pondéré 8 250 €")
    )


async def _stale(seen: Seen) -> None:
    assert ("D-118" in seen) is ("D-90" in seen) is ("D-142" not in seen) is ("D-131" not in seen)
    assert "8 days" in seen or "8 jours" in seen


async def _digest(seen: Seen) -> None:
    await _stale(seen)
    assert "💤" in seen
    assert "❓" in seen


async def _pipeline(seen: Seen) -> None:
    assert any(
        figures in seen.plain for figures in ("€25,000 · weighted €2,500", "12 000 € · pondéré 6 000 €")
    )


# What each command promises; a new one has to say its own here.
PROMISED: dict[str, Kept] = {
    "call": _call,
    "note": _note,
    "files": _files,
    "find": _find,
    "who": _who,
    "contact_new": _contact_new,
    "deal_new": _deal_new,
    "deal": _deal,
    "move": _move,
    "remind": _remind,
    "today": _today,
    "done": _done,
    "snooze": _snooze,
    "skip": _skip,
    "undo": _undo,
    "history": _history,
    "link": _link,
    "help": _help,
    "about": _about,
    "amount": _amount,
    "approve": _approve,
    "assign": _assign,
    "close": _close,
    "company": _company,
    "company_new": _company_new,
    "convert": _convert,
    "deal_people": _deal_people,
    "decline": _decline,
    "delete": _delete,
    "email": _email,
    "field": _field,
    "lang": _lang,
    "lead": _lead,
    "lead_new": _lead_new,
    "lost": _lost,
    "me": _me,
    "meeting": _meeting,
    "merge": _merge,
    "next": _next,
    "next_step": _next_step,
    "overdue": _overdue,
    "prep": _prep,
    "probability": _probability,
    "quiet": _quiet,
    "restore": _restore,
    "settings": _settings,
    "tag": _tag,
    "task": _task,
    "tz": _tz,
    "unlink": _unlink,
    "untag": _untag,
    "won": _won,
    "deals": _lists("D-142", "D-118"),
    "contacts": _lists("C-40"),
    "companies": _lists("O-1"),
    "activities": _activities,
    "leads": _lists("L-7"),
    "forecast": _forecast,
    "stale": _stale,
    "digest": _digest,
    "pipeline": _pipeline,
}
