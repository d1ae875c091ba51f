"""The world that a newcomer sees, at any hour of any day: what is in it, and the lines shown first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from bot import founding
from bot.database import Database
from bot.demo import SETTINGS, quarter
from models.activity import Activity, ActivityKind, ActivityStatus
from models.change import Change, last_said
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Pipeline, StageChange, StageKind
from models.lead import Lead
from models.member import Member
from models.messaging.counter import Counter
from models.notification import Notification, NotificationState
from models.option import Option
from models.reminder import Reminder, ReminderState
from models.workspace import Workspace
from tests.driver import Conversation, conversation

NOWS = {
    "wednesday afternoon": datetime(2026, 10, 14, 13, 30, tzinfo=UTC),
    "thursday at ten": datetime(2026, 11, 26, 9, 0, tzinfo=UTC),
    "sunday": datetime(2026, 11, 22, 11, 7, tzinfo=UTC),
    "hour that comes twice": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    "hour that came twice": datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    "hour that is left out": datetime(2027, 3, 28, 0, 50, tzinfo=UTC),
    "clocks change in new york": datetime(2026, 11, 1, 5, 45, tzinfo=UTC),
    "last evening of a year": datetime(2026, 12, 31, 22, 55, tzinfo=UTC),
    "last minute of a year in new york": datetime(2027, 1, 1, 4, 59, 30, tzinfo=UTC),
    "leap day": datetime(2028, 2, 29, 8, 0, tzinfo=UTC),
}
SOME = ("sunday", "hour that came twice", "last minute of a year in new york")
PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")

some_nows = pytest.mark.parametrize("now", [NOWS[name] for name in SOME], ids=SOME)


@pytest.fixture(params=list(NOWS.values()), ids=list(NOWS))
async def talk(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Conversation]:
    """The quarter up to each of these instants; whatever was said in it left no error."""
    now: datetime = request.param
    seed = partial(quarter.seed, now=now)
    async with conversation(database_url, at=now, seed=seed, world="quarter") as talk:
        yield talk
        assert await talk.failures() == []


async def seeded(now: datetime) -> None:
    await quarter.seed(await founding.workspace(SETTINGS, now=now), now=now)


async def test_the_english_lines_do_what_they_show(talk: Conversation) -> None:
    """A list of follow-ups, a brief, a logged call with its next step, a move with an amount, a reminder."""
    listed, prepared, called, moved, reminded = quarter.LINES["en"]
    await talk.says("marc", listed)
    talk.sees("(overdue)", "call Jane Roy about the start date")
    await talk.says("marc", prepared)
    talk.sees("D-90 Globex Pilot", "D-141", "⏰", "promised her a demo")
    await talk.says("marc", called)
    talk.sees("✅ Call logged · Jane Roy (Globex) · 20 min · linked to D-90 → ⏰ Demo Thu, ", "10:00")
    await talk.says("marc", moved)
    talk.sees("D-90 · Stage Qualified → Negotiation · Amount $8,000 → $9,000")
    await talk.says("marc", reminded)
    talk.sees("(New York) · send Jane Roy the quote · D-90")
    quote, demo = await Reminder.all().order_by("-id").limit(2)
    here = talk.clock.now().astimezone(NEW_YORK)
    assert quote.wall == f"{here.date() + timedelta(days=1)}T10:00"
    thursday = demo.due_at.astimezone(NEW_YORK)
    assert (thursday.weekday(), thursday.time()) == (3, time(10))
    assert timedelta(0) < thursday - here <= timedelta(days=8)


async def test_the_french_lines_do_what_they_show(talk: Conversation) -> None:
    """The same, as Léa says it."""
    listed, prepared, called, moved, reminded = quarter.LINES["fr"]
    await talk.says("lea", listed)
    talk.sees("(en retard)", "appeler Jane Doe au sujet de l’article 7")
    await talk.says("lea", prepared)
    talk.sees("D-142 Acme Renewal · Proposition · 12 000 €", "⏰", "le juridique bloque")
    await talk.says("lea", called)
    talk.sees("✅ Appel enregistré · Jane Doe (Acme) · 20 min · lié à D-142 → ⏰ Relance jeu. ", "10:00")
    await talk.says("lea", moved)
    talk.sees("D-142 · Étape Proposition → Négociation · Montant 12 000 € → 15 000 €")
    await talk.says("lea", reminded)
    talk.sees("10:00 · envoyer le devis à Jane Doe · D-142")
    [quote] = await Reminder.all().order_by("-id").limit(1)
    assert quote.wall == f"{talk.clock.now().astimezone(PARIS).date() + timedelta(days=1)}T10:00"


@some_nows
async def test_two_days_bring_what_is_due(database_url: str, now: datetime) -> None:
    """Today's and tomorrow's follow-ups ring at their times, those that are overdue rang long ago."""
    seed = partial(quarter.seed, now=now)
    async with conversation(database_url, at=now, seed=seed, world="quarter") as talk:
        assert "»" not in await talk.says("marc", "next")
        shown = await talk.time.passes(timedelta(hours=48))
        assert "demo for the warehouse team" in shown and "visiter la deuxième boutique avec Zoé" in shown
        assert "ask Omar for a kick-off date" not in shown


@some_nows
async def test_a_quarter_of_a_small_team_is_there(database: Database, now: datetime) -> None:
    """Two reps, their manager and an admin; firms, people, deals in two pipelines and currencies, touches."""
    async with database.transaction():
        await seeded(now)
    counts = [await model.all().count() for model in (Member, Company, Contact, Deal, Activity, Lead)]
    assert counts == [4, 12, 40, 25, 150, 4]
    assert await Pipeline.all().count() == len({deal.stage.pipeline_id for deal in await _deals()}) == 2
    assert {deal.currency for deal in await _deals()} == {"EUR", "USD"}
    kinds = {activity.kind for activity in await Activity.all()}
    assert kinds == {ActivityKind.CALL, ActivityKind.MEETING, ActivityKind.EMAIL, ActivityKind.NOTE}
    assert await Contact.filter(name__startswith="Jane ").count() == 2
    assert await Contact.exclude(tags=[]).exists() and await Company.exclude(tags=[]).exists()


async def _deals() -> list[Deal]:
    return await Deal.all().prefetch_related("stage")


@some_nows
async def test_its_deals_went_their_way(database: Database, now: datetime) -> None:
    """Each deal stands where its last move led; what is won or lost was closed then, a loss for a reason."""
    async with database.transaction():
        await seeded(now)
    reasons = {option.name for option in await Option.filter(list="lost_reason")}
    kinds = []
    for deal in await _deals():
        moves = await StageChange.filter(deal_id=deal.id).order_by("at")
        assert [move.from_stage_id for move in moves[1:]] == [move.to_stage_id for move in moves[:-1]]
        assert not moves or moves[-1].to_stage_id == deal.stage_id
        kinds.append(deal.stage.kind)
        assert deal.closed_at == (None if deal.stage.kind is StageKind.OPEN else moves[-1].at)
        assert (deal.lost_reason in reasons) is (deal.stage.kind is StageKind.LOST)
        assert deal.expected_close is not None
        still_open = deal.stage.kind is StageKind.OPEN
        assert not still_open or deal.expected_close > now.date() - timedelta(days=1)
    assert (kinds.count(StageKind.WON), kinds.count(StageKind.LOST)) == (4, 4)


@some_nows
async def test_its_days_are_working_days_up_to_now(database: Database, now: datetime) -> None:
    """What happened lies in the last quarter, on working days, in working hours of whom it concerns."""
    async with database.transaction():
        await seeded(now)
    for activity in await Activity.filter(status=ActivityStatus.DONE).prefetch_related("owner"):
        assert now - timedelta(days=quarter.BEGAN + 3) < activity.at < now
        assert activity.owner is not None
        there = activity.at.astimezone(ZoneInfo(activity.owner.zone))
        assert there.weekday() < 5 and 9 <= there.hour < 17
        assert activity.created_at == activity.at


@some_nows
async def test_its_follow_ups_are_overdue_due_today_and_tomorrow(database: Database, now: datetime) -> None:
    """Each rep has some of each; only what is still to come waits to ring."""
    async with database.transaction():
        await seeded(now)
    for email in ("marc@parley.example", "lea@parley.example", "nora@parley.example"):
        member = await Member.get(email=email)
        today = now.astimezone(ZoneInfo(member.zone)).date()
        open_ = await Reminder.filter(member_id=member.id, state=ReminderState.OPEN)
        days = [(date.fromisoformat(row.wall[:10]) - today).days for row in open_]
        assert min(days) < 0 and 0 in days and 1 in days
        assert await _waiting(open_) == {row.id for row in open_ if row.due_at > now}


async def _waiting(reminders: list[Reminder]) -> set[int | None]:
    ids = [reminder.id for reminder in reminders]
    rows = await Notification.filter(record_id__in=ids, state=NotificationState.WAITING)
    return {row.record_id for row in rows}


async def test_it_is_the_same_each_time(database: Database) -> None:
    """Two starts at one instant make one history: nothing is left to chance."""
    now = NOWS["sunday"]
    histories = []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with database.transaction():
                await seeded(now)
                rows = await Change.all().order_by("id")
                histories.append([(row.said, row.at, row.kind, len(row.fields_json)) for row in rows])
                raise ZeroDivisionError  # so that the next one begins with an empty database
    assert histories[0] == histories[1]


async def test_undo_of_the_first_minute_does_not_take_it_apart(database: Database) -> None:
    """What was seeded is older than the day within which the word `undo` reaches back."""
    for now in map(NOWS.__getitem__, SOME):
        with pytest.raises(ZeroDivisionError):
            async with database.transaction():
                await seeded(now)
                yesterday = now - timedelta(hours=24)
                for member in await Member.all():
                    assert await last_said(member, since=yesterday, removals_since=yesterday) is None
                raise ZeroDivisionError  # so that the next one begins with an empty database


async def test_new_records_get_numbers_after_its_own(database: Database) -> None:
    """The counters stand behind the highest number of each kind."""
    async with database.transaction():
        await seeded(NOWS["sunday"])
        workspace = await Workspace.get()
        for kind in (Contact, Company, Deal, Lead, Activity, Reminder):
            highest = await kind.all().order_by("-number").first()
            assert highest is not None
            assert await Counter.take(workspace.id, kind.KIND) == highest.number + 1


async def test_nobody_real_can_be_called_or_written_to(database: Database) -> None:
    """Phone numbers are well-formed, addresses lie in the domain kept for examples (RFC 2606)."""
    async with database.transaction():
        await seeded(NOWS["sunday"])
    for person in await Contact.all():
        assert all(email.endswith(".example") for email in person.emails)
        assert all(phonenumbers.is_possible_number(phonenumbers.parse(phone)) for phone in person.phones)


async def test_hard_names_are_found_as_people_type_them(database_url: str) -> None:
    """Without accents, with a straight apostrophe, by a particle, in its own script."""
    now = NOWS["sunday"]
    seed = partial(quarter.seed, now=now)
    async with conversation(database_url, at=now, seed=seed, world="quarter") as talk:
        for typed, name in {
            "o'brien": "Siobhán O’Brien",
            "nguyen": "Nguyễn Minh Anh",
            "lukasz": "Łukasz Wiśniewski",
            "d'aubigny": "Charles d’Aubigny",
            "groß": "Jürgen Groß",
            "de la tour": "Jean-Baptiste de La Tour",
            "dupont levy": "Marie-Claire Dupont-Lévy",
            "n'diaye": "Chloé N’Diaye",
            "山田": "山田太郎",
            "jonsdottir": "Þóra Jónsdóttir",
            "yilmaz": "Çağla Yılmaz",
        }.items():
            await talk.says("marc", f"who {typed}")
            talk.sees(name)
