"""A web form's way to a lead, over HTTP: once, whole, only with its secret, and told to whom it concerns."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from bot.app import App
from bot.clock import SimulatedClock
from bot.config.schema import Http
from models.change import Author, Change
from models.contact import Contact
from models.lead import Lead
from models.lead_hook import LeadHook
from models.member import Member, Role
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import OutboxState, Outgoing
from tests.bot.http.serving import Served, post, serving
from tests.bot.machine import LEA, MARC, NORA, SAM, eventually, member, overheard
from tests.emulators.chat_in_memory import ChatService

FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"


@dataclass
class Site:
    """A website that posts to a hook of its own."""

    app: App
    server: Served
    service: ChatService
    secret: str

    async def posts(self, body: bytes | str, *headers: str, secret: str | None = None) -> int:
        """The status that a request gets."""
        sent = body.encode() if isinstance(body, str) else body
        path = f"/hooks/lead/{self.secret if secret is None else secret}"
        return await self.server.status(post(path, sent, *(headers or (FORM,))))

    async def form(self, *headers: str, **values: str) -> int:
        """As :meth:`posts`, of a plain form."""
        return await self.posts(urlencode(values), FORM, *headers)

    async def leads(self, n: int) -> list[Lead]:
        """Every lead, once nothing waits any more; there are as many."""
        await eventually(_nothing_waits)
        found = await Lead.all().order_by("id")
        assert len(found) == n, [lead.person for lead in found]
        return found


async def _nothing_waits() -> bool:
    return not await Incoming.exists(state=InboxState.WAITING)


async def _nothing_is_to_be_sent() -> bool:
    return not await Outgoing.exists(state=OutboxState.WAITING)


@asynccontextmanager
async def site(
    url: str, clock: SimulatedClock, *, owner: str | None = None, http: Http | None = None
) -> AsyncIterator[Site]:
    """A process at work with one hook, “Website”, whose leads are for ``owner``."""
    service = ChatService()
    async with serving(url, clock, service, http=http) as (app, server):
        async with app.database.transaction():
            by = Author(await _full(SAM), clock.now(), "test.0")
            _, secret = await LeadHook.issue(by, "Website", await member(owner) if owner else None)
        yield Site(app, server, service, secret)


async def _full(name: str) -> Member:
    return await Member.get(id=(await member(name)).id).select_related("workspace")


async def test_a_form_becomes_a_lead_of_whom_it_is_for(database_url: str, clock: SimulatedClock) -> None:
    """Its parts where they belong, the rest in the notes; and a push with Call and Assign."""
    async with site(database_url, clock, owner=MARC) as here:
        sent = {"your-name": "Zoé Martin", "E-mail": " Zoe@Acme.example", "tel": "06 12 34 56 78"}
        sent |= {"company": "Acme", "message": "50 seats?\r\nSoon.", "budget": "10k"}
        assert await here.form(**sent) == 202
        push = await here.service.shows(MARC, "New lead from Website")
        [lead] = await here.leads(1)
        assert (lead.person, lead.company, lead.source) == ("Zoé Martin", "Acme", "Website")
        assert (lead.emails, lead.phones) == (["zoe@acme.example"], ["+33612345678"])
        assert lead.notes == "50 seats?\nSoon.\nbudget: 10k"
        assert lead.owner_id == (await member(MARC)).id
        assert "50 seats?" in push.text
        await here.app.receive("telegram", [here.service.presses(MARC, push, "Call")])
        await here.service.shows(MARC, "Call logged")
        assert here.service.seen(LEA) == here.service.seen(SAM) == []


async def test_french_names_of_fields_are_known_too(sqlite_url: str, clock: SimulatedClock) -> None:
    """Prénom and nom make one name; a société, a courriel, a téléphone, une demande."""
    async with site(sqlite_url, clock) as here:
        sent = {"Prénom": "Zoé", "Nom": "Martin", "Société": "Tarte", "Courriel": "z@tarte.example"}
        assert await here.form(**sent, **{"Téléphone": "+33612345678", "Votre demande": "Un devis"}) == 202
        [lead] = await here.leads(1)
        assert (lead.person, lead.company, lead.notes) == ("Zoé Martin", "Tarte", "Un devis")
        assert (lead.emails, lead.phones) == (["z@tarte.example"], ["+33612345678"])


async def test_a_name_of_two_long_parts_stands_whole_in_the_notes(
    sqlite_url: str, clock: SimulatedClock
) -> None:
    """The lead's own name has no more room than for two hundred characters."""
    async with site(sqlite_url, clock) as here:
        assert await here.form(first_name="A" * 150, last_name="B" * 150) == 202
        [lead] = await here.leads(1)
        assert len(lead.person) == 200
        assert lead.notes == f"{'A' * 150} {'B' * 150}"


async def test_the_configuration_says_what_other_fields_mean(sqlite_url: str, clock: SimulatedClock) -> None:
    """http.lead_fields goes before the usual names."""
    async with site(sqlite_url, clock, http=Http(lead_fields="entry.1=name, nom = company")) as here:
        assert await here.form(**{"entry.1": "Zoé", "nom": "Tarte"}) == 202
        [lead] = await here.leads(1)
        assert (lead.person, lead.company) == ("Zoé", "Tarte")


async def test_without_an_owner_managers_and_admins_are_told(
    database_url: str, clock: SimulatedClock
) -> None:
    """Nobody's lead is everyone's to see; those who lead are told, reps are not."""
    async with site(database_url, clock) as here:
        assert await here.form(name="Zoé", email="zoe@acme.example") == 202
        for who in (NORA, SAM):
            await here.service.shows(who, "Zoé")
        [lead] = await here.leads(1)
        assert lead.owner_id is None
        assert here.service.seen(LEA) == []


@pytest.mark.parametrize(("owner", "writer"), [(None, LEA), (MARC, MARC)])
async def test_a_form_outlives_who_set_it_up(
    database_url: str, clock: SimulatedClock, owner: str | None, writer: str
) -> None:
    """Its leads are written in the name of who gets them, else of an admin; nobody's name who has left."""
    async with site(database_url, clock, owner=owner) as here:
        await Member.filter(id=(await member(LEA)).id).update(role=Role.ADMIN)
        await Member.filter(id=(await member(SAM)).id).update(active=False)
        assert await here.form(name="Zoé", email="zoe@acme.example") == 202
        await here.service.shows(writer, "Zoé")
        [lead] = await here.leads(1)
        change = await Change.get(kind="lead", record_id=lead.id)
        assert change.member_id == (await member(writer)).id


async def test_json_is_flattened_and_kept_as_it_was_written(sqlite_url: str, clock: SimulatedClock) -> None:
    """Objects in objects, lists, long numbers, names that are there twice: all of it."""
    body = """{"contact": {"name": "Zoé", "email": "z@a.example"}, "name": "Roy", "ids": [1, 2.50],
              "account": 12345678901234567890123, "consent": true, "nothing": null}"""
    async with site(sqlite_url, clock) as here:
        assert await here.posts(body, JSON) == 202
        [lead] = await here.leads(1)
        assert (lead.person, lead.emails) == ("Zoé", ["z@a.example"])
        for line in ("name: Roy", "ids: 1", "ids: 2.50", "account: 12345678901234567890123", "consent: yes"):
            assert line in lead.notes.splitlines()


async def test_a_form_with_a_file_names_the_file(sqlite_url: str, clock: SimulatedClock) -> None:
    """multipart/form-data, as a form with an upload sends it; the file itself is not kept."""
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nZo\xc3\xa9\r\n'
        b'--x\r\nContent-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF\x00\xff\r\n--x--\r\n"
    )
    async with site(sqlite_url, clock) as here:
        assert await here.posts(parts, "Content-Type: multipart/form-data; boundary=x") == 202
        assert await here.posts(parts, "Content-Type: multipart/form-data") == 400
        assert await here.posts(b"--x\r\nrubbish", "Content-Type: multipart/form-data; boundary=x") == 400
        [lead] = await here.leads(1)
        assert (lead.person, lead.notes) == ("Zoé", "cv: (cv.pdf)")


async def test_the_same_inquiry_twice_is_one_lead(database_url: str, clock: SimulatedClock) -> None:
    """The same fields within ten minutes, also across their border; the same Idempotency-Key for ever."""
    async with site(database_url, clock) as here:
        clock.advance_to(clock.now() + timedelta(minutes=9, seconds=59))
        assert await here.form(name="Zoé") == 202
        clock.advance_to(clock.now() + timedelta(seconds=2))
        assert await here.form(name="Zoé") == 202
        await here.leads(1)
        clock.advance_to(clock.now() + timedelta(minutes=10))
        assert await here.form(name="Zoé") == 202
        await here.leads(2)
        for _ in range(2):
            assert await here.form("Idempotency-Key: a", name="Marc") == 202
            clock.advance_to(clock.now() + timedelta(hours=1))
        assert await here.form("Idempotency-Key: b", name="Marc") == 202
        await here.leads(4)


async def test_a_second_click_on_a_form_with_an_upload_is_no_second_lead(
    sqlite_url: str, clock: SimulatedClock
) -> None:
    """A browser draws another boundary for each: the fields are the same."""
    async with site(sqlite_url, clock) as here:
        for boundary in ("----x1", "----x2"):
            part = f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\nZoé\r\n--{boundary}--'
            kind = f"Content-Type: multipart/form-data; boundary={boundary}"
            assert await here.posts(f"{part}\r\n", kind) == 202
        await here.leads(1)


async def test_only_the_secret_opens_it(database_url: str, clock: SimulatedClock) -> None:
    """404 for another, for none, for a part of it, once the hook is closed; the secret is kept nowhere."""
    async with site(database_url, clock) as here:
        with overheard() as log:
            near = (here.secret[:-1], f"{here.secret}x", f"{here.secret}/")
            for secret in ("", "x", *near, "%C3%A9", "%00", "../x"):
                assert await here.posts("name=a", secret=secret) in (404, 405), secret
            assert await here.form(name="Zoé") == 202
        await here.leads(1)
        assert here.secret not in str(log.lines)
        kept = [str(row) for row in [*await Incoming.all().values(), *await LeadHook.all().values()]]
        assert not any(here.secret in row for row in kept)
        async with here.app.database.transaction():
            hook = await LeadHook.get(name="Website")
            await hook.remove(Author(await _full(SAM), clock.now(), "test.1"))
        clock.advance_to(clock.now() + timedelta(seconds=2))
        assert await here.form(name="Marc") == 404
        await here.leads(1)


async def test_too_many_are_told_to_wait(sqlite_url: str, clock: SimulatedClock) -> None:
    """Sixty a minute for one form; whoever guesses secrets keeps out nobody who knows one."""
    async with site(sqlite_url, clock) as here:
        strays = [await here.posts("name=a", secret="x") for _ in range(125)]
        assert strays == [404] * 120 + [429] * 5
        statuses = [await here.form(name=f"Person {n}") for n in range(62)]
        assert statuses == [202] * 60 + [429] * 2
        clock.advance_to(clock.now() + timedelta(minutes=1))
        assert await here.form(name="Zoé") == 202
        await here.leads(61)


@pytest.mark.parametrize(
    ("body", "header", "status"),
    [
        pytest.param(b"x" * 65_537, FORM, 413, id="64 KB and a byte"),
        pytest.param(b"x=" + b"y" * 5_000_000, FORM, 413, id="5 MB"),
        pytest.param(b"name=a", "Content-Type: text/plain", 415, id="text"),
        pytest.param(b"name=a", "X-Nothing: 1", 415, id="no type"),
        pytest.param(b"name=a", f"{FORM}\r\n{JSON}", 415, id="two types"),
        pytest.param(b"", FORM, 400, id="nothing"),
        pytest.param(b"name=&email=%20", FORM, 400, id="blanks"),
        pytest.param(b"&".join([b"a=1"] * 500), FORM, 400, id="500 fields"),
        pytest.param(b'{"a":' * 9000 + b"1" + b"}" * 9000, JSON, 400, id="9000 deep"),
        pytest.param(b"[" * 30_000, JSON, 400, id="30000 brackets"),
        pytest.param(b'{"name": NaN}', JSON, 400, id="NaN"),
        pytest.param(b'{"name": -Infinity}', JSON, 400, id="Infinity"),
        pytest.param(b'["name"]', JSON, 400, id="a list"),
        pytest.param(b"null", JSON, 400, id="null"),
        pytest.param(b'{"name": "\xff"}', JSON, 400, id="no UTF-8"),
        pytest.param(b"<xml/>", JSON, 400, id="XML"),
    ],
)
async def test_what_cannot_be_taken_is_refused(
    sqlite_url: str, clock: SimulatedClock, body: bytes, header: str, status: int
) -> None:
    """A 4xx, no row, and the next one is taken."""
    async with site(sqlite_url, clock) as here:
        assert await here.posts(body, header) == status
        assert await here.form(name="Zoé") == 202
        await here.leads(1)
        assert await Incoming.all().count() == 1


HOSTILE = [
    "<script>alert(1)</script>",
    "<!channel> <@U1> @everyone",
    "*bold* _it_ `code` [a](http://evil.example)",
    "x' OR 1=1; --",
    "\u202eevil\u2066",
    "a\x00b\x1b[31m",
    "Z" * 5000,
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "undo",
    "delete C-31",
]


async def test_hostile_words_stay_words(database_url: str, clock: SimulatedClock) -> None:
    """Markup, control signs, commands and too long names are kept as text; none fails, none is obeyed."""
    async with site(database_url, clock) as here:
        for words in HOSTILE:
            assert await here.form(name=words, email=words, phone=words, company=words, odd=words) == 202
        raw = json.dumps({"name": "\ud800 lone", "x": "\x00"}).encode()
        assert await here.posts(raw, JSON) == 202
        leads = await here.leads(len(HOSTILE) + 1)
        assert not await Incoming.filter(state=InboxState.QUARANTINED).exists()
        for lead, words in zip(leads, HOSTILE, strict=False):
            assert lead.person
            assert len(lead.person) <= 200
            assert "\x00" not in lead.notes
            if len(words) > 200:
                assert words in lead.notes
        assert await Contact.all().count() == 0


async def test_any_bytes_get_an_answer(sqlite_url: str, clock: SimulatedClock) -> None:
    """Whatever is sent as whichever kind, the answer is 202 or a 4xx, and no turn fails."""
    seeded = random.Random(11)
    kinds = (FORM, JSON, "Content-Type: multipart/form-data; boundary=x")
    async with site(sqlite_url, clock) as here:
        for number in range(58):
            length = seeded.randrange(200)
            body = bytes(seeded.choice(b'{}[]":,=&%--x\r\n\x00\xffname') for _ in range(length))
            status = await here.posts(body, kinds[number % 3])
            assert status == 202 or 400 <= status < 500, body
        await eventually(_nothing_waits)
        assert not await Incoming.filter(state=InboxState.QUARANTINED).exists()


async def test_who_is_known_already_is_named(database_url: str, clock: SimulatedClock) -> None:
    """The push says which contact and which other lead it may be; nothing is joined by itself."""
    async with site(database_url, clock, owner=MARC) as here:
        async with here.app.database.transaction():
            by = Author(await _full(MARC), clock.now(), "test.2")
            known = await Contact.add(by, name="Zoé Martin", emails=["zoe@acme.example"], phones=[])
        assert await here.form(name="Z. Martin", email="zoe@acme.example") == 202
        await here.service.shows(MARC, f"perhaps {known.reference} Zoé Martin")
        assert await here.form(name="Zoé M", email="zoe@acme.example") == 202
        await here.service.shows(MARC, f"perhaps {known.reference} Zoé Martin, L-1 Z. Martin")
        assert await Contact.all().count() == 1


async def test_who_does_not_say_who_they_are_is_called_as_the_form(
    sqlite_url: str, clock: SimulatedClock
) -> None:
    """No words of a language that its reader may not know; and two of them are not the same person."""
    async with site(sqlite_url, clock, owner=MARC) as here:
        assert await here.form(foo="bar") == 202
        await here.service.shows(MARC, "Website")
        assert await here.form(foo="baz") == 202
        first, second = await here.leads(2)
        assert (first.person, second.person) == ("Website", "Website")
        assert (first.notes, second.notes) == ("foo: bar", "foo: baz")
        await eventually(_nothing_is_to_be_sent)
        assert not any("perhaps" in each for each in here.service.seen(MARC))


async def test_what_a_form_wrote_is_not_taken_back_by_the_admin_s_undo(
    sqlite_url: str, clock: SimulatedClock
) -> None:
    """It is written in the name of who set the form up, and is none of their messages; history says so."""
    async with site(sqlite_url, clock) as here:
        assert await here.form(name="Zoé") == 202
        [lead] = await here.leads(1)
        await here.service.shows(SAM, "Zoé")
        await here.app.receive("telegram", [here.service.says(SAM, "undo")])
        await eventually(_nothing_waits)
        assert (await Lead.get(id=lead.id)).deleted_at is None
        await here.app.receive("telegram", [here.service.says(SAM, f"history {lead.reference}")])
        await here.service.shows(SAM, "web form")


async def test_what_cannot_be_made_a_lead_is_told_to_an_admin(
    database_url: str, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours loses nothing: the row is set aside, and an admin reads the reference."""

    async def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with site(database_url, clock) as here:
        monkeypatch.setattr(Lead, "add", breaks)
        assert await here.form(name="Zoé") == 202
        await here.service.shows(SAM, "could not be made a lead")
        row = await Incoming.get()
        assert row.state is InboxState.QUARANTINED
        assert "Zo" in row.payload


async def test_the_address_is_shown_once_and_kept_nowhere(database_url: str, clock: SimulatedClock) -> None:
    """An admin asks in the chat; what they were sent is forgotten in the outbox, and the address works."""
    http = Http(public_url="https://crm.example.com")
    async with site(database_url, clock, http=http) as here:
        await here.app.receive("telegram", [here.service.says(SAM, "hook new Landing page @marc")])
        shown = await here.service.shows(SAM, "https://crm.example.com/hooks/lead/")
        secret = shown.text.partition("/hooks/lead/")[2].split()[0]
        await eventually(_nothing_is_to_be_sent)  # a row forgets when it is marked as sent
        bodies = [row.body for row in await Outgoing.all()]
        assert bodies
        assert not any(secret in body for body in bodies)
        clock.advance_to(clock.now() + timedelta(seconds=2))
        assert await here.posts("name=Zoé", secret=secret) == 202
        await here.service.shows(MARC, "New lead from Landing page")
        await here.app.receive("telegram", [here.service.says(MARC, "hook")])
        await here.service.shows(MARC, "admin")
        await here.app.receive("telegram", [here.service.says(SAM, "hook off Landing page")])
        await here.service.shows(SAM, "closed")
        clock.advance_to(clock.now() + timedelta(seconds=2))
        assert await here.posts("name=Marc", secret=secret) == 404


@pytest.mark.parametrize(
    ("form", "person"),
    [
        ({"name": "Léa Martin", "first_name": "Léa"}, "Léa Martin"),
        ({"prénom": "Martin", "nom": "Martinez"}, "Martin Martinez"),
        ({"first_name": "Zoe", "last_name": "Roy"}, "Zoe Roy"),
    ],
)
async def test_a_name_in_two_fields_is_one_name(
    sqlite_url: str, clock: SimulatedClock, form: dict[str, str], person: str
) -> None:
    """Whichever field the form has for the family name."""
    async with site(sqlite_url, clock) as here:
        assert await here.form(**form) == 202
        (lead,) = await here.leads(1)
        assert lead.person == person
