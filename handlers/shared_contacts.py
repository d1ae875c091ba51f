"""Shared contacts: a card from a phone's address book, or a file of them, becomes contacts."""

from __future__ import annotations

from typing import Any

from email_validator import EmailNotValidError, validate_email

from handlers.chat import reading as lines
from handlers.chat import twins, vcards
from handlers.chat.arguments import LONGEST_NAME, MOST_CHOICES, Hidden
from handlers.chat.carrying import ACardShared
from handlers.chat.command import command
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Choice, Misread
from handlers.chat.files import AFile
from handlers.chat.i18n import msg
from handlers.chat.push import composer
from handlers.chat.reading import Kind
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from handlers.chat.request import SharedContact
from models.attachment import FETCHED, Attachment, AttachmentKind, AttachmentState
from models.blob import Blob
from models.notification import Notification

# Cards of one file that get a button each; more are named, and come in by a file of their own.
_MOST_CARDS = 8


@command(msg("Add a contact from a shared card"), hidden=True, apart=True)
async def shared_contact(ctx: Context, card: ACardShared) -> Reply:
    """Add the person of a card, after a look at who may be there already."""
    known = await _known(ctx, _person(card))
    return await ctx.press(ctx, Invocation("contact_new", known))


def _person(card: SharedContact) -> vcards.Person:
    """What the card says; what the phone said beside it counts too."""
    read = vcards.read(card.vcard) if card.vcard else []
    person = read[0] if read else vcards.Person()
    name = person.name or card.name
    phones = person.phones if person.phones or not card.phone else (card.phone,)
    return vcards.Person(name, phones, person.emails, person.company, person.job, person.notes)


async def _known(ctx: Context, person: vcards.Person) -> dict[str, Any]:
    """The arguments of a new contact; what is no number or address goes to the note.

    Raises:
        Asked: several companies may be the person's.
    """
    phones, emails, notes = list[str](), list[str](), [person.notes]
    for typed in person.phones:
        found = [str(span.value) for span in lines.read(typed, frozenset({Kind.PHONE}), ctx.speaker).spans]
        phones += [each for each in found if each not in phones]
        notes += [] if found else [typed]
    for typed in person.emails:
        address = _address(typed)
        emails += [address] if address and address not in emails else []
        notes += [] if address else [typed]
    known: dict[str, Any] = {
        "name": person.name[:LONGEST_NAME],
        "phones": phones,
        "emails": emails,
        "notes": "\n".join(note for note in notes if note),
        "job": person.job[:LONGEST_NAME],
    }
    known = {name: value for name, value in known.items() if value}
    return await _employed(ctx, known, person.company[:LONGEST_NAME]) if person.company else known


async def _employed(ctx: Context, known: dict[str, Any], name: str) -> dict[str, Any]:
    alike = await twins.companies_like(ctx, name)
    if len(alike) > 1:
        choices = [Choice(f"{each.reference} {each.name}", each.reference) for each in alike[:MOST_CHOICES]]
        choices.append(Choice(ctx.text("New company {name}", name=name), {"new": name}))
        prompt = ctx.text("Which company is “{name}”?", name=name)
        raise Asked(Invocation("contact_new", known), "company", prompt, choices)
    return {**known, "company": alike[0].reference if alike else {"new": name}}


def _address(typed: str) -> str:
    """In lower case; empty where it is none."""
    try:
        checked = validate_email(typed, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return checked.normalized.lower()


@composer(FETCHED)
async def fetched(ctx: Context, notification: Notification) -> Reply | None:
    """What became of a file: whose cards it holds, or that it could not be had; None where it was undone."""
    file = await Attachment.visible_to(ctx.member).get_or_none(id=notification.record_id)
    if file is None:
        return None
    if file.state is AttachmentState.LOST:
        sentence = ctx.text("I could not fetch {name}. Please send it again.", name=file.name)
        return text(sentence)
    if file.kind is not AttachmentKind.VCARD or file.sha256 is None:
        return None
    return _offered(ctx, file, vcards.read(await Blob.read(file.sha256) or b""))


def _offered(ctx: Context, file: Attachment, people: list[vcards.Person]) -> Reply:
    if not people:
        return text(ctx.text("I found no contact card in {name}.", name=file.name))
    count = ctx.locale.plural(
        "{name} holds {n} contact card.", "{name} holds {n} contact cards.", len(people), name=file.name
    )
    buttons = [
        Button(
            ctx.text("Add {name}", name=person.name or next(iter(person.emails + person.phones), "?")),
            Invocation("add_card", {"attachment": file.reference, "index": str(index)}),
        )
        for index, person in enumerate(people[:_MOST_CARDS])
    ]
    more = len(people) - len(buttons)
    rest = [ctx.text("… {n} more", n=more)] if more else []
    return Reply((Text("\n".join([count, *rest])), Buttons(tuple(buttons))))


@command(msg("Add a contact from a file of cards"), hidden=True, apart=True)
async def add_card(ctx: Context, attachment: AFile, index: Hidden) -> Reply:
    """Add one of the people of a file, after a look at who may be there already."""
    content = await Blob.read(attachment.sha256) if attachment.sha256 is not None else None
    people = vcards.read(content or b"")
    if not (index.isdigit() and int(index) < len(people)):
        raise Misread(ctx.text("I found no contact card in {name}.", name=attachment.name))
    reply = await ctx.press(ctx, Invocation("contact_new", await _known(ctx, people[int(index)])))
    # The others still stand under the message whose button this was.
    return Reply(reply.blocks, reply.private, replaces=reply.replaces and len(people) == 1)
