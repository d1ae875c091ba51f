"""Folding: what is the same to whoever searches, in any script; and the words of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import takewhile

# Longer words are cut: a 10 kB "word" must not become an index entry.
LONGEST_TOKEN = 64
# Of a word written without spaces between its parts (Chinese, Japanese), so many endings are found.
_MOST_ENDINGS = 8

_WORD = re.compile(r"[^\W_]+(?:[@.+'&-][^\W_]+)*")
# Where words are joined without a space; an address is cut at these too.
_JOINT = re.compile(r"[@.+'&-]")
# Letters that NFKD does not take apart, and Arabic ones that are written one for the other.
_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "ı": "i", "ð": "d", "þ": "th"}
    | {"ħ": "h", "ŧ": "t", "ŋ": "n", "ى": "ي", "ة": "ه", "ـ": "", "’": "'", "ʼ": "'", "‘": "'"}
)
_UNSPACED = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]{2,}")

# What stands before a family name, and is written apart from it, joined to it, or left out.
PARTICLES = frozenset(
    {"van", "von", "vom", "der", "den", "ter", "ten", "zu", "zum", "zur", "af", "av", "de", "del", "della"}
    | {"di", "da", "do", "dos", "das", "du", "des", "d", "la", "le", "las", "los", "el", "al", "ul", "bin"}
    | {"ben", "bint", "ibn", "abu", "o", "mc", "mac", "st", "san", "saint", "y", "e"}
)


def fold(text: str) -> str:
    """Lower case, without accents, ligatures written out: the same on every database."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    # Korean syllables are put together again.
    return unicodedata.normalize("NFC", kept).lower()


def words(text: str) -> list[str]:
    """The folded words of a text, each once, in order; what is joined gives its parts too.

    ``jane.doe@acme.example`` is found whole, by each part of the name, and by its domain; ``O'Brien``
    as ``obrien`` too; a Chinese name by its ending. The end of a domain is nobody's word.
    """
    found: dict[str, None] = {}
    for match in _WORD.finditer(fold(text)):
        for word in _forms(match.group()):
            found[word[:LONGEST_TOKEN]] = None
    return list(found)


def _forms(word: str) -> Iterator[str]:
    if "@" in word:
        yield word
        name, _, host = word.rpartition("@")
        yield from filter(None, _JOINT.split(name))
        yield from _hosts(host)
        return
    pieces = _JOINT.split(word)
    if len(pieces) > 1:
        # A host, a version or an abbreviation is typed with its dots; other joints are often left out.
        yield word if "." in word or "+" in word else "".join(pieces)
    for piece in pieces:
        yield piece
        if _UNSPACED.search(piece):
            yield from (piece[start:] for start in range(1, min(len(piece), _MOST_ENDINGS)))


# Of a domain; what is shorter under a country's is a kind of names there.
_SHORTEST_NAME = 3


def _hosts(host: str) -> Iterator[str]:
    labels = host.split(".")
    for start in range(max(len(labels) - 1, 1)):
        if start and start == len(labels) - 2 and len(labels[start]) <= _SHORTEST_NAME:
            break  # such as co.uk
        yield ".".join(labels[start:])
        yield from _JOINT.split(labels[start])


def parts(text: str) -> list[str]:
    """The folded words of a text as they were typed, joined ones in their parts, in order."""
    return [piece for match in _WORD.finditer(fold(text)) for piece in _JOINT.split(match.group())]


def typed(text: str) -> list[str]:
    """As :func:`parts`, but addresses, hosts and what else has a dot inside stay whole."""
    found = list[str]()
    for match in _WORD.finditer(fold(text)):
        word = match.group()
        found += [word] if re.search(r"[@.+]", word) else _JOINT.split(word)
    return found


def joined(name: str) -> list[str]:
    """Family names as they are typed without a space: ``vandenberg`` for van den Berg."""
    found, run = list[str](), list[str]()
    for piece in parts(name):
        run.append(piece)
        if piece not in PARTICLES:
            if len(run) > 1:
                found.append("".join(run)[:LONGEST_TOKEN])
            run.clear()
    return found


# Initials of more names than these are not typed.
_MOST_INITIALS = 5


def initials(name: str) -> list[str]:
    """``jd`` for Jane Doe; of several names all, those without particles, and the first with the last."""
    letters = [piece for piece in parts(name) if piece[0].isalpha() and not _UNSPACED.search(piece)]
    own = [piece for piece in letters if piece not in PARTICLES]
    found = dict.fromkeys("".join(piece[0] for piece in some) for some in (letters, own, own[:1] + own[-1:]))
    return [each for each in found if 2 <= len(each) <= _MOST_INITIALS]


# Calling codes of one and of two digits; all others have three.
# Source: ITU-T E.164, list of assigned country codes.
_CODE = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|...")
# Marks a number that is written from its end.
BACKWARDS = "~"


def ends_of_number(phone: str) -> list[str]:
    """By what else an E.164 number is found: as it is dialled at home, and from its last digit on."""
    digits = "".join(filter(str.isdigit, phone))
    if not phone.startswith("+") or len(digits) < LEAST_DIGITS:
        return []
    code = _CODE.match(digits)
    return [digits[code.end() if code else 0 :], f"{BACKWARDS}{digits[::-1]}"]


# A shorter run of digits says too little of a number.
LEAST_DIGITS = 4
_RUN = re.compile(r"\+?(?:\(0?\d*\)|\d)(?:[\s./()-]*\d)*")


def numbers(text: str) -> list[tuple[str, str]]:
    """The runs of digits in a text that may be a piece of a number: as typed, and their digits."""
    found = list[tuple[str, str]]()
    for match in _RUN.finditer(text):
        digits = "".join(filter(str.isdigit, match.group().replace("(0)", "")))
        if len(digits) >= LEAST_DIGITS:
            found.append((match.group(), digits))
    return found


def dialled(digits: str) -> list[str]:
    """Beginnings of tokens that a piece of a number may be: of the number at home, or of its end."""
    zeros = len(list(takewhile("0".__eq__, digits)))
    home = digits[zeros:] if zeros else digits
    begun = [home, digits] if len(home) >= LEAST_DIGITS - 1 else [digits]
    return list(dict.fromkeys([*begun, f"{BACKWARDS}{digits[::-1]}"]))


def shared(wanted: Sequence[str], title: Sequence[str]) -> tuple[int, int]:
    """How many of the words are whole words of a title, and how many begin one at least."""
    whole = set(title)
    return (
        sum(word in whole for word in wanted),
        sum(any(known.startswith(word) for known in title) for word in wanted),
    )
