"""For tests of the machine; and for those that set up logging, as a process does at its start."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from bot.clock import SimulatedClock
from bot.database import Database
from bot.log import OURS
from tests.bot.machine import NOW, Process, team
from tests.emulators.chat_in_memory import ChatService


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in OURS}
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level, sys.excepthook, threading.excepthook = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def clock() -> SimulatedClock:
    """A Wednesday afternoon, until a test lets time pass."""
    return SimulatedClock(NOW)


@pytest.fixture
def service() -> ChatService:
    """A chat service without a history, as Telegram is, and called so."""
    return ChatService()


@pytest.fixture
async def one(database: Database, clock: SimulatedClock, service: ChatService) -> Process:
    """A process that has the service open; the demonstration's team has chats there."""
    await team(database)
    return Process.of(database, clock, service)


@pytest.fixture
def two(one: Process, service: ChatService) -> Process:
    """A second process beside the first."""
    return Process.of(one.database, one.clock, service, name="two")
