"""The told conversations once more, with everybody and everything in them made from a seed.

Nothing can be keyed to a name, an amount or a date of the examples. Rows and pushes are compared, and
the words only where they are the point. The seed stands in the test's name: the same seed is the same
world, so ``pytest -k 'seed17'`` has it back.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest

from handlers.chat.language import languages
from models.activity import Activity, ActivityKind
from models.approval import Approval, ApprovalState
from models.change import Change
from models.company import Company
from models.contact import Contact
from models.deal import Deal, Stage, StageChange
from models.notification import Notification, NotificationState
from models.reminder import Reminder, ReminderState
from tests.acceptance.made_up import (
    MadeUp,
    Rep,
    Sale,
    buttons,
    instant,
    made_up,
    made_up_conversation,
    pushes,
    require_one_change_each,
)
from tests.driver import Conversation, Seen
from tests.effort import seeds


@dataclass(frozen=True, slots=True)
class Told:
    """A made-up world, and the conversation that is held in it."""

    world: MadeUp
    talk: Conversation


@pytest.fixture(params=[pytest.param(seed, id=f"seed{seed}") for seed in seeds(3, 200)])
async def told(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Told]:
    """A world of each seed, on each database; whatever was said in it left no error and no double Change."""
    world = made_up(request.param)
    async with made_up_conversation(database_url, world) as talk:
        yield Told(world, talk)
        assert await talk.failures() == []
        await require_one_change_each()


async def deal(sale: Sale) -> tuple[str, int | None, datetime | None]:
    """A deal's stage, its amount in minor units, and when it was closed."""
    row = await Deal.get(number=sale.number)
    return (await Stage.get(id=row.stage_id)).name, row.amount, row.closed_at


async def contact(name: str) -> Contact:
    return await Contact.get(name=name)


# -- how people type it


def weekday(day: int, language: str) -> str:
    return next(entry for entry in languages() if entry.tag == language).time.weekdays[day][0]


def clock(hour: time, rep: Rep) -> str:
    """As it is typed in the rep's country: 10h30, 2:30pm; an hour of the night in full."""
    if rep.locale.startswith("fr"):
        return f"{hour.hour}h{hour.minute:02}" if hour.minute else f"{hour.hour}h"
    if hour.hour < 7:
        return f"{hour:%H:%M}"
    return f"{(hour.hour - 1) % 12 + 1}:{hour.minute:02}{'am' if hour.hour < 12 else 'pm'}"


def slug(sale: Sale) -> str:
    """A deal as people tag it: by the first word of its name, where that is one."""
    first = sale.name.split()[0]
    return f"#{first}" if first.isalpha() else f"#D-{sale.number}"


def following(day: int, hour: time, rep: Rep, now: datetime) -> date:
    """The nearest such day of the week on which that hour is still to come."""
    found = rep.local(now).date()
    while found.weekday() != day or instant(found, hour, rep) <= now:
        found += timedelta(days=1)
    return found


async def confirmed(talk: Conversation, who: Rep, card: Seen) -> Seen:
    """Press the first button of a card that asks before it writes."""
    return await talk.says(who.login, buttons(card)[0])


# -- the conversations


async def test_a_call_in_french_with_its_follow_up(told: Told) -> None:
    """One line stores the call, its length, its note, and a reminder that comes back with that note."""
    world, talk = told.world, told.talk
    minutes, day, hour = (
        world.chance.randint(5, 59),
        world.chance.randrange(7),
        time(world.chance.randint(7, 19)),
    )
    note, who = world.phrase(), world.namesake_here
    when = f"{weekday(day, 'fr')} {clock(hour, world.french)}"
    await talk.says(
        world.french.login, f"appel {who.first} chez {world.here} {minutes} min : {note}, relance {when}"
    )
    call = await Activity.get(kind=ActivityKind.CALL)
    assert call.contact_id == (await contact(who.name)).id
    assert (call.duration, call.notes, call.at) == (minutes * 60, note, world.now)
    assert call.deal_id == (await Deal.get(number=world.sale_here.number)).id
    due = instant(following(day, hour, world.french, world.now), hour, world.french)
    assert (await Reminder.get()).due_at == due
    await talk.time.passes(timedelta(days=8))
    [push] = await pushes()
    assert (push.to, push.at) == (world.french.email, due)
    assert who.name in push.words and note in push.words


async def test_two_namesakes_are_asked_about(told: Told) -> None:
    """Nothing is written until one is chosen; that links their only open deal and asks for a next step."""
    world, talk = told.world, told.talk
    note = world.phrase()
    who = world.namesake_there
    asked = await talk.says(world.english.login, f"call {who.first} about {note}")
    assert not await Activity.exists()
    [choice], [other] = buttons(asked, who.name), buttons(asked, world.namesake_here.name)
    chosen = await talk.says(world.english.login, choice)
    assert "Next step?" in chosen
    call = await Activity.get()
    assert (call.contact_id, call.notes) == ((await contact(who.name)).id, f"about {note}")
    assert call.deal_id == (await Deal.get(number=world.sale_there.number)).id
    await talk.says(world.english.login, other)
    assert await Activity.all().count() == 1


async def test_a_reminder_rings_in_its_own_zone(told: Told) -> None:
    """The same hour of tomorrow is each member's own, in nights on which clocks change as well."""
    world, talk = told.world, told.talk
    expected = []
    for rep, who, sale in (
        (world.english, world.engineer, world.sale_there),
        (world.french, world.colleague, world.sale_here),
    ):
        hour = clock(world.odd_hour, rep)
        line = (
            f"remind call {who.name} tomorrow at {hour} {slug(sale)}"
            if rep is world.english
            else f"rappel appeler {who.name} demain {hour} {slug(sale)}"
        )
        await talk.says(rep.login, line)
        tomorrow = rep.local(world.now).date() + timedelta(days=1)
        expected.append(
            (instant(tomorrow, world.odd_hour, rep), rep.email, sale.number, (await contact(who.name)).id)
        )
    rows = await Reminder.all().order_by("id").prefetch_related("member", "deal")
    assert [
        (row.due_at, row.member.email, row.deal.number, row.contact_id) for row in rows if row.deal
    ] == expected
    await talk.time.passes(timedelta(days=3))
    assert sorted((push.at, push.to) for push in await pushes()) == sorted(
        (due, to) for due, to, _, _ in expected
    )


async def test_a_move_with_an_amount_is_taken_back_once(told: Told) -> None:
    """Stage and amount change together, undo restores both, and a second undo changes nothing."""
    world, talk = told.world, told.talk
    before, thousands = await deal(world.sale_here), world.chance.randint(100, 900)
    moved = await talk.says(world.french.login, f"{world.sale_here.name} > négociation {thousands}k")
    assert await deal(world.sale_here) == ("Negotiation", thousands * 100_000, None)
    assert await StageChange.all().count() == 1
    await talk.presses(world.french.login, moved, "Annuler")
    assert await deal(world.sale_here) == before
    again = await talk.presses(world.french.login, moved, "Annuler")
    assert "Déjà fait" in again
    assert await deal(world.sale_here) == before
    assert await Change.filter(undo_of__isnull=False).count() == 1
    assert not await StageChange.exists()


async def test_undo_stops_where_something_newer_stands(told: Told) -> None:
    """An old receipt does not overwrite what somebody did since, and says who that was."""
    world, talk = told.world, told.talk
    moved = await talk.says(world.french.login, f"{world.sale_here.name} > négociation")
    shown = await talk.says(world.manager.login, f"D-{world.sale_here.number} > qualified")
    await confirmed(talk, world.manager, shown)
    refused = await talk.presses(world.french.login, moved, "Annuler")
    assert world.manager.name in refused
    assert (await deal(world.sale_here))[0] == "Qualified"
    assert not await Change.filter(undo_of__isnull=False).exists()


async def test_done_is_done_once(told: Told) -> None:
    """The second press meets what the first one did, and nothing rings any more."""
    world, talk = told.world, told.talk
    hours, what = world.chance.randint(1, 30), world.phrase()
    await talk.says(world.english.login, f"remind {what} in {hours}h")
    pushed = await talk.time.passes(timedelta(hours=hours))
    await talk.presses(world.english.login, pushed, "Done")
    at = talk.clock.now()
    await talk.time.passes(timedelta(minutes=5))
    assert "Already done" in await talk.presses(world.english.login, pushed, "Done")
    reminder = await Reminder.get().prefetch_related("member")
    assert (reminder.text, reminder.state, reminder.completed_at) == (what, ReminderState.DONE, at)
    assert not await Notification.exists(state=NotificationState.WAITING)
    await talk.time.passes(timedelta(days=2))
    due = world.now + timedelta(hours=hours)
    assert [(push.to, push.at) for push in await pushes() if "✅" not in push.words] == [
        (world.english.email, due)
    ]


async def test_snoozing_moves_the_push(told: Told) -> None:
    """It rings when it was due, and once more at the new time."""
    world, talk = told.world, told.talk
    day, hour, who = world.chance.randrange(7), time(world.chance.randint(7, 19)), world.colleague
    await talk.says(world.french.login, f"rappel appeler {who.name} dans 1h")
    pushed = await talk.time.passes(timedelta(hours=2))
    await talk.presses(world.french.login, pushed, "Reporter")
    asked_at = talk.clock.now()
    await talk.says(world.french.login, f"{weekday(day, 'fr')} {clock(hour, world.french)}")
    due = instant(following(day, hour, world.french, asked_at), hour, world.french)
    reminder = await Reminder.get()
    assert (reminder.due_at, reminder.snoozes) == (due, 1)
    await talk.time.passes(timedelta(days=8))
    rung = [push for push in await pushes() if who.name in push.words and "⏰ appeler" in push.words]
    assert [push.at for push in rung] == [world.now + timedelta(hours=1), due]


async def test_a_twin_is_shown_before_it_is_created(told: Told) -> None:
    """Somebody with a known name is added only if told to, at the company that was named."""
    world, talk = told.world, told.talk
    name = world.colleague.name
    shown = await talk.says(world.english.login, f"contact new {name} @ {world.there}")
    assert await Contact.filter(name=name).count() == 1
    await talk.presses(world.english.login, shown, "Add all the same")
    both = await Contact.filter(name=name).order_by("id")
    companies = [(await Company.get(id=each.company_id)).name for each in both]
    assert companies == [world.here, world.there]


async def test_a_win_is_confirmed_first(told: Told) -> None:
    """The difference is shown, and only Confirm writes."""
    world, talk = told.world, told.talk
    before, amount = await deal(world.sale_there), world.chance.randint(2, 99)
    shown = await talk.says(world.english.login, f"{world.sale_there.name} > won {amount}k")
    assert await deal(world.sale_there) == before
    await talk.time.passes(timedelta(minutes=world.chance.randint(1, 10)))
    await talk.presses(world.english.login, shown, "Confirm")
    assert await deal(world.sale_there) == ("Won", amount * 100_000, talk.clock.now())


async def test_a_receipt_is_corrected_by_a_whole_line(told: Told) -> None:
    """Edit replaces what was written: the old entry is taken back, the new one stands."""
    world, talk = told.world, told.talk
    who, first, second = world.engineer, world.chance.randint(5, 29), world.chance.randint(30, 59)
    note = world.phrase()
    logged = await talk.says(world.english.login, f"call {who.first} {first}m")
    await talk.presses(world.english.login, logged, "Edit")
    await talk.says(world.english.login, f"call {who.first} {second}m {note}")
    live = await Activity.get(deleted_at=None)
    assert (live.duration, live.notes) == (second * 60, note)
    assert live.contact_id == (await contact(who.name)).id
    assert await Activity.all().count() == 2


async def test_a_date_on_a_day_off_is_asked_about(told: Told) -> None:
    """Nothing is set until one of the next working day, that day, or the other order is chosen."""
    world, talk = told.world, told.talk
    day, swapped = _weekend_with_two_readings(world)
    monday = next(day + timedelta(days=n) for n in (1, 2) if (day + timedelta(days=n)).weekday() == 0)
    offered = [monday, day, swapped]
    which = world.chance.randrange(3)
    asked = await talk.says(world.french.login, f"rappel relancer {world.here} {day.day}/{day.month}")
    assert not await Reminder.exists()
    await talk.says(world.french.login, buttons(asked)[which])
    reminder = await Reminder.get()
    assert reminder.wall == f"{offered[which]}T09:00"
    assert reminder.due_at == instant(offered[which], time(9), world.french)


def _weekend_with_two_readings(world: MadeUp) -> tuple[date, date]:
    """A Saturday or Sunday to come whose day and month can change places, and what date they make then."""
    today = world.french.local(world.now).date()
    days = [today + timedelta(days=n) for n in range(1, 365)]
    fitting = [day for day in days if day.weekday() >= 5 and day.day <= 12 and day.day != day.month]
    day = world.chance.choice(fitting)
    swapped = date(today.year, day.day, day.month)
    return day, swapped if swapped > today else swapped.replace(year=today.year + 1)


async def test_nobody_else_is_told(told: Told) -> None:
    """What one member sets rings for that member only, however much the others do meanwhile."""
    world, talk = told.world, told.talk
    texts = {rep.email: world.phrase() for rep in (world.french, world.english, world.manager)}
    for rep in (world.french, world.english, world.manager):
        verb = "rappel {} dans 2h" if rep.locale.startswith("fr") else "remind {} in 2h"
        await talk.says(rep.login, verb.format(texts[rep.email]))
    await talk.time.passes(timedelta(days=1))
    due = world.now + timedelta(hours=2)
    assert sorted((push.to, push.at, push.words.split("\n")[0]) for push in await pushes()) == sorted(
        (to, due, f"⏰ {text}") for to, text in texts.items()
    )


async def test_a_request_to_the_owner_is_decided(told: Told) -> None:
    """Nothing is written until the owner decides; approved it is done as asked, declined it is not."""
    world, talk = told.world, told.talk
    before, amount = await deal(world.sale_here), world.chance.randint(2, 99)
    line = f"won D-{world.sale_here.number} {amount}k"
    await confirmed(talk, world.english, await talk.says(world.english.login, line))
    assert (await Approval.get()).line == line
    pushed = await talk.time.passes(timedelta(minutes=1))
    assert [push.to for push in await pushes()] == [world.french.email]
    assert await deal(world.sale_here) == before
    yes = world.chance.random() < 0.5
    await talk.presses(world.french.login, pushed, "Approuver" if yes else "Refuser")
    after = ("Won", amount * 100_000, talk.clock.now()) if yes else before
    assert await deal(world.sale_here) == after
    await talk.time.passes(timedelta(minutes=1))
    told_back = (await pushes())[-1]
    assert told_back.to == world.english.email
    assert world.french.name in told_back.words and line in told_back.words


async def test_a_request_is_done_differently(told: Told) -> None:
    """The owner's own line stands instead of what was asked."""
    world, talk = told.world, told.talk
    asked, granted = world.chance.sample(range(100, 900), 2)
    refused = await talk.says(world.english.login, f"amount D-{world.sale_here.number} {asked}k")
    await confirmed(talk, world.english, refused)
    pushed = await talk.time.passes(timedelta(minutes=1))
    await talk.presses(world.french.login, pushed, "Modifier")
    await talk.says(world.french.login, f"montant D-{world.sale_here.number} {granted}k")
    assert (await deal(world.sale_here))[1] == granted * 100_000
    assert (await Approval.get()).state is ApprovalState.AMENDED


async def test_a_win_lists_what_was_still_to_do(told: Told) -> None:
    """Its open follow-ups are named, and called off together if wanted."""
    world, talk = told.world, told.talk
    texts = [world.phrase() for _ in range(world.chance.randint(1, 3))]
    for text in texts:
        await talk.says(world.english.login, f"remind {text} in 3 days #D-{world.sale_there.number}")
    shown = await talk.says(world.english.login, f"won D-{world.sale_there.number}")
    won = await confirmed(talk, world.english, shown)
    assert all(text in won for text in texts)
    await talk.presses(world.english.login, won, "Call them all off")
    states = [reminder.state for reminder in await Reminder.all()]
    assert states == [ReminderState.CANCELLED] * len(texts)
    await talk.time.passes(timedelta(days=7))
    assert await pushes() == []


async def test_a_slip_of_the_finger_is_read(told: Told) -> None:
    """A verb with one wrong letter is read, said back, and what it wrote can be taken back."""
    world, talk = told.world, told.talk
    minutes, note, who = world.chance.randint(5, 59), world.phrase(), world.engineer
    slip = world.chance.choice(["cal", "xcall", "czll", "callq"])
    logged = await talk.says(world.english.login, f"{slip} {who.name} {minutes}m {note}")
    assert f"(read “{slip}” as “call”)" in logged
    call = await Activity.get()
    assert (call.contact_id, call.duration, call.notes) == ((await contact(who.name)).id, minutes * 60, note)
    await talk.presses(world.english.login, logged, "Undo")
    assert not await Activity.filter(deleted_at__isnull=True).exists()


async def test_an_unknown_word_says_what_is_known(told: Told) -> None:
    """The record it may be about is named, nothing is written, and the line can be kept as a note."""
    world, talk = told.world, told.talk
    who = world.engineer
    line = f"xq{world.phrase().split()[0]} {who.last}"
    before = await Change.all().count()
    shown = await talk.says(world.english.login, line)
    assert who.name in shown and await Change.all().count() == before
    about = await talk.presses(world.english.login, shown, "Save as note")
    await talk.presses(world.english.login, about, buttons_labelled(about, who.name))
    assert (await Activity.get()).notes == line


def buttons_labelled(seen: Seen, beginning: str) -> str:
    """The whole label of the first button that begins so."""
    return str(re.findall(rf"\[\d+\] ({re.escape(beginning)}.*?)(?=  \[|$)", seen.text, re.MULTILINE)[0])


async def test_a_past_follow_up_may_have_been_a_call(told: Told) -> None:
    """Nothing is set; it is logged at that time with the namesake that is chosen."""
    world, talk = told.world, told.talk
    hour, who = time(world.chance.randint(7, 19)), world.namesake_here
    shown = await talk.says(world.french.login, f"rappel {who.first} hier {clock(hour, world.french)}")
    assert not await Reminder.exists()
    which = await talk.says(world.french.login, buttons(shown)[0])
    await talk.says(world.french.login, buttons(which, who.name)[0])
    call = await Activity.get()
    yesterday = world.french.local(world.now).date() - timedelta(days=1)
    assert (call.contact_id, call.at) == (
        (await contact(who.name)).id,
        instant(yesterday, hour, world.french),
    )


async def test_what_was_done_asks_for_a_next_step(told: Told) -> None:
    """Its deal has no other follow-up: three days are offered, and the chosen one is about that deal."""
    world, talk = told.world, told.talk
    hours = world.chance.randint(1, 30)
    await talk.says(world.english.login, f"remind {world.phrase()} in {hours}h {slug(world.sale_there)}")
    pushed = await talk.time.passes(timedelta(hours=hours))
    asked = await talk.presses(world.english.login, pushed, "Done")
    assert "Next step?" in asked
    await talk.presses(world.english.login, asked, "Tomorrow")
    following = await Reminder.get(state=ReminderState.OPEN).prefetch_related("deal")
    assert following.deal is not None and following.deal.number == world.sale_there.number
    here = world.english.local(talk.clock.now()).date()
    assert following.wall == f"{here + timedelta(days=1)}T09:00"


async def test_a_deal_changes_hands(told: Told) -> None:
    """With its follow-ups or without them, as was chosen; both reps are told, who did it is not."""
    world, talk = told.world, told.talk
    with_them = world.chance.random() < 0.5
    text = world.phrase()
    days = world.chance.randint(2, 9)
    await talk.says(world.english.login, f"remind {text} in {days} days {slug(world.sale_there)}")
    line = f"assign D-{world.sale_there.number} @{world.french.email}"
    shown = await talk.says(world.manager.login, line)
    await talk.says(world.manager.login, buttons(shown)[0 if with_them else 1])
    heir = world.french if with_them else world.english
    deal_now = await Deal.get(number=world.sale_there.number).prefetch_related("owner")
    reminder = await Reminder.get().prefetch_related("member")
    assert deal_now.owner is not None and deal_now.owner.email == world.french.email
    assert reminder.member.email == heir.email
    await talk.time.passes(timedelta(minutes=1))
    assert sorted(push.to for push in await pushes()) == [world.french.email, world.english.email]
    await talk.time.passes(timedelta(days=14))
    rung = [push.to for push in await pushes() if push.words.startswith(f"⏰ {text}")]
    assert rung == [heir.email]


async def test_a_manager_looks_at_a_reps_pipeline(told: Told) -> None:
    """What is worth more than a bound, and its sum; a rep who is nobody's manager is refused."""
    world, talk = told.world, told.talk
    sale, rep = world.sale_there, world.english
    less, more = sale.amount - 1, sale.amount + 1
    shown = await talk.says(world.manager.login, f"pipeline @{rep.email} > {less}")
    assert f"D-{sale.number}" in shown and rep.name in shown
    assert f"D-{sale.number}" not in await talk.says(world.manager.login, f"pipeline @{rep.email} > {more}")
    assert f"D-{sale.number}" not in await talk.says(world.french.login, f"pipeline @{rep.email}")
