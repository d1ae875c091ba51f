"""What people type, out of what Slack makes of it.

docs.slack.dev/messaging/formatting-message-text: ``&``, ``<`` and ``>`` arrive escaped; mentions,
channels, links, mail addresses and telephone numbers arrive in angle brackets. Here they become:

=========================================  ===================================
``&amp;`` ``&lt;`` ``&gt;``                ``&`` ``<`` ``>``
``<@U024BE7LH>``, ``<@U024BE7LH|sam>``     ``@U024BE7LH``: names are no identity
``<#C024BE7LR|acme>``                      ``#acme``
``<!here>``, ``<!subteam^S0|@sales>``      ``@here``, ``@sales``
``<mailto:a@b.fr|a@b.fr>``                 ``a@b.fr``
``<tel:+33612345678|+33 6 12 34 56 78>``   ``+33 6 12 34 56 78``
``<http://acme.com|acme.com>``             ``acme.com``
``<https://acme.com/42|our offer>``        ``our offer (https://acme.com/42)``
=========================================  ===================================
"""

from __future__ import annotations

import re

_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("&(?:amp|lt|gt);")
# One pass over both, so that what an entity stood for is never taken for a mark. A command whose
# manifest does not ask for escaping may hold any brackets: only what can be a mark is one.
_MARK = re.compile(r"<([@#!][^<>|]+|[a-z][a-z0-9+.-]*:[^<>|]+)(?:\|([^<>]*))?>|&(?:amp|lt|gt);")
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)")


def unescaped(text: str) -> str:
    """``text`` as the person typed it."""
    return _MARK.sub(_shown, text)


def without_mention(text: str, user: str) -> str:
    """``text``, still as Slack sent it, without the mentions of ``user`` and what set them off."""
    left = re.sub(rf"[ \t]*<@{re.escape(user)}(?:\|[^<>]*)?>", "", text)
    return left.strip().removeprefix(":").removeprefix(",").strip() if left != text else text


def mentions(text: str, user: str) -> bool:
    """Whether ``text``, still as Slack sent it, names ``user``."""
    return f"<@{user}>" in text or f"<@{user}|" in text


def _shown(mark: re.Match[str]) -> str:
    if mark[0].startswith("&"):
        return _ENTITIES[mark[0]]
    target, label = _decoded(mark[1]), _decoded(mark[2] or "")
    match target[:1]:
        case "@":
            return target
        case "#":
            return f"#{label}" if label else target
        case "!":
            return _special(target[1:], label)
    return _link(target, label)


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[0]], text)


def _special(command: str, label: str) -> str:
    if label:
        return label
    kind, _, identity = command.partition("^")
    return f"@{identity or kind}"


def _link(target: str, label: str) -> str:
    bare = _SCHEME.sub("", target)
    shown = target if target.startswith("http") else bare
    if not label or label == target:
        return label or shown
    same = _digits(label) == _digits(bare) if target.startswith("tel:") else _alike(label, bare)
    return label if same else f"{label} ({shown})"


def _alike(one: str, other: str) -> bool:
    return one.rstrip("/").casefold() == other.rstrip("/").casefold()


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())
