"""A reply as a person at a terminal sees it: boxes, colours, wrapped to the window.

The same content as :mod:`bot.console.render`; a colour or a box never says what the words do not.
Only the sixteen colours of the terminal's own theme are used, so that it reads on light and dark.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.table import Column
from rich.table import Table as Grid
from rich.text import Text as Line

from bot.console import harmless, render
from handlers.chat.i18n import Locale
from handlers.chat.reply import Block, Button, Buttons, Card, Chart, File, Reply, Table, Text

_WIDEST = 100  # cells; longer lines are hard to read
_NARROWEST = 20  # cells; below this nothing can be laid out, and the terminal itself wraps
_FRAME_CELLS = 4  # a rule and a space on either side of a card
_READABLE_COLUMN = 12  # cells that a column of words needs; a table without them becomes cards

# A record's number, as it can be typed again.
_RECORD = r"(?<![\w-])[A-Z]-[1-9][0-9]*(?![\w-])"

_TITLE = Style(bold=True)
_LABEL = Style(color="cyan")
_FRAME = Style(dim=True)
_ASIDE = Style(dim=True, italic=True)
_PUSH = Style(color="yellow", bold=True)
_ID = Style(color="cyan", bold=True)
_BUTTON = {
    "default": Style(color="blue", bold=True),
    "primary": Style(color="green", bold=True),
    "danger": Style(color="red", bold=True),
}
_SERIES = tuple(Style(color=colour) for colour in ("blue", "green", "magenta", "yellow", "cyan"))


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal can show: its width in cells, and whether it wants colours."""

    width: int
    colour: bool = True


def styled(
    reply: Reply, locale: Locale, look: Look, *, push: bool = False, before: str = "", after: str = ""
) -> str:
    """The reply with the terminal's own escape sequences, then one empty line.

    ``push``, ``before`` and ``after`` as in :func:`bot.console.render.plain`.
    """
    width = max(_NARROWEST, min(look.width, _WIDEST)) - (len(render.PUSH) if push else 0)
    parts = [
        *(Line(line, _ASIDE) for line in harmless.lines(before)),
        *itertools.chain.from_iterable(_parts(block, locale, width) for block in reply.blocks),
        *(Line(line, _ASIDE) for line in harmless.lines(after)),
    ]
    shown = _drawn(Group(*parts), width, look)
    if push:
        mark = _drawn(Line(render.PUSH, _PUSH, end=""), width, look)
        shown = "".join(f"{mark}{line}\n" for line in shown.split("\n")[:-1])
    return shown + "\n"


def _drawn(what: RenderableType, width: int, look: Look) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        color_system="standard",
        no_color=not look.colour,
        force_terminal=True,
        legacy_windows=False,
        _environ={},  # what the environment asks for is the caller's to read
    )
    console.print(what, markup=False, emoji=False, highlight=False, end="")
    return out.getvalue()


def _parts(block: Block, locale: Locale, width: int) -> Iterable[RenderableType]:
    match block:
        case Text():
            return [_line(line) for line in harmless.lines(block.text)]
        case Card():
            return [_card(block, width)]
        case Table():
            return _table(block, width)
        case Chart():
            return _chart(block, locale)
        case Buttons():
            return _buttons(block.buttons, width)
        case File():
            return [Line(render.file_text(block, locale), _TITLE)]


def _line(text: str, style: Style | None = None) -> Line:
    line = Line(render.unlike_a_push(text), style or "", overflow="fold")
    line.highlight_regex(_RECORD, _ID)
    return line


def _card(card: Card, width: int) -> RenderableType:
    inside: list[RenderableType] = [_line(line, _TITLE) for line in [harmless.line(card.title)] if line]
    inside.extend(_labelled([(field.label, field.value) for field in card.fields], width))
    inside.extend(_line(line) for line in harmless.lines(card.body))
    return _boxed(*inside)


def _boxed(*inside: RenderableType) -> Panel:
    return Panel(Group(*inside), box=box.ROUNDED, border_style=_FRAME, expand=False)


def _labelled(pairs: Sequence[tuple[str, str]], width: int) -> Iterable[RenderableType]:
    """Labels and values in two columns; where the values would have no room, one behind the other."""
    shown = [(harmless.line(label), harmless.line(value)) for label, value in pairs]
    widest = max((harmless.cells(label) for label, _ in shown), default=0)
    if _FRAME_CELLS + widest + 2 + _READABLE_COLUMN > width:
        return [
            Line.assemble((f"{label}: ", _LABEL), _line(value), overflow="fold") for label, value in shown
        ]
    return [_grid(shown)] if shown else []


def _grid(pairs: Iterable[tuple[str, str]]) -> Grid:
    # Without a least width, rich drops a column of words beside a column of nothing.
    labels = Column(style=_LABEL, overflow="fold", min_width=1)
    grid = Grid.grid(labels, Column(overflow="fold", min_width=1), padding=(0, 2, 0, 0))
    for label, value in pairs:
        grid.add_row(Line(label), _line(value))
    return grid


def _table(table: Table, width: int) -> Iterator[RenderableType]:
    if title := harmless.line(table.title):
        yield _line(title, _TITLE)
    head, *rows = render.table_grid(table)
    if _fits(head, rows, table.numeric, width):
        yield _aligned(head, rows, table.numeric)
    else:
        yield from (_boxed(*_labelled(list(zip(head, row, strict=True)), width)) for row in rows)


def _fits(head: list[str], rows: list[list[str]], numeric: tuple[int, ...], width: int) -> bool:
    """Whether every figure stays whole and every column of words can be read."""
    widest = [max(map(harmless.cells, column)) for column in zip(head, *rows, strict=True)]
    needed = (cells if i in numeric else min(cells, _READABLE_COLUMN) for i, cells in enumerate(widest))
    frame = 3 * len(widest) + 1  # a rule and a space on either side of every column
    return sum(needed) + frame <= width or not rows


def _aligned(head: list[str], rows: list[list[str]], numeric: tuple[int, ...]) -> Grid:
    columns = (
        Column(
            Line(name),
            justify="right" if i in numeric else "left",
            overflow="fold",
            no_wrap=i in numeric,
            header_style=_LABEL,
        )
        for i, name in enumerate(head)
    )
    grid = Grid(*columns, box=box.ROUNDED, border_style=_FRAME)
    for row in rows:
        grid.add_row(*(_line(cell) for cell in row))
    return grid


def _chart(chart: Chart, locale: Locale) -> Iterator[RenderableType]:
    yield _line(render.chart_title(chart), _TITLE)
    grid = Grid.grid(Column(), Column(), Column(no_wrap=True), Column(justify="right"), padding=(0, 1, 0, 0))
    for i, (label, series, bar, figure) in enumerate(render.chart_bars(chart, locale)):
        style = _SERIES[i % len(chart.series) % len(_SERIES)]
        grid.add_row(Line(label), Line(series, style), Line(bar, style), Line(figure))
    yield grid
    yield from (Line(line, _ASIDE) for line in harmless.lines(chart.alt))


def _buttons(buttons: Iterable[Button], width: int) -> Iterator[RenderableType]:
    """As many buttons on a line as fit; none is broken that fits on a line of its own."""
    row: list[Line] = []
    for button in buttons:
        one = _button(button)
        if row and sum(shown.cell_len + 2 for shown in row) + one.cell_len > width:
            yield Line("  ").join(row)
            row = []
        row.append(one)
    if row:
        yield Line("  ").join(row)


def _button(button: Button) -> Line:
    number, rest = render.button_text(button).split("]", 1)
    return Line.assemble((f"{number}]", _BUTTON[button.style]), rest)
