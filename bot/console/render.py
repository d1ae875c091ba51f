"""A reply as plain text: what a pipe reads. No width limit, no colour, one line per thing.

:mod:`bot.console.colour` shows the same content to a person.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from bot.console import harmless
from handlers.chat.i18n import Locale
from handlers.chat.reply import Block, Button, Buttons, Card, Chart, File, Reply, Series, Table, Text

PUSH = "» "
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")  # those that keep a line from breaking
_BAR = 20  # cells of the longest bar
_EIGHTHS = " ▏▎▍▌▋▊▉"
_BEYOND_DIGITS = 1e15  # a float has no more digits than that, and grouping them would invent some


def plain(reply: Reply, locale: Locale, *, push: bool = False, before: str = "", after: str = "") -> str:
    """The reply's lines, none of them empty, then one empty line.

    ``push``: nobody asked for it, so every line begins with ``» ``; the lines of an answer never
    do. ``before`` and ``after`` are lines of the adapter's own around the content. Spaces are ordinary
    ones: nothing is wrapped here, and ``12 000 €`` is searched for as it is typed.
    """
    told = (*harmless.lines(before), *_content(reply, locale), *harmless.lines(after))
    marked = (PUSH + line if push else unlike_a_push(line) for line in told)
    return "".join(f"{line}\n" for line in marked).translate(_SPACES) + "\n"


def unlike_a_push(line: str) -> str:
    """``line``, set in by a space if it could be taken for a line of a push: a note can hold any text."""
    return f" {line}" if line.startswith(PUSH.rstrip()) else line


def _content(reply: Reply, locale: Locale) -> Iterator[str]:
    for block in reply.blocks:
        yield from filter(str.strip, _lines(block, locale))


def _lines(block: Block, locale: Locale) -> Iterable[str]:
    match block:
        case Text():
            return harmless.lines(block.text)
        case Card():
            return _card(block, locale)
        case Table():
            return _table(block)
        case Chart():
            return _chart(block, locale)
        case Buttons():
            return ["  ".join(button_text(button) for button in block.buttons)]
        case File():
            return [file_text(block, locale)]


def _card(card: Card, locale: Locale) -> Iterator[str]:
    yield harmless.line(card.title)
    for field in card.fields:
        label, value = harmless.line(field.label), harmless.line(field.value)
        yield locale.text("{label}: {value}", label=label, value=value).rstrip()
    yield from harmless.lines(card.body)


def _table(table: Table) -> Iterator[str]:
    yield harmless.line(table.title)
    grid = table_grid(table)
    widths = [max(harmless.cells(cell) for cell in column) for column in zip(*grid, strict=True)]
    for row in grid:
        yield "  ".join(_aligned(cell, widths[i], i in table.numeric) for i, cell in enumerate(row)).rstrip()


def _aligned(cell: str, width: int, right: bool) -> str:
    gap = " " * (width - harmless.cells(cell))
    return gap + cell if right else cell + gap


def _chart(chart: Chart, locale: Locale) -> Iterator[str]:
    yield chart_title(chart)
    bars = chart_bars(chart, locale)
    widths = [max(harmless.cells(bar[i]) for bar in bars) for i in range(4)] if bars else []
    for label, series, bar, figure in bars:
        head = (_aligned(label, widths[0], False), _aligned(series, widths[1], False))
        yield "  ".join(
            (*filter(None, head), _aligned(bar, widths[2], False), _aligned(figure, widths[3], True))
        )
    yield harmless.line(chart.alt)


def button_text(button: Button) -> str:
    """``[3] Undo``; without a number yet, ``[Undo]``."""
    label = harmless.line(button.label)
    return f"[{button.number}] {label}" if button.number else f"[{label}]"


def file_text(file: File, locale: Locale) -> str:
    """The file's name and size: ``deals.csv (12 kB)``."""
    return f"{harmless.line(file.name)} ({locale.file_size(file.size)})"


def table_grid(table: Table) -> list[list[str]]:
    """The head and the rows as harmless text, every row as long as the longest."""
    rows = [[harmless.line(cell) for cell in row] for row in (table.columns, *table.rows)]
    width = max(len(row) for row in rows)
    return [row + [""] * (width - len(row)) for row in rows]


def chart_title(chart: Chart) -> str:
    """The title with its unit."""
    unit = harmless.line(chart.unit)
    return harmless.line(chart.title) + (f" ({unit})" if unit else "")


def chart_bars(chart: Chart, locale: Locale) -> list[tuple[str, str, str, str]]:
    """Label, series name (empty where there is one series), bar, and figure, in reading order.

    Bars share one scale, from nothing to the largest magnitude; a value below zero is drawn with
    ``░``, one that is no number has no bar. The figure beside it is the value itself.
    """
    top = max(
        (abs(value) for series in chart.series for value in series.values if math.isfinite(value)), default=0
    )
    return [
        (
            harmless.line(label),
            harmless.line(series.name) if len(chart.series) > 1 else "",
            _bar(_value(series, i), top),
            _figure(_value(series, i), locale),
        )
        for i, label in enumerate(chart.labels)
        for series in chart.series
    ]


def _value(series: Series, index: int) -> float:
    return series.values[index] if index < len(series.values) else math.nan


def _bar(value: float, top: float) -> str:
    if not math.isfinite(value) or not top:
        return ""
    eighths = math.ceil(abs(value) / top * _BAR * 8)  # whatever is not nothing shows
    if value < 0:
        return "░" * math.ceil(eighths / 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _figure(value: float, locale: Locale) -> str:
    if not math.isfinite(value):
        return "–"
    if abs(value) >= _BEYOND_DIGITS:
        return f"{value:g}"
    return locale.number(int(value) if value == int(value) else value)
