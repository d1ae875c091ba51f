"""The chat at a terminal: lines in, answers out, time in between."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import demo
from bot.app import App
from bot.clock import Clock, SimulatedClock
from bot.config import Config, Database
from bot.console.adapter import Console, arrival
from bot.console.chat import Chat
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
        assert list(await words("ca", opens=True)) == ["call", "cancel"]
        assert list(await words("ap", opens=True))[:1] == ["appel"]
        assert list(await words("eta", opens=True)) == list(await words("éta", opens=True)) == ["etape"]
        assert set(await words("jane r", opens=False)) == {"Jane Roy"}
        assert set(await words("acm", opens=False)) == {"Acme", "Acme Renewal"}
        assert list(await words("j", opens=False)) == list(await words("call", opens=False)) == []
        await Workspace.all().update(visibility="own")
        assert list(await words("jane r", opens=False)) == []
        await Member.filter(email=LEA).update(active=False)
        assert list(await words("ca", opens=True)) == []


# --- as a process


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home of its own, and no variable of this machine's."""
    for variable in [name for name in os.environ if name.startswith(("PARLEY_", "XDG_", "NO_COLOR"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARLEY_LOG__LEVEL", "warning")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> list[str]:
    """The command line of a chat as the only member, whose database the environment names."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", sqlite_url)
    added = [sys.executable, "-m", "bot", "member", "add", "lea@acme.example", "--name", "Léa"]
    subprocess.run(added, check=True, capture_output=True, timeout=60)
    return [sys.executable, "-m", "bot", "chat"]


def test_a_script(program: list[str]) -> None:
    """`printf '…' | parley chat`: one answer a line, none with an empty line in it, status 0."""
    said = "contact new Zoé Roy @ Tarte\nwho zoé\n\n\x1b[2J\u202e\x00\nabout"
    done = subprocess.run(program, input=said.encode(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    answers = done.stdout.decode().split("\n\n")
    assert answers.pop() == ""
    assert len(answers) == 5
    assert answers[0].startswith("✅ New contact C-1 · Zoé Roy (Tarte)\n[1] ")
    assert answers[4].startswith("Parley ")
    assert b"\x1b" not in done.stdout


def test_a_conversation_through_pipes(program: list[str]) -> None:
    """Each answer is there before the next line is written; the end of the input is the end."""
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as chat:
        assert chat.stdin and chat.stdout
        for line, first in (("today", SEEN_IT), ("about", "Parley"), ("today", SEEN_IT)):
            chat.stdin.write(f"{line}\n")
            chat.stdin.flush()
            assert chat.stdout.readline().startswith(first)
            while chat.stdout.readline() != "\n":
                pass
        chat.stdin.close()
        assert chat.wait(timeout=60) == 0


def test_a_pipe_loads_nothing_for_people(program: list[str]) -> None:
    """Prompt and boxes are not loaded where nobody sees them."""
    script = (
        "import sys; from bot.__main__ import main\n"
        "status = main(['chat'])\n"
        "loaded = {'prompt_toolkit', 'bot.console.prompt', 'bot.console.colour'} & sys.modules.keys()\n"
        "sys.exit(status or ', '.join(loaded) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=b"help\n", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_reader_goes(program: list[str]) -> None:
    """`| head -1`: the chat ends without a word and with status 0, and the next one begins afresh."""
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as chat:
        assert chat.stdin and chat.stdout and chat.stderr
        chat.stdout.close()
        chat.stdin.write(b"today\nabout\n" * 10)
        chat.stdin.close()
        assert (chat.wait(timeout=60), chat.stderr.read()) == (0, b"")
    done = subprocess.run(program, input=b"about\n", capture_output=True, timeout=60, check=False)
    assert done.stdout.startswith(b"Parley ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to write to")
def test_the_disk_is_full(program: list[str]) -> None:
    """What cannot be written is said on stderr, in one sentence."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            program, input=b"today\n", stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"parley: Nothing more can be shown: ")
    assert done.stderr.count(b"\n") == 1


def test_ctrl_c_ends_a_pipe(program: list[str]) -> None:
    """While nothing comes: quietly, with the status of an interrupt."""
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as chat:
        assert chat.stdin and chat.stdout and chat.stderr
        chat.stdin.write(b"today\n")
        chat.stdin.flush()
        assert chat.stdout.readline().startswith(SEEN_IT.encode())
        chat.send_signal(signal.SIGINT)
        assert (chat.wait(timeout=60), chat.stderr.read()) == (130, b"")


class Screen:
    """A pseudo-terminal of 40 columns with a chat in it."""

    def __init__(self, program: list[str], **environ: str) -> None:
        self._keys, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        settings = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **environ}
        self.process = subprocess.Popen(
            program, stdin=other, stdout=other, stderr=subprocess.PIPE, env=os.environ | settings
        )
        os.close(other)
        self.seen = ""

    def types(self, keys: str) -> None:
        """Press keys."""
        os.write(self._keys, keys.encode())

    def sees(self, text: str) -> None:
        """Read on until the text has been shown."""
        start = len(self.seen)
        while text not in self.seen[start:]:
            assert select.select([self._keys], [], [], 60)[0], f"{text!r} was not shown: {self.seen!r}"
            self.seen += os.read(self._keys, 65_536).decode(errors="replace")

    def ends(self) -> tuple[int, bytes]:
        """The exit status, and what stood on stderr."""
        assert self.process.stderr
        with contextlib.suppress(OSError):  # the other side is closed: there is no more to read
            while os.read(self._keys, 65_536):
                pass
        status = self.process.wait(timeout=60), self.process.stderr.read()
        self.process.stderr.close()
        os.close(self._keys)
        return status


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}])
def test_a_person_at_a_terminal(program: list[str], environ: dict[str, str]) -> None:
    """A welcome, a prompt, an answer in colours unless they are not wanted; Ctrl-D ends with status 0."""
    screen = Screen(program, **environ)
    screen.sees("❯")
    screen.types("contact new Zoé Roy @ Tarte\r")
    screen.sees("New contact")
    screen.sees("❯")
    screen.types("who zoe\r")
    screen.sees("╰")
    screen.sees("❯")
    screen.types("\x04")
    assert screen.ends() == (0, b"")
    coloured = re.search(r"\x1b\[(?:[0-9]+;)*3[0-7]m", screen.seen)
    assert bool(coloured) is not bool(environ)
