"""Places in a line: what stands behind ``@``, a postcode in it, a web address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from handlers.chat.arguments import Argument, Bound
from handlers.chat.clauses import clauses
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.language import languages
from handlers.chat.reading import Reading, flat, tidy
from models.search import fold

# The columns' lengths.
_LONGEST_CITY = 100
_LONGEST_POSTCODE = 20
_LONGEST_WEBSITE = 300


@dataclass(frozen=True, slots=True)
class Place:
    """A city, a postcode, or both; what is unknown is empty."""

    city: str
    postcode: str


class PlaceArgument(Argument[Place]):
    """``@ Lyon 69003``; behind ``in`` or ``à`` a postcode makes a place of it, else it is part of a name."""

    shape = msg("@ city postcode")
    prompt = msg("In which city?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> Place | None:
        for start, end in clauses(reading):
            stretch = reading.text[start:end]
            for match in _BEHIND.finditer(stretch):
                place = _place(stretch[match.end() :])
                if match["at"] or place.postcode:
                    reading.claim(start + match.start(), end)
                    return _checked(ctx, place)
        return None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> Place | None:
        return _checked(ctx, _place(text)) if text.strip() else None

    def dump(self, value: Place) -> list[str]:
        return [value.city, value.postcode]

    async def load(self, ctx: Context, stored: list[str]) -> Place:
        return Place(*stored)


_BEHIND = re.compile(r"(?:^|\s)(?:(?P<at>@)\s*|(?:in|at|à)\s+)(?=\S)")


def _place(text: str) -> Place:
    words = tidy(text).split()
    codes = [word for word in words if any(char.isdigit() for char in word)]
    return Place(" ".join(word for word in words if word not in codes), " ".join(codes))


def _checked(ctx: Context, place: Place) -> Place:
    if len(place.city) > _LONGEST_CITY or len(place.postcode) > _LONGEST_POSTCODE:
        raise Misread(ctx.text("“{text}” is too long for a city and a postcode.", text=place.city[:60]))
    return place


class WebsiteArgument(Argument[str]):
    """A web address: lower case, without ``https://`` and ``www.``."""

    shape = msg("website")
    prompt = msg("What is the web address?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        for start, end in clauses(reading):
            match = WEBSITE.search(reading.text, start, end)
            if match:
                reading.claim(match.start(), match.end())
                return website(match.group())
        return None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return website(text.strip())

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


WEBSITE = re.compile(
    r"(?<![\w@.-])(?:https?://)?(?:www\.)?[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){0,6}"
    r"\.[^\W\d_]{2,20}(?:/[^\s,;]{0,200})?(?![\w@])",
    re.IGNORECASE,
)


def website(text: str) -> str | None:
    """A typed web address as it is kept, None where it is none."""
    if not WEBSITE.fullmatch(text) or len(text) > _LONGEST_WEBSITE:
        return None
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", text, flags=re.IGNORECASE)
    host, slash, path = bare.partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/")


class EmployerArgument(Argument[str]):
    """The name behind ``@``, ``at`` or ``chez``, as it was typed: no company need exist by it."""

    shape = msg("@ company")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        for start, end in clauses(reading):
            match = _joint().search(flat(reading.text[start:end]))
            if match:
                reading.claim(start + match.start(), end)
                return _employer(ctx, tidy(reading.text[start + match.end() : end]))
        return None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return _employer(ctx, tidy(text.replace("\n", " ")))

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


# The lead's column.
_LONGEST_EMPLOYER = 200


def _employer(ctx: Context, name: str) -> str | None:
    if len(name) > _LONGEST_EMPLOYER:
        raise Misread(
            ctx.text(
                "A name may have {most} characters; this one has {n}.", most=_LONGEST_EMPLOYER, n=len(name)
            )
        )
    return name or None


def _joint() -> re.Pattern[str]:
    words = sorted({fold(word) for language in languages() for word in language.at} - {"@"})
    return re.compile(rf"(?:^|\s)(?:@\s*|(?:{'|'.join(map(re.escape, words))})\s+)(?=\S)")


APlace = Annotated[Place, PlaceArgument()]
Website = Annotated[str, WebsiteArgument()]
Employer = Annotated[str, EmployerArgument()]
