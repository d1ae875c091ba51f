"""A sales team that never existed: names, companies, deals, zones and the clock, all made from one seed.

Two reps who speak two languages in two zones, their manager, two companies, and two people who share a
first name: what the told conversations need, and nothing that a line of the program could know.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from bot import members
from bot.app import App
from bot.clock import SimulatedClock
from bot.config import Config, Database
from bot.config import Workspace as Settings
from bot.console.adapter import Console
from bot.members import Newcomer
from handlers.chat.language import languages
from handlers.chat.reply import Text, load
from models.change import Author, Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage
from models.member import Role
from models.messaging.counter import Counter
from models.messaging.outbox import OutboxState, Outgoing
from models.money import Money
from models.search import fold
from models.workspace import Workspace
from tests.driver import Conversation, Seen

ZONES = (
    *("Europe/Paris", "America/New_York", "Europe/London", "America/Sao_Paulo", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland", "Asia/Tokyo", "America/St_Johns"),
)
# Where clocks go forward and back; at Lord Howe by half an hour only.
CHANGING = ("Europe/Paris", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Europe/Dublin")
_STARTS = ("Br", "Dr", "K", "Gl", "Z", "V", "Fr", "P", "Kr", "Bl", "É", "Œ", "Š", "Ł", "Th", "Qu", "Ñ", "Ø")
_MIDDLES = ("a", "o", "é", "ï", "u", "ay", "å", "eau", "ü", "i")
_ENDS = ("lmor", "ndrik", "vask", "rpel", "zenko", "ström", "ldine", "ckwy", "gnac", "bbri", "xtor", "ñez")
_JOINED = ("-", "'", " ")


@dataclass(frozen=True, slots=True)
class Rep:
    """A member: the local part of their address, their name, locale and zone."""

    login: str
    name: str
    locale: str
    zone: str
    role: Role = Role.REP

    @property
    def email(self) -> str:
        return f"{self.login}@parley.example"

    def local(self, now: datetime) -> datetime:
        """The clock on their wall."""
        return now.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Someone:
    """A person outside, by first and last name."""

    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal as it stands at first; ``amount`` in major units of the workspace's currency."""

    number: int
    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class MadeUp:
    """The world of one seed. ``now`` is aware UTC, at a whole minute.

    ``here`` is the French-speaking rep's customer, with ``namesake_here`` and ``colleague``; ``there``
    the English-speaking one's, with ``namesake_there`` and ``engineer``. ``odd_hour`` is a wall time on
    the day after ``now``: one of those that clocks jump over or strike twice, where the seed has such a
    night for ``french``.
    """

    seed: int
    now: datetime
    settings: Settings
    french: Rep
    english: Rep
    manager: Rep
    here: str
    there: str
    namesake_here: Someone
    namesake_there: Someone
    colleague: Someone
    engineer: Someone
    sale_here: Sale
    sale_there: Sale
    odd_hour: time
    chance: Random

    def __repr__(self) -> str:
        return f"the world of seed {self.seed}, {self.now:%Y-%m-%d %H:%M}Z, {self.french.zone}"

    def phrase(self) -> str:
        """A few words for a note that mean nothing to anybody; no name begins with their letter."""
        return " ".join("w" + _word(self.chance).lower() for _ in range(self.chance.randint(2, 4)))


def made_up(seed: int) -> MadeUp:
    """The world of a seed, always the same."""
    chance = Random(seed)  # a story, not a secret
    words = _words(chance, 16)
    french_zone, now, odd_hour = _night(chance, seed)
    first = words.pop()
    currency = chance.choice(["EUR", "USD", "GBP", "CHF"])
    here, there = _company(chance, words), _company(chance, words)
    numbers = sorted(chance.sample(range(2, 900), 2))
    return MadeUp(
        seed=seed,
        now=now,
        settings=Settings(
            name=words.pop(), locale="fr-FR", currency=currency, country="FR", zone=chance.choice(ZONES)
        ),
        french=Rep("a", f"{words.pop()} {words.pop()}", "fr-FR", french_zone),
        english=Rep("b", words.pop(), chance.choice(["en-US", "en-GB"]), chance.choice(ZONES)),
        manager=Rep("c", words.pop(), chance.choice(["en-GB", "fr-FR"]), chance.choice(ZONES), Role.MANAGER),
        here=here,
        there=there,
        namesake_here=Someone(first, words.pop()),
        namesake_there=Someone(first, words.pop()),
        colleague=Someone(words.pop(), words.pop()),
        engineer=Someone(words.pop(), words.pop()),
        sale_here=Sale(numbers[0], f"{here} {_word(chance)}", chance.randint(2, 90) * 500),
        sale_there=Sale(numbers[1], f"{there} {_word(chance)}", chance.randint(2, 90) * 500),
        odd_hour=odd_hour,
        chance=chance,
    )


def _night(chance: Random, seed: int) -> tuple[str, datetime, time]:
    """A zone, a minute in it, and an hour of the next day: a month's end, or the eve of a clock change."""
    match seed % 4:
        case 0:
            return _clock_of(chance, chance.choice(ZONES), _any_day(chance), time(2, 15))
        case 1:
            last = (_any_day(chance).replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
            return _clock_of(chance, chance.choice(ZONES), last, time(2, 15))
    zone = chance.choice(CHANGING)
    change, forward = _change(zone, chance.randint(2024, 2031), forward=seed % 4 == 2)
    # Half of the hour that is jumped over, or struck twice, lies behind the change on every clock.
    odd = (datetime.combine(date.min, forward) + timedelta(minutes=15)).time()
    return _clock_of(chance, zone, change - timedelta(days=1), odd)


def _clock_of(chance: Random, zone: str, day: date, odd: time) -> tuple[str, datetime, time]:
    wall = datetime.combine(day, time(chance.randint(7, 20), chance.randrange(60)), ZoneInfo(zone))
    return zone, wall.astimezone(UTC), odd


def _any_day(chance: Random) -> date:
    return date(2024, 1, 1) + timedelta(days=chance.randrange(8 * 365))


def _change(zone: str, year: int, *, forward: bool) -> tuple[date, time]:
    """The day on which clocks change there, and the wall time from which hours are missing or doubled."""
    where, minute = ZoneInfo(zone), datetime(year, 1, 2, tzinfo=UTC)
    while True:
        after = minute + timedelta(minutes=30)
        step = _offset(after, where) - _offset(minute, where)
        if step and (step > timedelta(0)) is forward:
            wall = after.astimezone(where).replace(tzinfo=None)
            begins = wall - step if forward else wall
            return begins.date(), begins.time()
        minute = after


def _offset(at: datetime, where: ZoneInfo) -> timedelta:
    offset = at.astimezone(where).utcoffset()
    assert offset is not None
    return offset


# -- names -------------------------------------------------------------------------------------------


def _word(chance: Random) -> str:
    return chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)


def _words(chance: Random, count: int) -> list[str]:
    """Names of which none begins another, some of two parts; none is a word of any language's grammar."""
    taken, found = _grammar(), list[str]()
    while len(found) < count:
        parts = [_word(chance) for _ in range(chance.choice([1, 1, 1, 2]))]
        name = chance.choice(_JOINED[:2]).join(parts)
        folded = [fold(part) for part in parts]
        if not any(new.startswith(old) or old.startswith(new) for new in folded for old in taken):
            taken |= set(folded)
            found.append(name)
    return found


def _grammar() -> set[str]:
    return {fold(verb) for entry in languages() for verbs in entry.verbs.values() for verb in verbs}


def _company(chance: Random, words: list[str]) -> str:
    form = chance.choice(["{} {}", "{}", "{} & Fils", "{}"])
    return form.format(words.pop(), words.pop())


# -- the world in a database -------------------------------------------------------------------------


@asynccontextmanager
async def made_up_conversation(url: str, world: MadeUp) -> AsyncIterator[Conversation]:
    """As tests.driver's, with a made-up world instead of the demo's."""
    screen, clock = io.StringIO(), SimulatedClock(world.now)
    console = Console(world.french.email, screen, shared=True)
    app = App(Config(database=Database(url=url), workspace=world.settings), clock=clock, platforms=[console])
    await app.open()
    try:
        async with app.database.transaction():
            await _settle(world, await Workspace.get())
        for rep in (world.french, world.english, world.manager):
            await app.console_identity(rep.email)
        yield Conversation(app, clock, console, screen)
    finally:
        await app.close()


async def _settle(world: MadeUp, workspace: Workspace) -> None:
    before = world.now - timedelta(days=world.chance.randint(3, 300))
    authors = {}
    for rep in (world.manager, world.french, world.english):
        newcomer = Newcomer(rep.email, rep.name, rep.role, locale=rep.locale, zone=rep.zone, team="Sales")
        member = await members.add(newcomer, workspace, now=before)
        authors[rep.login] = Author(member, before, "before")
    stages = {stage.name: stage.id for stage in await Stage.all()}
    for rep, company, people, sale, stage in (
        (world.french, world.here, (world.namesake_here, world.colleague), world.sale_here, "Proposal"),
        (world.english, world.there, (world.namesake_there, world.engineer), world.sale_there, "Qualified"),
    ):
        by = authors[rep.login]
        employer = await Company.add(by, name=company)
        contacts = [await _contact(by, person, employer) for person in people]
        made = await _deal(by, sale, employer, stages[stage], world.settings.currency)
        await made.set_contacts(by, [contacts[0].id])


async def _contact(by: Author, person: Someone, employer: Company) -> Contact:
    return await Contact.add(by, name=person.name, company_id=employer.id, owner_id=by.member.id)


async def _deal(by: Author, sale: Sale, company: Company, stage_id: int, currency: str) -> Deal:
    await Counter.advance(by.member.workspace_id, Deal.KIND, sale.number)
    return await Deal.add(
        by,
        name=sale.name,
        company_id=company.id,
        stage_id=stage_id,
        owner_id=by.member.id,
        amount=Money(Decimal(sale.amount), currency).minor(),
        currency=currency,
    )


# -- what is asked of it afterwards ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pushed:
    """One push that was sent: to whom, when (aware UTC), and its words."""

    to: str
    at: datetime
    words: str


async def pushes() -> list[Pushed]:
    """Everything that was sent without being asked for, in order."""
    found = []
    for row in await Outgoing.filter(push=True, state=OutboxState.SENT).order_by("id"):
        assert row.sent_at is not None
        blocks = load(row.body).blocks
        words = "\n".join(block.text for block in blocks if isinstance(block, Text))
        found.append(Pushed(row.address, row.sent_at, words))
    return found


async def require_one_change_each() -> None:
    """Each message left one Change for each record that it wrote, no more."""
    written = await Change.exclude(said__in=["before", "demo"])
    names = [(change.said, change.kind, change.record_id) for change in written]
    assert len(names) == len(set(names))


def buttons(seen: Seen, beginning: str = "") -> list[str]:
    """The numbers of all buttons that were seen, in order; of those alone whose label begins so."""
    return re.findall(rf"\[(\d+)\] {re.escape(beginning)}", seen.text)


def instant(day: date, hour: time, rep: Rep) -> datetime:
    """When the rep's clock shows that: the first of two such instants; where none does, the next one."""
    where, wall = ZoneInfo(rep.zone), datetime.combine(day, hour)
    shown = wall.replace(tzinfo=where).astimezone(UTC)
    while shown.astimezone(where).replace(tzinfo=None) != wall:
        wall += timedelta(minutes=1)
        shown = wall.replace(tzinfo=where).astimezone(UTC)
    return shown
