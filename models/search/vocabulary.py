"""Vocabulary: which known words a misspelt one may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from models.search.token import Token

# Words kept in memory per workspace (200,000 words measured: 9 ms for one misspelt word).
LARGEST_VOCABULARY = 200_000
# Rows read for one word that is two slips away, some 20 ms: a large workspace is learnt little by little.
MOST_READ = 5_000
MOST_CORRECTIONS = 20
# Of one slip more are looked up: a million made-up people have up to 39 near one name, and the one that is
# meant must be among them for the other words to choose it (tests.bench.world).
MOST_NEAR = 100
# Shorter words have too many neighbours; longer ones too many slips to try.
LEAST_LETTERS = 3
_MOST_LETTERS = 32
_TWO_SLIPS = 6  # letters from which on two slips are forgiven

_SCRIPTS = (
    (re.compile("[a-z]"), "abcdefghijklmnopqrstuvwxyz"),
    (re.compile("[α-ω]"), "αβγδεζηθικλμνξοπρστυφχψω"),
    (re.compile("[а-я]"), "абвгдежзиклмнопрстуфхцчшщъыьэюя"),
    (re.compile("[א-ת]"), "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    (re.compile("[ء-ي]"), "ءابتثجحخدذرزسشصضطظعغفقكلمنهوي"),
    (re.compile("[0-9]"), "0123456789"),
)
_WORDS_ONLY = re.compile(r"[^\W\d_]{4,}")


def slips(word: str) -> Iterator[str]:
    """Every word that is one slip away: a letter too few, too many, another one, or two changed over."""
    letters = "".join(alphabet for script, alphabet in _SCRIPTS if script.search(word))
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield from (f"{before}{letter}{after}" for letter in letters)
        if after:
            yield f"{before}{after[1:]}"
            yield from (f"{before}{letter}{after[1:]}" for letter in letters)
        if len(after) > 1:
            yield f"{before}{after[1]}{after[0]}{after[2:]}"


@dataclass(slots=True)
class Vocabulary:
    """Corrects spelling. One slip is looked up among the tokens, so that every word is known at once.

    For two slips the words of each workspace are kept in memory, and read on as rows are added. Words
    that no record has any more stay: a correction to them just finds nothing.
    """

    words: dict[int, set[str]] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)

    async def nearest(self, workspace_id: int, word: str, kinds: Sequence[str]) -> list[str]:
        """Words of these kinds of tokens that are one slip away, in a fixed order."""
        if not LEAST_LETTERS <= len(word) <= _MOST_LETTERS or word.isdigit():
            return []
        tried = list({*slips(word)} - {word})
        rows = Token.filter(workspace_id=workspace_id, kind__in=kinds, token__in=tried)
        known = await rows.distinct().values_list("token", flat=True)
        return sorted(map(str, known))[:MOST_NEAR]

    async def further(self, workspace_id: int, word: str) -> list[str]:
        """Known words within two slips of a longer one, nearest first; those read so far."""
        if not _TWO_SLIPS <= len(word) <= _MOST_LETTERS or word.isdigit():
            return []
        await self._read_on(workspace_id)
        near = process.extract(
            word, self.words[workspace_id], scorer=OSA.distance, score_cutoff=2, limit=None
        )
        found = sorted((distance, str(known)) for known, distance, _ in near if known != word)
        return [known for _, known in found[:MOST_CORRECTIONS]]

    async def _read_on(self, workspace_id: int) -> None:
        known = self.words.setdefault(workspace_id, set())
        since = self.seen.get(workspace_id, 0)
        room = LARGEST_VOCABULARY - len(known)
        if room <= 0:
            return
        rows = (
            await Token.filter(workspace_id=workspace_id, id__gt=since)
            .order_by("id")
            .limit(min(room, MOST_READ))
            .values_list("id", "token")
        )
        known.update(str(token) for _, token in rows if _WORDS_ONLY.fullmatch(str(token)))
        if rows:
            self.seen[workspace_id] = max(int(str(row_id)) for row_id, _ in rows)
