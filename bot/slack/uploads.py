"""Files of a reply, uploaded into the conversation that it goes to.

docs.slack.dev/messaging/working-with-files, "Uploading files": an address is asked for, the content posted
to it, and the upload completed into a conversation, which posts it there as a message of its own. The
words and buttons of the reply follow. Nothing of a file can be for one person of a channel alone: there it
goes into their direct message.
"""

from __future__ import annotations

import json
from typing import Final

from bot.platform import Files, Rejected
from bot.slack.address import Address, is_direct
from bot.slack.api import Api
from bot.slack.directs import Directs
from bot.slack.hosts import Hosts
from bot.slack.latest import Latest
from bot.slack.speaking import Words, thread_of
from handlers.chat.reply import File

# What an image's alternative text may have: docs.slack.dev/reference/methods/files.getUploadURLExternal.
_ALT: Final = 1000


class Uploads:
    """Uploads what replies hold. ``files`` reads a content; where it gives none, the file's name stands."""

    def __init__(self, api: Api, directs: Directs, files: Files | None, api_url: str) -> None:
        self._api = api
        self._directs = directs
        self._files = files
        self._hosts = Hosts(api_url)
        self._done: Latest[bool] = Latest()

    async def upload(self, words: Words, where: Address) -> None:
        """Upload each file of a reply once, where the reply goes. Raises Refused, or a ServiceError."""
        held = [block for block in words.reply.blocks if isinstance(block, File)]
        if not held or self._files is None:
            return
        alone = where.whispers and not is_direct(where.channel)
        channel = await self._directs.channel(Address("", where.user) if alone else where)
        for number, file in enumerate(held):
            name = f"{words.id}.{number}"
            content = None if self._done.get(name) else await self._files(file.sha256)
            if content is not None:
                await self._share(file, content, channel, words)
                # The words that follow may have to be tried again: the file then stands there already.
                self._done.put(name, words.id > 0)

    async def _share(self, file: File, content: bytes, channel: str, words: Words) -> None:
        described = {"alt_txt": file.name[:_ALT]} if file.media_type.startswith("image/") else {}
        asked = {"filename": file.name, "length": len(content), **described}
        given = await self._api.form("files.getUploadURLExternal", asked)
        url = str(given["upload_url"])
        if not self._hosts.trusts(url):
            raise Rejected("files.getUploadURLExternal: an address that is none of Slack's")
        await self._api.post_content(url, content)
        thread = {"thread_ts": ts} if (ts := thread_of(words.answers, channel)) else {}
        listed = json.dumps([{"id": str(given["file_id"]), "title": file.name}])
        await self._api.form(
            "files.completeUploadExternal", {"files": listed, "channel_id": channel, **thread}
        )
