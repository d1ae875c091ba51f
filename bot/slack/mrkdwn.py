"""Slack's markup, for the little that plain text cannot do: a time on the reader's clock, a number to tap.

docs.slack.dev/messaging/formatting-message-text. Words that Slack would take for markup stay plain text:
whoever writes them is shown them as they are, and does without.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from handlers.chat.reply import Field

Json = dict[str, Any]

# Bold, italic, struck, code, an emoji's name, a quotation: escaping does not keep Slack from these.
_MARKUP: Final = re.compile(r"[*_~`]|:[^\s:]+:|^\s*>", re.MULTILINE)
# A time in a zone that is named behind it is meant as it is written.
_NAMED_ZONE: Final = " ("
_DATE: Final = "{date_short_pretty} {time}"
_PHONE: Final = re.compile(r"\+\d{4,15}", re.ASCII)
_EMAIL: Final = re.compile(r"[a-z0-9.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
# The same as on Telegram; asked by who presses it. See wiki.openstreetmap.org/wiki/Browsing.
_MAP: Final = "https://www.openstreetmap.org/search?query="


def escaped(text: str) -> str:
    """``text`` so that mrkdwn shows it as it is: no mention, no link, no channel.

    docs.slack.dev/messaging/formatting-message-text, "Escaping text": these three and no other.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_object(text: str) -> Json:
    """A text object of mrkdwn, in which Slack makes no links by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def dated(text: str, moments: Sequence[tuple[str, int]], most: int) -> str:
    """``text`` as mrkdwn with its moments on the reader's clock; empty where plain text is better.

    ``moments`` are instants as they stand in the text, and their seconds since 1970; ``most`` characters
    may be used.
    """
    known = {shown: seconds for shown, seconds in moments if shown in text}
    if not known or _MARKUP.search(text):
        return ""
    pattern = re.compile("|".join(re.escape(shown) for shown in sorted(known, key=len, reverse=True)))
    parts, at, marked = list[str](), 0, False
    for found in pattern.finditer(text):
        meant = text.startswith(_NAMED_ZONE, found.end())
        token = found[0] if meant else f"<!date^{known[found[0]]}^{_DATE}|{escaped(found[0])}>"
        parts += [escaped(text[at : found.start()]), escaped(token) if meant else token]
        marked, at = marked or not meant, found.end()
    whole = "".join([*parts, escaped(text[at:])])
    return whole if marked and len(whole) <= most else ""


def reachable(field: Field, most: int) -> str:
    """A field's value as links: numbers and addresses to tap; empty where plain text is better."""
    links = [_link(field.kind, value) for value in field.each()]
    whole = ", ".join(links)
    return whole if all(links) and len(whole) <= most else ""


def _link(kind: str, value: str) -> str:
    number = re.sub(r"[ .()/-]", "", value)
    if kind == "phone" and _PHONE.fullmatch(number):
        return f"<tel:{number}|{escaped(value)}>"
    if kind == "email" and _EMAIL.fullmatch(value):
        return f"<mailto:{value}|{value}>"
    if kind == "address" and value.strip() and not _MARKUP.search(value) and "|" not in value:
        return f"<{_MAP}{quote(value, safe='')}|{escaped(value)}>"
    return ""
