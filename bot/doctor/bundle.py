"""The bundle for support: what the doctor saw, without a word that anybody said and without a secret."""

from __future__ import annotations

import json
import os
import platform
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from bot import __version__, stats, trace
from bot.doctor import Examination, report
from bot.log.discretion import Redaction
from bot.refused import Refused
from models.messaging.inbox import Incoming
from models.messaging.lease import Lease

TURNS = 500  # the newest ones


async def write(path: Path, seen: Examination) -> None:
    """Write the zip, for its owner's eyes.

    Raises:
        Refused: the file is there already, or cannot be written.
    """
    parts = {"doctor.txt": report(seen.findings), "program.json": _json(_program())}
    if seen.config is not None:
        parts["config.txt"] = "\n".join(_settings(seen))
    if seen.database is not None:
        schema = await seen.database.schema_state()
        parts["schema.json"] = _json(
            {"applied": schema.applied, "pending": schema.pending, "unknown": schema.unknown}
        )
        if schema.current:
            parts["stats.json"] = _json(await stats.counted())
            parts["turns.json"] = _json(await _turns())
            parts["leases.json"] = _json(await _leases())
    redacted = Redaction(seen.config.secrets() if seen.config else ())
    _store(path, {name: redacted(text) for name, text in parts.items()})


def _program() -> dict[str, Any]:
    packages = {package.metadata["Name"]: package.version for package in metadata.distributions()}
    return {
        "parley": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": dict(sorted(packages.items())),
    }


def _settings(seen: Examination) -> Iterator[str]:
    """Each section as its own repr, which blanks secrets; the database without its user."""
    config = seen.config
    assert config is not None
    if seen.database is not None:
        yield f"database: {seen.database.dialect}, {seen.database.address.shown}"
    yield f"source_url: {config.source_url}"
    for name in ("database", "telegram", "slack", "http", "console", "log", "workspace"):
        yield f"{name}: {getattr(config, name)!r}"


async def _turns() -> list[dict[str, str]]:
    newest = await Incoming.all().order_by("-id").limit(TURNS).only(*trace.COLUMNS)
    return [dict(trace.facts(turn)) for turn in newest]


async def _leases() -> list[dict[str, Any]]:
    return [
        {
            "name": lease.name,
            "holder": lease.holder,
            "term": lease.term,
            "expires_at": lease.expires_at.isoformat(),
        }
        for lease in await Lease.all().order_by("name")
    ]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _store(path: Path, parts: dict[str, str]) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in parts.items():
                archive.writestr(name, text + "\n")
    except FileExistsError:
        raise Refused(f"{path} is there already. Choose another name.") from None
    except OSError as error:
        raise Refused(f"{path} cannot be written ({error.strerror}). Choose another place.") from None
