"""What Slack refuses in blocks, and how it completes those it takes.

Figures: ``limits``; fields: docs.slack.dev/reference/block-kit/blocks.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from . import elements, limits
from .problems import Json, Problems

# Classes of slack_sdk 3.47.0 (models/blocks/blocks.py) whose inside we do not look into yet.
_UNCHECKED: Final = frozenset(
    {
        "call",
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "file",
        "plan",
        "rich_text",
        "task_card",
        "video",
    }
)
# slackapi/node-slack-sdk#2567: an alert block stands in modals only
_MODAL_ONLY: Final = frozenset({"alert"})


def message_problems(blocks: object) -> list[str]:
    """Return what Slack would refuse in the blocks of a message, as sentences with pointers."""
    return _problems(blocks, "/blocks", most=limits.BLOCKS_PER_MESSAGE, refused=_MODAL_ONLY)


def view_problems(blocks: object) -> list[str]:
    """Return what Slack would refuse in the blocks of a modal or a Home tab."""
    return _problems(blocks, "/view/blocks", most=limits.BLOCKS_PER_VIEW, refused=frozenset[str]())


def too_long(blocks: object) -> bool:
    """Tell whether a message's blocks pass the undocumented total (``msg_blocks_too_long``)."""
    compact = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))
    return len(compact) > limits.BLOCKS_CHARACTERS


def completed(blocks: list[Json], new_id: Callable[[], str]) -> list[Json]:
    """Return a copy with the ids and flags that Slack adds before it stores and sends blocks."""
    whole = copy.deepcopy(blocks)
    for block in whole:
        block.setdefault("block_id", new_id())
        for element in interactive(block):
            element.setdefault("action_id", new_id())
        for text in _texts(block):
            text.setdefault(*(("emoji", True) if text["type"] == "plain_text" else ("verbatim", False)))
    return whole


def interactive(block: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the elements of a block that a person can press, choose or fill."""
    kind = block.get("type")
    if kind == "actions":
        yield from block["elements"]
    elif kind == "section" and block.get("accessory", {}).get("type") not in {None, "image"}:
        yield block["accessory"]
    elif kind == "input":
        yield block["element"]


def _texts(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        if value.get("type") in {"plain_text", "mrkdwn"} and "text" in value:
            yield value
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _problems(blocks: object, pointer: str, *, most: int, refused: frozenset[str]) -> list[str]:
    problems = Problems()
    taken: set[str] = set()
    for index, value in enumerate(problems.items(blocks, pointer, most=most, least=0)):
        at = f"{pointer}/{index}"
        block = problems.mapping(value, at)
        if block is None:
            continue
        _check_id(problems, block, at, taken)
        kind = block.get("type")
        if kind in refused or kind not in {*_CHECKS, *_UNCHECKED, *_MODAL_ONLY}:
            problems.add(f"unsupported type: {kind}", f"{at}/type")
        elif kind in _CHECKS:
            _CHECKS[str(kind)](problems, block, at)
            _check_action_ids(problems, block, at)
    return problems.found


def _check_id(problems: Problems, block: Mapping[str, Any], at: str, taken: set[str]) -> None:
    problems.optional(block, "block_id", at, most=limits.BLOCK_ID)
    name = block.get("block_id")
    if isinstance(name, str):
        # docs.slack.dev/reference/block-kit/blocks: block_id is unique in each message
        if name in taken:
            problems.add(f"`block_id` {name} already exists", f"{at}/block_id")
        taken.add(name)


def _check_action_ids(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    # docs.slack.dev/reference/block-kit/block-elements: "should be unique" within its block; strict here
    inside = block.get("elements") if block.get("type") == "actions" else None
    names = [
        element.get("action_id")
        for element in (inside if isinstance(inside, list) else [])
        if isinstance(element, Mapping) and "action_id" in element
    ]
    if len(names) != len(set(names)):
        problems.add("`action_id` already exists in this block", f"{at}/elements")


def _section(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    problems.fields(block, at, needs=(), takes=("block_id", "text", "fields", "accessory", "expand"))
    if "text" not in block and "fields" not in block:
        problems.add("must define either `text` or `fields`", at)
    if "text" in block:
        problems.text(block["text"], f"{at}/text", most=limits.SECTION_TEXT)
    if "fields" in block:
        listed = problems.items(block["fields"], f"{at}/fields", most=limits.SECTION_FIELDS)
        for index, field in enumerate(listed):
            problems.text(field, f"{at}/fields/{index}", most=limits.FIELD_TEXT)
    if "accessory" in block:
        elements.check_element(problems, block["accessory"], f"{at}/accessory", allowed=elements.IN_SECTION)


def _header(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    problems.fields(block, at, needs=("text",), takes=("block_id",))
    problems.text(block.get("text"), f"{at}/text", most=limits.HEADER_TEXT, plain=True)


def _divider(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    problems.fields(block, at, needs=(), takes=("block_id",))


def _context(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    problems.fields(block, at, needs=("elements",), takes=("block_id",))
    inside = problems.items(block.get("elements"), f"{at}/elements", most=limits.CONTEXT_ELEMENTS)
    for index, element in enumerate(inside):
        here = f"{at}/elements/{index}"
        if isinstance(element, Mapping) and element.get("type") == "image":
            elements.check_image(problems, element, here)
        else:
            problems.text(element, here)


def _actions(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    problems.fields(block, at, needs=("elements",), takes=("block_id",))
    inside = problems.items(block.get("elements"), f"{at}/elements", most=limits.ACTIONS_ELEMENTS)
    for index, element in enumerate(inside):
        here = f"{at}/elements/{index}"
        elements.check_element(problems, element, here, allowed=elements.IN_ACTIONS)


def _image(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    takes = ("block_id", "title", "image_url", "slack_file")
    problems.fields(block, at, needs=("alt_text",), takes=takes)
    elements.check_image(problems, block, at)
    if "title" in block:
        problems.text(block["title"], f"{at}/title", most=limits.IMAGE_TITLE, plain=True)


def _markdown(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    problems.fields(block, at, needs=("text",), takes=("block_id",))
    problems.string(block.get("text"), f"{at}/text", most=limits.MARKDOWN_TEXT)


def _input(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    takes = ("block_id", "hint", "optional", "dispatch_action")
    problems.fields(block, at, needs=("label", "element"), takes=takes)
    problems.text(block.get("label"), f"{at}/label", most=limits.INPUT_LABEL, plain=True)
    if "hint" in block:
        problems.text(block["hint"], f"{at}/hint", most=limits.INPUT_HINT, plain=True)
    elements.check_element(problems, block.get("element"), f"{at}/element", allowed=elements.IN_INPUT)


def _table(problems: Problems, block: Mapping[str, Any], at: str) -> None:
    # docs.slack.dev/reference/block-kit/blocks/table-block: at most 100 rows of at most 20 cells
    problems.fields(block, at, needs=("rows",), takes=("block_id", "column_settings"))
    for index, row in enumerate(problems.items(block.get("rows"), f"{at}/rows", most=limits.TABLE_ROWS)):
        here = f"{at}/rows/{index}"
        for place, value in enumerate(problems.items(row, here, most=limits.TABLE_CELLS)):
            cell = problems.mapping(value, f"{here}/{place}")
            if cell is not None and cell.get("type") not in {"raw_text", "rich_text"}:
                problems.add(f"unsupported type: {cell.get('type')}", f"{here}/{place}/type")
            elif cell is not None and cell.get("type") == "raw_text":
                problems.string(cell.get("text"), f"{here}/{place}/text", most=limits.PLAIN_TEXT)
    settings = block.get("column_settings", [])
    problems.items(settings, f"{at}/column_settings", most=limits.TABLE_CELLS, least=0)


_CHECKS: Final[Mapping[str, Callable[[Problems, Mapping[str, Any], str], None]]] = {
    "actions": _actions,
    "context": _context,
    "divider": _divider,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "section": _section,
    "table": _table,
}
