"""Options: entries of the lists that an admin keeps, as people type them and as they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Annotated, ClassVar

from rapidfuzz import fuzz

from handlers.chat.arguments import Argument, Bound
from handlers.chat.clauses import clauses
from handlers.chat.context import Context
from handlers.chat.errors import Choice
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Reading, flat, tidy
from models.option import Option, OptionList
from models.search import fold

# rapidfuzz's ratio, 0 to 100: one slip in a word of eight letters stays above it.
_NEAR = 88
# Words of a name that are looked at behind a joining word.
_MOST_WORDS = 4
# The column of an activity's outcome.
_LONGEST_OUTCOME = 30


async def recognised(ctx: Context, which: OptionList, text: str) -> Option | None:
    """The entry of a list that is meant, by its name in any language, or nearly; None where none is."""
    typed = fold(tidy(text))
    best, score = None, float(_NEAR)
    for option in await Option.of(ctx.member.workspace_id, which):
        fits = max(fuzz.ratio(typed, name) for name in names_of(option.name))
        if fits > score or (fits == score and best is None):
            best, score = option, fits
    return best


async def named(ctx: Context, which: OptionList, text: str) -> str | None:
    """As :func:`recognised`, the entry's name as the workspace keeps it."""
    option = await recognised(ctx, which, text)
    return option.name if option is not None else None


# Of the lists of a large workspace; each call looks at every entry.
@lru_cache(maxsize=1_024)
def names_of(name: str) -> frozenset[str]:
    """An entry's name and what else is typed for it in any language, folded."""
    entries = (language.options.get(name, ()) for language in languages())
    return frozenset({fold(name), *(fold(other) for names in entries for other in names)})


def option_name(ctx: Context, name: str) -> str:
    """An entry's name for this member: the usual ones are known in each language."""
    own = next(language for language in languages() if language.tag == ctx.locale.language)
    usual = {fold(key): names[0] for key, names in own.options.items()}
    shown = usual.get(fold(name), name)
    return shown[:1].upper() + shown[1:]


class OptionArgument(Argument[str]):
    """An entry of a list, by its name as the workspace keeps it."""

    which: ClassVar[OptionList]

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return await named(ctx, self.which, text)

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored

    async def choices(self, ctx: Context, bound: Bound) -> Sequence[Choice]:
        rows = await Option.of(ctx.member.workspace_id, self.which)
        return [Choice(option_name(ctx, option.name), option.name) for option in rows]


class SourceArgument(OptionArgument):
    """Where a lead comes from: ``from web``, ``via un salon``. Words that name no source stay text."""

    which = OptionList.LEAD_SOURCE
    shape = msg("from source")
    prompt = msg("Where does it come from?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        for start, end in clauses(reading):
            for match in _joint().finditer(flat(reading.text[start:end])):
                for length in _ends(reading.text[start + match.end() : end]):
                    typed = reading.text[start + match.end() : start + match.end() + length]
                    if source := await named(ctx, self.which, typed):
                        reading.claim(start + match.start(), start + match.end() + length)
                        return source
        return None


@cache
def _joint() -> re.Pattern[str]:
    words = {fold(word) for language in languages() for word in language.source}
    articles = r"(?:(?:the|an?|le|la|un|une|d'une?)\s+|l')?"
    return re.compile(rf"(?:^|\s)(?:{'|'.join(sorted(words))})\s*:?\s+{articles}(?=\S)")


def _ends(text: str) -> Iterator[int]:
    """Where the first four, three, two words and the first one end."""
    ends = [match.end() for match in re.finditer(r"\S+", text)][:_MOST_WORDS]
    yield from reversed(ends)


class OutcomeArgument(OptionArgument):
    """How a touch ended, where a clause says nothing else: ``left voicemail``, ``pas joignable``."""

    which = OptionList.OUTCOME
    shape = msg("outcome")
    prompt = msg("How did it end?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        for start, end in clauses(reading):
            outcome = await named(ctx, self.which, reading.text[start:end])
            if outcome is not None and len(outcome) <= _LONGEST_OUTCOME:
                reading.claim(start, end)
                return outcome
        return None


Source = Annotated[str, SourceArgument()]
Outcome = Annotated[str, OutcomeArgument()]
