"""Parameters that are words: a name, a note, a verb, addresses and numbers."""

from __future__ import annotations

from itertools import chain

from email_validator import EmailNotValidError, validate_email

from handlers.chat import reading as lines
from handlers.chat.arguments.base import Argument, Bound
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.chat.reading import Kind, Reading, tidy

# The name columns' length.
LONGEST_NAME = 200


class NameArgument(Argument[str]):
    """The first words of the line, up to a separator, a company or another span; else the first listed."""

    shape = msg("name")
    prompt = msg("What is the name?")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        quoted = reading.take(Kind.QUOTED)
        if quoted:
            return _checked_name(ctx, quoted.value.strip())
        found = next(chain(reading.stretches(), reading.listed()), None)
        if found is None:
            return None
        reading.claim(*found)
        return _checked_name(ctx, tidy(reading.text[slice(*found)]))

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return _checked_name(ctx, tidy(text.replace("\n", " ")))

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


def _checked_name(ctx: Context, name: str) -> str | None:
    if len(name) > LONGEST_NAME:
        raise Misread(
            ctx.text("A name may have {most} characters; this one has {n}.", most=LONGEST_NAME, n=len(name))
        )
    return name or None


class RestArgument(Argument[str]):
    """All the words that nothing else took: the note."""

    shape = msg("note")
    prompt = msg("What should it say?")
    last = True

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        rest = reading.rest()
        whole = lines.QUOTED.fullmatch(rest)
        return (lines.unquoted(whole) if whole else rest).strip() or None

    async def answer(self, ctx: Context, text: str, bound: Bound) -> str | None:
        return text.strip() or None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


class LineArgument(RestArgument):
    """A whole line, to be answered in its turn."""

    prompt = msg("How should it read? Send the whole line again; it replaces what was written.")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return reading.text.strip() or None


class WordArgument(Argument[str]):
    """The first word: a code, a verb."""

    shape = msg("word")

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        word = reading.rest().split(maxsplit=1)
        return word[0] if word else None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return stored


class VerbArgument(WordArgument):
    """A verb, which may be of two words: contact new."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return reading.rest() or None


class HiddenArgument(Argument[str]):
    """What only a button knows; nobody types it."""

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> str | None:
        return None

    def dump(self, value: str) -> str:
        return value

    async def load(self, ctx: Context, stored: str) -> str:
        return str(stored)


class EmailsArgument(Argument["list[str]"]):
    """E-mail addresses, lower case."""

    shape = msg("e-mail")
    kinds = frozenset({Kind.EMAIL})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> list[str] | None:
        found = []
        while span := reading.take(Kind.EMAIL):
            found.append(_checked_email(ctx, span.value))
        return found or None

    def dump(self, value: list[str]) -> list[str]:
        return value

    async def load(self, ctx: Context, stored: list[str]) -> list[str]:
        return stored


def _checked_email(ctx: Context, address: str) -> str:
    try:
        # Reserved names (example, test) are refused by default; demos and trials use them.
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Misread(ctx.text("“{address}” is not an e-mail address.", address=address)) from error
    return checked.normalized.lower()


class PhonesArgument(Argument["list[str]"]):
    """Phone numbers, E.164, read by the workspace's country."""

    shape = msg("phone")
    kinds = frozenset({Kind.PHONE})

    async def take(self, ctx: Context, reading: Reading, bound: Bound) -> list[str] | None:
        found = []
        while span := reading.take(Kind.PHONE):
            found.append(str(span.value))
        return found or None

    def dump(self, value: list[str]) -> list[str]:
        return value

    async def load(self, ctx: Context, stored: list[str]) -> list[str]:
        return stored
