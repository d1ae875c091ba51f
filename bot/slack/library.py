"""The voice of slack_sdk and slack_bolt in the log: no secrets, no message texts, no floods."""

from __future__ import annotations

import logging
import re
from typing import Final

_SECRET: Final = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=ticket=)[^\s&'\"]+|(?<=slack\.com/)(?:commands|actions)/[^\s'\"]+"
)
_AT_MOST_EVERY: Final = 60.0  # seconds, for each place that logs


class _Terse(logging.Filter):
    """Lets each place speak once a minute, in one line, with secrets blotted out."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place = (record.pathname, record.lineno)
        if record.created - self._said.get(place, -_AT_MOST_EVERY) < _AT_MOST_EVERY:
            return False
        self._said[place] = record.created
        first_line = record.getMessage().partition("\n")[0]
        record.msg, record.args = _SECRET.sub("…", first_line), ()
        # A traceback shows the library's locals only by name, but an error's text quotes what was sent.
        record.exc_info = record.exc_text = None
        return True


def logger() -> logging.Logger:
    """The one to hand to every part of the libraries; bolt passes its level and filter on.

    At DEBUG they write every text and parameter, at INFO what we say ourselves.
    """
    voice = logging.getLogger("bot.slack.library")
    voice.setLevel(logging.ERROR)
    if not voice.filters:
        voice.addFilter(_Terse())
    return voice
