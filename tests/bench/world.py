"""A workspace as a sales team has it after years: contacts, companies, deals, and what happened with them.

Written by the bare driver, since a million rows through the chat would take an hour. The rows are those
that Parley itself would have written, search words included.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tortoise.fields import Field
from tortoise.models import Model

from bot import members
from bot.app import App
from bot.config import Config, Database
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
from models.search import Token, by_company, words
from models.workspace import Workspace

SPEAKER = "marc@parley.example"
COLLEAGUES = 20
PER_COMPANY = 5  # contacts
ACTIVITIES = 5  # calls with each contact
_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)

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
    url = f"sqlite://{path}"
    app = App(config(url))
    await app.open()
    async with app.database.transaction():
        workspace = await Workspace.get()
        for number in range(COLLEAGUES):
            email = f"rep{number}@parley.example" if number else SPEAKER
            newcomer = Newcomer(email, f"Rep {number}", Role.REP, locale="en-GB", zone="Europe/Paris")
            await members.add(newcomer, workspace, now=_BEGAN)
    await app.console_identity(SPEAKER)
    await app.close()
    people = list(_names(contacts))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA cache_size = -262144")
        _fill(connection, people)
    connection.close()
    return World(url, path, people)


def join(world: World, platform: str, accounts: Sequence[tuple[str, str, str]]) -> None:
    """Let the colleagues, the speaker first, be reached there, rather than where they were until now.

    ``accounts`` are team, user and address.
    """
    seen = {"platform": platform, "last_seen_at": datetime.now(UTC).isoformat(" ")}
    rows = (
        {**seen, "member_id": member, "team": team, "user": user, "address": address}
        for member, (team, user, address) in enumerate(accounts, start=1)
    )
    with closing(sqlite3.connect(world.path)) as connection, connection:
        _Writer(connection)(ChatIdentity, rows)


def remind(world: World, count: int) -> None:
    """Give the colleagues so many follow-ups, all of them due."""
    numbers = range(1, count + 1)
    with closing(sqlite3.connect(world.path)) as connection, connection:
        write = _Writer(connection)
        write(Reminder, (_reminder(number) for number in numbers))
        write(Notification, (_notification(number) for number in numbers))
        write(Counter, [{"kind": Reminder.KIND, "next": count + 1}])


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


def _fill(connection: sqlite3.Connection, people: Sequence[str]) -> None:
    stages = [row[0] for row in connection.execute("SELECT id FROM stage ORDER BY position")]
    companies = max(len(people) // PER_COMPANY, 1)
    write = _Writer(connection)
    write(Company, (_company(number) for number in range(1, companies + 1)))
    write(Contact, (_contact(number, name, companies) for number, name in _numbered(people)))
    write(Token, (token for number, name in _numbered(people) for token in _tokens(number, name, companies)))
    write(Deal, (_deal(number, companies, stages) for number, _ in _numbered(people)))
    write(DealContact, ({"contact_id": number, "deal_id": number} for number, _ in _numbered(people)))
    write(Activity, (_activity(number, len(people)) for number in range(1, ACTIVITIES * len(people) + 1)))
    numbers: dict[type[Record], int] = {Company: companies, Contact: len(people), Deal: len(people)}
    numbers[Activity] = ACTIVITIES * len(people)
    write(Counter, ({"kind": kind.KIND, "next": last + 1} for kind, last in numbers.items()))


def _numbered(people: Sequence[str]) -> Iterator[tuple[int, str]]:
    return enumerate(people, start=1)


class _Writer:
    """Inserts rows given by the columns that matter; the others have their model's defaults."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self, model: type[Model], rows: Iterable[Mapping[str, object]]) -> None:
        row = self._defaults(model)
        statement = (
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(row)})'
            f" VALUES ({', '.join(f':{column}' for column in row)})"
        )
        self._connection.executemany(statement, ({**row, **each} for each in rows))

    def _defaults(self, model: type[Model]) -> dict[str, object]:
        fields = {field.source_field or name: field for name, field in model._meta.fields_map.items()}
        began = _BEGAN.isoformat(" ")
        known = {"workspace_id": 1, "created_at": began, "updated_at": began}
        told = self._connection.execute(f"PRAGMA table_info('{model._meta.db_table}')")
        columns = [column for _, column, *_ in told if column != "id"]
        return {column: known.get(column, _default(fields.get(column))) for column in columns}


def _default(field: Field[Any] | None) -> object:
    value = field.default() if field and callable(field.default) else field and field.default
    return json.dumps(value) if isinstance(value, list | dict) else value


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
        "emails": json.dumps([_email(name)]),
        "company_id": _company_of(number, companies),
        "owner_id": _owner(number),
    }


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@customer.example"


def _tokens(number: int, name: str, companies: int) -> Iterator[dict[str, object]]:
    company = _company_name(_company_of(number, companies))
    for kind, text in ((Contact.KIND, f"{name} {_email(name)}"), (by_company(Contact.KIND), company)):
        yield from ({"kind": kind, "token": word, "record_id": number} for word in words(text))


def _owner(number: int) -> int:
    return number % COLLEAGUES + 1


def _deal(number: int, companies: int, stages: Sequence[int]) -> dict[str, object]:
    """One for each contact; every second one is won or lost."""
    open_stages, closed_stages = stages[:-2], stages[-2:]
    among = open_stages if has_open_deal(number) else closed_stages
    return {
        "number": number,
        "name": f"Order {number}",
        "amount": 100_00 * (number % 97 + 1),
        "currency": "EUR",
        "company_id": _company_of(number, companies),
        "owner_id": _owner(number),
        "stage_id": among[number % len(among)],
    }


def has_open_deal(number: int) -> bool:
    """Whether the contact with that number has a deal in the making."""
    return number % 2 == 0


def _reminder(number: int) -> dict[str, object]:
    return {
        "number": number,
        "text": f"Ring back about order {number}",
        "member_id": _owner(number),
        "wall": f"{_BEGAN:%Y-%m-%dT%H:%M}",
        "zone": "Europe/Paris",
        "due_at": _BEGAN.isoformat(" "),
        "contact_id": number,
    }


def _notification(number: int) -> dict[str, object]:
    return {
        "member_id": _owner(number),
        "kind": Reminder.KIND,
        "key": f"bench:{number}",
        "record_id": number,
        "due_at": _BEGAN.isoformat(" "),
    }


def _activity(number: int, people: int) -> dict[str, object]:
    contact = number % people + 1
    at = _BEGAN + timedelta(minutes=number % 1_000_000)
    return {
        "number": number,
        "kind": "call",
        "at": at.isoformat(" "),
        "notes": "left voicemail",
        "contact_id": contact,
        "deal_id": contact,
        "owner_id": _owner(number),
    }
