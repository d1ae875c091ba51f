"""Reading: a line becomes typed spans.

Spans are read in a fixed order and never overlap, so what is quoted is not an amount and a phone
number is no date: quoted → ids, addresses, phones, mentions → money → stage → follow-up → date and
time → duration. Only the kinds that the command takes are read; everything else stays words, and the
words that nothing takes are the note.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any, Literal

from handlers.chat import when
from handlers.chat.language import languages
from models.search import fold

# Only so much of a message is searched for spans; the rest is note. Patterns are linear in it.
LONGEST_READ = 4096


class Kind(StrEnum):
    """What a span is."""

    QUOTED = "quoted"
    ID = "id"
    SLUG = "slug"
    EMAIL = "email"
    PHONE = "phone"
    MENTION = "mention"
    MONEY = "money"
    STAGE = "stage"
    FOLLOW = "follow"
    CLOSE = "close"
    WHEN = "when"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Span:
    """``text[start:end]`` of the line, and its value: a str, an Amount, a when.Span, a timedelta."""

    kind: Kind
    start: int
    end: int
    value: Any


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was typed, and the currency if one was: ISO 4217 or None."""

    number: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True)
class Speaker:
    """What reading has to know of who speaks: their clock and their habits of writing.

    ``said_at`` is aware UTC; ``zone`` an IANA name; ``decimal`` their decimal sign; ``country``
    ISO 3166-1 alpha-2 of the workspace, for phones; ``working_days`` 0 is Monday.
    """

    said_at: datetime
    zone: str
    day_first: bool
    decimal: Literal[",", "."]
    country: str
    working_days: frozenset[int]


@dataclass(slots=True)
class Reading:
    """A line's text, its spans, and which parts arguments have taken already."""

    text: str
    spans: list[Span]
    taken: list[tuple[int, int]] = field(default_factory=list)

    def free(self, kind: Kind) -> Iterator[Span]:
        """The spans of a kind that nothing took yet, in order."""
        for span in self.spans:
            if span.kind is kind and not self._overlaps(span.start, span.end, self.taken):
                yield span

    def take(self, kind: Kind) -> Span | None:
        """Take the first free span of a kind."""
        span = next(self.free(kind), None)
        if span is not None:
            self.claim(span.start, span.end)
        return span

    def claim(self, start: int, end: int) -> None:
        """Take a part of the text, so that it is not in the note."""
        self.taken.append((start, end))

    def stretches(self) -> Iterator[tuple[int, int]]:
        """The first words of each gap between spans, up to a separator, that nothing took."""
        for start, end in self._gaps():
            stretch = _until_separator(self.text, start, end)
            if stretch:
                yield stretch

    def listed(self) -> Iterator[tuple[int, int]]:
        """What nothing took, between commas and spans, up to the sign that begins the note (a colon)."""
        for start, end in self._gaps():
            note = _NOTE.search(self.text, start, end)
            for piece in re.finditer(r"[^,]+", self.text[start : note.start() if note else end]):
                stretch = _until_separator(self.text, start + piece.start(), start + piece.end())
                if stretch:
                    yield stretch
            if note:
                return

    def _gaps(self) -> Iterator[tuple[int, int]]:
        borders = sorted([*self.taken, *((span.start, span.end) for span in self.spans)])
        position = 0
        for start, end in [*borders, (len(self.text), len(self.text))]:
            if start > position:
                yield position, start
            position = max(position, end)

    def head(self) -> tuple[int, int]:
        """The first of the stretches; an empty one at the end where there is none."""
        return next(self.stretches(), (len(self.text), len(self.text)))

    def rest(self) -> str:
        """All the words that nothing took, in their order, without the separators left hanging."""
        kept, position = [], 0
        for start, end in [*sorted(self.taken), (len(self.text), len(self.text))]:
            if start > position:
                kept.append(self.text[position:start])
            position = max(position, end)
        return tidy(" ".join(kept))

    @staticmethod
    def _overlaps(start: int, end: int, ranges: Iterable[tuple[int, int]]) -> bool:
        return any(start < other_end and other_start < end for other_start, other_end in ranges)


def _until_separator(text: str, start: int, end: int) -> tuple[int, int] | None:
    separator = SEPARATOR.search(text, start, end)
    end = separator.start() if separator else end
    stretch = text[start:end]
    if not stretch.strip(" -–—"):
        return None
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())


_NOTE = re.compile(r"[;\n]|:(?=\s|$)|\s[:–—-](?=\s)")
SEPARATOR = re.compile(rf",|{_NOTE.pattern}")
# The look behind lets a run of signs begin at its first one only: so each is looked at once.
_DANGLING = re.compile(r"(?:^|\s)[,;:–—-]+(?=[\s,;:.]|$)|^[\s,;:.–—-]+|(?<![\s,;:–—-])[\s,;:–—-]+$")
_SPACES = re.compile(r"[ \t]+")


def tidy(text: str) -> str:
    """A note without doubled spaces and without separators that lost a side."""
    lines = (_SPACES.sub(" ", _DANGLING.sub(" ", line)).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


# Signs of phones and word processors, each by one plain character: offsets into the line stay right.
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "，": ",", "；": ";", "：": ":", "＃": "#"}
    | dict.fromkeys("\u00a0\u202f\u2007\u2009\t", " ")
)


def normalise(text: str) -> str:
    """A message with plain quotes and spaces; what no database holds (NUL, lone surrogates) as U+FFFD."""
    composed = unicodedata.normalize("NFC", text.translate(_PLAIN))
    return "".join(
        "\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char
        for char in composed.replace("\r\n", "\n").replace("\r", "\n")
    )


def read(text: str, kinds: frozenset[Kind], speaker: Speaker, *, log: bool = False) -> Reading:
    """Read a normalised line, without its verb, into spans of these kinds.

    ``log``: the line tells what happened, so bare weekdays lie in the past, and a date counts in its
    first clause only: what stands after a separator is the note.
    """
    searched, spans = text[:LONGEST_READ], list[Span]()
    covered = bytearray(len(searched))
    for kind, find in _FINDERS:
        if kind not in kinds and kind is not Kind.QUOTED:
            continue
        for span in find(searched, speaker, log):
            if not any(covered[span.start : span.end]):
                covered[span.start : span.end] = b"\1" * (span.end - span.start)
                spans.append(span)
    return Reading(text, sorted(spans, key=lambda span: span.start))


# A guillemet that opens again begins anew: so each character is looked at once.
QUOTED = re.compile(r'"([^"\n]+)"|«([^«»\n]+)»')
# The hyphen may be missing behind the sign: without either, "a4" and "r2" are words of a note.
_ID = re.compile(r"(?:#?\b([COADFLR])-|(?<!\w)#([COADFLR]))(\d{1,5000})\b", re.IGNORECASE)
_SLUG = re.compile(r"(?<![\w&])#([^\W_][\w-]*)")
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# A name, or an account's number where a service mentions people who have no name of their own.
_MENTION = re.compile(r"(?<![\w.])@([^\W\d_][\w.-]*|[0-9]{5,20}(?![\w.]))")


def _quoted(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    for match in QUOTED.finditer(text):
        yield Span(Kind.QUOTED, match.start(), match.end(), unquoted(match))


def unquoted(match: re.Match[str]) -> str:
    """What stands between the quotes; French ones have spaces inside that are not meant."""
    return match.group(1) or match.group(2).strip()


def _ids(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    for match in _ID.finditer(text):
        letter = match.group(1) or match.group(2)
        yield Span(Kind.ID, match.start(), match.end(), f"{letter.upper()}-{match.group(3)}")


def _slugs(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    for match in _SLUG.finditer(text):
        yield Span(Kind.SLUG, match.start(), match.end(), match.group(1).replace("-", " "))


def _emails(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    for match in _EMAIL.finditer(text):
        yield Span(Kind.EMAIL, match.start(), match.end(), match.group().lower())


def _phones(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    if sum(char.isdigit() for char in text) < 6:
        return
    import phonenumbers

    # Possible is enough: a number whose range is not in use yet, or any more, is still what was typed.
    possible = phonenumbers.Leniency.POSSIBLE
    for match in phonenumbers.PhoneNumberMatcher(text, speaker.country, possible):
        number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield Span(Kind.PHONE, match.start, match.end, number)


def _mentions(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        yield Span(Kind.MENTION, match.start(), match.end(), match.group(1))


_CURRENCIES = {
    **{"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "euro": "EUR", "euros": "EUR", "dollars": "USD"},
    **{code.casefold(): code for code in ("EUR", "USD", "GBP", "CHF", "CAD", "JPY")},
}
_SIGN = r"€|\$|£|¥|(?:eur|usd|gbp|chf|cad|jpy|euros?|dollars)\b"
_NUMBER = r"\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,3})?(?!\d)|\d+(?:[.,]\d+)?"
# A sign between two numbers is the nearer one's: in "Nov 30 $12k" nothing costs 30 dollars.
_MONEY = re.compile(
    rf"(?<![\w.,-])(?:(?P<before>{_SIGN})\s?)?(?P<number>{_NUMBER})(?:\s?(?P<scale>[km])(?![^\W\d_€]))?"
    rf"(?:(?:\s(?!(?:{_SIGN})\d))?(?P<after>{_SIGN}))?(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}


def amounts(text: str, speaker: Speaker, *, bare: bool = False) -> Iterator[Span]:
    """The amounts in a text: with a currency or ``k``; with ``bare`` any number."""
    for match in _MONEY.finditer(text):
        sign = (match["before"] or match["after"] or "").casefold()
        scale = (match["scale"] or "").casefold()
        if not (bare or sign or scale == "k"):
            continue
        number = _decimal(match["number"], speaker.decimal) * _SCALES[scale]
        yield Span(Kind.MONEY, match.start(), match.end(), Amount(number, _CURRENCIES.get(sign)))


def _decimal(text: str, decimal: str) -> Decimal:
    """A typed number. The last sign is a decimal one, unless the habit of the speaker groups with it."""
    digits = text.replace(" ", "").replace("'", "")
    signs = [char for char in digits if char in ".,"]
    if not signs:
        return Decimal(digits)
    last, tail = signs[-1], len(digits) - digits.rindex(signs[-1]) - 1
    groups = tail == 3 and (len(set(signs)) == 1) and (len(signs) > 1 or last != decimal)
    if groups:
        return Decimal(digits.replace(last, ""))
    whole, fraction = digits.rsplit(last, 1)
    return Decimal(f"{whole.replace(',', '').replace('.', '')}.{fraction}")


def _money(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    return amounts(text, speaker)


_ARROW = re.compile(r"(?<![<>=-])(?:->|→|>)(?![>=])\s*")


def _stages(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    """What follows the first ``>``, up to an amount or a separator; the words are matched later."""
    arrow = _ARROW.search(text)
    if arrow is None:
        return
    borders = [len(text)]
    borders += [span.start for span in amounts(text, speaker, bare=True) if span.start >= arrow.end()]
    separator = SEPARATOR.search(text, arrow.end())
    borders += [separator.start()] if separator else []
    name = text[arrow.end() : min(borders)].strip()
    yield Span(Kind.STAGE, arrow.start(), arrow.end() + len(name), name)


@cache
def _follow_pattern() -> re.Pattern[str]:
    words = sorted(
        {fold(word) for language in languages() for word in language.follow}, key=len, reverse=True
    )
    return re.compile(rf"(?:[,;:.\n][^\S\n]*|\s[–—-]\s)(?P<word>{'|'.join(map(re.escape, words))})\b\s*:?\s*")


def _follow_ups(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    """A clause that begins with a follow-up word and names a time: all of it, to the end of the line."""
    folded, position = flat(text), 0
    while match := _follow_pattern().search(folded, position):
        end = _end_of_clause(text, match.end())
        clause = text[match.end() : end]
        found = when_spans(clause, speaker, "plan")
        if found:
            words = _without(clause, found[0])
            yield Span(Kind.FOLLOW, match.start(), end, (tidy(words), found[0]))
            return
        # Without a time up to there, a later follow-up word before it has none either.
        position = end


_END_OF_CLAUSE = re.compile(r"[;\n]")


def _end_of_clause(text: str, start: int) -> int:
    end = _END_OF_CLAUSE.search(text, start)
    return end.start() if end else len(text)


def _without(text: str, span: when.Span) -> str:
    return f"{text[: span.start]} {text[span.end :]}"


def flat(text: str) -> str:
    """Folded, character by character, so that offsets stay those of ``text``."""
    if text.isascii():
        return text.lower()
    return "".join(folded if len(folded := fold(char)) == 1 else char for char in text)


def when_spans(text: str, speaker: Speaker, bias: Literal["plan", "log"]) -> list[when.Span]:
    """The dates and times of a text for this speaker."""
    return when.find(
        text,
        now=speaker.said_at,
        zone=speaker.zone,
        day_first=speaker.day_first,
        bias=bias,
        working_days=speaker.working_days,
    )


@cache
def _close_pattern() -> re.Pattern[str]:
    words = sorted({fold(word) for language in languages() for word in language.close}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})\b\s*:?\s*")


# A line has one expected close; of a word that means other things too, so many are looked behind.
_MOST_CLOSES = 4


def _closes(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    """The first ``close`` with a date right behind it."""
    for match in islice(_close_pattern().finditer(flat(text)), _MOST_CLOSES):
        found = when_spans(text[match.end() : _end_of_clause(text, match.end())], speaker, "plan")
        if found and found[0].start == 0:
            yield Span(Kind.CLOSE, match.start(), match.end() + found[0].end, found[0])
            return


def _whens(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    end = len(text)
    if log:
        separator = SEPARATOR.search(text)
        end = separator.start() if separator else end
    for span in when_spans(text[:end], speaker, "log" if log else "plan"):
        yield Span(Kind.WHEN, span.start, span.end, span)


def _durations(text: str, speaker: Speaker, log: bool) -> Iterator[Span]:
    for start, end, duration in when.find_durations(text):
        yield Span(Kind.DURATION, start, end, duration)


_FINDERS: tuple[tuple[Kind, Callable[[str, Speaker, bool], Iterator[Span]]], ...] = (
    (Kind.QUOTED, _quoted),
    (Kind.EMAIL, _emails),
    (Kind.ID, _ids),
    (Kind.SLUG, _slugs),
    (Kind.PHONE, _phones),
    (Kind.MENTION, _mentions),
    (Kind.MONEY, _money),
    (Kind.STAGE, _stages),
    (Kind.FOLLOW, _follow_ups),
    (Kind.CLOSE, _closes),
    (Kind.WHEN, _whens),
    (Kind.DURATION, _durations),
)
