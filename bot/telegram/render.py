"""A reply as Telegram messages: HTML, its plain twin, and an inline keyboard. Pure.

Strings become HTML in one place, :func:`escape`.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from telegram.constants import CallbackQueryLimit, MessageLimit

from bot.telegram.keyboard import Rows, keyboard
from bot.telegram.pieces import Span, pieces, units
from bot.telegram.typeset import NOTHING, PHONE, cells, line, sendable, set_in
from handlers.chat.i18n import Locale
from handlers.chat.reply import Block, Buttons, Card, Chart, File, Reply, Series, Table, Text

# python-telegram-bot, telegram.constants.
_LONGEST_CAPTION: Final = int(MessageLimit.CAPTION_LENGTH)
_LONGEST_POPUP: Final = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)

_GAP: Final = "  "
# What is left of a cut column: enough of a name to know it, and of a long text a third. Less tells nothing.
_NARROWEST: Final = 12  # cells
_LEAST_PART: Final = 3
_LONGEST_BAR: Final = 12  # cells
_WIDEST_BAR_LABEL: Final = 14  # cells
_KILO: Final = 1000

_PING = re.compile(r"(?<![\w@/])@(?=[A-Za-z])")
_WORD_JOINER: Final = "\u2060"


@dataclass(frozen=True, slots=True)
class Part:
    """One message. ``plain`` reads the same without markup, should ``html`` be refused."""

    html: str
    plain: str
    rows: Rows = ()
    file: File | None = None


def render(
    reply: Reply,
    locale: Locale,
    *,
    repeated: bool = False,
    group: bool = False,
    kept: Collection[str] = (),
) -> tuple[Part, ...]:
    """The messages that show ``reply``, at least one; the last carries the buttons.

    ``repeated``: an earlier try may have arrived, so the end says "(sent again)". ``group``: others
    read along, so an ``@name`` in the text must ping nobody. ``kept`` are the hashes of files whose
    content is at hand: they come after the text, a single one with the text as its caption where that
    is short enough. Of other files the name is said.

    Raises: ValueError for a button without a token.
    """
    rows, left_out = keyboard(reply, locale)
    files = [block for block in reply.blocks if isinstance(block, File) and block.sha256 in kept]
    blocks = [block for block in reply.blocks if block not in files]
    sections = [section for block in blocks if (section := _section(block, locale))]
    if left_out:
        sections.append([Span(locale.text("… {n} more", n=left_out))])
    if repeated:
        sections.append([Span(locale.text("(sent again)"))])
    spans = [_harmless(span, group) for span in _joined(sections)]
    found = list(pieces(spans)) or ([] if files else [[Span(NOTHING)]])
    parts = _with_files([Part(_html(piece), _plain(piece)) for piece in found], files, group)
    return (*parts[:-1], replace(parts[-1], rows=rows))


def _with_files(parts: list[Part], files: Sequence[File], group: bool) -> list[Part]:
    if len(files) == 1 and len(parts) == 1 and units(parts[0].plain) <= _LONGEST_CAPTION:
        return [replace(parts[0], file=files[0])]
    names = [_harmless(Span(line(file.name)), group) for file in files]
    captions = [Part(_html([name]), _plain([name])) for name in names]
    return parts + [replace(caption, file=file) for caption, file in zip(captions, files, strict=True)]


def popup(reply: Reply) -> str | None:
    """``reply`` as the short text over a chat that answers a press; None where it would lose anything."""
    if not all(isinstance(block, Text) for block in reply.blocks):
        return None
    text = "\n".join(block.text for block in reply.blocks if isinstance(block, Text))
    text = sendable(text).strip()
    return text if 0 < units(text) <= _LONGEST_POPUP else None


def escape(text: str) -> str:
    """``text`` as Telegram's HTML: the only way a string gets into it.

    core.telegram.org/bots/api#html-style: "All <, > and & symbols that are not a part of a tag or an
    HTML entity must be replaced".
    """
    return html.escape(text, quote=False)


# --- blocks to spans --------------------------------------------------------------------------


def _section(block: Block, locale: Locale) -> list[Span]:
    match block:
        case Text():
            return [Span(block.text)] if block.text.strip() else []
        case Card():
            return _card(block, locale)
        case Table():
            return _table(block, locale)
        case Chart():
            return _chart(block, locale)
        case File():
            return [Span(f"{line(block.name)} ({_size(block.size, locale)})")]
        case Buttons():
            return []


def _card(card: Card, locale: Locale) -> list[Span]:
    spans = [Span(line(card.title), "b"), *(_field(each.label, each.value, locale) for each in card.fields)]
    return [*spans, Span("\n" + card.body)] if card.body.strip() else spans


def _field(label: str, value: str, locale: Locale) -> Span:
    said = locale.text("{label}: {value}", label=line(label), value=line(value))
    return Span(f"\n{said}".rstrip())


def _titled(title: str, rest: Iterable[Span]) -> list[Span]:
    head = line(title)
    return [Span(head, "b"), Span("\n"), *rest] if head else [*rest]


def _table(table: Table, locale: Locale) -> list[Span]:
    grid = [[line(cell) for cell in row] for row in (table.columns, *table.rows)]
    widest = max(len(row) for row in grid)
    grid = [row + [""] * (widest - len(row)) for row in grid]
    widths = _widths(grid, table.numeric)
    if widths is None:
        return _titled(table.title, _listed(grid, table.numeric, locale))
    lines = (_row(row, widths, table.numeric) for row in grid)
    return _titled(table.title, [Span("\n".join(lines), "pre")])


def _widths(grid: Sequence[Sequence[str]], numeric: Sequence[int]) -> list[int] | None:
    """Widths of the columns that fit a phone; None where they don't fit. Figures are never cut."""
    widths = [max(cells(cell) for cell in column) for column in zip(*grid, strict=True)]
    least = [max(_NARROWEST, width // _LEAST_PART) for width in widths]
    room = PHONE - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room:
        shrinkable = [i for i in range(len(widths)) if i not in numeric and widths[i] > least[i]]
        if not shrinkable:
            return None
        widths[max(shrinkable, key=lambda i: widths[i])] -= 1
    return widths


def _row(row: Sequence[str], widths: Sequence[int], numeric: Sequence[int]) -> str:
    aligned = (set_in(cell, widths[i], right=i in numeric) for i, cell in enumerate(row))
    return _GAP.join(aligned).rstrip()


def _listed(grid: Sequence[Sequence[str]], numeric: Sequence[int], locale: Locale) -> Iterator[Span]:
    """A table too wide for a phone: of each row the words in a line, its figures below with their heads."""
    head, *rows = grid
    for i, row in enumerate(rows):
        yield Span(("\n\n" if i else "") + row[0], "b")
        rest = [(at, cell) for at, cell in enumerate(row) if at and cell]
        yield Span("".join(f" · {cell}" for at, cell in rest if at not in numeric))
        yield from (_field(head[at], cell, locale) for at, cell in rest if at in numeric)


def _chart(chart: Chart, locale: Locale) -> list[Span]:
    unit = f" ({chart.unit})" if chart.unit else ""
    bars = "\n\n".join(_bars(chart, series, locale) for series in chart.series)
    spans = _titled(chart.title + unit, [Span(bars, "pre")])
    return [*spans, Span("\n" + chart.alt)] if chart.alt.strip() else spans


def _bars(chart: Chart, series: Series, locale: Locale) -> str:
    """A line for each label: the label, a bar to the chart's common scale, the figure."""
    top = max((abs(v) for one in chart.series for v in one.values if math.isfinite(v)), default=0)
    labels = [line(label) for label in chart.labels]
    width = min(_WIDEST_BAR_LABEL, max(map(cells, labels), default=0))
    lines = (
        f"{set_in(label, width)} {_bar(value, top)} {_figure(value, locale)}"
        for label, value in zip(labels, series.values, strict=False)
    )
    name = [line(series.name)] if len(chart.series) > 1 and series.name else []
    return "\n".join([*name, *lines])


def _bar(value: float, top: float) -> str:
    length = round(abs(value) / top * _LONGEST_BAR) if top and math.isfinite(value) else 0
    return ("░" if value < 0 else "█") * length + " " * (_LONGEST_BAR - length)


def _figure(value: float, locale: Locale) -> str:
    if not math.isfinite(value):
        return "–"
    return locale.number(int(value) if value == int(value) else value)


def _size(size: int, locale: Locale) -> str:
    if size < _KILO:
        return locale.plural("{n} byte", "{n} bytes", size)
    if size < _KILO**2:
        return locale.text("{size} kB", size=locale.number(round(size / _KILO, 1)))
    return locale.text("{size} MB", size=locale.number(round(size / _KILO**2, 1)))


# --- spans to messages ------------------------------------------------------------------------


def _harmless(span: Span, group: bool) -> Span:
    text = sendable(span.text)
    if group:
        # Telegram makes a mention of any "@name" itself, and members of the group get a notice.
        text = _PING.sub("@" + _WORD_JOINER, text)
    return Span(text, span.tag)


def _joined(sections: Iterable[list[Span]]) -> Iterator[Span]:
    for i, section in enumerate(sections):
        if i:
            yield Span("\n\n")
        yield from section


def _html(spans: Iterable[Span]) -> str:
    return "".join(_marked(span) for span in spans)


def _marked(span: Span) -> str:
    text = escape(span.text)
    return f"<{span.tag}>{text}</{span.tag}>" if span.tag else text


def _plain(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans)
