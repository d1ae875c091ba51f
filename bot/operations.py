"""What each command of the command line does, once its words are read. Prints its answer to stdout."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from bot import doctor, founding, holder, log, members, setup_file, stats, trace
from bot.clock import Clock
from bot.config import ConfigError, Log, Slack
from bot.config.checks import wrong_with
from bot.console import harmless
from bot.database import Address, Database
from bot.doctor.bundle import write as write_bundle
from bot.opening import configured, connected, lives, opened
from bot.output import say
from bot.refused import Refused
from handlers.chat.i18n import Locale
from models.change import Author
from models.member import INVITATION_LIFETIME
from models.messaging.lease import Lease
from models.workspace import Workspace

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run one command's work to its end.

    Raises:
        Refused: nobody would see what it answers.
    """
    if sys.stdout is None:
        work.close()
        remedy = "Send it to a file, or to /dev/null."
        raise Refused(f"Standard output is closed: nobody would see the answer. {remedy}", status=2)
    return asyncio.run(work)


async def migrate(path: Path | None) -> None:
    """Bring the schema up to date, whatever the kind of database."""
    async with connected(configured(path, os.environ)) as database:
        applied = await database.migrate()
        say("\n".join(f"applied {name}" for name in applied) or "The database is up to date.")


async def add_member(path: Path | None, newcomer: members.Newcomer) -> None:
    """Add a member, or take a former one back."""
    async with _workspace(path) as (workspace, now):
        member = await members.add(newcomer, workspace, now=now)
    say(f"{member.name} <{member.email}> is a member: {member.role.value}, {member.locale}, {member.zone}.")
    say(f"To join a chat account: parley member invite {member.email}")


async def list_members(path: Path | None) -> None:
    """All members, one a line."""
    async with _workspace(path) as (workspace, _):
        rows = await members.table(workspace)
    say(members.columns(rows))


async def invite_member(path: Path | None, email: str) -> None:
    """Print a one-time code alone on stdout; what to do with it goes to stderr."""
    async with _workspace(path) as (workspace, now):
        code = await members.invite(email, workspace, now=now)
    say(code)
    until = now + INVITATION_LIFETIME
    sys.stderr.write(
        f"Works once, until {until:%Y-%m-%d %H:%M} UTC. "
        f"On Telegram: /start {code} · on Slack and in the terminal: link {code}\n"
    )


async def deactivate_member(path: Path | None, email: str) -> None:
    """Shut a member out."""
    async with _workspace(path) as (workspace, now):
        member = await members.deactivate(email, workspace, now=now)
    say(f"{member.name} <{member.email}> is no longer a member. Their records stay.")


async def show_stats(path: Path | None, *, as_json: bool) -> None:
    """How many of each there are."""
    async with opened(configured(path, os.environ)):
        counts = await stats.counted()
    say(json.dumps(counts) if as_json else stats.as_text(counts))


async def backup(path: Path | None, file: Path) -> None:
    """Write a backup, also while Parley runs.

    Raises:
        Refused: the database that the configuration names is not there, or is empty.
    """
    config = configured(path, os.environ)
    address = Address.of(config.database.url)
    if address.dialect == "sqlite" and not address.path.is_file():
        raise _nothing_there(address)  # to connect would make it
    async with connected(config) as database:
        if not (await database.schema_state()).applied:
            raise _nothing_there(address)
        counts = await database.backup(file)
    say(f"{file}: {sum(counts.values())} rows in {len(counts)} tables.")


async def restore(path: Path | None, file: Path, *, replace: bool) -> None:
    """Fill the database from a backup. One that another process works with is left alone.

    Raises:
        Refused: Parley is running on it, or it holds data and ``replace`` is false.
    """
    async with connected(configured(path, os.environ)) as database:
        await _require_idle(database, Clock().now())
        counts = await database.restore(file, replace=replace)
    say(f"Restored {sum(counts.values())} rows in {len(counts)} tables from {file}.")


def show_slack_manifest(path: Path | None, *, command: str, http: bool, language: str, as_json: bool) -> None:
    """Print the manifest of the Slack app that Parley needs; without tokens too, which only the app gives.

    ``language`` is that of its words; empty for the workspace's.

    Raises:
        Refused: no slash command can be called so, or Slack would not know where to post.
    """
    from bot.slack import manifest

    config = configured(path, os.environ)
    settings = config.slack or Slack()
    settings = replace(settings, command=command or settings.command, mode="http" if http else settings.mode)
    if wrong := wrong_with("slack.command", settings.command):
        raise Refused(f"{settings.command!r} {wrong[0]}. {wrong[1]}", status=2)
    if settings.mode == "http" and not config.http.public_url:
        remedy = "Set http.public_url, as https://crm.example.com."
        raise Refused(f"Slack would not know where to post. {remedy}", status=2)
    words = Locale(language or config.workspace.locale, "UTC")
    found = manifest.manifest(settings, config.http.public_url, words)
    say(json.dumps(found, indent=2, ensure_ascii=False) if as_json else manifest.as_yaml(found).rstrip())


async def set_telegram_menus(path: Path | None, *, dry_run: bool) -> None:
    """Set the menus of commands on Telegram, or only print them, which takes no token.

    Raises:
        Refused: there is no token, or Telegram refuses.
    """
    config = configured(path, os.environ)
    from bot.telegram import setting_menus

    if dry_run:
        say(setting_menus.printed())
        return
    if config.telegram is None:
        raise Refused("telegram.token is not set.", status=2)
    async with connected(config) as database, database.transaction():
        roles = await members.leading("telegram")
    changed = await setting_menus.publish(config.telegram, roles)
    say("\n".join(f"set: {whose} {code or 'en'}" for whose, code in changed) or "They are set already.")


async def examine(path: Path | None, bundle: Path | None) -> bool:
    """Print what the doctor found; returns whether nothing is wrong."""
    log.configure(Log(level="warning"))  # its own configuration may be what is wrong
    seen = await doctor.examine(path, os.environ, now=Clock().now())
    try:
        say(doctor.report(seen.findings))
        if bundle is not None:
            await write_bundle(bundle, seen)
            say(f"\n{bundle} holds this report without secrets and without anything that was said.")
    finally:
        if seen.database is not None:
            await seen.database.close()
    return seen.healthy


async def show_trace(path: Path | None, ref: str) -> None:
    """What became of one message."""
    async with opened(configured(path, os.environ)):
        say(await trace.told(ref))


async def export_setup(path: Path | None, file: Path | None) -> None:
    """Print the set-up, or write it to a new file for its owner's eyes.

    Raises:
        Refused: the file is there already, or cannot be written.
    """
    async with _workspace(path) as (workspace, _):
        text = await setup_file.exported(workspace)
    if file is None:
        say(text)
        return
    try:
        with os.fdopen(
            os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as new:
            new.write(f"{text}\n")
    except FileExistsError:
        raise Refused(f"{file}: there is a file of that name already. Choose another name.") from None
    except OSError as error:
        raise Refused(f"{file}: it cannot be written ({error.strerror}). Choose another place.") from None
    say(f"{file}: the set-up of {workspace.name}.")


async def apply_setup(path: Path | None, file: Path, *, email: str, dry_run: bool) -> None:
    """Bring the workspace to what a file says, all of it or nothing; print the differences.

    Raises:
        Refused: the file is wrong (status 2); or the workspace cannot be brought there, or nobody may.
    """
    try:
        document = setup_file.read(file)
    except ConfigError as error:
        raise Refused(_harmless(str(error)), status=2) from None
    config = configured(path, os.environ)
    now = Clock().now()
    async with opened(config) as database:
        try:
            async with database.transaction():
                workspace = await founding.workspace(config.workspace, now=now)
                by = Author(await members.admin(email, workspace), now, f"config {now:%Y%m%dT%H%M%S%f}")
                lines = await setup_file.apply(document, workspace, by)
                if dry_run:
                    raise _OnlyLooking
        except _OnlyLooking:
            pass
        except setup_file.Denied as denied:
            raise Refused(_harmless(f"{file}: {denied}")) from None
    say(_harmless("\n".join(lines)) or "Nothing to do: the workspace is as the file says.")
    if lines:
        say("Nothing was changed: --dry-run." if dry_run else f"Changed by {by.member.email}.")


def _harmless(text: str) -> str:
    """Nothing in a name steers the terminal."""
    return "\n".join(harmless.line(line) for line in text.split("\n"))


class _OnlyLooking(Exception):
    """Rolls back what was only tried."""


@asynccontextmanager
async def _workspace(path: Path | None) -> AsyncIterator[tuple[Workspace, datetime]]:
    """The workspace and the time, inside one transaction."""
    config = configured(path, os.environ)
    now = Clock().now()
    async with opened(config) as database, database.transaction():
        yield await founding.workspace(config.workspace, now=now), now


def _nothing_there(address: Address) -> Refused:
    remedy = "Name the configuration that Parley runs with: --config FILE, or PARLEY_CONFIG."
    return Refused(f"{address.shown}: there is no database of Parley's: nothing was backed up. {remedy}")


async def _require_idle(database: Database, now: datetime) -> None:
    if not (await database.schema_state()).current:
        return
    holders = {lease.holder for lease in await Lease.all() if lives(lease, now)}
    if holders:
        who = "; ".join(sorted({holder.described(each) for each in holders}))
        raise Refused(f"Parley is running on this database: {who}. Stop it, then restore.")
