"""How one call of the Web API is read: its token, its arguments, and the ways it is refused.

Error names without a remark are those that the method's page lists
(docs.slack.dev/reference/methods/<method>).
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiohttp import hdrs, web

from .core import Core
from .problems import Json


class Refused(Exception):
    """Slack answers ``ok: false`` with ``error``; ``messages`` explain it, ``extra`` joins the answer."""

    def __init__(self, error: str, *messages: str, extra: Json | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.extra = extra or {}

    def answer(self) -> Json:
        """Return the body of the answer."""
        answer: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            noted = [f"[ERROR] {message}" for message in self.messages]
            answer["response_metadata"] = {"messages": noted}
        return answer


class Arguments:
    """The arguments of one call; form values are strings, JSON values are what they are."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def names(self) -> Collection[str]:
        """What was passed."""
        return self._given.keys()

    def all(self) -> dict[str, Any]:
        """Return a copy of everything that was passed."""
        return dict(self._given)

    def peek(self, name: str) -> object:
        """Return an argument as it came, or None when it is absent."""
        return self._given.get(name)

    def text(self, name: str) -> str | None:
        """Return a string argument, or None when it is absent."""
        value = self._given.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise Refused("invalid_arguments", f"must be a string: {name}")

    def required(self, name: str) -> str:
        """Return a string argument that the method needs."""
        value = self.text(name)
        if not value:
            raise Refused("invalid_arguments", f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean: JSON true and false, or the words and digits of a form."""
        value = self._given.get(name)
        if value is None:
            return default
        if value in {"1", "true", "True"} or value is True:
            return True
        if value in {"0", "false", "False"} or value is False:
            return False
        raise Refused("invalid_arguments", f"must be a boolean: {name}")

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit():
            raise Refused("invalid_arguments", f"must be an integer: {name}")
        return int(value)

    def json(self, name: str, otherwise: str) -> Any:
        """Return an array or object, given as JSON or as a string of it; ``otherwise`` names the refusal."""
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(otherwise) from None


Run = Callable[[Core, Arguments], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API: what it takes, how often it may be called, what it does.

    ``per_minute`` counts calls; ``token`` is the kind it wants; ``post_only`` refuses GET.
    """

    name: str
    run: Run
    takes: frozenset[str]
    per_minute: int
    token: Literal["bot", "app"]
    post_only: bool


METHODS: Final[dict[str, Method]] = {}


def method(
    name: str,
    *,
    takes: Collection[str] = (),
    per_minute: int,
    token: Literal["bot", "app"] = "bot",
    post_only: bool = False,
) -> Callable[[Run], Run]:
    """Register a method of the Web API under Slack's name for it."""

    def register(run: Run) -> Run:
        METHODS[name] = Method(name, run, frozenset(takes), per_minute, token, post_only)
        return run

    return register


async def read_call(request: web.Request) -> tuple[str | None, Arguments]:
    """Return the token and the arguments of a request.

    docs.slack.dev/apis/web-api: form or JSON; a token in the header, or as a form argument, never
    inside JSON.
    """
    given: Json = dict(request.query)
    kind = request.content_type if hdrs.CONTENT_TYPE in request.headers else None
    if request.method == hdrs.METH_POST and request.can_read_body:
        given.update(await _read_body(request, kind))
    token: str | None = given.pop("token", None) if kind != "application/json" else None
    scheme, _, credential = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme == "Bearer":
        token = credential
    return token, Arguments(given)


def check_names(called: Method, arguments: Arguments) -> None:
    """Refuse arguments that the method does not know.

    Our own rule: Slack ignores them; here a misspelt name is found at once. ``team_id`` goes
    everywhere, as slack_bolt sends it with every call (org-wide tokens).
    """
    unknown = sorted(set(arguments.names()) - called.takes - {"team_id"})
    if unknown:
        told = [f"{called.name} of the emulator takes no argument `{name}`" for name in unknown]
        raise Refused("invalid_arg_name", *told)


async def _read_body(request: web.Request, kind: str | None) -> Json:
    if kind is None:
        raise Refused("missing_post_type")
    if kind == "application/json":
        return _json_object(await request.text())
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.post()
        if any(not isinstance(value, str) for value in form.values()):
            raise Refused("invalid_form_data")
        return dict(form)
    raise Refused("invalid_post_type")


def _json_object(text: str) -> Json:
    # invalid_json, json_not_object: docs.slack.dev/apis/web-api, "POST bodies"
    try:
        body = json.loads(text)
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return body
