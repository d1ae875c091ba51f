"""Bending: a real line or payload becomes one that nobody wrote, in small steps."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from handlers.chat.language import languages

# What a mind that wants to break something types: markup, SQL, formats, the ends of Unicode.
HOSTILE = (
    *(
        "\0",
        "\ud800",
        "\udfff",
        "\u202e",
        "\u200f",
        "\u2028",
        "\ufeff",
        "\u200d",
        "\x1b[2J",
        "\x7f",
        "\ufffd",
    ),
    *("e\u0301", "\u0301" * 40, "ﬁ", "İ", "ß", "ǆ", "٣٤", "½", "②", "👩‍👩‍👧‍👦", "אבג", "日本", "𝟛", "¼k€"),
    *("*<b>", "<!channel>", "<@U1>", "{0.__class__}", "%s%n", "${x}", "`", "\\", "&amp;", "</a>", "[x](y)"),
    *("' OR 1=1 --", "'; DROP TABLE contact; --", '" NEAR *', "%_", "NULL", "NaN", "1e999", "-0", "∞"),
    *("9" * 400, "D-" + "9" * 40, "R-0", "C--1", "1.000.000,00", "1,5,5", "$€£", "5k5k", "00", "1_000"),
    *("30 feb", "31/02/2026", "29/2", "25:99", "24h", "0h", "in 99999 days", "dans 0 min", "il y a 9999 ans"),
    *("next next friday", "tomorrow yesterday", "lundi en huit en quinze", "fin du mois de", "le", "at"),
    *(
        '"',
        "«",
        "»",
        "“",
        "’",
        ">",
        "->",
        ">>",
        ":",
        ";",
        ",",
        "–",
        "\n",
        "\r",
        "\t",
        "\u00a0",
        "#",
        "@",
        "/",
    ),
)
LINES = [
    *sorted({line for language in languages() for line in language.examples.values()}),
    "call Jane about pilot",
    "log call Omar Haddad yesterday 1h30: fine; next call friday 9am",
    "remind relancer Globex 3/4",
    "rappel appeler Zoé dans 2h",
    "acme renewal > négociation 15k",
    "D-90 -> won 9k",
    "contact new O'Brien, Jean-Luc @ Tarte & Fils jl@tarte.example 0612345678: met at the fair",
    'deal new "Acme > 2" USD 12.500 close end of month',
    "done",
    "snooze R-1 20m",
    "quxx acme",
    "cancel",
    "3",
]


@st.composite
def bent_lines(draw: st.DrawFn) -> str:
    """A real line after a few steps, or a row of pieces of several."""
    line = draw(st.sampled_from(LINES))
    for _ in range(draw(st.integers(0, 5))):
        line = draw(st.sampled_from(_STEPS))(draw, line)
    return line


def _cut(draw: st.DrawFn, line: str) -> str:
    start, end = sorted((draw(st.integers(0, len(line))), draw(st.integers(0, len(line)))))
    return line[:start] + line[end:]


def _repeat(draw: st.DrawFn, line: str) -> str:
    start, end = sorted((draw(st.integers(0, len(line))), draw(st.integers(0, len(line)))))
    return line[:end] + line[start:end] * draw(st.sampled_from([1, 2, 30])) + line[end:]


def _insert(draw: st.DrawFn, line: str) -> str:
    place = draw(st.integers(0, len(line)))
    return line[:place] + draw(st.sampled_from(HOSTILE) | st.text(max_size=4)) + line[place:]


def _spaced(draw: st.DrawFn, line: str) -> str:
    words = line.split(" ")
    place = draw(st.integers(0, len(words)))
    return " ".join([*words[:place], draw(st.sampled_from(HOSTILE)), *words[place:]])


def _joined(draw: st.DrawFn, line: str) -> str:
    other = draw(st.sampled_from(LINES))
    return draw(st.sampled_from([line + "\n" + other, f"{line} {other}", f'"{line}"', other[:9] + line]))


def _cased(draw: st.DrawFn, line: str) -> str:
    return draw(st.sampled_from([line.upper(), line.title(), line.swapcase(), line[::-1]]))


def _shuffled(draw: st.DrawFn, line: str) -> str:
    return " ".join(draw(st.permutations(line.split(" "))))


_STEPS: tuple[Callable[[st.DrawFn, str], str], ...] = (
    *(_cut, _repeat, _insert, _spaced, _joined, _cased, _shuffled),
)

# -- JSON ------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", *HOSTILE]),
    st.text(max_size=20),
    st.sampled_from(["x" * 300, "1792000000.000100", "1e400", "-1.5", "9" * 40]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bent_payloads(draw: st.DrawFn, payloads: list[dict[str, Any]]) -> dict[str, Any]:
    """A real payload of which a few parts are gone, doubled, or something else; always what JSON can say."""
    payload: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(payloads)))
    for _ in range(draw(st.integers(1, 4))):
        holder, name = draw(st.sampled_from(_places(payload)))
        _bend(draw, payload, holder, name)
    bent: dict[str, Any] = json.loads(json.dumps(payload))
    return bent


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a payload: what holds it, and its name or index there."""
    found = []
    names = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        found.append((value, name))
        found += _places(value[name])
    return found or [(value, None)]


def _bend(draw: st.DrawFn, payload: dict[str, Any], holder: Any, name: Any) -> None:
    if name is None:
        payload[draw(st.text(max_size=8))] = draw(JSON)
        return
    match draw(st.sampled_from(["gone", "other", "other", "listed", "moved", "more", "kind"])):
        case "gone":
            del holder[name]
        case "other":
            holder[name] = draw(JSON)
        case "listed":
            holder[name] = [holder[name]]
        case "moved":
            other, place = draw(st.sampled_from(_places(payload)))
            if place is not None:
                holder[name] = copy.deepcopy(other[place])
        case "more":
            payload[draw(st.sampled_from(sorted(payload)) | st.text(max_size=8))] = draw(JSON)
        case "kind":
            holder[name] = {str: 7, int: "seven", bool: "yes", dict: [], list: {}}.get(type(holder[name]), {})
