"""The chat at a terminal: lines in, answers out, time in between."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot import demo
from bot.app import App
from bot.clock import Clock, SimulatedClock
from bot.config import Config, Database
from bot.console.adapter import Console, arrival
from bot.console.chat import LONGEST, Chat
from models.contact import Contact
from models.member import Member
from models.messaging.inbox import Incoming
from models.messaging.lease import Lease
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Priority
from models.workspace import Workspace

LEA, MARC = "lea@parley.example", "marc@parley.example"
NOW = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)  # Wednesday, 15:30 in Paris
SEEN_IT = "Nothing is due today"


@dataclass(slots=True)
class Talk:
    """One chat in this process, and what it has printed."""

    app: App
    chat: Chat
    out: io.StringIO

    async def says(self, line: str) -> str:
        """Say a line; returns what is printed until it is answered."""
        seen = len(self.out.getvalue())
        await self.chat.hear(line)
        return self.out.getvalue()[seen:]


@asynccontextmanager
async def talking(
    url: str, clock: Clock, speaker: str = MARC, out: io.StringIO | None = None
) -> AsyncIterator[Talk]:
    """A chat with the demo's team, who are made up where the database has nobody yet."""
    out = out or io.StringIO()
    terminal = Console(speaker, out, shared=isinstance(clock, SimulatedClock))
    app = App(Config(database=Database(url=url), workspace=demo.SETTINGS), clock=clock, platforms=[terminal])
    await app.open()
    try:
        if not await Member.exists():
            async with app.database.transaction():
                await demo.seed(await Workspace.all().get())
        member = await app.console_identity(speaker)
        assert member is not None
        chat = Chat(app, terminal, member)
        await chat.take_up()
        async with chat.passing_time(stands=True):
            yield Talk(app, chat, out)
    finally:
        await app.close()


async def test_a_line_is_answered_when_it_was_heard(database_url: str) -> None:
    """The answer is printed before the next line is read, with nothing left waiting."""
    async with talking(database_url, SimulatedClock(NOW)) as talk:
        assert await talk.says("today") == f"{SEEN_IT}. 👍\n\n"
        assert "[1] " in await talk.says("call Jane about pilot")
        assert (await talk.says("1")).startswith("✅ Call logged")
        assert await Outgoing.filter(state=OutboxState.WAITING).count() == 0


async def test_the_same_line_twice_is_two_messages(sqlite_url: str) -> None:
    """In one run and in the next: no line is taken for another's delivery."""
    for _ in range(2):
        async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
            assert SEEN_IT in await talk.says("today")
            assert SEEN_IT in await talk.says("today")
    assert len(set(await keys_of(sqlite_url))) == 4


async def keys_of(url: str) -> list[object]:
    """The keys of everything that was ever said."""
    async with talking(url, SimulatedClock(NOW)):
        return list(await Incoming.all().values_list("key", flat=True))


async def test_another_member_may_speak(sqlite_url: str) -> None:
    """/as switches the speaker, in whatever case; who that is, is said in their own language."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        assert await talk.says("/as LEA@parley.example") == f"Léa Martin parle maintenant : {LEA}\n\n"
        assert "15:30" in await talk.says("rappel appeler Jane Doe demain 15:30 #acme")


@pytest.mark.parametrize("email", ["nobody@parley.example", "", "' OR 1=1 --"])
async def test_a_stranger_may_not(sqlite_url: str, email: str) -> None:
    """An unknown address is refused with those that exist, and the speaker stays."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        answer = await talk.says(f"/as {email}")
        assert f"“{email}”" in answer
        assert LEA in answer
        assert SEEN_IT in await talk.says("today")


async def test_waiting_stops_where_something_is_due(database_url: str) -> None:
    """Each reminder on the way is said at its own time and in its order, then it is as late as was asked."""
    async with talking(database_url, SimulatedClock(NOW)) as talk:
        await talk.says("remind second in 2h")
        await talk.says("remind first in 20m")
        await talk.says("remind third in 5h")
        told = await talk.says("/wait 3h")
        pushed = [line for line in told.splitlines() if line.startswith("» ⏰")]
        assert [line.split()[-1] for line in pushed] == ["first", "second"]
        assert told.endswith("\n\nIt is Wed, Oct 14, 12:30 PM now.\n\n")
        sent = [row.sent_at for row in await Outgoing.filter(push=True).order_by("id")]
        assert sent == [NOW + timedelta(minutes=20), NOW + timedelta(hours=2)]
        assert talk.app.clock.now() == NOW + timedelta(hours=3)


async def test_every_line_of_a_push_is_marked(sqlite_url: str) -> None:
    """What nobody asked for is told from answers by the mark on each of its lines."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        await talk.says("remind call Jane Roy in 1h #globex")
        push, answer = (await talk.says("/wait until 12:00")).removesuffix("\n\n").split("\n\n")
        assert len(push.splitlines()) > 1
        assert all(line.startswith("» ") for line in push.splitlines())
        assert "»" not in answer


async def test_another_members_push_is_headed_by_their_address(sqlite_url: str) -> None:
    """In a simulation there is one screen for everyone, and it says for whom a push is."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        await talk.says("remind call Jane Roy in 1h")
        await talk.says(f"/as {LEA}")
        assert f"» → {MARC}\n» ⏰ call Jane Roy\n" in await talk.says("/wait 2h")


@pytest.mark.parametrize("typed", ["/wait", "/wait soon", "/wait 2", "/WAIT until 30 feb"])
async def test_a_wait_that_says_no_time(sqlite_url: str, typed: str) -> None:
    """It is answered with examples, and the clock stands."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        assert "/wait until fri 10:00" in await talk.says(typed)
        assert talk.app.clock.now() == NOW


async def test_time_does_not_run_back(sqlite_url: str) -> None:
    """A time that has passed is refused, and says how late it is."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        answer = await talk.says("/wait until 2026-10-14T08:00")
        assert answer == "That has passed: it is Wed, Oct 14, 9:30 AM already.\n\n"
        assert talk.app.clock.now() == NOW


@pytest.mark.parametrize("typed", ["/wait 2h", f"/as {LEA}"])
async def test_the_real_time_is_not_to_be_set(sqlite_url: str, typed: str) -> None:
    """Outside a simulation both are answered with what they need, and are not said to Parley."""
    async with talking(sqlite_url, Clock()) as talk:
        assert "simulated = true under [console]" in await talk.says(typed)
        assert await Incoming.exists() is False


async def test_what_an_earlier_process_left_is_said_first(database_url: str) -> None:
    """A line received and not answered, a push made and not shown: neither waits for its old lease."""
    async with talking(database_url, SimulatedClock(NOW)) as talk:
        await talk.says("remind call Jane Roy in 1h")
        later = NOW + timedelta(hours=1)
        await Lease.filter(name="tick").update(holder="dead", expires_at=later + timedelta(days=1))
        await talk.app.receive("console", [arrival("about", email=MARC, id="left")])
    async with talking(database_url, SimulatedClock(later)) as talk:
        assert talk.out.getvalue().startswith("Parley 0")
        assert "\n\n» ⏰ call Jane Roy\n" in talk.out.getvalue()
        waiting = {
            "state": OutboxState.WAITING,
            "lease_holder": "dead",
            "lease_until": later + timedelta(days=1),
        }
        await Outgoing.filter(push=True).update(sent_at=None, **waiting)
    async with talking(database_url, SimulatedClock(later)) as talk:
        assert "» (sent again)\n" in talk.out.getvalue()


async def test_a_terminal_shows_its_own_and_leaves_others_alone(database_url: str) -> None:
    """A push is shown by the terminal of its member, whichever process ticks; the others do not touch it."""
    async with talking(database_url, Clock()) as talk:
        await talk.says("remind call Jane Roy in 1h")
        row = await Outgoing.all().order_by("-id").first()
        assert row is not None
        for address in (LEA, MARC):
            await Outgoing.create(
                platform="console",
                address=address,
                language="en-GB",
                body=row.body,
                dedupe_key=address,
                priority=Priority.REMINDER,
                push=True,
                created_at=row.created_at,
                not_before=row.created_at,
            )
        await talk.app.receive("console", [arrival("about", email=LEA, id="hers")])
        talk.app.delivery.sends_pushes = False
        await talk.app.settle()
        assert talk.out.getvalue().count("» ⏰") == 1
        left = await Outgoing.get(address=LEA)
        assert (left.state, left.attempts) == (OutboxState.WAITING, 0)
        assert (await Incoming.get(address=LEA)).state == "waiting"


async def test_a_clock_set_back_still_ticks(sqlite_url: str) -> None:
    """A simulation that was three days further leaves the next one nothing to wait for."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        await talk.says("/wait 3d")
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        await talk.says("remind call Jane Roy in 1h")
        assert "» ⏰ call Jane Roy" in await talk.says("/wait 2h")


async def test_what_is_done_is_said_once(database_url: str) -> None:
    """The answer tells who asked; a push further up, which cannot be changed, is not said anew to them."""
    async with talking(database_url, SimulatedClock(NOW)) as talk:
        await talk.says("remind call Jane Roy in 1h")
        pushed = await talk.says("/wait 1h")
        done = await talk.says(button(pushed, "Done"))
        assert done == "✅ Done by Marc Ellis, Wed, Oct 14, 10:30 AM · call Jane Roy\n[6] Undo\n\n"
        undone = await talk.says("undo")
        assert undone == "↩ Undone (10:30 AM) · R-1 call Jane Roy\n\n"
        later = await talk.says("snooze R-1 in 1h")
        assert later.startswith("⏰ Put off to Wed, Oct 14, 11:30 AM")
        assert "»" not in later


async def test_another_members_push_says_that_it_is_done(database_url: str) -> None:
    """Whoever was reminded learns what a colleague did, once, however often they were reminded."""
    async with talking(database_url, SimulatedClock(NOW), speaker=LEA) as talk:
        await talk.says("rappel appeler Jane Doe dans 1h #acme")
        await talk.says("/wait 1h")
        await talk.says("reporter R-1 dans 1h")
        await talk.says("/wait 1h")
        await talk.says("/as nora@parley.example")
        done = await talk.says("done R-1")
        assert done.startswith("✅ Done by Nora Keller")
        assert done.count(f"» → {LEA}\n» ✅ ") == done.count("»") / 2 == 1


def button(shown: str, label: str) -> str:
    """The number of the button with that label."""
    found = re.search(rf"\[(\d+)\] {label}\b", shown)
    assert found, shown
    return found[1]


@pytest.mark.parametrize("year", [2021, 2031])
async def test_a_simulation_leaves_the_real_time_nothing_to_wait_for(database_url: str, year: int) -> None:
    """Whatever its clock showed, the next process that lives in real time has the tick at once."""
    async with talking(database_url, SimulatedClock(NOW.replace(year=year))) as talk:
        await talk.says("remind call Jane Roy in 1h")
        await talk.says("/wait 2h")
        assert talk.app.scheduler.leads
    async with talking(database_url, Clock()) as talk:
        assert talk.app.scheduler.leads
        assert await talk.says("about")


async def test_what_is_too_long_is_not_kept(sqlite_url: str) -> None:
    """As long as a chat service's longest message may be; beyond it one sentence, and nothing is stored."""
    async with talking(sqlite_url, SimulatedClock(NOW), speaker=LEA) as talk:
        assert await talk.says("a" * (LONGEST + 1)) == (
            "C’est trop long pour un seul message, et rien n’a été gardé."
            " Le maximum est de 40 000 caractères.\n\n"
        )
        assert await Incoming.all().count() == 0
        await talk.says("a" * LONGEST)
        assert await Incoming.all().count() == 1


class Gone(io.StringIO):
    """A pipe that takes one answer, then its reader goes."""

    def write(self, text: str) -> int:
        """Fail once something was written."""
        if self.getvalue():
            raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)


async def test_nobody_listens_any_more(sqlite_url: str) -> None:
    """Lines that come after the reader has gone are not read; what was answered stays answered."""

    async def lines() -> AsyncIterator[str]:
        yield "today"
        yield "contact new Ann Lee"
        yield "contact new Bob Lee"

    async with talking(sqlite_url, SimulatedClock(NOW), out=Gone()) as talk:
        await talk.chat.hear_all(lines())
        assert SEEN_IT in talk.out.getvalue()
        assert [contact.name for contact in await Contact.filter(name__endswith=" Lee")] == ["Ann Lee"]
        assert await Outgoing.filter(state=OutboxState.WAITING).count() == 0


async def test_words_to_go_on_with(sqlite_url: str) -> None:
    """Verbs where a line opens, in both languages, one's own first; names anywhere, of what one may see."""
    async with talking(sqlite_url, SimulatedClock(NOW), speaker=LEA) as talk:
        words = talk.chat.words
        assert list(await words("ca", opens=True)) == ["calme", "call", "call with", "called", "cancel"]
        assert list(await words("ap", opens=True))[:1] == ["appel"]
        for begun in ("eta", "éta"):
            assert list(await words(begun, opens=True))[-2:] == ["étape", "étape suivante"]
        assert set(await words("jane r", opens=False)) == {"Jane Roy"}
        assert set(await words("acm", opens=False)) == {"Acme", "Acme Renewal"}
        assert list(await words("j", opens=False)) == list(await words("call", opens=False)) == []
        await Workspace.all().update(visibility="own")
        assert list(await words("jane r", opens=False)) == []
        await Member.filter(email=LEA).update(active=False)
        assert list(await words("ca", opens=True)) == []


async def test_a_simulations_own_words_to_go_on_with(sqlite_url: str) -> None:
    """/wait, /as and the addresses behind it; nothing of the kind where the time is real."""
    async with talking(sqlite_url, SimulatedClock(NOW)) as talk:
        words = talk.chat.words
        assert list(await words("/w", opens=True)) == ["/wait"]
        assert list(await words("/as L", opens=True)) == [f"/as {LEA}"]
        assert list(await words("/ca", opens=True))[:1] == ["call"]
    async with talking(sqlite_url, Clock()) as talk:
        assert list(await talk.chat.words("/wa", opens=True)) == []
