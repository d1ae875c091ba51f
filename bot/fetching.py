"""Fetching: files that came with messages are fetched after the turn, outside of any transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import structlog

from bot.clock import Clock
from bot.database import Database
from bot.platform import LARGEST_FILE, Fetching, Platform, Rejected, ServiceError, Throttled
from handlers.chat import request
from models.attachment import Attachment, AttachmentKind
from models.blob import Blob

log = structlog.get_logger(__name__)

FETCH_EVERY = timedelta(seconds=1)


class Fetcher:
    """Fetches, one after the other, what waits for the platforms that this process has open.

    The row is taken by a short transaction, which no other process can do then, and settled by another.
    """

    def __init__(self, platforms: Mapping[str, Platform], database: Database, clock: Clock) -> None:
        self._platforms = platforms
        self._database = database
        self._clock = clock

    async def run_job(self) -> None:
        """What APScheduler calls: fetch until nothing is due; a database in trouble is asked again."""
        try:
            while await self.fetch_next():
                pass
        except Exception as error:
            if not self._database.is_transient(error):
                raise
            log.warning("fetching put off", error=type(error).__name__)

    async def fetch_next(self) -> bool:
        """Fetch one file; False where none is due."""
        able = [name for name, platform in self._platforms.items() if isinstance(platform, Fetching)]
        if not able:
            return False
        async with self._database.transaction():
            file = await Attachment.take_waiting(able, self._clock.now())
        if file is None:
            return False
        try:
            content = await cast("Fetching", self._platforms[file.platform]).fetch(_asked(file))
        except ServiceError as error:
            await self._failed(file, error)
            return True
        except Exception as error:  # one file that breaks us must not stop all others
            log.error("file cannot be fetched", file=file.id, platform=file.platform, exc_info=error)
            await self._give_up(file, error)
            return True
        async with self._database.transaction():
            if len(content) > LARGEST_FILE:
                await file.give_up("too large", self._clock.now())
            else:
                await file.keep(content, self._clock.now())
        return True

    async def _failed(self, file: Attachment, error: ServiceError) -> None:
        # Not the error's own words: a service may put a link, and with it a token, into them.
        log.info("file not fetched", file=file.id, platform=file.platform, error=type(error).__name__)
        if isinstance(error, Rejected):
            await self._give_up(file, error)
            return
        async with self._database.transaction():
            pause = error.retry_after if isinstance(error, Throttled) else None
            await file.put_off(type(error).__name__, self._clock.now(), pause)

    async def _give_up(self, file: Attachment, error: Exception) -> None:
        async with self._database.transaction():
            await file.give_up(type(error).__name__, self._clock.now())


def _asked(file: Attachment) -> request.Attachment:
    kind = AttachmentKind.DOCUMENT if file.kind is AttachmentKind.VCARD else file.kind
    return request.Attachment(
        cast("Any", kind.value), file.source, file.name, file.media_type, file.size, file.seconds
    )


async def content_of(sha256: str) -> bytes | None:
    """A kept file's content by the SHA-256 that a File block names; see :data:`bot.platform.Files`."""
    return await Blob.read(sha256)
