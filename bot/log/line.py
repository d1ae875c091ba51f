"""How one record is written: a line for people, or an object for machines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from structlog.typing import EventDict


def as_text(record: logging.LogRecord, facts: EventDict) -> str:
    """``2026-10-14 13:30:00.123 INFO    bot.dispatcher: turn command=call ms=12``, in UTC.

    A trace follows on lines of its own, indented. Nothing else can begin a line: a line break
    inside a fact would let whoever wrote it forge records.
    """
    facts = dict(facts)
    event, places = facts.pop("event", ""), facts.pop("trace", "")
    named = "".join(f" {name}={_one_line(value, quoted=True)}" for name, value in facts.items())
    head = f"{_moment(record):%Y-%m-%d %H:%M:%S}.{int(record.msecs):03} {record.levelname:<8} {record.name}:"
    return f"{head} {_one_line(event)}{named}" + "".join(f"\n    {line}" for line in places.splitlines())


def as_json(record: logging.LogRecord, facts: EventDict) -> str:
    """One object a line: ``at`` (UTC), ``level``, ``logger``, ``event``, then the facts."""
    head = {"at": _moment(record).isoformat(), "level": record.levelname.lower(), "logger": record.name}
    return json.dumps({**head, **facts}, ensure_ascii=True)


def _moment(record: logging.LogRecord) -> datetime:
    # The standard library stamps records itself, when they are made.
    return datetime.fromtimestamp(record.created, UTC)


def _one_line(value: object, *, quoted: bool = False) -> str:
    text = str(value)
    if not text.isprintable():
        return ascii(text) if quoted else ascii(text)[1:-1]
    return json.dumps(text, ensure_ascii=False) if quoted and (" " in text or not text) else text
