"""``parley doctor``: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.config import Config
from bot.database import Database
from bot.doctor import http, machine, services, settings, stored
from bot.doctor.finding import Finding, report

__all__ = ["Examination", "Finding", "examine", "report"]


@dataclass(slots=True)
class Examination:
    """All findings, and what they were found on.

    ``config`` is None where it cannot be read, ``database`` where it cannot be opened; an open one
    has to be closed in the end.
    """

    now: datetime
    findings: list[Finding] = field(default_factory=list)
    config: Config | None = None
    database: Database | None = None

    @property
    def healthy(self) -> bool:
        """Nothing is wrong; notes may be there."""
        return all(finding.level != "wrong" for finding in self.findings)


async def examine(path: Path | None, environ: Mapping[str, str], *, now: datetime) -> Examination:
    """Look at everything that Parley needs. Nothing is created, migrated or sent."""
    seen = Examination(now)
    seen.config, findings = settings.configuration(path, environ)
    seen.findings += [*machine.program(), *findings, *machine.clock(now), *machine.zone_data()]
    if seen.config is None:
        return seen
    seen.findings += machine.folders(seen.config)
    seen.database, findings = await stored.opened(seen.config)
    seen.findings += findings
    if seen.database is not None:
        seen.findings += [finding async for finding in stored.examined(seen.database, seen.config, now)]
    seen.findings += await services.services(seen.config, now)
    seen.findings += await http.server(seen.config)
    return seen
