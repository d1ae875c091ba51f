"""Every kind of answer on every platform: the pages show it as it is, and no name in it can speak for us."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from bot import demo
from bot.console import render as at_terminal
from bot.slack import render as on_slack
from bot.telegram import render as on_telegram
from handlers.chat.reply import Reply
from tests.effort import SOAK
from tests.emulators.slack import blocks as slack_blocks
from tests.emulators.slack import typed
from tests.emulators.slack.ledger import Entry, mrkdwn_texts
from tests.emulators.telegram.markup import read_text
from tests.kinds import FILE, LOCALES, PAGES, page, samples

# Names: a hundred thousand for each kind in a soak; the same few in every run of the tests.
NAMES = 100_000 if SOAK else 500
SEED = 20261014
PIECES = (
    "<!channel>",
    "<!here|x>",
    "<@U0PARLEYBOT>",
    "<#C1|sales>",
    "<!subteam^S1|@x>",
    "<http://evil.example|acme.com>",
    "</b></pre>",
    "<a href='tg://user?id=1'>x</a>",
    "<tg-spoiler>",
    "[a](tg://user?id=1)",
    "*b*",
    "_i_",
    "~s~",
    "`c`",
    "```p```",
    "||s||",
    "&amp;&lt;!channel&gt;",
    "&#60;",
    "<&>",
    "@everyone",
    "@marcp",
    "{0.__class__}",
    "%s",
    "{{7*7}}",
    "${x}",
    "\u202egnp.exe",
    "\u200b\u2060\ufeff",
    "e\u0301",
    "🏄🏽",
    "日本",
    "مرحبا",
    "\x00",
    "\x1b[2J",
    "\ud800",
    "»",
    "→",
    "[1] Undo",
    ":tada:",
    "> quoted",
    "Jane",
    "O'Neil",
    '"',
    "\\",
)
# What the demonstration's people wrote: in its place each answer gets a hostile name.
KNOWN = re.compile(
    "|".join(
        sorted(
            (
                *map(re.escape, demo.COMPANIES),
                *(re.escape(person.name) for person in demo.PEOPLE),
                *(
                    "Renewal",
                    "Pilot",
                    "Rollout",
                    "Boutique",
                    "Paul Vidal",
                    "rollout plan",
                    "London",
                    "Paris",
                    "Marc Ellis",
                    "Léa Martin",
                ),
            ),
            key=len,
            reverse=True,
        )
    )
)

# Marks of ours in mrkdwn: an instant, a number to call, an address to write to, a map.
OURS = re.compile(
    r"<!date\^\d+\^[^<>|]*\|[^<>|]*>|<tel:\+\d+\|\+\d+>|<mailto:([^<>|\s]+@[^<>|\s]+)\|\1>"
    r"|<https://www\.openstreetmap\.org/search\?query=[\w.~%+-]*\|[^<>|]*>"
)


@dataclass
class Names:
    """Hostile names made from a seed; ``made`` counts them."""

    chance: random.Random
    made: int = 0

    def next(self, _: object = None) -> str:
        """One more."""
        self.made += 1
        pieces = self.chance.choices(PIECES, k=self.chance.randint(1, 3))
        return self.chance.choice(("", " ")).join(pieces)

    def into(self, value: Any) -> Any:
        """A reply's data with every known name in it replaced by a new one; its tokens stay."""
        if isinstance(value, str):
            return KNOWN.sub(self.next, value)
        if isinstance(value, list | tuple):
            return [self.into(each) for each in value]
        if isinstance(value, dict):
            return {
                key: each if key in ("type", "kind", "token") else self.into(each)
                for key, each in value.items()
            }
        return value


def hostile(replies: list[Reply], count: int) -> Iterator[Reply]:
    """The replies again and again with other names in them, until each kind had so many."""
    for number, reply in enumerate(replies):
        names, data = Names(random.Random(SEED + number)), msgspec.to_builtins(reply)
        while names.made < count:
            before = names.made
            yield msgspec.convert(names.into(data), Reply)
            if names.made == before:  # nobody's name stands in it: nothing to try
                break


def telegram_is_safe(reply: Reply) -> None:
    """A strict reader takes it; there is no link and no mention, and markup changes no word."""
    for part in on_telegram.render(reply, LOCALES["en"], group=True):
        read = read_text(part.html, "HTML")
        assert {entity["type"] for entity in read.entities} <= {"bold", "pre"}, part.html
        assert read.text.strip() == part.plain.strip()
        assert not re.search(r"(?<![\w@/])@[A-Za-z]", part.plain), part.plain
        part.html.encode()


def slack_is_safe(reply: Reply) -> None:
    """Slack takes the blocks, and where it looks for marks it finds none but ours."""
    content = on_slack.rendered(reply, LOCALES["en"], name_row=lambda row: f"D1#1.{row}")
    assert slack_blocks.message_problems(content.blocks) == []
    assert not slack_blocks.too_long(content.blocks)
    entry = Entry("posted", 0.0, text=content.text, blocks=tuple(content.blocks))
    assert entry.pings == ()
    for text in mrkdwn_texts(entry):
        assert "<" not in OURS.sub("", text), text
        typed.unescaped(text).encode()


def terminal_is_safe(reply: Reply) -> None:
    """No sign of control, and no line that passes for a push."""
    shown = at_terminal.plain(reply, LOCALES["en"])
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown), shown
    assert not re.search(r"^»", shown, re.MULTILINE)


RENDERERS = {"telegram": telegram_is_safe, "slack": slack_is_safe, "terminal": terminal_is_safe}


@pytest.mark.parametrize("language", sorted(PAGES))
async def test_the_page_shows_what_parley_says(sqlite_url: str, language: str) -> None:
    """Made anew it is the page that is there: python -m tests.kinds."""
    assert PAGES[language].read_text("utf-8") == page(language, await samples(sqlite_url, language))


@pytest.mark.timeout(3600)
@pytest.mark.threat("S8")
@pytest.mark.parametrize("language", sorted(PAGES))
async def test_no_name_speaks_for_us(
    sqlite_url: str, language: str, record_property: Callable[[str, object], None]
) -> None:
    """In no kind of answer, on no platform: no ping, no link, no error of markup."""
    replies = [*await samples(sqlite_url, language), FILE]
    tried = 0
    for reply in hostile(replies, NAMES):
        for is_safe in RENDERERS.values():
            is_safe(reply)
        tried += 1
    record_property(
        "figure", f"{NAMES} hostile names in each kind: {tried} answers × {len(RENDERERS)} platforms"
    )
    assert tried > len(replies)
