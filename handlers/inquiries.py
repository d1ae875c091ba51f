"""Inquiries: what a web form sent becomes a lead, and whom it concerns is told. Nothing of it is lost."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from email_validator import EmailNotValidError, validate_email
from msgspec.structs import replace

from handlers.cards import card, named
from handlers.chat import twins
from handlers.chat.context import Context
from handlers.chat.i18n import Locale
from handlers.chat.language import languages
from handlers.chat.options import names_of, option_name
from handlers.chat.push import composer
from handlers.chat.reading import normalise
from handlers.chat.reply import Block, Button, Buttons, Card, Field, Invocation, Reply, Text, text
from handlers.chat.request import FormField, Inquiry
from models.change import Author
from models.contact import Contact
from models.lead import Lead, LeadStatus
from models.lead_hook import LeadHook
from models.notification import Notification
from models.option import Option, OptionList
from models.search import fold

# Columns of a lead; what is longer stands in its notes, whole.
_LONGEST_NAME = 200
_LONGEST_SOURCE = 100
# Of a message in a push; the card has it whole.
_LONGEST_SHOWN = 500
# A number of more characters is not one: reading it would take long.
_LONGEST_NUMBER = 40


@dataclass(slots=True)
class _Read:
    """What the fields of a form say; ``rest`` are lines for the notes."""

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    source: str = ""
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


async def receive(inquiry: Inquiry, *, said: str, now: datetime) -> Lead:
    """Make a lead of it, and place a push for each whom it concerns. ``said`` names the message.

    It is written in the name of who set the form up. A form outlives that: once they have left, in the name
    of who gets its leads, else of the first admin; those are told of it as before.
    """
    hook = await LeadHook.get(id=inquiry.hook).select_related("made_by__workspace")
    by = await hook.writer()
    workspace = by.workspace
    read = _read(inquiry.fields, workspace.country)
    concerned = await hook.concerned()
    lead = await Lead.add(
        Author(by, now, said),
        person=_person(read, hook.name),
        company=read.company,
        # The form's own name as it stands: two forms are told apart, whatever the list calls them.
        source=await _source(workspace.id, read.source) if read.source else hook.name[:_LONGEST_SOURCE],
        owner_id=concerned[0].id if hook.owner_id in {each.id for each in concerned} else None,
        emails=read.emails,
        phones=read.phones,
        notes="\n".join([*read.messages, *read.rest]),
    )
    for member in concerned:
        key = f"inquiry:{lead.id}:{member.id}"
        await Notification.once(member=member, kind="inquiry", key=key, record_id=lead.id, due_at=now)
    return lead


def _read(fields: tuple[FormField, ...], country: str) -> _Read:
    read = _Read()
    for each in fields:
        value = _clean(each.value)
        if value and not _place(read, each.meaning or _meaning(each.name), value, country):
            read.rest.append(f"{_clean(each.name) or '?'}: {value}")
    return read


def _place(read: _Read, meaning: str, value: str, country: str) -> bool:
    """Put a value where it belongs; False where it belongs nowhere, or not whole."""
    match meaning:
        case "message":
            read.messages.append(value)
            return True
        case "email":
            return _new(read.emails, _email(value))
        case "phone":
            return _new(read.phones, _phone(value, country))
        case "name" | "first_name" | "last_name" | "company" | "source":
            longest = _LONGEST_SOURCE if meaning == "source" else _LONGEST_NAME
            line = " ".join(value.split())
            if getattr(read, meaning):
                return False
            setattr(read, meaning, line[:longest])
            return len(line) <= longest
    return False


def _new(known: list[str], value: str) -> bool:
    if value and value not in known:
        known.append(value)
    return bool(value)


def _email(value: str) -> str:
    """Normalised as in every command; empty where it is none."""
    try:
        # Reserved names (example, test) are refused by default; trials use them.
        found = validate_email(value, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.normalized.lower()


def _phone(value: str, country: str) -> str:
    """E.164; empty where it is no number."""
    import phonenumbers

    try:
        number = phonenumbers.parse(value[:_LONGEST_NUMBER], country)
    except phonenumbers.NumberParseException:
        return ""
    whole = len(value) <= _LONGEST_NUMBER and phonenumbers.is_possible_number(number) and not number.extension
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if whole else ""


def _person(read: _Read, form: str) -> str:
    """What is known of who asks, in this order; where nothing is, the form's own name."""
    whole = " ".join(part for part in (read.first_name, read.last_name) if part)
    if read.name and read.last_name == "" and read.first_name:
        # French forms ask for “prénom” and “nom”; others for a whole name and how to address somebody.
        known_whole = set(read.first_name.casefold().split()) <= set(read.name.casefold().split())
        whole = read.name if known_whole else f"{read.first_name} {read.name}"
    known = [whole or read.name, *read.emails, *read.phones, read.company]
    found = next((each for each in known if each), form)
    if whole and read.name and read.name not in whole:
        read.rest.append(read.name)
    if len(found) > _LONGEST_NAME:
        read.rest.append(found)
    return found[:_LONGEST_NAME]


async def _source(workspace_id: int, called: str) -> str:
    """The entry of the workspace's list, where one is called so; else as it is called."""
    for option in await Option.of(workspace_id, OptionList.LEAD_SOURCE):
        if fold(called) in names_of(option.name):
            return option.name
    return called[:_LONGEST_SOURCE]


def _clean(value: str) -> str:
    """Without what cannot be shown: control characters but line breaks and tabs."""
    plain = normalise(value)
    return "".join(sign for sign in plain if sign in "\n\t" or unicodedata.category(sign) != "Cc").strip()


def _meaning(name: str) -> str:
    """What a form means by a field's name, in any language: ``your-email``, ``contact[email]``; or empty."""
    words = "".join(sign if sign.isalnum() else " " for sign in fold(name)).split()
    candidates = [" ".join(words), " ".join(words[-1:])] if "[" in name or "." in name else [" ".join(words)]
    return next((_meanings()[each] for each in candidates if each in _meanings()), "")


@cache
def _meanings() -> dict[str, str]:
    pairs = dict[str, str]()
    for language in languages():
        for meaning, names in language.form.items():
            pairs |= dict.fromkeys((fold(name) for name in names), meaning)
    return pairs


@composer("inquiry")
async def inquiry(ctx: Context, notification: Notification) -> Reply | None:
    """A new lead, with who it may be; None where it was dealt with, or may not be seen, meanwhile."""
    lead = await Lead.visible_to(ctx.member).get_or_none(id=notification.record_id)
    if lead is None or lead.status is not LeadStatus.NEW:
        return None
    head = ctx.text("📥 New lead from {source}", source=option_name(ctx, lead.source))
    lines = [head, *await _known(ctx, lead)]
    shown = await card(ctx, lead)
    buttons = (
        Button(ctx.text("Call"), Invocation("call", {"contact": lead.reference}), "primary"),
        Button(ctx.text("Assign"), Invocation("assign", {"record": lead.reference})),
    )
    return Reply((Text("\n".join(lines)), _shortened(shown[0]), Buttons(buttons)))


def _shortened(block: Block) -> Block:
    """A card whose fields are read in a glance; asked for, it shows them whole."""
    if not isinstance(block, Card):
        return block
    return replace(block, fields=tuple(_short(field) for field in block.fields))


def _short(field: Field) -> Field:
    if len(field.value) <= _LONGEST_SHOWN:
        return field
    return replace(field, value=f"{field.value[: _LONGEST_SHOWN - 1]}…")


async def _known(ctx: Context, lead: Lead) -> list[str]:
    """Who it may be: contacts, and other leads that are still open."""
    # One that is called as its form has not said who it is: it is like everybody else who did not.
    nameless = await LeadHook.exists(workspace_id=ctx.member.workspace_id, name=lead.person)
    person = "" if nameless else lead.person
    contacts = await twins.people_like(ctx, Contact, person, lead.emails, lead.phones)
    names = [f"{contact.reference} {await named(ctx, contact)}" for contact in contacts]
    leads = await twins.people_like(ctx, Lead, person, lead.emails, lead.phones)
    names += [f"{other.reference} {other.person}" for other in leads if other.id != lead.id]
    return [ctx.text("perhaps {names}", names=", ".join(names))] if names else []


def failed(locale: Locale, ref: str) -> Reply:
    """What an admin is told where a form's message could not be made a lead; it is kept."""
    return text(
        locale.text("⚠️ What a web form sent could not be made a lead; it is kept."),
        locale.text("Whoever runs Parley finds it with: {line}", line=f"parley trace {ref}"),
    )
