"""What is known of people and rooms before a request is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.clock import SimulatedClock
from handlers.chat.request import Request
from tests.bot.slack.conftest import Parley, connected
from tests.emulators.slack import Channel, Person, SlackEmulator

ELSEWHERE = "T0OTHER00"
NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOON)


@pytest.fixture
async def parley(workspace: SlackEmulator, clock: SimulatedClock) -> AsyncIterator[Parley]:
    async with connected(workspace, clock=clock) as running:
        yield running


async def said(parley: Parley, person: Person, room: Channel | None, text: str = "deal acme") -> Request:
    """The last thing said, as a turn sees it."""
    before = len(parley.inbox.rows)
    if room is None:
        person.says(text)
    else:
        person.mentions(text, room)
    row = (await parley.inbox.keeps(before + 1))[-1]
    await parley.workspace.settled()
    await parley.platform.learn(row.raw)
    request = parley.platform.parse(row.key, row.raw)
    assert isinstance(request, Request)
    return request


def asked(parley: Parley, method: str) -> int:
    """How often a method was called."""
    return sum(call.method == method for call in parley.workspace.calls)


async def test_colleagues_among_themselves_have_no_outsiders(parley: Parley) -> None:
    """The bot counts as one of us; a direct message has none anyway."""
    lea, marc = parley.workspace.user("Léa"), parley.workspace.user("Marc")
    sales = parley.workspace.channel("sales", [lea, marc], private=True)
    assert not (await said(parley, lea, sales)).outsiders
    assert not (await said(parley, lea, None)).outsiders


@pytest.mark.parametrize("who", ["guest", "stranger", "shared"])
@pytest.mark.threat("S6")
async def test_whoever_is_no_colleague_is_an_outsider(parley: Parley, who: str) -> None:
    """A guest of ours, somebody of another workspace, a channel that is shared with one."""
    lea = parley.workspace.user("Léa")
    room = parley.workspace.channel("deals", [lea], shared=who == "shared")
    if who == "guest":
        room.members.add(parley.workspace.user("Gus", guest=True).id)
    if who == "stranger":
        room.members.add(parley.workspace.user("Ann", team=ELSEWHERE).id)
    assert (await said(parley, lea, room)).outsiders


async def test_a_slash_command_tells_who_reads_the_room_it_was_typed_in(parley: Parley) -> None:
    """Its answer is for one person; whether it may be shared is about the channel."""
    lea, gus = parley.workspace.user("Léa"), parley.workspace.user("Gus", guest=True)
    room = parley.workspace.channel("deals", [lea, gus])
    lea.commands("/crm", "deal acme", room)
    (row,) = await parley.inbox.keeps(1)
    await parley.platform.learn(row.raw)
    request = parley.platform.parse(row.key, row.raw)
    assert isinstance(request, Request)
    assert (request.private, request.outsiders) == (True, True)


@pytest.mark.threat("S6")
async def test_what_cannot_be_looked_up_counts_as_read_by_outsiders(
    parley: Parley, clock: SimulatedClock
) -> None:
    """A missing scope, an outage: nothing personal is said for that."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    fault = parley.workspace.fault("conversations.info", error="missing_scope", times=None)
    assert (await said(parley, lea, sales)).outsiders
    fault.lift()
    parley.workspace.fault("users.list", status=500)
    assert (await said(parley, lea, sales)).outsiders
    clock.advance_to(NOON + timedelta(seconds=30))
    assert not (await said(parley, lea, sales)).outsiders


@pytest.mark.parametrize(("fault", "seconds"), [({"retry_after": "45"}, 45), ({"status": 500}, 30)])
async def test_a_service_in_trouble_is_left_alone(
    parley: Parley, clock: SimulatedClock, fault: dict[str, Any], seconds: int
) -> None:
    """For as long as it asks, or half a minute; no turn waits for it meanwhile, and what was known serves."""
    lea = parley.workspace.user("Léa", email="lea@acme.example")
    await said(parley, lea, None)
    clock.advance_to(NOON + timedelta(seconds=60))
    parley.workspace.fault("users.info", **fault)
    for _ in range(3):
        request = await said(parley, lea, None)
        assert request.people[lea.id].email == "lea@acme.example"
    assert asked(parley, "users.info") == 2
    clock.advance_to(NOON + timedelta(seconds=60 + seconds))
    await said(parley, lea, None)
    assert asked(parley, "users.info") == 3


@pytest.mark.threat("S19")
async def test_an_old_profile_proves_nothing(parley: Parley, clock: SimulatedClock) -> None:
    """While Slack is in trouble it serves for ten minutes; that the account is open it says for one."""
    lea = parley.workspace.user("Léa", email="lea@acme.example")
    assert not (await said(parley, lea, None)).unproven
    parley.workspace.fault("users.info", status=500, times=None)
    clock.advance_to(NOON + timedelta(seconds=59))
    assert not (await said(parley, lea, None)).unproven
    for minutes, known in ((1, True), (9, True), (10, False)):
        clock.advance_to(NOON + timedelta(minutes=minutes))
        request = await said(parley, lea, None)
        assert (request.unproven, lea.id in request.people) == (True, known)


async def test_a_guest_who_joins_is_seen_within_a_minute(parley: Parley, clock: SimulatedClock) -> None:
    """And within that minute nobody is asked again."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    assert not (await said(parley, lea, sales)).outsiders
    sales.members.add(parley.workspace.user("Gus", guest=True).id)
    assert not (await said(parley, lea, sales)).outsiders
    assert (asked(parley, "users.info"), asked(parley, "conversations.info")) == (1, 1)
    clock.advance_to(NOON + timedelta(seconds=60))
    assert (await said(parley, lea, sales)).outsiders
    assert (asked(parley, "users.info"), asked(parley, "conversations.info")) == (2, 2)


@pytest.mark.threat("S6")
@pytest.mark.parametrize("fault", [{"error": "missing_scope"}, {"status": 500}])
async def test_what_cannot_be_looked_up_any_more_counts_as_read_by_outsiders(
    parley: Parley, clock: SimulatedClock, fault: dict[str, Any]
) -> None:
    """What was known serves through a short trouble; after ten minutes anybody may have joined."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    assert not (await said(parley, lea, sales)).outsiders
    parley.workspace.fault("conversations.info", **fault, times=None)
    clock.advance_to(NOON + timedelta(minutes=5))
    assert not (await said(parley, lea, sales)).outsiders
    clock.advance_to(NOON + timedelta(minutes=11))
    assert (await said(parley, lea, sales)).outsiders


async def test_a_new_colleague_is_no_outsider(parley: Parley, clock: SimulatedClock) -> None:
    """Whom the list does not have yet, it is asked for again; not more than once a minute."""
    lea = parley.workspace.user("Léa")
    sales = parley.workspace.channel("sales", [lea])
    assert not (await said(parley, lea, sales)).outsiders
    sales.members.add(parley.workspace.user("Zoé").id)
    clock.advance_to(NOON + timedelta(seconds=61))
    assert not (await said(parley, lea, sales)).outsiders
    assert asked(parley, "users.list") == 2


async def test_the_staff_is_listed_page_by_page(parley: Parley) -> None:
    """More people than one page holds."""
    people = [parley.workspace.user(f"rep {n}") for n in range(201)]
    sales = parley.workspace.channel("sales", people)
    assert not (await said(parley, people[-1], sales)).outsiders
    assert asked(parley, "users.list") == 2
    assert asked(parley, "conversations.members") == 2


async def test_those_mentioned_are_looked_up_with_the_sender(parley: Parley) -> None:
    """Profiles by user id, as the workspace vouches for them."""
    lea = parley.workspace.user("Léa", email="lea@acme.example", locale="fr-FR")
    parley.workspace.user("marc", email="marc@acme.example", confirmed=False, tz="America/New_York")
    request = await said(parley, lea, None, "invite @marc zoe@acme.example")
    known = {
        profile.name: (profile.email, profile.zone, profile.locale) for profile in request.people.values()
    }
    assert known == {
        "Léa": ("lea@acme.example", "Europe/Paris", "fr-FR"),
        "marc": ("", "America/New_York", "en-US"),
    }


async def test_a_slow_look_up_is_not_waited_for(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long stays unknown, and the request is answered."""
    monkeypatch.setattr("bot.slack.knowledge._AT_MOST", 0.05)
    parley.workspace.fault("users.info", delay=1.0)
    lea = parley.workspace.user("Léa")
    assert (await said(parley, lea, None)).people == {}
    assert (await said(parley, lea, None)).people == {}
    assert asked(parley, "users.info") <= 1


async def test_a_message_is_given_its_author_s_name_and_language(parley: Parley) -> None:
    """Slack's events hold an id alone; a stranger is answered in the language of their profile."""
    request = await said(parley, parley.workspace.user("Léa", locale="fr-FR"), None)
    assert (request.sender.name, request.sender.language) == ("Léa", "fr")
