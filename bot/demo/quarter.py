"""The world that a newcomer sees: three months of sales that end now, always the same from one seed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot import members
from bot.demo.cast import EXPANSION, FIRMS, INQUIRIES, PEOPLE, SALES, Firm, Inquiry, Person, Sale
from bot.demo.promises import PROMISES, Promise
from bot.demo.team import TEAM
from bot.demo.touches import ABOUT_DEALS, ABOUT_PEOPLE, Touch
from models.activity import Activity
from models.change import Author
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage, StageKind
from models.lead import Lead
from models.member import Member
from models.messaging.counter import Counter
from models.money import Money
from models.notification import Notification, NotificationState
from models.rate import Rate
from models.record import Record
from models.reminder import Reminder, instant
from models.workspace import Workspace

# Lines that show in two minutes what Parley does, whatever the day; by the reader's language.
LINES = {
    "en": (
        "today",
        "prep globex",
        "call Jane Roy 20m: wants 50 seats, next demo Thu 10am",
        "globex pilot > negotiation 9k",
        "remind send Jane Roy the quote tomorrow at 10 #globex-pilot",
    ),
    "fr": (
        "jour",
        "point acme",
        "appel Jane chez Acme 20 min : veut 50 licences, relance jeudi 10h",
        "acme renewal > négociation 15k",
        "rappel envoyer le devis à Jane Doe demain 10h #acme-renewal",
    ),
}

# Days before now on which the team began; the quarter's first deal is younger.
BEGAN = 91
# What was last written is older than the day within which the word `undo` reaches back.
_WRITTEN_LAST = 3
_SEED = 142
_STAGES = (
    ("New", 20, StageKind.OPEN, 7),
    ("Proposal", 60, StageKind.OPEN, 7),
    ("Won", 100, StageKind.WON, None),
    ("Lost", 0, StageKind.LOST, None),
)

# Something that a member does at an instant.
Deed = tuple[datetime, str, Callable[[Author], Awaitable[None]]]


async def seed(workspace: Workspace, *, now: datetime) -> None:
    """Fill an empty workspace with what led up to ``now`` (aware), inside a transaction."""
    world = _World(workspace, now)
    await world.found()
    for number, (at, email, write) in enumerate(sorted(world.deeds(), key=lambda deed: deed[0])):
        await write(Author(world.team[email], at, f"demo.{number}"))
    for kind, made in ((Contact, PEOPLE), (Deal, SALES), (Lead, INQUIRIES)):
        highest = max(each.number for each in made)
        await Counter.advance(workspace.id, kind.KIND, highest + 1)


@dataclass(slots=True)
class _World:
    """What has been made so far, by name or number."""

    workspace: Workspace
    now: datetime
    chance: Random = field(default_factory=lambda: Random(_SEED))  # noqa: S311 # no secret
    team: dict[str, Member] = field(default_factory=dict)
    stages: dict[tuple[str, str], Stage] = field(default_factory=dict)
    firms: dict[str, Company] = field(default_factory=dict)
    people: dict[int, Contact] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)

    async def found(self) -> None:
        """The team and its two pipelines."""
        before = self.now - timedelta(days=BEGAN)
        for newcomer in TEAM:
            self.team[newcomer.email] = await members.add(newcomer, self.workspace, now=before)
        pipeline = await Pipeline.create(workspace=self.workspace, name=EXPANSION)
        for position, (name, probability, kind, stale_days) in enumerate(_STAGES):
            await Stage.create(
                pipeline=pipeline,
                name=name,
                position=position,
                probability=probability,
                kind=kind,
                stale_days=stale_days,
            )
        for stage in await Stage.all().prefetch_related("pipeline"):
            usual = stage.pipeline_id != pipeline.id
            self.stages["" if usual else EXPANSION, stage.name] = stage

    def deeds(self) -> Iterator[Deed]:
        """All that was done, in no order."""
        yield self._at(BEGAN, time(8)), "sam@parley.example", self._rate
        for firm in FIRMS:
            yield self._at(BEGAN, time(9)), firm.owner, partial(self._firm, firm)
        for person in PEOPLE:
            yield self._at(BEGAN, time(10)), self._owner(person.firm), partial(self._person, person)
        for sale in SALES:
            yield from self._sale(sale)
        for number, touches in ABOUT_PEOPLE.items():
            owner = self._owner(next(person.firm for person in PEOPLE if person.number == number))
            for touch in touches:
                at = self._some_time(touch.ago, owner)
                yield at, owner, partial(self._touch, touch, number, 0)
        for inquiry in INQUIRIES:
            at = self._some_time(inquiry.ago, inquiry.owner)
            yield at, inquiry.owner, partial(self._inquiry, inquiry)
        for promise in PROMISES:
            yield (
                self._at(_WRITTEN_LAST, time(17), promise.owner),
                promise.owner,
                partial(self._promise, promise),
            )

    def _sale(self, sale: Sale) -> Iterator[Deed]:
        owner, (begun, *moves) = self._owner(sale.firm), sale.way
        yield self._at(begun[0], time(8, 30), owner), owner, partial(self._open, sale)
        for ago, stage in moves:
            yield self._at(ago, time(18), owner), owner, partial(self._move, sale, stage)
        for touch in ABOUT_DEALS[sale.number]:
            whom = touch.whom or sale.people[0]
            at = self._some_time(touch.ago, owner)
            yield at, owner, partial(self._touch, touch, whom, sale.number)

    async def _rate(self, by: Author) -> None:
        await Rate.enter(by, currency="USD", rate="0.91", set_on=by.now.date())

    async def _firm(self, firm: Firm, by: Author) -> None:
        self.firms[firm.name] = await Company.add(
            by,
            name=firm.name,
            owner_id=by.member.id,
            city=firm.city,
            postcode=firm.postcode,
            country=firm.country,
            website=firm.domain,
            industry=firm.industry,
            size=firm.size,
            **_tagged(firm.tags),
        )

    async def _person(self, person: Person, by: Author) -> None:
        firm = self.firms[person.firm]
        await self._next(Contact, person.number)
        self.people[person.number] = await Contact.add(
            by,
            name=person.name,
            job_title=person.title,
            company_id=firm.id,
            owner_id=by.member.id,
            emails=[f"{person.login}@{firm.website}"],
            phones=[person.phone] if person.phone else [],
            city=firm.city,
            postcode=firm.postcode,
            country=firm.country,
            **_tagged(person.tags),
        )

    async def _open(self, sale: Sale, by: Author) -> None:
        await self._next(Deal, sale.number)
        money = Money(Decimal(sale.amount), sale.currency)
        deal = await Deal.add(
            by,
            name=sale.name,
            company_id=self.firms[sale.firm].id,
            stage_id=self.stages[sale.pipeline, sale.way[0][1]].id,
            owner_id=by.member.id,
            amount=money.minor(),
            currency=money.currency,
            expected_close=self._working(self._today(by.member.email) + timedelta(days=sale.close)),
            next_step=sale.next_step,
            **_tagged(sale.tags),
        )
        await deal.set_contacts(by, [self.people[number].id for number in sale.people])
        self.deals[sale.number] = deal

    async def _move(self, sale: Sale, stage: str, by: Author) -> None:
        to = self.stages[sale.pipeline, stage]
        reason: dict[str, Any] = {"lost_reason": sale.reason} if to.kind is StageKind.LOST else {}
        await self.deals[sale.number].move_to(to, by, **reason)

    async def _touch(self, touch: Touch, whom: int, deal: int, by: Author) -> None:
        person = self.people[whom]
        await Activity.log(
            touch.kind,
            by,
            at=by.now,
            duration=timedelta(minutes=touch.minutes) if touch.minutes else None,
            notes=touch.notes,
            outcome=touch.outcome,
            direction=touch.direction,
            contact_id=person.id,
            company_id=person.company_id,
            deal_id=self.deals[deal].id if deal else None,
        )

    async def _inquiry(self, inquiry: Inquiry, by: Author) -> None:
        await self._next(Lead, inquiry.number)
        await Lead.add(
            by,
            person=inquiry.person,
            company=inquiry.company,
            source=inquiry.source,
            emails=[inquiry.email],
            notes=inquiry.notes,
            owner_id=by.member.id,
        )

    async def _promise(self, promise: Promise, by: Author) -> None:
        wall = self._due(promise)
        parents = {
            "deal_id": self.deals[promise.deal].id if promise.deal else None,
            "contact_id": self.people[promise.contact].id if promise.contact else None,
        }
        zone = by.member.zone
        if promise.kind is not None:
            await Activity.plan(promise.kind, by, at=instant(wall, zone), subject=promise.text, **parents)
        reminder = await Reminder.schedule(promise.text, by, wall=wall, zone=zone, **parents)
        if reminder.due_at <= self.now:  # it rang then
            await Notification.filter(record_id=reminder.id, kind=reminder.KIND).update(
                state=NotificationState.SETTLED, settled_at=reminder.due_at
            )

    def _due(self, promise: Promise) -> datetime:
        """The wall time of a promise, naive."""
        today = self._today(promise.owner)
        if promise.at is not None:
            day = today + timedelta(days=promise.days)
            return datetime.combine(self._working(day, back=True) if promise.days < 0 else day, promise.at)
        soon = self._local(self.now + timedelta(minutes=75), promise.owner)
        soon = soon.replace(minute=soon.minute // 15 * 15, second=0, microsecond=0)
        # Late in the evening what is left of today is over: it was due before.
        return soon if soon.date() == today else datetime.combine(today, time(17))

    def _some_time(self, ago: int, email: str) -> datetime:
        return self._at(
            ago, time(self.chance.randint(9, 16), self.chance.choice((0, 10, 15, 30, 40, 45))), email
        )

    def _at(self, ago: int, clock: time, email: str = TEAM[0].email) -> datetime:
        """The instant at which a member's clock showed that, so many days ago or on the Friday before."""
        day = self._working(self._today(email) - timedelta(days=ago), back=True)
        return instant(datetime.combine(day, clock), self.team[email].zone)

    def _today(self, email: str) -> date:
        return self._local(self.now, email).date()

    def _local(self, at: datetime, email: str) -> datetime:
        return at.astimezone(ZoneInfo(self.team[email].zone)).replace(tzinfo=None)

    def _working(self, day: date, *, back: bool = False) -> date:
        """That day, or the next one, or the one before, on which people work."""
        while day.weekday() > 4:
            day += timedelta(days=-1 if back else 1)
        return day

    def _owner(self, firm: str) -> str:
        return next(each.owner for each in FIRMS if each.name == firm)

    async def _next(self, kind: type[Record], number: int) -> None:
        """Let the next record of that kind have that number; those of the examples are not in order."""
        counter, _ = await Counter.get_or_create(workspace_id=self.workspace.id, kind=kind.KIND)
        await Counter.filter(id=counter.id).update(next=number)


def _tagged(tags: Sequence[str]) -> dict[str, Any]:
    """The column, where there is something in it: a history does not tell of nothing."""
    return {"tags": list(tags)} if tags else {}
