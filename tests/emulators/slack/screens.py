"""Modals, the Home tab and shortcuts on a person's screen.

docs.slack.dev/surfaces/modals, docs.slack.dev/surfaces/app-home, docs.slack.dev/interactivity/
implementing-shortcuts; payloads: docs.slack.dev/reference/interaction-payloads.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from . import elements
from .core import Core, View
from .deliveries import Delivery
from .hooks import Hooks
from .ledger import Button, buttons, frozen_copy
from .problems import Json, Problems
from .workspace import APP_ID, TEAM_DOMAIN, TEAM_ID, Account, Message


@dataclass(frozen=True, slots=True)
class Screen:
    """A modal or the Home tab as it stands: what is read, what can be pressed, what can be filled in.

    ``inputs`` are the names of its lines (block ids); ``errors`` what stands in red below them.
    """

    id: str
    title: str
    seen: str
    buttons: tuple[Button, ...] = ()
    inputs: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


_KEPT: Final = ("text", "value", "style", "url")


class Screens:
    """One person's; methods that act return at once, as :class:`~.people.Person`'s do."""

    def __init__(self, core: Core, hooks: Hooks, account: Account) -> None:
        self._core = core
        self._hooks = hooks
        self._account = account

    # ------------------------------------------------------------------ shortcuts

    def shortcut(self, callback_id: str) -> Delivery:
        """Use a global shortcut."""
        return self._send({**self._frame("shortcut"), "callback_id": callback_id})

    def message_shortcut(self, callback_id: str, channel: str, message: Message) -> Delivery:
        """Use a shortcut on a message."""
        payload = {
            **self._frame("message_action"),
            "callback_id": callback_id,
            "message_ts": message.ts,
            "message": frozen_copy(message.body),
            "channel": {"id": channel, "name": self._core.workspace.channels[channel].name},
            "response_url": self._hooks.new_url("actions", channel, self._account.id, None),
        }
        return self._send(payload)

    # ------------------------------------------------------------------ what stands open

    @property
    def modals(self) -> list[Screen]:
        """The open modals, the first opened first."""
        return [self._screen(view) for view in self._views("modal")]

    @property
    def home_tab(self) -> Screen | None:
        """The Home tab; None before it was ever published."""
        return next((self._screen(view) for view in self._views("home")), None)

    async def waits_for(self, words: str, within: float = 5.0) -> Screen:
        """Return the modal that shows these words, once it does. Raises AssertionError."""
        return await self._until(lambda: self.modals, words, within)

    async def form(self, title: str, within: float = 5.0) -> Screen:
        """Return the modal of that title that can be filled in, once it stands. Raises AssertionError."""

        def filled_in() -> list[Screen]:
            return [each for each in self.modals if each.inputs and each.title == title]

        return await self._until(filled_in, "", within)

    async def home(self, words: str, within: float = 5.0) -> Screen:
        """Return the Home tab once it shows these words. Raises AssertionError."""
        return await self._until(lambda: [tab] if (tab := self.home_tab) else [], words, within)

    async def _until(self, look: Callable[[], Sequence[Screen]], words: str, within: float) -> Screen:
        def find() -> Screen | None:
            return next((screen for screen in look() if words in f"{screen.title}\n{screen.seen}"), None)

        try:
            return await self._core.bell.until(find, within)
        except TimeoutError:
            shown = [f"{screen.title}\n{screen.seen}" for screen in look()]
            raise AssertionError(f"waited {within} s for {words!r} and saw {shown}") from None

    # ------------------------------------------------------------------ in a modal

    def fills(self, screen: Screen, **values: str) -> None:
        """Write into its lines, or choose the entry that stands for a value. Raises LookupError."""
        view = self._view(screen)
        for name, value in values.items():
            element = _inputs(view)[name]["element"]
            view.entered[name] = value
            if element["type"] == "static_select":
                view.entered[name] = _chosen(element["options"], value)["value"]

    async def searches(self, screen: Screen, name: str, words: str) -> list[str]:
        """Type into a menu that asks the app; returns what it offers."""
        view = self._view(screen)
        element = _inputs(view)[name]["element"]
        assert element["type"] == "external_select"
        payload = {**self._frame("block_suggestion"), "container": self._container(view), "value": words}
        payload |= {"action_id": element["action_id"], "block_id": name, "view": frozen_copy(view.body)}
        del payload["trigger_id"]
        answers: list[Json] = []
        delivery = Delivery(self._core.workspace.new_id("s"), "interactive", payload, self._account.id)
        self._core.deliveries.send(self._answering(delivery, lambda said: answers.append(said or {})))
        await self._core.bell.until(lambda: answers or delivery.error, 5.0)
        offered = answers[0].get("options", []) if answers else []
        problems = Problems()
        elements.check_options(problems, {"options": offered} if offered else {"options": [_ANY]}, name)
        self._core.oddities += problems.found
        view.offered[name] = offered
        return [option["text"]["text"] for option in offered]

    def picks(self, screen: Screen, name: str, label: str) -> None:
        """Choose what a menu offered. Raises LookupError."""
        view = self._view(screen)
        view.entered[name] = _chosen(view.offered.get(name, []), label)["value"]

    def submits(self, screen: Screen) -> Delivery:
        """Press the submit button. Raises LookupError, where Slack would not: something is required."""
        view = self._view(screen)
        missing = [name for name, block in _inputs(view).items() if _lacks(view, name, block)]
        if missing:
            raise LookupError(f"{missing} must be filled in")
        body = frozen_copy(view.body)
        body["state"] = {"values": {name: _state(view, name, block) for name, block in _inputs(view).items()}}
        payload = {**self._frame("view_submission"), "view": body, "response_urls": []}
        delivery = Delivery(payload["trigger_id"], "interactive", payload, self._account.id)
        return self._core.deliveries.send(self._answering(delivery, lambda said: self._after(view, said)))

    def types(self, screen: Screen, **values: str) -> None:
        """Put values into its lines as a tampered client can, whatever a menu offers."""
        self._view(screen).entered.update(values)

    def borrows(self, screen: Screen) -> None:
        """Act on somebody else's modal from here on, as only a forged payload could."""
        self._core.views[screen.id].user = self._account.id

    def closes(self, screen: Screen) -> None:
        """Close a modal; the app is not told, as it did not ask for it."""
        self._core.views.pop(screen.id)

    def presses(self, screen: Screen, label: str) -> Delivery:
        """Press a button in it, as it was seen."""
        found = [each for each in screen.buttons if label in {each.label, each.value}]
        if len(found) != 1:
            raise LookupError(
                f"{len(found)} buttons are {label!r}: {[each.label for each in screen.buttons]}"
            )
        view = self._core.views.get(screen.id)
        body = view.body if view else {"id": screen.id, "type": "modal"}
        pressed = found[0]
        action: Json = {"action_id": pressed.action_id, "block_id": pressed.block_id, "type": pressed.kind}
        action["action_ts"] = self._core.workspace.next_ts()
        if pressed.option is not None:
            action["selected_option"] = frozen_copy(pressed.option)
        else:
            action |= {k: frozen_copy(pressed.element[k]) for k in _KEPT if k in pressed.element}
        payload = {**self._frame("block_actions"), "container": {"type": "view", "view_id": screen.id}}
        payload |= {"view": frozen_copy(body), "actions": [action]}
        return self._send(payload)

    # ------------------------------------------------------------------ inside

    def _frame(self, kind: str) -> Json:
        return {
            "type": kind,
            "token": "deprecated-verification-token",
            "action_ts": self._core.workspace.next_ts(),
            "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
            "user": {
                "id": self._account.id,
                "username": self._account.name.lower(),
                "name": self._account.name.lower(),
                "team_id": TEAM_ID,
            },
            "api_app_id": APP_ID,
            "is_enterprise_install": False,
            "enterprise": None,
            "trigger_id": self._core.new_trigger(self._account.id),
        }

    def _send(self, payload: Json) -> Delivery:
        delivery = Delivery(payload["trigger_id"], "interactive", payload, self._account.id)
        return self._core.deliveries.send(delivery)

    def _answering(self, delivery: Delivery, answered: Callable[[Json | None], None]) -> Delivery:
        delivery.accepts_response_payload = True
        delivery.answered = answered
        return delivery

    def _after(self, view: View, said: Json | None) -> None:
        """What the acknowledgement of a submission does: docs.slack.dev/surfaces/modals."""
        action = (said or {}).get("response_action")
        if action == "errors":
            view.errors = dict((said or {}).get("errors", {}))
            unknown = view.errors.keys() - _inputs(view).keys()
            # "block_id of an input block": an error beside anything else is shown nowhere.
            self._core.oddities += [f"an error for {name}, which is no input" for name in unknown]
            if not view.errors:
                self._core.oddities.append("a form that stays open without an error")
        elif action in {None, "clear"}:
            self._core.views.pop(view.body["id"], None)
        else:
            self._core.oddities.append(f"a response action {action} that is not emulated")

    def _views(self, kind: str) -> Iterator[View]:
        mine = [view for view in self._core.views.values() if view.user == self._account.id]
        yield from (view for view in mine if view.body["type"] == kind)

    def _view(self, screen: Screen) -> View:
        if screen.id not in self._core.views:
            raise LookupError("it is closed")
        return self._core.views[screen.id]

    def _container(self, view: View) -> Json:
        return {"type": "view", "view_id": view.body["id"]}

    def _screen(self, view: View) -> Screen:
        blocks = view.body["blocks"]
        title = view.body["title"]
        return Screen(
            id=view.body["id"],
            title=title["text"] if title else "",
            seen=self._core.seen("", blocks),
            buttons=tuple(each for each in buttons(blocks) if each.block_id not in _inputs(view)),
            inputs=tuple(_inputs(view)),
            values={name: _entered(view, name, block) for name, block in _inputs(view).items()},
            errors=dict(view.errors),
        )


_ANY: Final[Json] = {"text": {"type": "plain_text", "text": "-"}, "value": "-"}


def _inputs(view: View) -> dict[str, Json]:
    return {block["block_id"]: block for block in view.body["blocks"] if block["type"] == "input"}


def _entered(view: View, name: str, block: Json) -> str:
    element = block["element"]
    at_first = element.get("initial_value") or element.get("initial_option", {}).get("value", "")
    return str(view.entered.get(name, at_first))


def _lacks(view: View, name: str, block: Json) -> bool:
    return not block.get("optional", False) and not _entered(view, name, block)


def _state(view: View, name: str, block: Json) -> Json:
    element, value = block["element"], _entered(view, name, block)
    kind: str = element["type"]
    if not kind.endswith("select"):
        return {element["action_id"]: {"type": kind, "value": value or None}}
    option = {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value} if value else None
    return {element["action_id"]: {"type": kind, "selected_option": option}}


def _chosen(options: Sequence[Json], wanted: str) -> Any:
    found = [each for each in options if wanted in {each["text"]["text"], each["value"]}]
    if len(found) != 1:
        raise LookupError(
            f"{len(found)} entries are {wanted!r}: {[each['text']['text'] for each in options]}"
        )
    return found[0]
