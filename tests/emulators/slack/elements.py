"""What Slack refuses in an interactive element: buttons, menus, pickers, confirm dialogs.

Figures: ``limits``; fields: docs.slack.dev/reference/block-kit/block-elements.
"""

from collections.abc import Mapping
from typing import Any, Final

from . import limits
from .problems import Problems

SELECTS: Final = frozenset(
    f"{prefix}{kind}_select"
    for prefix in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
PICKERS: Final = frozenset({"datepicker", "timepicker", "datetimepicker"})
CHOICES: Final = frozenset({"checkboxes", "radio_buttons"})
# docs.slack.dev/reference/block-kit/blocks/actions-block
IN_ACTIONS: Final = frozenset({"button", "overflow", "workflow_button"}) | SELECTS | PICKERS | CHOICES
# docs.slack.dev/reference/block-kit/blocks/section-block
IN_SECTION: Final = IN_ACTIONS | {"image"}
# docs.slack.dev/reference/block-kit/blocks/input-block
IN_INPUT: Final = (
    SELECTS
    | PICKERS
    | CHOICES
    | {
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "file_input",
        "rich_text_input",
    }
)


def check_element(problems: Problems, value: object, pointer: str, *, allowed: frozenset[str]) -> None:
    """Note what Slack would refuse in one element at ``pointer``."""
    element = problems.mapping(value, pointer)
    if element is None:
        return
    kind = element.get("type")
    if kind not in allowed:
        problems.add(f"unsupported type: {kind}", f"{pointer}/type")
        return
    problems.optional(element, "action_id", pointer, most=limits.ACTION_ID)
    if "placeholder" in element:
        at = f"{pointer}/placeholder"
        problems.text(element["placeholder"], at, most=limits.PLACEHOLDER, plain=True)
    if "confirm" in element:
        _check_confirm(problems, element["confirm"], f"{pointer}/confirm")
    _check_kind(problems, str(kind), element, pointer)


def check_image(problems: Problems, image: Mapping[str, Any], pointer: str) -> None:
    """Check what an image block and an image element have in common."""
    if ("image_url" in image) == ("slack_file" in image):
        problems.add("must define either `image_url` or `slack_file`", pointer)
    problems.optional(image, "image_url", pointer, most=limits.IMAGE_URL)
    problems.string(image.get("alt_text"), f"{pointer}/alt_text", most=limits.IMAGE_ALT)


def _check_kind(problems: Problems, kind: str, element: Mapping[str, Any], pointer: str) -> None:
    if kind == "button":
        _check_button(problems, element, pointer)
    elif kind == "overflow":
        takes = ("action_id", "confirm")
        problems.fields(element, pointer, needs=("options",), takes=takes)
        check_options(problems, element, pointer, most=limits.OVERFLOW_OPTIONS)
    elif kind in {"static_select", "multi_static_select"}:
        _check_static(problems, element, pointer)
    elif kind in CHOICES:
        check_options(problems, element, pointer, most=limits.CHOICE_OPTIONS)
    elif kind == "image":
        check_image(problems, element, pointer)


def _check_button(problems: Problems, button: Mapping[str, Any], pointer: str) -> None:
    takes = ("action_id", "url", "value", "style", "confirm", "accessibility_label")
    problems.fields(button, pointer, needs=("text",), takes=takes)
    if "text" in button:
        problems.text(button["text"], f"{pointer}/text", most=limits.BUTTON_TEXT, plain=True)
    problems.optional(button, "value", pointer, most=limits.BUTTON_VALUE)
    problems.optional(button, "url", pointer, most=limits.BUTTON_URL)
    problems.optional(button, "accessibility_label", pointer, most=limits.ACCESSIBILITY_LABEL)
    if button.get("style", "primary") not in {"primary", "danger"}:
        problems.add("must be one of: primary, danger", f"{pointer}/style")


def _check_static(problems: Problems, menu: Mapping[str, Any], pointer: str) -> None:
    if ("options" in menu) == ("option_groups" in menu):
        problems.add("must define either `options` or `option_groups`", pointer)
    elif "options" in menu:
        check_options(problems, menu, pointer, most=limits.SELECT_OPTIONS)
    else:
        at = f"{pointer}/option_groups"
        for index, group in enumerate(problems.items(menu["option_groups"], at, most=limits.OPTION_GROUPS)):
            found = problems.mapping(group, f"{at}/{index}")
            if found is not None:
                label = f"{at}/{index}/label"
                problems.text(found.get("label"), label, most=limits.OPTION_TEXT, plain=True)
                check_options(problems, found, f"{at}/{index}", most=limits.SELECT_OPTIONS)


def check_options(
    problems: Problems, holder: Mapping[str, Any], pointer: str, *, most: int = limits.SELECT_OPTIONS
) -> None:
    """Note what Slack would refuse in the entries of a menu."""
    at = f"{pointer}/options"
    for index, value in enumerate(problems.items(holder.get("options"), at, most=most)):
        option = problems.mapping(value, f"{at}/{index}")
        if option is None:
            continue
        here = f"{at}/{index}"
        problems.fields(option, here, needs=("text", "value"), takes=("description", "url"))
        if "text" in option:
            problems.text(option["text"], f"{here}/text", most=limits.OPTION_TEXT)
        if "description" in option:
            problems.text(option["description"], f"{here}/description", most=limits.OPTION_TEXT)
        problems.optional(option, "value", here, most=limits.OPTION_VALUE)
        problems.optional(option, "url", here, most=limits.BUTTON_URL)


def _check_confirm(problems: Problems, value: object, pointer: str) -> None:
    confirm = problems.mapping(value, pointer)
    if confirm is None:
        return
    problems.fields(confirm, pointer, needs=("title", "text", "confirm", "deny"), takes=("style",))
    for name, most in (
        ("title", limits.CONFIRM_TITLE),
        ("text", limits.CONFIRM_TEXT),
        ("confirm", limits.CONFIRM_BUTTON),
        ("deny", limits.CONFIRM_BUTTON),
    ):
        if name in confirm:
            plain = name != "text"
            problems.text(confirm[name], f"{pointer}/{name}", most=most, plain=plain)
