"""The workspace: made at the very first start, from the configuration's ``[workspace]``."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from bot.config import Workspace as Settings
from models.deal import create_default_pipeline
from models.messaging.lease import Lease
from models.option import create_default_options
from models.workspace import Workspace


async def workspace(settings: Settings, *, now: datetime) -> Workspace:
    """The workspace; a new one with the usual pipeline where there is none. Inside a transaction."""
    found = await Workspace.first()
    if found is not None:
        return found
    # Of two processes that start at once, the second waits here until the first has committed.
    holder = f"founding {os.getpid()}"
    await Lease.take("founding", holder, now=now, length=timedelta(0))
    found = await Workspace.first()
    if found is None:
        found = await Workspace.create(
            name=settings.name,
            currency=settings.currency,
            country=settings.country,
            zone=settings.zone,
            locale=settings.locale,
            created_at=now,
        )
        await create_default_pipeline(found)
        await create_default_options(found)
    return found
