"""What the doctor finds, and what its bundle does not hold."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import zipfile
import zoneinfo
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from wsgiref.handlers import format_date_time
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from bot import demo, founding
from bot.clock import Clock
from bot.config import Workspace as Settings
from bot.database import Database
from bot.doctor import Examination, examine, machine, report
from bot.doctor.bundle import write
from bot.doctor.finding import Finding
from bot.refused import Refused
from models.member import Member, Role
from models.messaging.inbox import InboxState, Incoming, reference
from models.messaging.outbox import OutboxState, Outgoing

# The real time, to the second: PostgreSQL knows no other.
NOW = Clock().now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own clock is compared with NOW; the whole suite runs longer than may lie between."""
    monkeypatch.setitem(globals(), "NOW", Clock().now().replace(microsecond=0))


TELEGRAM = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@asynccontextmanager
async def looked(
    url: str, environ: Mapping[str, str] | None = None, *, now: datetime | None = None
) -> AsyncIterator[Examination]:
    """An examination of the database at ``url``, closed in the end."""
    given = {"HOME": str(Path.cwd()), "PARLEY_DATABASE__URL": url, **(environ or {})}
    seen = await examine(None, given, now=now or NOW)
    try:
        yield seen
    finally:
        if seen.database is not None:
            await seen.database.close()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def founded(url: str, *, admin: bool = True) -> None:
    database = Database(url)
    await database.open()
    async with database.transaction():
        await demo.seed(await founding.workspace(Settings(), now=NOW))
        if not admin:
            await Member.filter(role=Role.ADMIN).update(role=Role.REP)
    await database.close()


def found(seen: Examination, subject: str) -> list[Finding]:
    return [finding for finding in seen.findings if finding.subject == subject]


def only(seen: Examination, level: str) -> Finding:
    (finding,) = (finding for finding in seen.findings if finding.level == level)
    return finding


async def test_where_all_is_well_every_part_was_looked_at(database_url: str) -> None:
    """Nothing is wrong, nothing needs to be done, and each of the parts is named."""
    await founded(database_url)
    async with looked(database_url) as seen:
        assert seen.healthy
        assert {finding.level for finding in seen.findings} == {"ok"}
        subjects = {finding.subject for finding in seen.findings}
        assert subjects >= {
            "program",
            "config",
            "clock",
            "zone data",
            "database",
            "migrations",
            "temporary folder",
        }
        assert all("WRONG" not in line for line in report(seen.findings).splitlines())


async def test_chat_services_that_are_off_are_named(sqlite_url: str) -> None:
    """With the key that would switch each of them on."""
    await founded(sqlite_url)
    async with looked(sqlite_url) as seen:
        assert found(seen, "telegram") == [Finding("ok", "telegram", "off: telegram.token is not set")]
        assert found(seen, "slack") == [Finding("ok", "slack", "off: slack.bot_token is not set")]


async def test_a_wrong_configuration_is_told_with_every_mistake_and_nothing_else_is_opened() -> None:
    """Each mistake is a finding with its remedy; what depends on the configuration is left out."""
    Path("config.toml").write_text("[log]\nlevl = 'x'\n[workspace]\nzone = 'Europe/Pari'\n", encoding="utf-8")
    seen = await examine(None, {"HOME": str(Path.cwd())}, now=NOW)
    assert not seen.healthy
    assert seen.database is None
    wrong = found(seen, "config")
    assert [finding.remedy for finding in wrong] == ["Did you mean log.level?", "Did you mean Europe/Paris?"]
    assert "line 2" in wrong[0].detail
    assert report(seen.findings).count("Did you mean log.level?") == 1


async def test_a_database_that_is_not_there_yet_is_not_made() -> None:
    """Before the first start that is no fault; looking leaves no file and no folder."""
    url = f"sqlite://{Path.cwd()}/none/parley.db"
    async with looked(url) as seen:
        assert seen.healthy
        assert only(seen, "note").subject == "database"
    assert list(Path.cwd().iterdir()) == []


async def test_a_file_that_is_no_database_is_wrong_with_the_remedy() -> None:
    """It is named with its path."""
    path = Path("parley.db").absolute()
    path.write_bytes(b"not a database" * 500)
    async with looked(f"sqlite://{path}") as seen:
        finding = only(seen, "wrong")
        assert str(path) in finding.detail
        assert "parley restore" in finding.remedy


async def test_a_damaged_file_is_wrong(sqlite_url: str) -> None:
    """A page in the middle was overwritten."""
    await founded(sqlite_url)
    path = Path(sqlite_url.removeprefix("sqlite://"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3 : 2 * len(raw) // 3] = b"\xff" * (2 * len(raw) // 3 - len(raw) // 3)
    path.write_bytes(raw)
    async with looked(sqlite_url) as seen:
        assert not seen.healthy
        assert any("restore" in finding.remedy for finding in found(seen, "database"))


async def test_a_server_that_cannot_be_reached_is_wrong_without_its_password() -> None:
    """Where, why, what to do; never the login."""
    async with looked("postgres://parley:hunter2@127.0.0.1:1/parley") as seen:
        finding = only(seen, "wrong")
        assert finding.subject == "database"
        assert "127.0.0.1:1/parley" in finding.detail
        assert "hunter2" not in report(seen.findings)


async def test_waiting_migrations_are_a_fault_only_where_nobody_will_apply_them(empty_url: str) -> None:
    """SQLite migrates itself; PostgreSQL needs `parley migrate`, unless auto_migrate is set."""
    database = Database(empty_url)
    await database.open()
    await database.close()
    async with looked(empty_url) as seen:
        (finding,) = found(seen, "migrations")
        assert finding.level == ("note" if empty_url.startswith("sqlite") else "wrong")
        assert "0001_initial" in finding.detail
        assert ("parley migrate" in finding.remedy) == (finding.level == "wrong")
    async with looked(empty_url, {"PARLEY_DATABASE__AUTO_MIGRATE": "true"}) as seen:
        assert [finding.level for finding in found(seen, "migrations")] == ["note"]


async def test_a_schema_of_a_newer_version_is_wrong(database_url: str) -> None:
    """It is named, and nothing is read from tables that this version does not know."""
    database = Database(database_url)
    await database.open()
    await database.execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_later', ?)", NOW
    )
    await database.close()
    async with looked(database_url) as seen:
        finding = only(seen, "wrong")
        assert finding.subject == "migrations"
        assert "9999_later" in finding.detail
        assert found(seen, "members") == []


async def test_a_clock_before_its_time_is_wrong(sqlite_url: str) -> None:
    """A machine that woke up in 1970."""
    async with looked(sqlite_url, now=datetime(1970, 1, 1, tzinfo=UTC)) as seen:
        assert "1970-01-01" in only(seen, "wrong").detail


async def test_rows_from_the_future_say_that_the_clock_went_back(database_url: str) -> None:
    """A message received in two hours; in a simulation that is nothing unusual."""
    await founded(database_url)
    await _received(database_url, NOW + timedelta(hours=2), InboxState.DONE)
    async with looked(database_url) as seen:
        assert "7200 s away" in only(seen, "wrong").detail
    async with looked(database_url, {"PARLEY_CONSOLE__SIMULATED": "true"}) as seen:
        assert seen.healthy


async def test_a_database_server_with_another_time_is_told(postgres_url: str) -> None:
    """This machine's clock is said to be ten minutes ahead of PostgreSQL's."""
    await founded(postgres_url)
    real = datetime.now(UTC)
    async with looked(postgres_url, now=real) as seen:
        assert seen.healthy
    async with looked(postgres_url, now=real + timedelta(minutes=10)) as seen:
        assert only(seen, "wrong").subject == "clock"


async def _received(url: str, at: datetime, state: InboxState) -> Incoming:
    database = Database(url)
    await database.open()
    row = await Incoming.create(
        platform="telegram",
        key=f"{at}",
        address="chat-CANARY",
        payload='{"text": "payload CANARY"}',
        received_at=at,
        state=state,
        command="call",
        outcome="ok",
    )
    await Outgoing.create(
        platform="telegram",
        address="chat-CANARY",
        language="en-GB",
        body='"body CANARY"',
        dedupe_key=f"{at}",
        state=OutboxState.FAILED,
        created_at=at,
        not_before=at,
    )
    await database.close()
    return row


async def test_messages_that_nobody_answers_are_a_fault_and_unreadable_ones_a_note(database_url: str) -> None:
    """Waiting for an hour: start Parley. Set aside: the reference for `parley trace`."""
    await founded(database_url)
    row = await _received(database_url, NOW - timedelta(hours=2), InboxState.QUARANTINED)
    async with looked(database_url) as seen:
        assert seen.healthy
        (finding,) = found(seen, "inbox")
        assert reference(row.id) in finding.detail
        assert [finding.level for finding in found(seen, "outbox")] == ["note"]
    await _received(database_url, NOW - timedelta(hours=1), InboxState.WAITING)
    async with looked(database_url) as seen:
        assert "parley run" in only(seen, "wrong").remedy


async def test_a_workspace_without_an_admin_is_noted(database_url: str) -> None:
    """The remedy is the command that adds one."""
    await founded(database_url, admin=False)
    async with looked(database_url) as seen:
        assert "--role admin" in only(seen, "note").remedy


async def test_a_member_s_zone_that_this_machine_does_not_know_is_wrong(database_url: str) -> None:
    """Their reminders could not be placed."""
    await founded(database_url)
    database = Database(database_url)
    await database.open()
    await Member.filter(email=demo.SPEAKER).update(zone="Europe/Atlantis")
    await database.close()
    async with looked(database_url) as seen:
        assert "Europe/Atlantis" in only(seen, "wrong").detail


async def test_secrets_in_a_file_that_everyone_reads_are_noted(sqlite_url: str) -> None:
    """With the command that closes it; a closed file is fine."""
    await founded(sqlite_url)
    path = Path("config.toml").absolute()
    path.write_text('[slack]\nbot_token = "xoxb-1"\napp_token = "xapp-1"\n', encoding="utf-8")
    for mode, remedies in ((0o644, ["Run: chmod 600 config.toml"]), (0o600, [])):
        path.chmod(mode)
        async with (
            service(timedelta(0)) as root,
            looked(sqlite_url, {"PARLEY_SLACK__API_URL": root}) as seen,
        ):
            asked = [finding.remedy for finding in found(seen, "config") if finding.remedy]
        assert [remedy for remedy in asked if "chmod" in remedy] == remedies
        assert any("AGPL" in remedy for remedy in asked)


@asynccontextmanager
async def service(skew: timedelta, says: str = '{"ok": true}') -> AsyncIterator[str]:
    """A chat service whose clock is ``skew`` ahead of NOW; ``says`` is its answer to who the bot is."""

    async def answer(request: web.Request) -> web.Response:
        assert "xoxb" not in str(request.url)
        dated = {"Date": format_date_time((NOW + skew).timestamp())}
        return web.Response(headers=dated, text=says, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("skew", "level"), [(0, "ok"), (40, "ok"), (-400, "wrong"), (400, "wrong")])
async def test_a_service_s_clock_is_held_against_ours(sqlite_url: str, skew: int, level: str) -> None:
    """Slack refuses what is five minutes off, and would not say why: clock skew is named."""
    await founded(sqlite_url)
    tokens = {"PARLEY_SLACK__BOT_TOKEN": "xoxb-1", "PARLEY_SLACK__APP_TOKEN": "xapp-1"}
    async with (
        service(timedelta(seconds=skew)) as url,
        looked(sqlite_url, tokens | {"PARLEY_SLACK__API_URL": url}) as seen,
    ):
        (finding,) = found(seen, "slack")
        assert finding.level == level
        assert ("clock skew" in finding.detail) == (level == "wrong")


@pytest.mark.parametrize(
    ("given", "name", "says", "remedy"),
    [
        (
            {"PARLEY_SLACK__BOT_TOKEN": "xoxb-1", "PARLEY_SLACK__APP_TOKEN": "xapp-1"},
            "slack",
            '{"ok": false, "error": "invalid_auth"}',
            "slack.bot_token",
        ),
        (
            {"PARLEY_TELEGRAM__TOKEN": TELEGRAM},
            "telegram",
            '{"ok": false, "error_code": 401, "description": "Unauthorized"}',
            "telegram.token",
        ),
    ],
)
async def test_a_refused_token_is_wrong_and_not_shown(
    sqlite_url: str, given: dict[str, str], name: str, says: str, remedy: str
) -> None:
    """A service that answers is not enough: it has to know the bot; the key to mend is named."""
    await founded(sqlite_url)
    async with (
        service(timedelta(0), says) as url,
        looked(sqlite_url, given | {f"PARLEY_{name.upper()}__API_URL": url}) as seen,
    ):
        (finding,) = found(seen, name)
        assert (finding.level, remedy in finding.remedy) == ("wrong", True)
        assert "refuses the token" in finding.detail
        assert not any(token in report(seen.findings) for token in given.values())


async def test_a_service_that_does_not_answer_is_wrong_and_no_token_is_shown(sqlite_url: str) -> None:
    """The address that was tried is named."""
    await founded(sqlite_url)
    given = {"PARLEY_TELEGRAM__TOKEN": TELEGRAM, "PARLEY_TELEGRAM__API_URL": "http://127.0.0.1:1"}
    async with looked(sqlite_url, given) as seen:
        assert "http://127.0.0.1:1 does not answer" in only(seen, "wrong").detail
        assert TELEGRAM not in report(seen.findings)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_wrong(tmp_path: Path) -> None:
    """Its path and the setting that names it."""
    tmp_path.chmod(0o500)
    finding = machine.folder("database folder", tmp_path, "database.url")
    tmp_path.chmod(0o700)
    assert finding.level == "wrong"
    assert "database.url" in finding.remedy


def test_a_full_disk_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less room than Parley wants beside its database."""
    monkeypatch.setattr(machine, "ROOM", 1 << 62)
    finding = machine.folder("database folder", tmp_path, "database.url")
    assert finding.level == "wrong"
    assert "MiB are free" in finding.detail


def test_what_is_wrong_stands_last() -> None:
    """There it is seen on a terminal."""
    findings = [Finding("wrong", "a", "x", "do"), Finding("ok", "b", "x"), Finding("note", "c", "x", "do")]
    heads = [line for line in report(findings).splitlines() if not line.startswith(" ")]
    assert [line.split()[1] for line in heads] == ["b:", "c:", "a:"]


# --- the bundle


async def test_the_bundle_holds_what_support_needs_and_nobody_s_words(database_url: str) -> None:
    """Findings, versions, settings, figures and turns; no secret, no text, no address, for its owner only."""
    await founded(database_url)
    row = await _received(database_url, NOW, InboxState.DONE)
    given = {"PARLEY_TELEGRAM__TOKEN": TELEGRAM, "PARLEY_TELEGRAM__API_URL": "http://127.0.0.1:1"}
    given |= {"PARLEY_SLACK__BOT_TOKEN": "xoxb-CANARY", "PARLEY_SLACK__APP_TOKEN": "xapp-CANARY"}
    given |= {"PARLEY_SLACK__API_URL": "http://127.0.0.1:1", "PARLEY_SLACK__SIGNING_SECRET": "CANARY"}
    path = Path("bundle.zip").absolute()
    async with looked(database_url, given) as seen:
        await write(path, seen)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(parts) == {
        "doctor.txt",
        "program.json",
        "config.txt",
        "schema.json",
        "stats.json",
        "turns.json",
        "leases.json",
    }
    everything = "".join(parts.values())
    for canary in ("CANARY", TELEGRAM, "Jane", "jane.doe", "lea@parley", "Acme", "+33639980112"):
        assert canary not in everything, canary
    assert json.loads(parts["turns.json"])[0]["turn"] == reference(row.id)
    assert json.loads(parts["stats.json"])["members"] == len(demo.TEAM)
    assert json.loads(parts["program.json"])["packages"]["tortoise-orm"]
    assert "telegram" in parts["config.txt"]


async def test_a_bundle_without_a_configuration_or_a_database_is_still_a_bundle() -> None:
    """That is when support is asked."""
    Path("config.toml").write_text("nonsense", encoding="utf-8")
    seen = await examine(None, {"HOME": str(Path.cwd())}, now=NOW)
    await write(Path("bundle.zip"), seen)
    with zipfile.ZipFile("bundle.zip") as archive:
        assert set(archive.namelist()) == {"doctor.txt", "program.json"}
        assert b"not valid TOML" in archive.read("doctor.txt")


async def test_a_bundle_never_replaces_a_file() -> None:
    """Nor does it appear where it cannot be written."""
    seen = Examination(NOW)
    Path("there.zip").write_text("mine", encoding="utf-8")
    with pytest.raises(Refused, match="there already"):
        await write(Path("there.zip"), seen)
    with pytest.raises(Refused, match="cannot be written"):
        await write(Path("no/such/folder.zip"), seen)
    assert Path("there.zip").read_text(encoding="utf-8") == "mine"


def test_zone_data_of_this_machine_is_sound() -> None:
    """The rules are read, not only found."""
    (finding,) = machine.zone_data()
    assert finding.level == "ok"


def test_zone_data_with_wrong_rules_is_wrong(tmp_path: Path) -> None:
    """A file of that name is there, but it knows no summer time."""
    (tmp_path / "Europe").mkdir()
    with resources.files("tzdata.zoneinfo").joinpath("UTC").open("rb") as utc:
        (tmp_path / "Europe" / "Paris").write_bytes(utc.read())
    zoneinfo.reset_tzpath([tmp_path])
    ZoneInfo.clear_cache(only_keys=["Europe/Paris"])
    try:
        (finding,) = machine.zone_data()
    finally:
        zoneinfo.reset_tzpath()
        ZoneInfo.clear_cache(only_keys=["Europe/Paris"])
    assert finding.level == "wrong"
    assert str(tmp_path) in finding.detail
    assert "tzdata" in finding.remedy
