"""Where a method says its name and its parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..account import Account
from ..parameters import Parameters

Perform: TypeAlias = Callable[[Account, Parameters], Awaitable[Any]]


@dataclass(frozen=True)
class Method:
    """One method: returns what stands under ``result``, or raises Refused."""

    name: str
    parameters: frozenset[str]
    perform: Perform


METHODS: dict[str, Method] = {}  # by lower-case name: docs #making-requests, "case-insensitive"


def method(name: str, *parameters: str) -> Callable[[Perform], Perform]:
    """Register a function as the Bot API's method ``name`` that knows just these parameters."""

    def register(perform: Perform) -> Perform:
        METHODS[name.lower()] = Method(name, frozenset(parameters), perform)
        return perform

    return register
