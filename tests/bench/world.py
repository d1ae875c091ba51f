"""A workspace as a sales team has it after years: contacts, companies, deals, and what happened with them.

The rows are those that Parley itself would have written, search words included.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import members
from bot.app import App
from bot.config import Config, Database
from bot.database import Database as Migrated
from bot.members import Newcomer
from models.activity import Activity
from models.company import Company
from models.contact import Contact
from models.deal import Deal, DealContact
from models.member import ChatIdentity, Role
from models.messaging.counter import Counter
from models.notification import Notification
from models.record import Record
from models.reminder import Reminder
from models.search import Token, tokens
from models.workspace import Workspace
from tests.bench.filling import BEGAN, Filling, filling

SPEAKER = "marc@parley.example"
COLLEAGUES = 20
PER_COMPANY = 5  # contacts
ACTIVITIES = 5  # calls with each contact

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch", "br")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
_SYLLABLES = [onset + vowel for onset in _ONSETS for vowel in _VOWELS]


@dataclass(frozen=True, slots=True)
class World:
    """``people`` are the full names of the contacts in the order of their numbers, no two of them alike."""

    url: str
    path: Path
    people: Sequence[str]


def config(url: str) -> Config:
    """Parley as it is installed, on that database."""
    return Config(database=Database(url=url))


async def build(path: Path, contacts: int) -> World:
    """Fill a new SQLite file. ``contacts`` from 1,000 to 1,000,000."""
    return await build_at(f"sqlite://{path}", path, contacts)


async def build_at(url: str, path: Path, contacts: int) -> World:
    """Fill an empty database of either kind; ``path`` is where it, or what belongs to it, lies."""
    database = Migrated(url)
    await database.open()
    await database.migrate()
    await database.close()
    app = App(config(url))
    await app.open()
    async with app.database.transaction():
        workspace = await Workspace.get()
        for number in range(COLLEAGUES):
            email = f"rep{number}@parley.example" if number else SPEAKER
            newcomer = Newcomer(email, f"Rep {number}", Role.REP, locale="en-GB", zone="Europe/Paris")
            await members.add(newcomer, workspace, now=BEGAN)
    await app.console_identity(SPEAKER)
    await app.close()
    people = list(_names(contacts))
    async with filling(url, bulk=True) as into:
        await _fill(into, people)
    return World(url, path, people)


_OUT_OF_THE_WAY = (
    "DELETE FROM chat_identity WHERE platform = '{}' RETURNING id",
    "UPDATE inbox SET state = 'done', key = 'earlier ' || id WHERE platform = '{}' RETURNING id",
    "UPDATE outbox SET state = 'failed' WHERE state = 'waiting' AND platform = '{}' RETURNING id",
)


async def join(world: World, platform: str, accounts: Sequence[tuple[str, str, str]]) -> None:
    """Let the colleagues, the speaker first, be reached there, rather than where they were until now.

    ``accounts`` are team, user and address. What an earlier measurement left is out of the way: each emulated
    service numbers its people and what they say from the same numbers on.
    """
    seen = {"platform": platform, "last_seen_at": datetime.now(UTC)}
    rows = (
        {**seen, "member_id": member, "team": team, "user": user, "address": address}
        for member, (team, user, address) in enumerate(accounts, start=1)
    )
    async with filling(world.url) as into:
        for statement in _OUT_OF_THE_WAY:
            await into.ids(statement.format(platform))
        await into.write(ChatIdentity, rows)


async def remind(world: World, count: int) -> None:
    """Give the colleagues so many follow-ups, all of them due."""
    numbers = range(1, count + 1)
    async with filling(world.url) as into:
        await into.write(Reminder, (_reminder(number) for number in numbers))
        await into.write(Notification, (_notification(number) for number in numbers))
        await into.write(Counter, [{"kind": Reminder.KIND, "next": count + 1}])


def _names(count: int) -> Iterator[str]:
    """Full names, each once: a first name of two syllables, a family name of three."""
    dice = random.Random(20261124)
    first = [_capital(dice, 2) for _ in range(1_000)]
    known = set[str]()
    while len(known) < count:
        name = f"{dice.choice(first)} {_capital(dice, 3)}"
        if name not in known:
            known.add(name)
            yield name


def _capital(dice: random.Random, syllables: int) -> str:
    return "".join(dice.choice(_SYLLABLES) for _ in range(syllables)).capitalize()


async def _fill(into: Filling, people: Sequence[str]) -> None:
    stages = await into.ids("SELECT id FROM stage ORDER BY position")
    companies = max(len(people) // PER_COMPANY, 1)
    numbered = list(enumerate(people, start=1))
    await into.write(Company, (_company(number) for number in range(1, companies + 1)))
    await into.write(Contact, (_contact(number, name, companies) for number, name in numbered))
    await into.write(Token, (token for each in range(1, companies + 1) for token in _company_tokens(each)))
    await into.write(Token, (token for each in numbered for token in _contact_tokens(*each, companies)))
    await into.write(Token, (token for number, _ in numbered for token in _deal_tokens(number, companies)))
    await into.write(Deal, (_deal(number, companies, stages) for number, _ in numbered))
    await into.write(DealContact, ({"contact_id": number, "deal_id": number} for number, _ in numbered))
    touches = range(1, ACTIVITIES * len(people) + 1)
    await into.write(Activity, (_activity(number, len(people)) for number in touches))
    last: dict[type[Record], int] = {Company: companies, Contact: len(people), Deal: len(people)}
    last[Activity] = ACTIVITIES * len(people)
    await into.write(Counter, ({"kind": kind.KIND, "next": number + 1} for kind, number in last.items()))


def _company(number: int) -> dict[str, object]:
    return {"number": number, "name": _company_name(number), "city": "Lyon"}


def _company_name(number: int) -> str:
    return f"{_SYLLABLES[number % len(_SYLLABLES)].capitalize()} {number}"


def _company_of(number: int, companies: int) -> int:
    return number % companies + 1


def _contact(number: int, name: str, companies: int) -> dict[str, object]:
    return {
        "number": number,
        "name": name,
        "emails": [_email(name, _company_of(number, companies))],
        "phones": [_phone(number)],
        "company_id": _company_of(number, companies),
        "owner_id": _owner(number),
    }


def _email(name: str, company: int) -> str:
    return f"{name.lower().replace(' ', '.')}@customer{company}.example"


def _phone(number: int) -> str:
    """Of the range that France keeps free for fiction, made longer."""
    return f"+336399{number * 7_919 % 10_000_000:07d}"


def _contact_tokens(number: int, name: str, companies: int) -> Iterator[dict[str, object]]:
    company = _company_of(number, companies)
    phone = _phone(number)
    text = f"{name} {_email(name, company)} {phone}"
    found = tokens(Contact.KIND, text=text, name=name, phones=[phone], company=_company_name(company))
    return _token_rows(number, found)


def _company_tokens(number: int) -> Iterator[dict[str, object]]:
    name = _company_name(number)
    return _token_rows(number, tokens(Company.KIND, text=f"{name} Lyon", name=name))


def _deal_tokens(number: int, companies: int) -> Iterator[dict[str, object]]:
    company = _company_name(_company_of(number, companies))
    return _token_rows(number, tokens(Deal.KIND, text=_deal_name(number), company=company))


def _token_rows(number: int, found: set[tuple[str, str]]) -> Iterator[dict[str, object]]:
    return ({"kind": kind, "token": word, "record_id": number} for kind, word in sorted(found))


def _owner(number: int) -> int:
    return number % COLLEAGUES + 1


def _deal(number: int, companies: int, stages: Sequence[int]) -> dict[str, object]:
    """One for each contact; every second one is won or lost."""
    open_stages, closed_stages = stages[:-2], stages[-2:]
    among = open_stages if has_open_deal(number) else closed_stages
    return {
        "number": number,
        "name": _deal_name(number),
        "amount": 100_00 * (number % 97 + 1),
        "currency": "EUR",
        "company_id": _company_of(number, companies),
        "owner_id": _owner(number),
        "stage_id": among[number % len(among)],
    }


def _deal_name(number: int) -> str:
    return f"Order {number}"


def has_open_deal(number: int) -> bool:
    """Whether the contact with that number has a deal in the making."""
    return number % 2 == 0


def _reminder(number: int) -> dict[str, object]:
    return {
        "number": number,
        "text": f"Ring back about order {number}",
        "member_id": _owner(number),
        "wall": f"{BEGAN:%Y-%m-%dT%H:%M}",
        "zone": "Europe/Paris",
        "due_at": BEGAN,
        "contact_id": number,
    }


def _notification(number: int) -> dict[str, object]:
    return {
        "member_id": _owner(number),
        "kind": Reminder.KIND,
        "key": f"bench:{number}",
        "record_id": number,
        "due_at": BEGAN,
    }


def _activity(number: int, people: int) -> dict[str, object]:
    contact = number % people + 1
    at = BEGAN + timedelta(minutes=number % 1_000_000)
    return {
        "number": number,
        "kind": "call",
        "at": at,
        "notes": "left voicemail",
        "contact_id": contact,
        "deal_id": contact,
        "owner_id": _owner(number),
    }
