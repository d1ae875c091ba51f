"""Forms: a command's parameters to be filled in at once, made from its signature.

What a form asks for is what a line would say; each value is read by its parameter's kind. A platform that
cannot show one asks question by question, as for a line that lacks a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from handlers.chat import binding
from handlers.chat import reading as lines
from handlers.chat.arguments import (
    Argument,
    FollowUpArgument,
    HiddenArgument,
    RecordArgument,
    RestArgument,
    SomeoneArgument,
    StageArgument,
    WhenArgument,
    label,
)
from handlers.chat.command import REGISTER, Command, Parameter
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Misread, NotUnderstood
from handlers.chat.i18n import Locale, msg
from handlers.chat.options import OptionArgument
from handlers.chat.reply import Button, Buttons, Form, Input, Invocation, Reply, Text
from models.errors import AlreadyDone, NotFound, RuleRefused
from models.record import LETTERS, Record

# What can be filled in, as a menu shows it: what a day brings first.
OFFERED = ("call", "note", "meeting", "email", "remind", "deal_new", "contact_new", "company_new", "lead_new")
# Where what a command does is too long for the title of a form: Slack's has 24 characters.
_SHORTER = {"meeting": msg("Meeting"), "deal_new": msg("New deal")}
# Entries of a menu of records; more would have to be read instead of seen.
_MOST_SUGGESTED = 20


def opener(text: str, command: str, **known: Any) -> Button:
    """A button that opens the form of a command, with what is known of it filled in."""
    return Button(text, _asking(command, known, {}, ""), opens=True)


def _asking(command: str, known: Mapping[str, Any], typed: Mapping[str, str], source: str) -> Invocation:
    kept = {
        "known": json.dumps(dict(known)) if known else "",
        "typed": json.dumps(dict(typed)) if typed else "",
    }
    given = {"fills": command, **kept, "source": source}
    return Invocation("form", {name: value for name, value in given.items() if value})


async def form(
    ctx: Context,
    command: Command,
    *,
    title: str = "",
    known: Mapping[str, Any] | None = None,
    typed: Mapping[str, str] | None = None,
    source: str = "",
) -> Reply:
    """The form of a command.

    ``known`` are values as a saved command keeps them, ``typed`` what was entered before, ``source`` is the
    reference of the message that it is about.
    """
    known, typed = known or {}, typed or {}
    title = title or title_of(ctx.locale, command)
    saved = {"fills": command.name, "known": json.dumps(dict(known)), "source": source}
    asked = Form(
        title,
        submit=ctx.text("Save"),
        close=ctx.text("Cancel"),
        fills=command.name,
        inputs=tuple([await _input(ctx, each, known, typed) for each in shown(command)]),
        command=Invocation("fill", saved),
    )
    again = Button(title, _asking(command.name, known, typed, source), opens=True)
    missed = Text(ctx.text("The form did not open in time. Press again:"))
    return Reply((missed, Buttons((again,))), form=asked)


def title_of(locale: Locale, command: Command) -> str:
    """What stands above the form of a command, and on the button that opens it."""
    return locale.text(_SHORTER.get(command.name, command.summary))


def shown(command: Command) -> list[Parameter]:
    """The parameters that a form asks for; the required ones first, the note last."""
    asked = [each for each in command.parameters if _is_asked_for(each.argument)]
    return sorted(asked, key=lambda each: (each.argument.last, not each.required))


def _is_asked_for(argument: Argument[Any]) -> bool:
    return isinstance(argument, SomeoneArgument) or (
        bool(argument.shape) and not isinstance(argument, HiddenArgument)
    )


async def _input(
    ctx: Context, parameter: Parameter, known: Mapping[str, Any], typed: Mapping[str, str]
) -> Input:
    argument, value = parameter.argument, typed.get(parameter.name, "")
    blank = Input(parameter.name, _label(ctx, argument), required=parameter.required, value=value)
    if isinstance(argument, RecordArgument):
        value = value or str(known.get(parameter.name, ""))
        return replace(blank, kind="record", value=value, choices=await _records(ctx, argument, value))
    if isinstance(argument, OptionArgument | StageArgument):
        choices = tuple((each.label, str(each.value)) for each in await argument.choices(ctx, {}))
        return replace(blank, kind="choice" if choices else "line", choices=choices)
    if isinstance(argument, RestArgument):
        return replace(blank, kind="lines", value=value or str(known.get(parameter.name, "")))
    return replace(blank, hint=ctx.text(argument.shape), value=value or _plain(known.get(parameter.name)))


def _label(ctx: Context, argument: Argument[Any]) -> str:
    """The question; where a kind has none of its own, what usage lines call it."""
    words = argument.shape if argument.prompt == Argument.prompt else argument.prompt
    text = ctx.text(words).lstrip("@# ")
    return text[:1].upper() + text[1:]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""


async def _records(ctx: Context, argument: RecordArgument, value: str) -> tuple[tuple[str, str], ...]:
    """The likely ones; the one that is chosen already first."""
    chosen = []
    if value and (record := await _visible(ctx, argument, value)) is not None:
        chosen = [(await label(ctx, record), record.reference)]
    likely = [(each.label, str(each.value)) for each in await argument.choices(ctx, {})]
    return tuple(dict.fromkeys([*chosen, *likely]))


async def _visible(ctx: Context, argument: RecordArgument, reference: str) -> Record | None:
    letter, _, number = reference.partition("-")
    model = LETTERS.get(letter)
    if model is None or model not in argument.models or not (number.isascii() and number.isdigit()):
        return None
    try:
        return await model.by_number(ctx.member, int(number))
    except NotFound:
        return None


async def suggestions(ctx: Context, fills: str, name: str, words: str) -> list[tuple[str, str]]:
    """Records for a form's line while a name is typed: what is shown, and what it stands for.

    Only those that the member may see; none for a line that takes no record.
    """
    command = REGISTER.get(fills)
    parameter = next((each for each in shown(command) if each.name == name), None) if command else None
    if parameter is None or not isinstance(parameter.argument, RecordArgument):
        return []
    argument = parameter.argument
    if not words.strip():
        return [(each.label, str(each.value)) for each in await argument.choices(ctx, {})]
    if (record := await _visible(ctx, argument, words.strip().upper())) is not None:
        return [(await label(ctx, record), record.reference)]
    found = await argument.like(ctx, words)
    return [(await _named(ctx, record), record.reference) for record in found[:_MOST_SUGGESTED]]


async def _named(ctx: Context, record: Record) -> str:
    text = await label(ctx, record)
    return text if text.startswith(record.reference) else f"{text} ({record.reference})"


async def values(ctx: Context, command: Command, known: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, by parameter, as the command takes it.

    Raises: Asked, where a name means several; Misread, RuleRefused.
    """
    asked = {each.name for each in shown(command)}
    kept = {name: value for name, value in known.items() if name not in asked}
    found = await binding.restore(ctx, command, kept)
    several: Asked | None = None
    for parameter in shown(command):
        text = (ctx.request.filled or {}).get(parameter.name, "").strip()
        try:
            if text and (value := await _value(ctx, command, parameter, text, found)) is not None:
                found[parameter.name] = value
            elif text:
                raise Misread(_unread(ctx.locale, parameter))
        except Asked as error:
            several = several or error
    if several is not None:
        # All that could be read is kept, so that the answer completes the command.
        several.invocation = Invocation(command.name, binding.dump(command, found))
        raise several
    return found


async def _value(
    ctx: Context, command: Command, parameter: Parameter, text: str, found: dict[str, Any]
) -> Any:
    argument = parameter.argument
    if isinstance(argument, WhenArgument | FollowUpArgument):
        return await argument.take(ctx, _read(command, argument, text, ctx.speaker), found)
    taken = dict(found)
    await binding.complete(ctx, command, taken, parameter, text)
    return taken.get(parameter.name)


def _read(command: Command, argument: Argument[Any], text: str, speaker: lines.Speaker) -> lines.Reading:
    """A form's line as the words of a whole line are read: in a log a weekday lies in the past."""
    said = [text]
    if isinstance(argument, FollowUpArgument):
        # It is read behind a separator, and with its word: the grammar knows both languages'.
        said = [f", {text}", f", next {text}"]
    readings = [lines.read(each, argument.kinds, speaker, log=command.log) for each in said]
    return next((reading for reading in readings if reading.spans), readings[-1])


def misshapen(fills: str, filled: Mapping[str, str], tag: str, now: datetime) -> dict[str, str]:
    """What is wrong with a form's lines, by parameter: a time that is none, an amount that is none.

    It needs no database: whether there is such a record, and whether the rules allow it, is seen later.
    ``tag`` is the locale in which the form was written.
    """
    command = REGISTER.get(fills)
    if command is None:
        return {}
    try:
        locale = Locale(tag)
    except ValueError:  # none of ours wrote it
        return {}
    decimal: Literal[",", "."] = "," if "," in locale.number(0.5) else "."
    speaker = lines.Speaker(now, "UTC", locale.day_first, decimal, country="", working_days=frozenset())
    return {
        parameter.name: _unread(locale, parameter)
        for parameter in shown(command)
        if (text := filled.get(parameter.name, "").strip())
        and not _has_shape(command, parameter, text, speaker)
    }


# A telephone number is not among them: which digits make one depends on the workspace's country.
_SHAPED = frozenset({lines.Kind.WHEN, lines.Kind.DURATION, lines.Kind.FOLLOW, lines.Kind.EMAIL})


def _has_shape(command: Command, parameter: Parameter, text: str, speaker: lines.Speaker) -> bool:
    argument = parameter.argument
    if argument.kinds == {lines.Kind.MONEY}:
        return next(lines.amounts(text, speaker, bare=True), None) is not None
    if isinstance(argument, RecordArgument) or not argument.kinds & _SHAPED:
        return True
    reading = _read(command, argument, text, speaker)
    return any(span.kind in argument.kinds for span in reading.spans)


def _unread(locale: Locale, parameter: Parameter) -> str:
    words = parameter.argument.shape or parameter.argument.prompt
    return locale.text("I could not read that. I need: {shape}", shape=locale.text(words))


def with_a_way_back(
    ctx: Context, reply: Reply, error: RuleRefused | NotUnderstood, invocation: Invocation
) -> Reply:
    """A refusal of what a form held, with a button that opens it again as it was filled in."""
    if isinstance(error, Asked | AlreadyDone) or ctx.request.filled is None:
        return reply
    given = invocation.arguments
    known = json.loads(given.get("known") or "{}")
    back = _asking(str(given.get("fills", "")), known, ctx.request.filled, str(given.get("source", "")))
    button = Button(ctx.text("Fill in again"), back, "primary", opens=True)
    return replace(reply, blocks=(*reply.blocks, Buttons((button,))), private=False)


def offered(ctx: Context) -> Sequence[Command]:
    """The commands whose forms this member may fill in."""
    return [REGISTER[name] for name in OFFERED if REGISTER[name].allows(ctx.member.role)]


TITLE = msg("Log to CRM")
