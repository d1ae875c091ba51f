"""views.open, .update and .publish."""

from typing import Any, Final

from .. import blocks as kit
from .. import limits
from ..call import Arguments, Refused, method
from ..core import Core, View
from ..ledger import Entry, Kind, frozen_copy
from ..problems import Json, Problems
from ..workspace import APP_ID, BOT_ID, TEAM_ID

_COMMON: Final = ("blocks", "callback_id", "external_id", "private_metadata")
_MODAL: Final = ("submit", "close", "clear_on_close", "notify_on_close", "submit_disabled", *_COMMON)


@method("views.open", takes=("trigger_id", "view"), per_minute=limits.TIER_4)
def views_open(core: Core, arguments: Arguments) -> Json:
    """Open a modal for the person whose command or press gave the trigger id."""
    body = _view(arguments, "modal")
    user = _spend_trigger(core, arguments.required("trigger_id"))
    _check_external_id(core, body)
    view = _stored(core, core.workspace.new_id("V"), user, body)
    return _answer(core, view, "view_opened")


@method(
    "views.update",
    takes=("view_id", "external_id", "view", "hash"),
    per_minute=limits.TIER_4,
)
def views_update(core: Core, arguments: Arguments) -> Json:
    """Change an open modal."""
    body = _view(arguments, "modal")
    before = _find(core, arguments)
    _check_hash(arguments, before)
    view = _stored(core, before.body["id"], before.user, body)
    return _answer(core, view, "view_updated")


@method("views.publish", takes=("user_id", "view", "hash"), per_minute=limits.TIER_4)
def views_publish(core: Core, arguments: Arguments) -> Json:
    """Publish a person's Home tab."""
    body = _view(arguments, "home")
    user = arguments.required("user_id")
    if user not in core.workspace.accounts:
        raise Refused("invalid_arguments", "invalid `user_id`")
    homes = [v for v in core.views.values() if v.user == user and v.body["type"] == "home"]
    if homes:
        _check_hash(arguments, homes[0])
    name = homes[0].body["id"] if homes else core.workspace.new_id("V")
    return _answer(core, _stored(core, name, user, body), "home_published")


def _view(arguments: Arguments, kind: str) -> Json:
    view = arguments.json("view", "invalid_arguments")
    found = view_problems(view, kind)
    if found:
        raise Refused("invalid_arguments", *found)
    return dict(view)


def view_problems(view: Any, kind: str) -> list[str]:
    """What Slack would refuse in a ``modal`` or a ``home`` view, as sentences with pointers."""
    problems = Problems()
    found = problems.mapping(view, "/view")
    if found is not None:
        _check_view(problems, dict(found), kind)
    return problems.found


def _check_view(problems: Problems, view: Json, kind: str) -> None:
    if view.get("type") != kind:
        problems.add(f"unsupported type: {view.get('type')}", "/view/type")
    needs, takes = (("title", "blocks"), _MODAL) if kind == "modal" else (("blocks",), _COMMON)
    problems.fields(view, "/view", needs=needs, takes=takes)
    problems.found += kit.view_problems(view.get("blocks", []))
    for name, most in (
        ("title", limits.VIEW_TITLE),
        ("submit", limits.VIEW_BUTTON),
        ("close", limits.VIEW_BUTTON),
    ):
        if name in view:
            problems.text(view[name], f"/view/{name}", most=most, plain=True)
    problems.optional(view, "callback_id", "/view", most=limits.CALLBACK_ID)
    problems.optional(view, "external_id", "/view", most=limits.EXTERNAL_ID)
    problems.optional(view, "private_metadata", "/view", most=limits.PRIVATE_METADATA)
    asks = any(isinstance(b, dict) and b.get("type") == "input" for b in view.get("blocks", []))
    if kind == "modal" and asks and "submit" not in view:
        # docs.slack.dev/reference/views/modal-views: submit is required with an input block
        problems.add("missing required field: submit", "/view")


def _spend_trigger(core: Core, trigger_id: str) -> str:
    trigger = core.triggers.get(trigger_id)
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if core.clock() - trigger.born > limits.TRIGGER_SECONDS:
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger.user


def _check_external_id(core: Core, body: Json) -> None:
    name = body.get("external_id")
    if name and any(view.body["external_id"] == name for view in core.views.values()):
        raise Refused("duplicate_external_id")


def _find(core: Core, arguments: Arguments) -> View:
    named: dict[str, Any] = {"id": arguments.text("view_id")}
    named["external_id"] = arguments.text("external_id")
    for view in core.views.values():
        if any(value and view.body[key] == value for key, value in named.items()):
            return view
    raise Refused("not_found")


def _check_hash(arguments: Arguments, view: View) -> None:
    expected = arguments.text("hash")
    if expected is not None and expected != view.body["hash"]:
        raise Refused("hash_conflict")


def _stored(core: Core, name: str, user: str, body: Json) -> View:
    blocks = kit.completed(body["blocks"], lambda: core.workspace.new_id("b"))
    whole: Json = {
        "id": name,
        "team_id": TEAM_ID,
        "title": None,
        "submit": None,
        "close": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **body,
        "blocks": blocks,
        "state": {"values": {}},
        "hash": f"{core.workspace.next_ts()}.{core.workspace.new_id('h')}",
        "root_view_id": name,
        "previous_view_id": None,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
    core.views[name] = View(user, whole)
    return core.views[name]


def _answer(core: Core, view: View, kind: Kind) -> Json:
    body = frozen_copy(view.body)
    blocks = tuple(body["blocks"])
    core.record_other(Entry(kind, core.clock(), ts=body["id"], to=view.user, blocks=blocks, payload=body))
    return {"view": frozen_copy(view.body)}
