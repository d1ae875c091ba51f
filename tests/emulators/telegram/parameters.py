"""The parameters of one request, out of whatever clothes they came in.

docs #making-requests: GET or POST; URL query string, form, JSON or multipart.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from aiohttp import web

from .refusals import (
    CHAT_EMPTY,
    Refusal,
    Refused,
    bad_request,
    missing,
    own_rule,
)

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_TRUE = ("true", "yes", "1")  # server Client.cpp, to_bool
_FALSE = ("false", "no", "0", "")


class Parameters(Mapping[str, Any]):
    """What a request carries: strings from forms, any JSON value from a JSON body."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def only(self, method: str, known: Collection[str]) -> None:
        """Refuse names that ``method`` doesn't know; Telegram ignores them."""
        for name in self._values:
            if name not in known:
                raise Refused(own_rule(f'{method} knows no parameter "{name}"'))

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise Refused(own_rule(f'parameter "{name}" must be a string'))
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Refused(missing(name))
        return value

    def integer(self, name: str, default: int = 0) -> int:
        value = self._values.get(name, default)
        try:
            return int(str(value))
        except ValueError:
            raise Refused(own_rule(f'parameter "{name}" must be an integer')) from None

    def flag(self, name: str) -> bool:
        value = str(self._values.get(name, "")).lower()
        if value not in _TRUE + _FALSE:
            raise Refused(own_rule(f'parameter "{name}" must be true or false'))
        return value in _TRUE

    def json(self, name: str, refusal: Refusal) -> Any:
        """Return the value that a JSON body nests or a form spells as JSON; None when absent."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refused(refusal) from None

    def chat_id(self) -> int:
        """Return the chat's number; 0, which no chat has, for anything else that was said."""
        said = str(self._values.get("chat_id", ""))
        if not said:
            raise Refused(CHAT_EMPTY)
        return int(said) if said.lstrip("-").isdecimal() else 0


async def read_parameters(request: web.Request) -> Parameters:
    """Read the query string and the body of ``request``."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        values |= _object(await request.read())
    elif request.content_type in _FORMS:
        values |= dict(await request.post())
    elif request.can_read_body:
        raise Refused(own_rule(f"a body of the type {request.content_type} would be ignored"))
    return Parameters(values)


def _object(body: bytes) -> dict[str, Any]:
    """server HttpReader.cpp (tdnet), parse_json_parameters."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(bad_request("JSON object expected"))
    return value
