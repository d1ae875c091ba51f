"""The commands that stay: the server, the terminal chat, the demonstration."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Coroutine, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from bot import __version__, demo, founding, holder, log, members
from bot.app import App
from bot.clock import Clock, SimulatedClock
from bot.config import Config, Console, Database, Log
from bot.console.adapter import Console as Terminal
from bot.opening import configured, lives, moment, opened, refusing
from bot.refused import Refused
from bot.scheduler import TICK
from models.member import Member
from models.messaging.lease import Lease

logger = logging.getLogger(__name__)


def serve(path: Path | None, clock: Clock | None = None) -> None:
    """Serve the configured platforms until SIGTERM or Ctrl-C, by the machine's clock or the one given.

    Raises:
        Refused: the database cannot be used, or the configuration simulates the time.
    """
    config = configured(path, os.environ)
    if config.console.simulated:
        remedy = "Remove it, or use: parley chat"
        raise Refused(
            f"console.simulated is for the terminal: a server needs the real time. {remedy}", status=2
        )
    asyncio.run(_serve(config, clock))


def chat(path: Path | None, *, email: str, at: str) -> None:
    """Chat as a member, until the end of the input. ``at`` is the simulated time, empty for now.

    Raises:
        Refused: no such member, a clock that may not be set, or a database that cannot be used.
    """
    _require_streams()
    config = configured(path, os.environ)
    if config.log.level == "info":
        # A server's log of turns would stand between the lines of the conversation.
        log.configure(replace(config.log, level="warning"), config.secrets())
    _to_the_end(_chat(config, clock_of(config, at), email))


def demonstrate(email: str, world: str) -> None:
    """Chat with a made-up team, in a database that is gone afterwards.

    ``world`` is ``quarter``, which ends now, or ``transcripts``, see :mod:`bot.demo`.

    Raises:
        Refused: no such member.
    """
    _require_streams()
    with tempfile.TemporaryDirectory(prefix="parley-demo-") as folder:
        config = Config(
            database=Database(url=f"sqlite://{quote(folder)}/demo.db"),
            console=Console(simulated=True),
            log=Log(level="warning"),
            workspace=demo.SETTINGS,
        )
        log.configure(config.log)
        _to_the_end(_demonstrate(config, email or demo.SPEAKER, world))


def _require_streams() -> None:
    """Raises: Refused, where there is nobody to talk with."""
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if stream is None:
            remedy = "Give it a terminal, a pipe or a file."
            raise Refused(f"Standard {name} is closed: there is nobody to talk with. {remedy}", status=2)


def _to_the_end(conversation: Coroutine[Any, Any, None]) -> None:
    """Run it until it ends or is told to (SIGTERM, SIGHUP); the terminal and the leases are given back.

    Raises:
        SystemExit: with 128 + n, after the signal n.
    """
    if number := asyncio.run(_until_told(conversation)):
        raise SystemExit(128 + number)


async def _until_told(conversation: Coroutine[Any, Any, None]) -> int | None:
    task = asyncio.ensure_future(conversation)
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise
    return told[0] if told else None


def clock_of(config: Config, at: str) -> Clock:
    """The real clock, or the one that the configuration lets the terminal set.

    Raises:
        Refused: ``at`` is no instant, or the clock is the real one.
    """
    start = moment(at, config) if at else Clock().now()
    if config.console.simulated:
        return SimulatedClock(start)
    if at:
        remedy = "Set [console] simulated = true, in a configuration without live platforms."
        raise Refused(f"--at needs a simulated clock. {remedy}", status=2)
    return Clock()


async def _serve(config: Config, clock: Clock | None) -> None:
    app = App(config, clock=clock, live=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with refusing():
        await app.open()
    served = ",".join(app.platforms) or "none"
    facts = {"version": __version__, "platforms": served, "database": app.database.dialect}
    logger.info("started", extra=facts)
    if not {"telegram", "slack"} & app.platforms.keys():
        logger.warning(
            "no chat service is configured: Telegram and Slack are off; see [telegram] and [slack]"
        )
    try:
        await app.run(stop)
    finally:
        await app.close()
    logger.info("stopped")


async def _demonstrate(config: Config, email: str, world: str) -> None:
    lines: Mapping[str, Sequence[str]] | None = None
    async with opened(config) as database, database.transaction():
        if world == "transcripts":
            now = demo.NOW
            await demo.seed(await founding.workspace(config.workspace, now=demo.WRITTEN))
        else:
            from bot.demo import quarter

            now, lines = Clock().now(), quarter.LINES
            began = now - timedelta(days=quarter.BEGAN)
            await quarter.seed(await founding.workspace(config.workspace, now=began), now=now)
    await _chat(config, SimulatedClock(now), email, lines)


async def _chat(
    config: Config, clock: Clock, email: str, lines: Mapping[str, Sequence[str]] | None = None
) -> None:
    person = sys.stdin.isatty() and sys.stdout.isatty()
    terminal = Terminal(
        email,
        sys.stdout,
        # A terminal that says nothing of itself, or that it can do nothing, gets no boxes.
        rich=person and os.environ.get("TERM", "") not in ("", "dumb", "unknown"),
        colour=not os.environ.get("NO_COLOR"),  # no-color.org
        shared=config.console.simulated,
    )
    app = App(config, clock=clock, platforms=[terminal])
    with refusing():
        await app.open()
    try:
        await _require_own_time(app)
        terminal.speaker = (await _speaker(app, email)).email
        from bot.console.conversation import converse

        await converse(app, terminal, person=person, lines=lines)
    finally:
        await app.close()


async def _require_own_time(app: App) -> None:
    """Raises: Refused, where a simulation would share the database with another process that ticks."""
    if not app.config.console.simulated:
        return
    tick = await Lease.get_or_none(name=TICK)
    if tick is not None and lives(tick, Clock().now()):
        remedy = "Stop it, or simulate on another database."
        raise Refused(f"Another Parley works on this database ({holder.described(tick.holder)}). {remedy}")


async def _speaker(app: App, email: str) -> Member:
    """The member who chats here: the named one, or the only one.

    Raises:
        Refused: there is none, or several and nobody was named.
    """
    if not email:
        active = await Member.filter(active=True).order_by("email").limit(6).values_list("email", flat=True)
        if len(active) != 1:
            remedy = f"Say who you are: --as EMAIL ({', '.join(map(str, active))})" if active else _FIRST
            raise Refused(f"{'Several members may speak' if active else 'There is no member yet'}. {remedy}")
        email = str(active[0])
    member = await app.console_identity(members.address(email))
    if member is None:
        raise Refused(f"There is no active member {email}. See: parley member list")
    return member


_FIRST = "Add one: parley member add EMAIL --name NAME --role admin"
