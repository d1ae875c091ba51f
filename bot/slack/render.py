"""A reply as Slack shows it: Block Kit, with a line of plain text for notifications. Pure.

What people wrote stands in ``plain_text`` objects and table cells, in which Slack looks for nothing;
what is mrkdwn (the notification's line, times, numbers to tap) is made by :mod:`bot.slack.mrkdwn`.
Lengths are counted in UTF-16 units, the strictest way to count, and nothing is cut inside a composed
character.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    HeaderBlock,
    Option,
    OverflowMenuElement,
    SectionBlock,
)

from bot.slack.interactions import OPENS
from bot.slack.mrkdwn import dated, escaped, reachable, text_object
from handlers.chat.i18n import Locale
from handlers.chat.reply import Button, Buttons, Card, Chart, Field, File, Reply, Table, Text

Json = dict[str, Any]

_HEADER: Final = HeaderBlock.text_max_length
_SECTION: Final = SectionBlock.text_max_length
_FIELDS: Final = SectionBlock.fields_max_length
_FIELD: Final = 2000  # docs.slack.dev/reference/block-kit/blocks/section-block: each item of `fields`
_LABEL: Final = ButtonElement.text_max_length
_SPOKEN: Final = 75  # docs.slack.dev/reference/block-kit/block-elements/button-element
_OPTION: Final = Option.label_max_length
_OPTIONS: Final = OverflowMenuElement.options_max_length
_ELEMENTS: Final = ActionsBlock.elements_max_length
_CONFIRM_TITLE: Final = ConfirmObject.title_max_length
_CONFIRM_TEXT: Final = ConfirmObject.text_max_length
_CONFIRM_BUTTON: Final = ConfirmObject.confirm_max_length
_BLOCKS: Final = 50  # docs.slack.dev/reference/block-kit/blocks: blocks in a message
# Undocumented: slackapi/bolt-js#2509 met msg_blocks_too_long at about 13,200 characters. Here the
# blocks' whole JSON is counted, and enough is left for what Slack adds.
_CHARACTERS: Final = 10_000
_TABLE_ROWS: Final = 100  # docs.slack.dev/reference/block-kit/blocks/table-block, heads included
_TABLE_COLUMNS: Final = 20  # the same
_NOTIFICATION: Final = 150  # what a telephone shows of it; Slack itself takes 40,000
_VISIBLE: Final = 3  # more buttons in one row go unread
_NOTHING: Final = "—"  # Slack refuses an empty text
_KILO: Final = 1000  # file sizes in the units of the International System

_UNSENDABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Content:
    """``text`` is what a notification shows, ``blocks`` what the message shows."""

    text: str
    blocks: list[Json]

    def arguments(self) -> Json:
        """As the arguments of a method that posts."""
        return {"text": self.text, "blocks": self.blocks}


# Names a row of buttons, by its number in the message.
NameRow = Callable[[int], str]


def rendered(
    reply: Reply,
    locale: Locale,
    *,
    name_row: NameRow | None = None,
    tables: bool = True,
    after: str = "",
    blocks: int = _BLOCKS,
) -> Content:
    """The reply, within all of Slack's limits; what does not fit is counted at the end.

    ``name_row`` gives the block ids of rows of buttons; without it Slack makes them up. ``tables``
    False: as lines of text, for when Slack refuses its table block. ``after`` is a last line of the
    adapter's own. ``blocks`` are as many as there may be.
    """
    page = _Page(reply, locale, after, name_row, blocks)
    for block in reply.blocks:
        match block:
            case Text(text):
                page.text(text)
            case Card():
                _card(page, block)
            case Table():
                _table(page, block, tables)
            case Chart():
                _chart(page, block, locale)
            case File():
                page.text(_file(block, locale))
            case Buttons():
                page.actions()
    return Content(escaped(cut(_headline(reply), _NOTIFICATION)), page.finished())


class _Page:
    """Blocks in order, as many as fit. Buttons always do: their place is kept free from the start."""

    def __init__(
        self, reply: Reply, locale: Locale, after: str, name_row: NameRow | None, blocks: int
    ) -> None:
        self._locale = locale
        self._moments = reply.moments
        self._blocks: list[Json] = []
        self._after = [_context(after)] if after else []
        self._actions: list[list[Json]] = []
        self._left_out = self._unplaced = 0
        self._characters, self._places = _CHARACTERS, blocks
        self._keep_free([*self._after, self._note(10**6)])
        for row, group in enumerate(_action_groups(reply, locale)):
            if name_row is not None:
                for number, block in enumerate(group):
                    block["block_id"] = name_row(row * _BLOCKS + number)
            self._place(group)
        self.has_table = False

    def _place(self, group: list[Json]) -> None:
        fits = sum(map(_cost, group)) <= self._characters and len(group) <= self._places
        self._actions.append(group if fits else [])
        self._unplaced += 0 if fits else sum(len(block["elements"]) for block in group)
        self._keep_free(self._actions[-1])

    def _keep_free(self, blocks: list[Json]) -> None:
        self._characters -= sum(map(_cost, blocks))
        self._places -= len(blocks)

    def add(self, block: Json, lines: int = 1) -> None:
        """Add a block if it fits and nothing before it was left out; it shows so many ``lines``."""
        cost = _cost(block)
        if self._left_out or self._places < 1 or cost > self._characters:
            self.leave_out(lines)
            return
        self._blocks.append(block)
        self._characters -= cost
        self._places -= 1

    def leave_out(self, lines: int) -> None:
        """Count lines that are not shown."""
        self._left_out += lines

    def room(self) -> int:
        """How many characters of JSON the next block may take."""
        return 0 if self._left_out or self._places < 1 else self._characters

    def text(self, text: str) -> None:
        """Add a paragraph, in as many sections as it needs."""
        for part in parts(sendable(text), _SECTION):
            if part.strip():
                self.add({"type": "section", "text": self.words(part, _SECTION)}, part.count("\n") + 1)

    def words(self, text: str, most: int) -> Json:
        """A text object: plain, but for instants, which each reader sees on their own clock."""
        marked = dated(text, self._moments, most)
        return text_object(marked) if marked else plain(text)

    def title(self, text: str) -> None:
        """Add a title: a header, or a section where it is longer than headers may be."""
        text = sendable(text)
        if not text.strip():
            return
        if units(text) > _HEADER:
            self.text(text)
        else:
            self.add({"type": "header", "text": plain(" ".join(text.split("\n")))})

    def actions(self) -> None:
        """Add the next group of buttons."""
        self._blocks.extend(self._actions.pop(0))

    def finished(self) -> list[Json]:
        """Everything, and how much was left out."""
        left_out = self._left_out + self._unplaced
        note = [self._note(left_out)] if left_out else []
        trailing = len(self._blocks)
        while trailing and self._blocks[trailing - 1]["type"] == "actions":
            trailing -= 1
        whole = [*self._blocks[:trailing], *note, *self._blocks[trailing:], *self._after]
        return whole or [{"type": "section", "text": plain(_NOTHING)}]

    def _note(self, lines: int) -> Json:
        return _context(self._locale.text("… {n} more", n=self._locale.number(lines)))


# ---------------------------------------------------------------------------------- one kind each


def _card(page: _Page, card: Card) -> None:
    page.title(card.title)
    pairs = _FIELDS // 2
    for start in range(0, len(card.fields), pairs):
        few = card.fields[start : start + pairs]
        texts = [text for field in few for text in _field(page, field)]
        page.add({"type": "section", "fields": texts}, len(few))
    page.text(card.body)


def _field(page: _Page, field: Field) -> tuple[Json, Json]:
    """Side by side: the label, bold where nothing in it could be taken for markup, and the value."""
    label = displayed(field.label, _FIELD)
    simple = label.replace(" ", "").replace("-", "").isalnum()
    value = displayed(field.value, _FIELD)
    linked = reachable(field, _FIELD) if field.kind != "text" and value == field.value else ""
    shown = text_object(linked) if linked else page.words(value, _FIELD)
    return text_object(f"*{label}*") if simple else plain(label), shown


def _table(page: _Page, table: Table, as_block: bool) -> None:
    page.title(table.title)
    width = max((len(row) for row in (table.columns, *table.rows)), default=0)
    # Slack takes one table a message: docs.slack.dev/reference/block-kit/blocks/table-block.
    if not as_block or page.has_table or not 0 < width <= _TABLE_COLUMNS or not table.rows:
        page.text("\n".join(_line(row) for row in (table.columns, *table.rows)))
        return
    page.has_table = True
    block = _empty_table(table, width)
    room = page.room() - _cost(block)
    for row in (table.columns, *table.rows):
        cells = [_cell(row, i) for i in range(width)]
        room -= _cost(cells)
        if room < 0 or len(block["rows"]) == _TABLE_ROWS:
            break
        block["rows"].append(cells)
    shown = len(block["rows"])
    if shown > 1:
        page.add(block, shown)
    page.leave_out(len(table.rows) + 1 - shown if shown > 1 else len(table.rows))


def _empty_table(table: Table, width: int) -> Json:
    settings = [
        {"align": "right" if i in table.numeric else "left", "is_wrapped": i not in table.numeric}
        for i in range(width)
    ]
    return {"type": "table", "rows": [], "column_settings": settings}


def _cell(row: Sequence[str], index: int) -> Json:
    return {"type": "raw_text", "text": displayed(row[index] if index < len(row) else "", _FIELD)}


def _line(row: Sequence[str]) -> str:
    return " · ".join(displayed(" ".join(cell.split("\n")), _FIELD) for cell in row)


def _chart(page: _Page, chart: Chart, locale: Locale) -> None:
    page.title(chart.title + (f" ({chart.unit})" if chart.unit else ""))
    lines = [_line(("", *(series.name for series in chart.series)))] if len(chart.series) > 1 else []
    for i, label in enumerate(chart.labels):
        figures = [_figure(series.values[i], locale) for series in chart.series if i < len(series.values)]
        lines.append(_line((label, *figures)))
    page.text("\n".join((*lines, chart.alt)).strip("\n"))


def _figure(value: float, locale: Locale) -> str:
    if not math.isfinite(value):
        return _NOTHING
    return locale.number(int(value) if value == int(value) else value)


def _file(file: File, locale: Locale) -> str:
    return f"{file.name} ({_size(file.size, locale)})"


def _size(size: int, locale: Locale) -> str:
    if size < _KILO:
        return locale.plural("{n} byte", "{n} bytes", size)
    if size < _KILO**2:
        return locale.text("{size} kB", size=locale.number(round(size / _KILO, 1)))
    return locale.text("{size} MB", size=locale.number(round(size / _KILO**2, 1)))


# ---------------------------------------------------------------------------------- buttons


def _action_groups(reply: Reply, locale: Locale) -> Iterator[list[Json]]:
    count, about = 0, ""
    for block in reply.blocks:
        if isinstance(block, Buttons):
            yield list(_actions(block.buttons, count, about, locale))
            count += len(block.buttons)
        else:
            about = Reply((block,)).headline() or about


def _actions(buttons: Sequence[Button], count: int, about: str, locale: Locale) -> Iterator[Json]:
    """One row: the first three and whatever asks before it acts or opens a form, the rest in a menu.

    Where the menu would be too long, every button is visible. ``count`` buttons came before, ``about`` is
    the line that they stand under.
    """
    elements = [_button(button, count + i, about, locale) for i, button in enumerate(buttons)]
    visible = [i for i, each in enumerate(buttons) if i < _VISIBLE or each.style == "danger" or each.opens]
    hidden = [button for i, button in enumerate(buttons) if i not in visible]
    if hidden and len(hidden) <= _OPTIONS:
        menu: Json = {
            "type": "overflow",
            "action_id": f"menu:{count}",
            "options": [_option(b) for b in hidden],
        }
        elements = [*(elements[i] for i in visible), menu]
    for start in range(0, len(elements), _ELEMENTS):
        yield {"type": "actions", "elements": elements[start : start + _ELEMENTS]}


def _button(button: Button, index: int, about: str, locale: Locale) -> Json:
    label = displayed(button.label, _LABEL)
    element: Json = {
        "type": "button",
        "action_id": f"{OPENS if button.opens else 'press:'}{index}",
        "text": plain(label),
        "value": button.token,
    }
    if about.strip():
        # Several rows have the same labels: a screen reader says which one it is.
        element["accessibility_label"] = displayed(f"{button.label} · {about}", _SPOKEN)
    if button.style != "default":
        element["style"] = button.style
    if button.style == "danger":
        element["confirm"] = _confirm(button, locale)
    return element


def _option(button: Button) -> Json:
    return {"text": plain(displayed(button.label, _OPTION)), "value": button.token}


def _confirm(button: Button, locale: Locale) -> Json:
    return {
        "title": plain(cut(locale.text("Are you sure?"), _CONFIRM_TITLE)),
        "text": plain(displayed(button.label, _CONFIRM_TEXT)),
        "confirm": plain(cut(locale.text("Yes"), _CONFIRM_BUTTON)),
        "deny": plain(cut(locale.text("Cancel"), _CONFIRM_BUTTON)),
        "style": "danger",
    }


# ---------------------------------------------------------------------------------- text


def sendable(text: str) -> str:
    """``text`` without what JSON or Slack cannot carry: control characters and lone surrogates as �."""
    return _UNSENDABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def units(text: str) -> int:
    """Its length in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(sign > "\uffff" for sign in text)


def cut(text: str, most: int) -> str:
    """``text`` in at most ``most`` units, the cut shown by an ellipsis."""
    return text if units(text) <= most else text[: _boundary(text, most - 1)].rstrip() + "…"


def parts(text: str, most: int) -> Iterator[str]:
    """``text`` in pieces of at most ``most`` units, broken between lines, else words, else characters."""
    while units(text) > most:
        end = _boundary(text, most)
        for separator in ("\n", " "):
            found = text.rfind(separator, 0, end)
            if found > end // 2:
                end = found + 1
                break
        yield text[:end].rstrip("\n")
        text = text[end:]
    yield text


def _boundary(text: str, most: int) -> int:
    """The last index at which the text may be cut, at most ``most`` units from its start."""
    end = min(len(text), most)
    while units(text[:end]) > most:
        end -= max(1, (units(text[:end]) - most) // 2)
    for shorter in range(end, max(end - 32, 0), -1):
        if not _composed(text, shorter):
            return shorter
    return end


def _composed(text: str, index: int) -> bool:
    """Whether what stands before and after ``index`` is drawn as one."""
    if index >= len(text):
        return False
    after, before = text[index], text[index - 1]
    joined = after in "\u200d\ufe0e\ufe0f" or before == "\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return joined or bool(unicodedata.combining(after))


def displayed(text: str, most: int) -> str:
    """``text`` where something must stand: cut, and a dash where it is empty."""
    text = cut(sendable(text), most)
    return text if text.strip() else _NOTHING


def _headline(reply: Reply) -> str:
    line = " ".join(sendable(reply.headline()).split("\n")).strip()
    return line or " · ".join(_otherwise(reply)) or _NOTHING


def _otherwise(reply: Reply) -> Iterable[str]:
    for block in reply.blocks:
        if isinstance(block, File):
            yield sendable(block.name)
    yield from (sendable(button.label) for button in reply.buttons())


def plain(text: str) -> Json:
    """A text object in which Slack looks for nothing."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _context(text: str) -> Json:
    return {"type": "context", "elements": [plain(cut(text, _FIELD))]}


def _cost(value: Json | list[Json]) -> int:
    return units(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) + 1
