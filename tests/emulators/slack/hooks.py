"""Response URLs: five posts within thirty minutes, for one person in one conversation.

docs.slack.dev/interactivity/handling-user-interaction, "Message responses".
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from . import blocks as kit
from . import limits
from .core import Core
from .problems import Json

_TAKES: Final = frozenset(
    {
        "text",
        "blocks",
        "response_type",
        "replace_original",
        "delete_original",
        "thread_ts",
        "metadata",
        "unfurl_links",
        "unfurl_media",
    }
)


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer to one command or press goes; ``original`` is the pressed message's ts."""

    channel: str
    user: str
    born: float
    original: str | None = None
    uses: int = 0


class Hooks:
    """Every response URL given out."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._urls: dict[str, ResponseUrl] = {}

    def new_url(self, kind: str, channel: str, user: str, original: str | None) -> str:
        """Return a fresh address; ``kind`` is ``commands`` or ``actions`` as on hooks.slack.com."""
        key = secrets.token_hex(12)
        self._urls[key] = ResponseUrl(channel, user, self._core.clock(), original)
        return f"{self._core.base_url}/{kind}/{key}"

    async def answer(self, request: web.Request) -> web.Response:
        """Take one post; refusals are HTTP 404 (spent) or 400 (not understood)."""
        url = self._urls.get(request.match_info["key"])
        # getsentry/sentry#26741: a spent address answers 404; #7955: the word is "Expired url".
        if url is None or self._core.clock() - url.born > limits.RESPONSE_URL_SECONDS:
            return web.json_response({"ok": False, "error": "Expired url"}, status=404)
        if url.uses >= limits.RESPONSE_URL_USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        body = _read(await request.text())
        refusal = _refusal(body)
        if body is None or refusal:
            return web.Response(text=refusal, status=400)
        url.uses += 1
        self.show(url, body)
        return web.Response(text="ok")

    def show(self, url: ResponseUrl, body: Mapping[str, Any]) -> None:
        """Show an answer: replace or delete the pressed message, else a new one.

        Without ``response_type`` only the person sees it.
        """
        original = self._core.message(url.channel, url.original)
        if body.get("delete_original") and original is not None:
            self._core.delete(url.channel, original)
        elif body.get("replace_original") and original is not None:
            # The whole message is replaced: blocks that are not given are gone.
            given = {**body, "text": body.get("text") or "", "blocks": body.get("blocks") or []}
            self._core.update(url.channel, original, given)
        else:
            to = None if body.get("response_type") == "in_channel" else url.user
            self._core.post(url.channel, dict(body), to=to)

    def show_payload(self, channel: str, user: str, body: Json) -> None:
        """Show what came back in the acknowledgement of a command."""
        if _refusal(body):
            self._core.oddities.append(f"a command's answer is refused: {_refusal(body)}")
        else:
            self.show(ResponseUrl(channel, user, self._core.clock()), body)


def _read(text: str) -> Json | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _refusal(body: Mapping[str, Any] | None) -> str:
    # Words of incoming webhooks: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks;
    # invalid_blocks with 400: sourcegraph/sourcegraph-public-snapshot#49979.
    if body is None or body.keys() - _TAKES:
        return "invalid_payload"
    if kit.message_problems(body.get("blocks") or []):
        return "invalid_blocks"
    if not (body.get("text") or body.get("blocks") or body.get("delete_original")):
        return "no_text"
    return ""
