"""Binding: a reading's spans fill a command's parameters; what nothing takes is the note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.chat.arguments import MOST_CHOICES, label, stage_name
from handlers.chat.command import Command, Parameter
from handlers.chat.context import Context
from handlers.chat.errors import Asked, Choice
from handlers.chat.reading import Reading
from handlers.chat.reply import Invocation
from models.contact import Contact
from models.deal import Stage
from models.errors import Ambiguous
from models.record import Record


async def bind(ctx: Context, command: Command, reading: Reading) -> dict[str, Any]:
    """Values by parameter name, from a line.

    All that can be read is read before the first question is asked, so that its answer completes the
    command.

    Raises:
        Asked: a value is missing, or several fit.
        NotFound, Misread, InvalidValue: a value that was typed cannot be.
    """
    values = dict[str, Any]()
    several: tuple[Parameter, Ambiguous] | None = None
    for parameter in sorted(command.parameters, key=lambda each: each.argument.last):
        try:
            value = await parameter.argument.take(ctx, reading, values)
        except Ambiguous as error:
            several = several or (parameter, error)
            continue
        if value is not None:
            values[parameter.name] = value
    if several is not None:
        raise await _which(ctx, command, values, *several)
    await require(ctx, command, values)
    return values


async def restore(ctx: Context, command: Command, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Values by parameter name, from a saved command; each is seen through the presser's rights."""
    values = dict[str, Any]()
    for parameter in command.parameters:
        if parameter.name in arguments:
            values[parameter.name] = await parameter.argument.load(ctx, arguments[parameter.name])
    return values


async def complete(
    ctx: Context, command: Command, values: dict[str, Any], parameter: Parameter, text: str
) -> bool:
    """Put the answer to a question in its place; False where the text does not answer it."""
    try:
        value = await parameter.argument.answer(ctx, text, values)
    except Ambiguous as error:
        raise await _which(ctx, command, values, parameter, error) from error
    if value is None:
        return False
    values[parameter.name] = value
    return True


async def require(ctx: Context, command: Command, values: Mapping[str, Any]) -> None:
    """Raises: Asked, for the first required value that is missing."""
    for parameter in command.parameters:
        if parameter.required and parameter.name not in values:
            raise await asking(ctx, command, values, parameter)


async def asking(ctx: Context, command: Command, values: Mapping[str, Any], parameter: Parameter) -> Asked:
    """The question for one parameter, with its likely answers."""
    return Asked(
        Invocation(command.name, dump(command, values)),
        parameter.name,
        ctx.text(parameter.argument.prompt),
        await parameter.argument.choices(ctx, values),
    )


def dump(command: Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a saved command keeps them."""
    return {
        parameter.name: parameter.argument.dump(values[parameter.name])
        for parameter in command.parameters
        if parameter.name in values
    }


async def _which(
    ctx: Context, command: Command, values: Mapping[str, Any], parameter: Parameter, error: Ambiguous
) -> Asked:
    choices = [await _choice(ctx, parameter, each) for each in error.choices[:MOST_CHOICES]]
    more = len(error.choices) - len(choices)
    prompt = ctx.text("Which {name}?", name=error.text)
    if more > 0:
        prompt += " " + ctx.locale.plural("({n} more: add a word.)", "({n} more: add a word.)", more)
    extra = []
    if error.kind == Contact.KIND:
        new = ctx.text("New contact {name}", name=error.text)
        extra.append((new, Invocation("contact_new", {"name": error.text})))
    return Asked(Invocation(command.name, dump(command, values)), parameter.name, prompt, choices, extra)


async def _choice(ctx: Context, parameter: Parameter, value: Record | Stage) -> Choice:
    name = stage_name(ctx, value) if isinstance(value, Stage) else await label(ctx, value)
    return Choice(name, parameter.argument.dump(value))
