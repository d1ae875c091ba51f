"""Command: a named handler. The register holds them all; help, menus and usage are made from it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from handlers.chat.arguments import Argument
from handlers.chat.reading import Kind
from handlers.chat.reply import Reply
from models.member import Role

Handler = Callable[..., Awaitable[Reply]]

REGISTER: dict[str, Command] = {}

_RANKS = {Role.REP: 0, Role.MANAGER: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler and the kind of words it takes."""

    name: str
    argument: Argument[Any]
    required: bool


def _always(_words: str) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """A handler with its signature.

    ``summary`` is an English sentence to translate. ``role`` is what it takes at least. ``log``: the
    line tells what happened, so weekdays lie in the past. ``hidden`` ones are for buttons only.
    ``reads``: it writes nothing, so its buttons serve more than once. ``apart``: its buttons under one
    message are no alternatives, each is about a record of its own. ``final``: it leaves no Change, so
    that undo does not take it back. ``open``: its answers say nothing of a customer, so that anybody may
    read them (see handlers.chat.privacy). ``cost``: how much of what one may ask it uses up, a message being
    one (see bot.allowance): what looks through many records is dearer. ``surely``: whether the words behind
    its verb make a command of a line that may as well continue a note (``team`` and ``rate`` are everyday
    words too).
    """

    name: str
    handler: Handler
    summary: str
    role: Role = Role.REP
    final: bool = False
    log: bool = False
    hidden: bool = False
    reads: bool = False
    apart: bool = False
    open: bool = False
    cost: int = 1
    surely: Callable[[str], bool] = _always

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters after the context, in the order of the signature."""
        hints = get_type_hints(self.handler, include_extras=True)
        names = list(inspect.signature(self.handler).parameters.items())[1:]
        return tuple(_parameter(name, hints[name], slot) for name, slot in names)

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of span that its parameters want read."""
        return frozenset().union(*(parameter.argument.kinds for parameter in self.parameters))

    @property
    def module(self) -> str:
        """The file, or the package, under ``handlers`` that it stands in: its noun."""
        return self.handler.__module__.split(".")[1]

    def allows(self, role: Role) -> bool:
        """Whether somebody in that role may use it."""
        return _RANKS[role] >= _RANKS[self.role]

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name."""
        return next(parameter for parameter in self.parameters if parameter.name == name)


def command(
    summary: str,
    *,
    name: str = "",
    role: Role = Role.REP,
    final: bool = False,
    log: bool = False,
    hidden: bool = False,
    reads: bool = False,
    apart: bool = False,
    open: bool = False,
    cost: int = 1,
    surely: Callable[[str], bool] = _always,
) -> Callable[[Handler], Handler]:
    """Enter a handler in the register, under its own name unless another is given."""

    def enter(handler: Handler) -> Handler:
        own = name or handler.__name__
        REGISTER[own] = Command(
            own, handler, summary, role, final, log, hidden, reads, apart, open, cost, surely
        )
        return handler

    return enter


def _parameter(name: str, hint: Any, slot: inspect.Parameter) -> Parameter:
    return Parameter(name, _argument(hint), required=slot.default is inspect.Parameter.empty)


def _argument(hint: Any) -> Argument[Any]:
    """The Argument inside ``Annotated[…]``, also within ``… | None``."""
    if get_origin(hint) in (Union, UnionType):
        return next(_argument(part) for part in get_args(hint) if part is not NoneType)
    return next(part for part in hint.__metadata__ if isinstance(part, Argument))
