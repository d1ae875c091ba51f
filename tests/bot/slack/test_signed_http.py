"""Slack over signed HTTP: only what Slack signed comes in, once, and it is stored before the 200."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.clock import Clock
from bot.slack.adapter import Slack
from bot.slack.endpoint import PATH
from handlers.chat.reply import Button, Buttons, Reply, text
from tests.bot.http.serving import Served, served
from tests.bot.slack.conftest import Inbox, Notes, Parley
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.bare import Clock as Standing
from tests.emulators.slack.posting import Posted, Posting


class SameTime(Clock):
    """Our clock, by the emulator's."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def now(self) -> datetime:
        """The time."""
        return datetime.fromtimestamp(self._standing(), UTC)


@dataclass
class Wire(Parley):
    """Parley behind its address, and Slack's way of posting to it."""

    posting: Posting
    slack_clock: Standing
    server: Served

    async def posted(self, changed: Posted) -> int:
        """The status that a request gets."""
        return (await self.posting.post(changed))[0]


@asynccontextmanager
async def posted_to(
    workspace: SlackEmulator, standing: Standing, inbox: Inbox, memory: Notes | None = None
) -> AsyncIterator[Wire]:
    """The platform over HTTP, its reading back at work."""
    platform = Slack(
        workspace.bot_token,
        api_url=workspace.api_url,
        clock=SameTime(standing),
        memory=memory,
        mode="http",
        signing_secret=workspace.signing_secret,
        pause=0.0,
        again_after=0.05,
    )
    async with served(*platform.receivers(inbox.receive)) as server:
        task = asyncio.create_task(platform.run(inbox.receive))
        try:
            posting = await workspace.posts_to(f"http://127.0.0.1:{server.port}{PATH}")
            yield Wire(workspace, platform, inbox, posting, standing, server)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await platform.close()


@pytest.fixture
def standing() -> Standing:
    return Standing()


@pytest.fixture
async def slack(standing: Standing) -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(clock=standing, ack_seconds=1.0, retry_delays=(0.02, 0.02, 0.02)) as emulator:
        yield emulator
        assert emulator.oddities == ()


@pytest.fixture
async def wire(slack: SlackEmulator, standing: Standing) -> AsyncIterator[Wire]:
    async with posted_to(slack, standing, Inbox()) as wire:
        yield wire


COMMAND = b"command=%2Fcrm&text=find+acme&user_id=U1&channel_id=C1&team_id=T1&trigger_id=1.2.abc"
FORM = "application/x-www-form-urlencoded"


async def test_messages_commands_and_presses_come_by_the_same_address(wire: Wire) -> None:
    """Events as JSON, commands as a form, presses as JSON inside a form."""
    lea = wire.workspace.user("Léa")
    lea.says("appel Jane & co")
    lea.commands("/crm", "find acme")
    reply = Reply((Buttons((Button("Jane Doe", token="doe"),)),))
    ref = await wire.says(lea.dm.id, reply)
    lea.presses(ref.partition(":")[2], "Jane Doe")
    requests = await wire.hears(3)
    assert {request.text or request.pressed for request in requests} == {
        "appel Jane & co",
        "find acme",
        "doe",
    }
    assert all(delivery.attempts == 1 and delivery.acked for delivery in wire.workspace.deliveries)


@pytest.mark.threat("S1")
async def test_a_forged_request_is_refused_and_does_nothing(wire: Wire) -> None:
    """No, bad, old, future, garbled or doubled headers, one byte changed: 401, no row, no error."""
    good = wire.posting.signed(COMMAND, FORM)
    stamp, mark = good.headers["X-Slack-Request-Timestamp"], good.headers["X-Slack-Signature"]
    plain = {"Content-Type": FORM}

    def at(seconds: int) -> Posted:
        wire.slack_clock.now += seconds
        late = wire.posting.signed(COMMAND, FORM)
        wire.slack_clock.now -= seconds
        return late

    def under(timestamp: str, signature: str) -> Posted:
        both = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        return Posted({**plain, **both}, COMMAND)

    forged = {
        "no headers": Posted(plain, COMMAND),
        "no signature": Posted({**plain, "X-Slack-Request-Timestamp": stamp}, COMMAND),
        "no timestamp": Posted({**plain, "X-Slack-Signature": mark}, COMMAND),
        "a bad signature": under(stamp, "v0=" + "0" * 64),
        "another secret's": under(stamp, mark[:-4] + "beef"),
        "301 seconds old": at(-301),
        "301 seconds ahead": at(301),
        "a timestamp that is no number": under("abc", mark),
        "a timestamp out of all bounds": under("9" * 400, mark),
        "a negative timestamp": under(f"-{stamp}", mark),
        "other digits": under("١٧٠٠", mark),
        "letters outside ASCII": under(stamp, "v0=é" + mark[4:]),
        "an empty signature": under(stamp, ""),
        "capital letters": under(stamp, mark.upper()),
        "one byte changed": Posted(good.headers, COMMAND.replace(b"acme", b"acmf")),
        "one byte more": Posted(good.headers, COMMAND + b"&"),
        "another time": under(str(int(stamp) + 1), mark),
    }
    assert {name: await wire.posted(request) for name, request in forged.items()} == dict.fromkeys(
        forged, 401
    )
    assert wire.inbox.offered == []
    assert wire.platform.refused == {"unsigned": 10, "signature": 5, "clock skew": 2}


@pytest.mark.threat("S1")
async def test_headers_that_no_client_would_send_are_refused(wire: Wire) -> None:
    """Byte by byte: doubled, not ASCII, empty, folded, without end; 401 or 400, never an error of ours."""
    good = wire.posting.signed(COMMAND, FORM)
    stamp = f"X-Slack-Request-Timestamp: {good.headers['X-Slack-Request-Timestamp']}".encode()
    mark = f"X-Slack-Signature: {good.headers['X-Slack-Signature']}".encode()

    def request(*headers: bytes) -> bytes:
        length = f"Content-Length: {len(COMMAND)}".encode()
        head = [f"POST {PATH} HTTP/1.1".encode(), b"Host: h", b"Connection: close", length, *headers]
        return b"\r\n".join([*head, b"", COMMAND])

    kind = f"Content-Type: {FORM}".encode()
    strange = {
        "two signatures": [stamp, mark, mark],
        "two timestamps": [stamp, stamp, mark],
        "a second, empty signature": [stamp, mark, b"X-Slack-Signature:"],
        "bytes outside ASCII": [stamp, b"X-Slack-Signature: v0=\xc3\xa9\xff"],
        "a timestamp outside ASCII": [b"X-Slack-Request-Timestamp: \xd9\xa1\xd9\xa7", mark],
        "an empty timestamp": [b"X-Slack-Request-Timestamp:", mark],
        "a very long timestamp": [b"X-Slack-Request-Timestamp: " + b"9" * 5000, mark],
    }
    for name, headers in strange.items():
        assert await wire.server.status(request(kind, *headers)) == 401, name
    assert await wire.server.status(request(kind, stamp, mark + b"\r\n folded")) in (400, 401)
    assert wire.inbox.offered == []
    assert await wire.server.status(request(kind, stamp, mark)) == 200


@pytest.mark.threat("S1")
@pytest.mark.parametrize("seconds", [-300, 0, 10, 300])
async def test_the_same_request_twice_has_one_effect(wire: Wire, seconds: int) -> None:
    """A replay within the window is taken, and is one row."""
    good = wire.posting.signed(COMMAND, FORM)
    assert await wire.posted(good) == 200
    wire.slack_clock.now += seconds
    assert await wire.posted(good) == 200
    assert len(wire.inbox.rows) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"payload=%7B", FORM, 400),
        (b"", FORM, 400),
        (b"&".join(b"a%d=1" % n for n in range(101)), FORM, 400),
        (b"x" * ((1 << 20) + 1), FORM, 413),
        (b"ssl_check=1&token=x", FORM, 200),
    ],
)
async def test_what_is_signed_and_cannot_be_read_is_refused(
    wire: Wire, body: bytes, kind: str, status: int
) -> None:
    """Our mistake or Slack's, it is no error of the server's and leaves no row."""
    assert await wire.posted(wire.posting.signed(body, kind)) == status
    assert wire.inbox.offered == []


async def test_nothing_is_acknowledged_that_is_not_stored(slack: SlackEmulator, standing: Standing) -> None:
    """While the inbox takes nothing an event is tried again, and the person hears of a command."""
    inbox = Inbox(trouble=OSError("disk full"))
    async with posted_to(slack, standing, inbox):
        lea = slack.user("Léa")
        lea.says("appel Jane")
        command = lea.commands("/crm", "find acme")
        await inbox.is_offered(3)
        inbox.trouble = None
        await slack.settled()
        assert command.error is not None
        (event,) = [delivery for delivery in slack.deliveries if delivery.type == "events_api"]
        assert event.acked is not None
        assert event.attempts > 1
        assert len(inbox.rows) == 1


async def test_a_redelivery_is_one_row(wire: Wire) -> None:
    """Slack tries again what it takes for lost: one key, one row."""
    lea = wire.workspace.user("Léa")
    ts = lea.says("appel Jane")
    await wire.hears()
    wire.workspace.redeliver(ts)
    await wire.inbox.is_offered(2)
    assert len(wire.inbox.rows) == 1


async def test_our_own_posts_are_not_heard_over_http(wire: Wire) -> None:
    """They come back as events; they are acknowledged and leave no row."""
    lea = wire.workspace.user("Léa")
    await wire.says(lea.dm.id, text("Hello"))
    await wire.workspace.settled()
    assert wire.inbox.offered == []
    assert all(delivery.acked for delivery in wire.workspace.deliveries)


async def test_what_slack_gave_up_is_read_back(slack: SlackEmulator, standing: Standing) -> None:
    """A message whose deliveries all failed still stands in the history."""
    lea = slack.user("Léa")
    notes = Notes({lea.dm.id})
    async with posted_to(slack, standing, Inbox(), notes) as wire:
        await notes.bell.until(lambda: notes.noted >= 1, 5.0)
        wire.inbox.trouble = OSError("disk full")
        standing.now += 1000
        lost = lea.says("appel Jane")
        await slack.settled()
        assert slack.gave_up
        wire.inbox.trouble = None
        (found,) = await wire.inbox.keeps(1)
        assert found.key == f"{lea.dm.id}:{lost}"
