"""The log: one line a record on stderr, from which neither a person nor a secret can be read.

Modules write with ``logging.getLogger(__name__)`` (facts as ``extra={…}``) or with structlog's
``get_logger()`` (facts as keywords); ``structlog.contextvars`` binds what all lines of a turn share.
:mod:`bot.log.discretion` says what may appear.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

import structlog

from bot.config.schema import Log
from bot.log.discretion import Discretion, is_ours, without_errors_texts
from bot.log.line import as_json, as_text
from bot.log.sink import Sink

OURS = ("bot", "handlers", "models")


def configure(settings: Log, secrets: Iterable[str] = (), stream: TextIO | None = None) -> Sink:
    """Send every record of the process to ``stream`` (None: stderr), in place of what was set up.

    ``secrets`` are values that never appear, whoever writes them. Libraries are heard from WARNING
    on, whatever ``settings.level`` says: below that they write what people said.
    """
    # Python has no stderr where it was started with that descriptor closed.
    sink = Sink(stream or sys.stderr or io.StringIO())
    sink.addFilter(lambda record: is_ours(record.name) or record.levelno >= logging.WARNING)
    sink.setFormatter(Discretion(secrets, as_json if settings.format == "json" else as_text))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, Sink):
            root.removeHandler(old)
    root.addHandler(sink)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.level.upper())
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    _configure_structlog()
    return sink


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            without_errors_texts,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        logging.getLogger("bot").critical("uncaught", exc_info=(kind, error, trace))


def _uncaught_in_thread(uncaught: threading.ExceptHookArgs) -> None:
    if uncaught.exc_value is not None:
        _uncaught(uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback)
