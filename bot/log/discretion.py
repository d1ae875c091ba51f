"""What may appear in the log: that something happened, where and when; not what people said.

Four nets, one below the other. Our own records name facts, and facts with a private name are
blanked. Of a library's record only the words before the first quoted or bracketed part are kept, for
libraries put whole messages there. Of an exception only its class, its place, and what the operating
system or the database says by number: an exception's text quotes the value that was wrong. And last,
whatever still has the shape of a token, an address or a phone number, or is a configured secret, goes.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from structlog.contextvars import merge_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

BLANK = "…"
LONGEST = 16_000  # characters of one fact
LONGEST_FOREIGN = 300  # characters of a library's message
LAST_FRAMES = 40  # places of one exception
DEEPEST = 10  # exceptions in one chain

# Names of facts that hold what people said or who they are.
PRIVATE = frozenset(
    {"text", "raw", "body", "payload", "email", "phone", "note", "notes", "contact", "title", "address"}
    | {"sender", "user", "line", "message_text", "query", "reply", "words"}
)

# What every hit holds (looked for first, since that is much faster), the shape, what stands instead.
_SHAPES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # Telegram's token: core.telegram.org/bots/api#authorizing-your-bot. No word boundary before it: in
    # an address it follows "bot" directly. Bounded, so that a long number costs nothing.
    (":", re.compile(r"(?<!\d)\d{1,20}:[A-Za-z0-9_-]{30,}"), "[token]"),
    # Slack's: docs.slack.dev/authentication/tokens. xoxe.xoxb- with token rotation.
    ("xox", re.compile(r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]+"), "[token]"),
    ("xapp-", re.compile(r"xapp-[A-Za-z0-9-]+"), "[token]"),
    # Whoever has one of these addresses may post with it, or listen.
    ("hooks.", re.compile(r"hooks\.slack\.com/[^\s\"']+"), "hooks.slack.com/[token]"),
    ("hooks/lead/", re.compile(r"hooks/lead/[^\s\"']+"), "hooks/lead/[token]"),
    ("=", re.compile(r"\b(ticket|token|secret|password)=[^&\s\"']+", re.IGNORECASE), r"\1=[token]"),
    ("earer", re.compile(r"\bBearer\s+[^\s\"']+", re.IGNORECASE), "Bearer [token]"),
    ("@", re.compile(r"(?<=://)[^/@\s\"']{1,300}@"), "[login]@"),
    ("@", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[e-mail]"),
    ("+", re.compile(r"\+\d(?:[ .()-]{0,2}\d){7,14}"), "[phone]"),
)
_CUT = re.compile(r"(?<!\w)['\"]|[«“‘<{\[\n]")

_STANDARD = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})

Render = Callable[[logging.LogRecord, EventDict], str]


def is_ours(logger: str) -> bool:
    """Whether a logger belongs to Parley's own code."""
    return logger.partition(".")[0] in ("bot", "handlers", "models", "__main__")


class Redaction:
    """Takes out of a text the given secrets, and whatever has the shape of a token or of an address."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = _written_forms(secrets)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        for always, shape, instead in _SHAPES:
            if always in text:
                text = shape.sub(instead, text)
        return text


class Discretion(ProcessorFormatter):
    """Formats records of structlog and of the standard library alike; ``render`` writes the line."""

    def __init__(self, secrets: Iterable[str], render: Render) -> None:
        self._redacted = Redaction(secrets)
        self._render = render
        super().__init__(
            foreign_pre_chain=[_with_extra, merge_contextvars],
            processors=[self._line],
        )

    def format(self, record: logging.LogRecord) -> str:
        return self._redacted(super().format(record if isinstance(record.msg, dict) else _harmless(record)))

    def _bounded(self, text: str) -> str:
        # Cut roughly before, and exactly after: a secret that lies across a cut would not be known.
        text = self._redacted(text[: 4 * LONGEST])
        return text if len(text) <= LONGEST else text[:LONGEST] + BLANK

    def _line(self, _logger: WrappedLogger, _method: str, event: EventDict) -> str:
        record: logging.LogRecord = event.pop("_record")
        event.pop("_from_structlog")
        error = _error_of(event.pop("exc_info", None))
        event.pop("stack_info", None)
        facts = {name: self._fact(name, value) for name, value in event.items()}
        if error is not None:
            facts["error"] = summary(error)
            facts["trace"] = self._bounded("\n".join(trace(error)))
        return self._render(record, {name: value for name, value in facts.items() if value != ""})

    def _fact(self, name: str, value: Any) -> Any:
        """A value as it may be written. Redacted before it is escaped: a secret inside a repr inside
        JSON has a form that no list of forms foresees."""
        if isinstance(value, BaseException):
            return summary(value)
        if isinstance(value, (bool, int, float)) or value is None:
            return value
        if name in PRIVATE:
            return BLANK
        if isinstance(value, (str, date, timedelta)):
            return self._bounded(str(value))
        # A record's repr may hold anything.
        return f"<{type(value).__name__}>"


def summary(error: BaseException) -> str:
    """An exception without the words in it: its class, and what is known of it by number or name."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    inside = [summary(part) for part in error.args if isinstance(part, BaseException)]
    known = [str(word) for word in (*_by_number(error), *inside) if word]
    return f"{name}({', '.join(known)})" if known else name


def trace(error: BaseException, depth: int = 0) -> Iterator[str]:
    """The places that an exception came through, its cause first; the code, never the values."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and depth < DEEPEST:
        yield from trace(before, depth + 1)
        yield "then:"
    for frame, line in list(traceback.walk_tb(error.__traceback__))[-LAST_FRAMES:]:
        yield f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}'
    yield summary(error)
    if isinstance(error, BaseExceptionGroup) and depth < DEEPEST:
        for part in error.exceptions:
            yield from (f"  | {line}" for line in trace(part, depth + 1))


def _by_number(error: BaseException) -> Iterator[Any]:
    """What the operating system, SQLite and PostgreSQL say of an error without quoting a value."""
    if isinstance(error, OSError):
        yield error.strerror if isinstance(error.strerror, str) and error.errno else error.errno
    for name in ("sqlite_errorname", "sqlstate", "table_name", "column_name", "constraint_name"):
        yield getattr(error, name, None)


def _with_extra(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor: what our own record was given as ``extra``.

    ``message`` is not among it: another handler may have left the whole text there.
    """
    record: logging.LogRecord = event["_record"]
    if is_ours(record.name):
        event.update({name: value for name, value in vars(record).items() if name not in _STANDARD})
    return event


def without_errors_texts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor for structlog: errors among a message's positional arguments are summed up."""
    if arguments := event.get("positional_args"):
        event["positional_args"] = tuple(_argument(value, ours=True) for value in arguments)
    return event


def _error_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        found: BaseException | None = exc_info[1]
        return found
    return sys.exc_info()[1] if exc_info else None


def _harmless(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of a standard record: errors among its arguments summed up, a library's words cut."""
    copy = logging.makeLogRecord(record.__dict__)
    ours = is_ours(record.name)
    if isinstance(record.args, dict):
        copy.args = {name: _argument(value, ours=ours) for name, value in record.args.items()}
    else:
        copy.args = tuple(_argument(value, ours=ours) for value in record.args or ())
    if not ours:
        said = copy.getMessage()
        found = _CUT.search(said)
        copy.msg = (said[: found.start()] + BLANK if found else said)[:LONGEST_FOREIGN]
        copy.args = ()
    return copy


def _argument(value: Any, *, ours: bool) -> Any:
    if isinstance(value, BaseException):
        return summary(value)
    if isinstance(value, (bool, int, float, date, timedelta)) or value is None:
        return value
    return value if ours else BLANK


def _written_forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """Each secret as it stands, in JSON, as a literal and in an address; the longest first."""
    forms: set[str] = set()
    for secret in secrets:
        forms |= {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret), quote(secret, safe="")}
    # A secret of a letter or two would blank every line, and hides nothing.
    return tuple(sorted((form for form in forms if len(form) > 2), key=len, reverse=True))
