"""Files that people sent, fetched with our token from Slack's own hosts and from nowhere else.

docs.slack.dev/reference/objects/file-object: ``url_private_download`` with the token in the header. An app
that may not read it gets Slack's sign-in page with the status 200 (slackapi/bolt-js#2585), or a redirect to
it (slackapi/deno-slack-sdk#285).
"""

from __future__ import annotations

from typing import Final

import aiohttp

from bot.platform import LARGEST_FILE, Rejected, ServiceError, Unauthorised, Unavailable
from bot.slack.api import Api, lost
from bot.slack.hosts import Hosts
from bot.slack.refusals import Refused, throttled
from handlers.chat.request import Attachment

_CHUNK: Final = 64 * 1024
_SIGN_IN: Final = "file: Slack's sign-in page came instead; the app lacks the scope files:read"


class Downloads:
    """``api_url`` is the Web API's: beside Slack's own hosts, that one may be asked too."""

    def __init__(self, api: Api, api_url: str) -> None:
        self._api = api
        self._hosts = Hosts(api_url)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The content. Raises a ServiceError, see bot.platform.Fetching."""
        if (attachment.size or 0) > LARGEST_FILE:
            raise Rejected(f"file: {attachment.size} bytes; at most {LARGEST_FILE} are fetched")
        url = attachment.source
        if "://" not in url:
            url = await self._address(attachment.source)
        if not self._hosts.trusts(url):
            raise Rejected("file: an address that is none of Slack's")
        try:
            async with self._api.download(url) as answer:
                return await _content(answer, attachment)
        except (aiohttp.ClientError, TimeoutError) as error:
            # Nothing was changed by asking, so that it may be asked again.
            raise Unavailable(str(lost("file", error))) from None

    async def _address(self, file: str) -> str:
        try:
            found = await self._api.ask("files.info", file=file)
        except Refused as refusal:
            raise refusal.meaning() from None
        return str(found["file"].get("url_private_download") or "")


async def _content(answer: aiohttp.ClientResponse, attachment: Attachment) -> bytes:
    if answer.status != 200:
        raise _refused(answer)
    if _signs_in(answer):
        raise Rejected(_SIGN_IN)
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LARGEST_FILE:
            raise Rejected(f"file: more than {LARGEST_FILE} bytes")
    if attachment.size is not None and len(body) < attachment.size:
        raise Unavailable(f"file: {len(body)} of {attachment.size} bytes came")
    return bytes(body)


def _signs_in(answer: aiohttp.ClientResponse) -> bool:
    """Whether it is a page to be looked at: a file, an HTML one too, comes as a download."""
    return answer.content_type == "text/html" and "Content-Disposition" not in answer.headers


def _refused(answer: aiohttp.ClientResponse) -> ServiceError:
    reason = f"file: HTTP {answer.status}"
    if answer.status == 429:
        return throttled("file", answer.headers.get("Retry-After"))
    if answer.status == 401:
        return Unauthorised(reason)
    if 300 <= answer.status < 400:
        return Rejected(_SIGN_IN)
    return Unavailable(reason) if answer.status >= 500 else Rejected(reason)
