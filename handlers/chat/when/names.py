"""When a weekday's word is a day, and when it is somebody's name: Sun Corp, Mardi Gras SARL, Sam.

A month never comes here: it is one only with the number of a day beside it.
"""

from __future__ import annotations

from typing import Literal

from handlers.chat.when.line import Line, is_title
from handlers.chat.when.parts import Clock
from handlers.chat.when.words import LinkWord, WeekdayWord

Standing = Literal["day", "weak", "name"]


def standing(
    line: Line, at: int, after: int, word: WeekdayWord, *, link: LinkWord | None, hour: Clock | bool
) -> Standing:
    """What the weekday's word from ``at`` to ``after`` is.

    ``link`` is the word before it; ``hour`` the hour beside it, or whether a part of the day is there.
    A weak one is a day only where an hour of its clause would otherwise have none.
    """
    if word.doubtful:
        return "day" if _outweighs_doubt(line, at, after, word, link=link, hour=hour) else "name"
    if hour or line.ends(after):
        return "day"
    if word.everyday and not (link and link.language == word.language):
        return "name"
    if link and link.kind in ("on", "dated"):
        return "day"
    # Jeudi with a capital is a sentence's first word or a name; Friday before a name may be its half.
    capital = is_title(line.tokens[at].raw)
    odd = capital and not word.capitals and not line.first(at)
    return "weak" if odd or (capital and line.title(after)) else "day"


def _outweighs_doubt(
    line: Line, at: int, after: int, word: WeekdayWord, *, link: LinkWord | None, hour: Clock | bool
) -> bool:
    capital = is_title(line.tokens[at].raw)
    if capital and not word.capitals and not line.first(at):
        return False  # Sam
    if isinstance(hour, Clock):
        return hour.language in (None, word.language)  # call sam 10am: nobody says samedi 10am
    if hour:
        return True
    if not line.ends(after):
        return False
    counted = at > 0 and line.tokens[at - 1].kind == "number"  # snooze 3 sun
    linked = link is not None and word.capitals and link.language == word.language  # on Sun
    return counted or linked or (line.first(at) and not capital)
