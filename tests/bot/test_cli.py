"""The command line: as a process where a person would see it, in process otherwise."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import __version__, holder
from bot.__main__ import main
from bot.clock import Clock, SimulatedClock
from bot.config import Config, Console, Workspace
from bot.database import Database
from bot.live import clock_of
from bot.opening import moment
from bot.refused import Refused
from models.member import Invitation, Member
from models.messaging.inbox import InboxState, Incoming, reference
from models.messaging.lease import Lease

pytestmark = pytest.mark.usefixtures("own_logging")

LEA = ("member", "add", "lea@acme.fr", "--name", "Léa Martin", "--lang", "fr", "--tz", "Europe/Paris")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to stand in, and a home of one's own."""
    for variable in [name for name in os.environ if name.startswith(("PARLEY_", "XDG_"))]:
        monkeypatch.delenv(variable)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: its exit status and what it wrote."""

    status: int
    out: str
    err: str


Parley = Callable[..., Answer]


@pytest.fixture
def parley(capsys: pytest.CaptureFixture[str]) -> Parley:
    """Run a command in this process."""

    def run(*words: str) -> Answer:
        capsys.readouterr()
        try:
            status = main(words)
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        written = capsys.readouterr()
        return Answer(status, written.out, written.err)

    return run


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    """The commands work on this migrated, empty database, once of each kind."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", database_url)
    return database_url


def process(*words: str, module: bool = False, **environ: str) -> Answer:
    """Run a command as a process of its own."""
    program = [sys.executable, "-m", "bot"] if module else [str(Path(sys.executable).with_name("parley"))]
    done = subprocess.run(
        [*program, *words], capture_output=True, text=True, timeout=60, check=False, env=os.environ | environ
    )
    return Answer(done.returncode, done.stdout, done.stderr)


# --- as a process


def test_help_and_version_are_quick_and_load_nothing_heavy() -> None:
    """The ORM, the chat libraries and the log are not imported to print a page of help."""
    script = (
        "import sys; from bot.__main__ import main\n"
        "for words in (['--help'], ['--version'], ['member', '--help']): main(words)\n"
        "heavy = {'tortoise', 'telegram', 'slack_sdk', 'structlog', 'babel', 'prompt_toolkit', 'msgspec'}\n"
        "sys.exit(', '.join(heavy & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout
    for word in "chat demo run migrate member config stats backup restore doctor trace --config".split():  # noqa: SIM905
        assert word in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "",
        "chat",
        "demo",
        "run",
        "migrate",
        "member",
        "member add",
        "member list",
        "member invite",
        "member deactivate",
        "config",
        "config export",
        "config apply",
        "stats",
        "backup",
        "restore",
        "doctor",
        "trace",
    ],
)
def test_help_explains_everything(parley: Parley, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Each command's help fits a window, and each of its words has an explanation in people's terms."""
    monkeypatch.setenv("COLUMNS", "80")
    answer = parley(*words.split(), "--help")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: parley {words}".rstrip())
    assert "Exit status: 0 " in answer.out
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not re.search(r"\b(STR|PATH|INT|CHOICE|BOOL)\b", answer.out)
    unexplained = re.compile(r"│ [* ] *(--)?[a-zA-Z]+( [A-Za-z|]+)? +(\[required\])? *│")
    assert not [line for line in lines if unexplained.fullmatch(line)]


def test_the_module_is_the_command() -> None:
    """`python -m bot` is `parley`."""
    assert process("--version", module=True) == process("--version") == Answer(0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    "words", [("stats",), ("migrate",), LEA, ("backup", "b"), ("run",), ("trace", "K7Q2M")]
)
def test_a_wrong_configuration_is_named_with_file_key_line_and_remedy(words: Sequence[str]) -> None:
    """Exit 2, one line a mistake on stderr, nothing on stdout, no traceback."""
    path = Path("config.toml")
    path.write_text('[telegram]\ntokn = "1:a"\n\n[log]\nlevel = 3\n', encoding="utf-8")
    answer = process(*words)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "parley: config.toml, line 2: telegram.tokn is not a key. Did you mean telegram.token?",
        'parley: config.toml, line 5: log.level must be one of "debug", "info", "warning", "error".'
        ' For example level = "info".',
    ]


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("sttas",), "--help"),
        (("stats", "--jsn"), "Did you mean --json?"),
        (("member", "add"), "EMAIL requires an argument"),
        (("member", "add", "a@b.fr"), "--name"),
        (("member", "add", "a@b.fr", "--name", "A", "--role", "boss"), "rep"),
        (("backup",), "FILE requires an argument"),
        (("stats", "--config"), "--config"),
        (("--config", "none.toml", "stats"), "no such file"),
        (("stats", "--config", "none.toml"), "no such file"),
        (("chat", "--at", "yesterday"), "2026-10-14T15:30"),
    ],
)
def test_a_wrong_command_line_is_explained(parley: Parley, words: Sequence[str], remedy: str) -> None:
    """Exit 2, every line begins with the program's name, no traceback."""
    answer = parley(*words)
    assert (answer.status, answer.out) == (2, "")
    assert remedy in answer.err
    assert all(line.startswith("parley: ") for line in answer.err.splitlines())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///no/such/folder/parley.db", "mkdir -p /no/such/folder"),
        ("postgres://parley:hunter2@127.0.0.1:1/parley", "Check that the server runs"),
    ],
)
def test_a_database_that_cannot_be_opened_is_explained(url: str, words: str) -> None:
    """Exit 1, one line with the remedy, no traceback and no password."""
    answer = process("stats", PARLEY_DATABASE__URL=url)
    assert (answer.status, answer.out) == (1, "")
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1
    assert "hunter2" not in answer.err


def test_the_first_command_needs_no_configuration(tmp_path: Path) -> None:
    """An empty home: the data folder is made for its owner, the database in it, the member stands in it."""
    assert process(*LEA).status == 0
    assert "lea@acme.fr" in process("member", "list").out
    data = tmp_path / "home" / ".local" / "share" / "parley"
    if sys.platform == "darwin":
        data = tmp_path / "home" / "Library" / "Application Support" / "Parley"
    assert data.stat().st_mode & 0o777 == 0o700
    assert (data / "parley.db").exists()
    assert list(Path.cwd().iterdir()) == []


def test_a_reader_that_goes_away_early_is_no_fault(tmp_path: Path) -> None:
    """`parley stats | head -1` shows no traceback, and ends with status 0, for `set -o pipefail`."""
    process(*LEA)
    reader, writer = os.pipe()
    os.close(reader)
    program = str(Path(sys.executable).with_name("parley"))
    done = subprocess.run([program, "stats"], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def shell(line: str) -> Answer:
    """Run a line of a shell, in which ``parley`` is the program."""
    program = Path(sys.executable).with_name("parley")
    done = subprocess.run(
        ["sh", "-c", f'parley() {{ "{program}" "$@"; }}\n{line}'],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("parley chat <&-", "Standard input is closed"),
        ("parley chat >&-", "Standard output is closed"),
        ("parley demo <&- >&-", "Standard input is closed"),
        ("parley chat 0> nowhere", "Standard input cannot be read"),
        ("parley stats >&-", "Standard output is closed"),
        ("parley doctor >&-", "Standard output is closed"),
    ],
)
def test_a_closed_stream_is_said_in_one_line(line: str, said: str) -> None:
    """Exit 2: it was called so. No traceback, and nothing was done."""
    process(*LEA)
    answer = shell(line)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"parley: {said}")
    assert answer.err.count("\n") == 1


def test_what_is_closed_is_not_lent_to_the_database() -> None:
    """No file of ours gets the number of a standard stream, or the next word printed would end up in it."""
    process(*LEA)
    assert shell("echo about | parley chat 2>&-").out.startswith("Parley ")
    assert shell("parley sttas 2>&-") == Answer(2, "", "")
    assert shell("parley member list <&- 2>&-").status == 0
    assert "ok    database" in process("doctor").out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to write to")
def test_an_answer_that_cannot_be_written_is_told() -> None:
    """A full disk: exit 1, one line on stderr."""
    process(*LEA)
    assert shell("parley stats > /dev/full") == Answer(
        1, "", "parley: The answer cannot be written: No space left on device.\n"
    )


def test_a_server_says_that_it_started_and_ends_in_order_when_told_to() -> None:
    """SIGTERM: exit status 0 within seconds, the lease given back, the last line in the log."""
    program = str(Path(sys.executable).with_name("parley"))
    server = subprocess.Popen([program, "run"], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    lines = []
    for line in server.stderr:
        lines.append(line)
        if "bot.live: started" in line:
            break
    server.send_signal(signal.SIGTERM)
    _, rest = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "bot.live: stopped" in rest
    assert process("doctor").status == 0


def test_a_server_refuses_a_simulated_clock() -> None:
    """Nobody real may be reminded by a clock that is not."""
    answer = process("run", PARLEY_CONSOLE__SIMULATED="true")
    assert (answer.status, answer.out) == (2, "")
    assert "console.simulated" in answer.err


# --- who chats, and by which clock


def test_whoever_chats_must_be_a_member(parley: Parley, at: str) -> None:
    """Nobody yet, nobody of that address, or several and none named: each says what to do."""
    nobody = parley("chat")
    assert (nobody.status, nobody.out) == (1, "")
    assert "parley member add EMAIL" in nobody.err
    parley(*LEA)
    parley("member", "add", "marc@acme.fr", "--name", "Marc")
    assert "no active member zoe@acme.fr" in parley("chat", "--as", "zoe@acme.fr").err
    assert "--as EMAIL (lea@acme.fr, marc@acme.fr)" in parley("chat").err
    parley("member", "deactivate", "marc@acme.fr")
    assert "no active member marc@acme.fr" in parley("chat", "--as", "marc@acme.fr").err


def test_the_real_clock_is_not_set(parley: Parley, at: str) -> None:
    """--at is for a simulation only."""
    answer = parley("chat", "--at", "2026-10-14T15:30")
    assert (answer.status, answer.out) == (2, "")
    assert "simulated = true" in answer.err


def test_a_simulation_starts_where_it_is_told() -> None:
    """At --at, or else now; a configuration without one has the machine's clock."""
    simulated = Config(console=Console(simulated=True))
    assert clock_of(simulated, "2026-10-14T15:30+02:00").now() == datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
    assert isinstance(clock_of(simulated, ""), SimulatedClock)
    assert not isinstance(clock_of(Config(), ""), SimulatedClock)


def test_no_simulation_beside_a_process_that_lives_in_real_time(
    parley: Parley, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the tick is named."""
    parley(*LEA)
    monkeypatch.setenv("PARLEY_CONSOLE__SIMULATED", "true")
    hold(at, "other:7", timedelta(seconds=9))
    answer = parley("chat", "--at", "2026-10-14T15:30")
    assert (answer.status, answer.out) == (1, "")
    assert "process 7 on other" in answer.err


def hold(url: str, holder: str, length: timedelta) -> None:
    """Take the tick's lease as another process."""

    async def take() -> None:
        database = Database(url)
        await database.open()
        async with database.transaction():
            await Lease.take("tick", holder, now=Clock().now(), length=length)
        await database.close()

    asyncio.run(take())


# --- members


def stored(url: str) -> Member:
    async def look() -> Member:
        database = Database(url)
        await database.open()
        try:
            return await Member.get().select_related("workspace")
        finally:
            await database.close()

    return asyncio.run(look())


def test_a_member_is_added_listed_invited_and_shut_out(parley: Parley, at: str) -> None:
    """The four commands, on both databases."""
    added = parley(*LEA, "--role", "manager", "--team", "Nord")
    assert (added.status, added.err) == (0, "")
    assert "Léa Martin <lea@acme.fr> is a member: manager, fr-FR, Europe/Paris." in added.out
    listed = parley("member", "list").out.splitlines()
    assert listed[0].split() == ["NAME", "E-MAIL", "ROLE", "TEAM", "LOCALE", "ZONE", "ACCOUNTS", "STATE"]
    assert listed[1].split("  ")[:3] == ["Léa Martin", "lea@acme.fr", "manager"]
    assert "no longer a member" in parley("member", "deactivate", "LEA@acme.fr").out
    assert parley("member", "list").out.splitlines()[1].endswith("inactive")
    refused = parley("member", "invite", "lea@acme.fr")
    assert (refused.status, refused.out) == (1, "")


def test_an_invitation_is_alone_on_stdout(parley: Parley, at: str) -> None:
    """So that a script can take it; what to do with it is on stderr, and it redeems to the member."""
    parley(*LEA)
    answer = parley("member", "invite", "lea@acme.fr")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}\n", answer.out)
    assert f"/start {answer.out.strip()}" in answer.err

    async def redeem() -> str:
        database = Database(at)
        await database.open()
        try:
            async with database.transaction():
                return (await Invitation.redeem(answer.out.strip(), now=Clock().now())).email
        finally:
            await database.close()

    assert asyncio.run(redeem()) == "lea@acme.fr"


def test_what_is_not_given_follows_the_workspace_of_the_configuration(
    parley: Parley, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first command makes the workspace from [workspace]; members without zone and language follow it."""
    Path("config.toml").write_text(
        '[workspace]\nname = "Nord"\ncurrency = "CHF"\ncountry = "CH"\n'
        'zone = "Europe/Zurich"\nlocale = "fr-CH"\n',
        encoding="utf-8",
    )
    assert parley("member", "add", "a@b.ch", "--name", "A").status == 0
    member = stored(at)
    assert (member.locale, member.zone, member.role.value) == ("fr-CH", "Europe/Zurich", "rep")
    assert (member.workspace.name, member.workspace.currency, member.workspace.country) == (
        "Nord",
        "CHF",
        "CH",
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--tz", "Europe/Pari"), 2, "Did you mean Europe/Paris?"),
        (("--lang", "de"), 2, 'Choose from: "en", "fr"'),
        (("--locale", "fr-ZZ"), 2, "no locale that Parley speaks"),
        (("--lang", "fr", "--locale", "en-GB"), 2, "contradict one another"),
        (("--team", " "), 2, "1 to 200 letters"),
        (("--manager", "acme.fr"), 2, "no e-mail address"),
        (("--manager", "nobody@acme.fr"), 1, "There is no member nobody@acme.fr"),
    ],
)
def test_a_member_that_cannot_be_right_is_refused(
    parley: Parley, at: str, words: Sequence[str], status: int, said: str
) -> None:
    """Exit 2 for what can never be right, 1 for what is not so in this database; nothing is written."""
    answer = parley("member", "add", "x@acme.fr", "--name", "X", *words)
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert len(parley("member", "list").out.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("member", "invite", "nobody@acme.fr"), 1),
        (("member", "deactivate", "nobody@acme.fr"), 1),
        (("member", "invite", "nobody"), 2),
        (("member", "deactivate", ""), 2),
        (("chat", "--as", "nobody@acme.fr"), 1),
        (("chat", "--as", "nobody"), 2),
        (("demo", "--as", "nobody@acme.fr"), 1),
        (("trace", "ZZZZZ"), 1),
        (("trace", "Z"), 2),
        (("backup", "/no/such/folder/saved"), 1),
        (("restore", "nothing"), 1),
        (("demo", "--config", "config.toml"), 2),
        (("demo", "--world", "wonderland"), 2),
        (("--config", "none.toml", "chat"), 2),
    ],
)
def test_the_exit_status_says_whose_fault_it_is(
    parley: Parley, at: str, words: Sequence[str], status: int
) -> None:
    """2: no database could make that call right. 1: this one, or this machine, has another answer."""
    parley(*LEA)
    answer = parley(*words)
    assert (answer.status, answer.out) == (status, "")
    assert all(line.startswith("parley: ") for line in answer.err.splitlines())
    assert answer.err != ""


# --- figures, migrations, backups


def test_a_set_up_is_shown_before_it_is_applied(parley: Parley, at: str, tmp_path: Path) -> None:
    """The same differences; the second time there are none; each time the exit status is 0."""
    parley("member", "add", "sam@acme.fr", "--name", "Sam", "--role", "admin")
    file = tmp_path / "setup.toml"
    assert parley("config", "export", str(file)).status == 0
    assert file.stat().st_mode & 0o077 == 0
    assert parley("config", "export").out == file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace('"FR"', '"BE"'), "utf-8")
    shown = parley("config", "apply", str(file), "--dry-run")
    assert (shown.status, shown.out.splitlines()[0]) == (0, "~ workspace.country: FR → BE")
    assert "Nothing was changed" in shown.out
    assert 'country = "FR"' in parley("config", "export").out
    applied = parley("config", "apply", str(file))
    assert applied.out.splitlines() == ["~ workspace.country: FR → BE", "Changed by sam@acme.fr."]
    for words in ((), ("--dry-run",)):
        again = parley("config", "apply", str(file), *words)
        assert (again.status, again.out) == (0, "Nothing to do: the workspace is as the file says.\n")


def test_a_set_up_that_cannot_be_is_refused(parley: Parley, at: str, tmp_path: Path) -> None:
    """A mistake in the file with its line and status 2; what the workspace does not allow with status 1."""
    file = tmp_path / "setup.toml"
    file.write_text('[workspace]\ncountry = "BE"\ncolour = "\\u001b[2J"\n', "utf-8")
    wrong = parley("config", "apply", str(file))
    assert (wrong.status, wrong.out) == (2, "")
    assert f"{file}, line 3: workspace.colour is not known" in wrong.err
    file.write_text('[workspace]\ncountry = "BE"\n', "utf-8")
    assert "parley member add EMAIL" in parley("config", "apply", str(file)).err
    for name in ("sam", "ada"):
        parley("member", "add", f"{name}@acme.fr", "--name", name, "--role", "admin")
    parley(*LEA)
    for words, told in (
        ((), "Say who does it: --as EMAIL"),
        (("--as", "lea@acme.fr"), "is no admin"),
        (("--as", "who@acme.fr"), "no member who@acme.fr"),
    ):
        refused = parley("config", "apply", str(file), *words)
        assert (refused.status, refused.out) == (1, "")
        assert told in refused.err
    assert parley("config", "apply", str(file), "--as", "ada@acme.fr").status == 0
    file.write_text('[roles]\n"\\u001b[2J@acme.fr" = "rep"\n', "utf-8")
    assert "\x1b" not in parley("config", "apply", str(file)).err
    assert parley("config", "export", str(file)).status == 1
    assert parley("config", "apply", str(tmp_path / "none.toml")).status == 2


def test_stats_are_one_object_of_the_documented_shape(parley: Parley, at: str) -> None:
    """`--json` is one line of JSON; without it the same figures stand one a line."""
    parley(*LEA)
    answer = parley("stats", "--json")
    assert answer.out.count("\n") == 1
    assert json.loads(answer.out) == {
        "members": 1,
        "contacts": 0,
        "companies": 0,
        "leads": 0,
        "deals": 0,
        "activities": {"call": 0, "meeting": 0, "email": 0, "note": 0, "task": 0},
        "reminders": {"open": 0, "done": 0},
        "inbox": {"done": 0, "waiting": 0, "quarantined": 0},
        "outbox": {"sent": 0, "waiting": 0, "failed": 0},
    }
    assert ["members", "1"] in [line.split() for line in parley("stats").out.splitlines()]


def test_migrations_are_applied_once(parley: Parley, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`parley migrate` names what it applied, and then has nothing to do."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", empty_url)
    assert parley("migrate").out.startswith("applied 0001_initial\n")
    assert parley("migrate").out == "The database is up to date.\n"


def test_an_unmigrated_postgresql_says_what_to_do(
    parley: Parley, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is migrated unasked there; auto_migrate asks."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", empty_postgres_url)
    refused = parley("stats")
    assert (refused.status, refused.out) == (1, "")
    assert "parley migrate" in refused.err
    monkeypatch.setenv("PARLEY_DATABASE__AUTO_MIGRATE", "true")
    assert parley("stats").status == 0


def test_a_newer_schema_is_refused(parley: Parley, at: str) -> None:
    """By every command that reads the database; the doctor names it."""
    _sql(at, "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_later', ?)")
    for words in (("stats",), LEA, ("trace", "K7Q2M"), ("migrate",)):
        answer = parley(*words)
        assert (answer.status, answer.out) == (1, "")
        assert "9999_later" in answer.err
    assert parley("doctor").status == 1


def _sql(url: str, statement: str) -> None:
    async def run() -> None:
        database = Database(url)
        await database.open()
        await database.execute(statement, Clock().now())
        await database.close()

    asyncio.run(run())


def test_a_backup_comes_back_into_an_empty_database(
    parley: Parley, empty_url: str, second_empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """backup, then restore elsewhere: the same figures; what holds data is replaced only when told so."""
    monkeypatch.setenv("PARLEY_DATABASE__URL", empty_url)
    parley("migrate")
    parley(*LEA)
    assert "rows in" in parley("backup", "saved").out
    assert parley("backup", "saved").status == 1, "a backup replaces no file"
    figures = parley("stats", "--json").out
    monkeypatch.setenv("PARLEY_DATABASE__URL", second_empty_url)
    assert "Restored" in parley("restore", "saved").out
    assert parley("stats", "--json").out == figures
    parley("member", "add", "marc@acme.fr", "--name", "Marc")
    refused = parley("restore", "saved")
    assert (refused.status, refused.out) == (1, "")
    assert parley("restore", "saved", "--replace").status == 0
    assert parley("stats", "--json").out == figures


def test_nothing_is_restored_under_a_running_parley(parley: Parley, at: str) -> None:
    """Another process holds a lease: it is named, and nothing is touched."""
    parley(*LEA)
    parley("backup", "saved")
    hold(at, "other:7", timedelta(days=300))
    assert parley("restore", "saved", "--replace").status == 0, "a simulation has left that one behind"
    hold(at, "other:7:0a1b2c", timedelta(seconds=50))
    answer = parley("restore", "saved", "--replace")
    assert (answer.status, answer.out) == (1, "")
    assert "process 7 on other. Stop it" in answer.err


def test_a_terminal_that_was_forgotten_is_called_one(parley: Parley, at: str) -> None:
    """Whoever restores learns that it is no server that has to be stopped."""
    parley(*LEA)
    parley("backup", "saved")
    hold(at, holder.of_this_process(terminal=True), timedelta(seconds=50))
    answer = parley("restore", "saved", "--replace")
    assert (answer.status, answer.out) == (1, "")
    assert f"a terminal (parley chat), process {os.getpid()}. Stop it" in answer.err


def test_nothing_is_no_backup(parley: Parley, monkeypatch: pytest.MonkeyPatch, empty_url: str) -> None:
    """A database that is not there, or has no table of Parley's, is refused, and made by nobody."""
    answer = parley("backup", "saved")
    assert (answer.status, answer.out) == (1, "")
    assert "there is no database of Parley's" in answer.err
    assert "PARLEY_CONFIG" in answer.err
    assert not list(Path.home().rglob("parley.db"))
    monkeypatch.setenv("PARLEY_DATABASE__URL", empty_url)
    assert parley("backup", "saved").status == 1
    assert not Path("saved").exists()


# --- support


def test_the_doctor_s_exit_status_tells_whether_something_is_wrong(parley: Parley, at: str) -> None:
    """0 with notes only, 1 where something is wrong; also when the configuration itself is."""
    assert parley("doctor").status == 0
    Path("config.toml").write_text("[log]\nlevl = 'x'\n", encoding="utf-8")
    answer = parley("doctor")
    assert (answer.status, answer.err) == (1, "")
    assert "WRONG config: config.toml, line 2: log.levl is not a key." in answer.out
    assert "→ Did you mean log.level?" in answer.out


def test_the_doctor_s_bundle_is_written_also_when_something_is_wrong(parley: Parley, at: str) -> None:
    """That is when it is needed; a file of that name is never replaced."""
    Path("config.toml").write_text("[log]\nlevl = 'x'\n", encoding="utf-8")
    assert parley("doctor", "--bundle", "support.zip").status == 1
    assert "doctor.txt" in zipfile.ZipFile("support.zip").namelist()
    answer = parley("doctor", "--bundle", "support.zip")
    assert answer.status == 1
    assert "there already" in answer.err


def test_a_turn_is_traced_by_its_reference(parley: Parley, at: str) -> None:
    """Command and outcome, no text; an unknown reference is refused."""

    async def turn() -> str:
        database = Database(at)
        await database.open()
        row = await Incoming.create(
            platform="console",
            key="1",
            address="lea@acme.fr",
            payload='{"line": "CANARY"}',
            received_at=Clock().now(),
            state=InboxState.DONE,
            command="call",
            outcome="ok",
        )
        await database.close()
        return reference(row.id)

    answer = parley("trace", asyncio.run(turn()))
    assert answer.status == 0
    assert ["command", "call"] in [line.split() for line in answer.out.splitlines()]
    assert "CANARY" not in answer.out
    assert parley("trace", "ZZZZZ").status == 1


# --- instants


def test_an_instant_without_an_offset_is_in_the_workspace_s_zone() -> None:
    """--at 2026-10-14T15:30 is a time in Paris where the workspace is there."""
    config = Config(workspace=Workspace(zone="Europe/Paris"))
    expected = datetime(2026, 10, 14, 13, 30, tzinfo=UTC)
    for text in ("2026-10-14T15:30", "2026-10-14 15:30:00", "2026-10-14T15:30+02:00", "2026-10-14T13:30Z"):
        assert moment(text, config) == expected


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-02-30T10:00", "2026-10-14T25:00", "0001-01-01T00:00", "9999-12-31T23:59-14:00"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """With a form that works; the edges of the calendar too."""
    with pytest.raises(Refused, match="2026-10-14T15:30") as caught:
        moment(text, Config(workspace=Workspace(zone="Asia/Tokyo")))
    assert caught.value.status == 2


def test_the_slack_manifest_needs_no_tokens(parley: Parley) -> None:
    """It comes first: only the app that is made of it gives them."""
    told = parley("slack", "manifest", "--json", "--command", "/vente")
    assert told.status == 0
    assert json.loads(told.out)["features"]["slash_commands"][0]["command"] == "/vente"
    assert "# to answer" in parley("slack", "manifest").out


@pytest.mark.parametrize(
    ("words", "remedy"),
    [(("--http",), "http.public_url"), (("--command", "crm"), "Write a slash")],
)
def test_a_slack_manifest_that_slack_would_refuse_is_not_printed(
    parley: Parley, words: Sequence[str], remedy: str
) -> None:
    """Nobody would know where to post, or the command's name is none."""
    told = parley("slack", "manifest", *words)
    assert (told.status, told.out) == (2, "")
    assert remedy in told.err


def test_the_slack_manifest_is_for_the_configured_mode_and_address(parley: Parley) -> None:
    """Over HTTP Slack posts to the public address."""
    Path("config.toml").write_text(
        '[http]\nport = 8080\npublic_url = "https://crm.acme.example"\n'
        '[slack]\nmode = "http"\nbot_token = "xoxb-1"\nsigning_secret = "s"\n',
        "utf-8",
    )
    settings = json.loads(parley("slack", "manifest", "--json").out)["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["interactivity"]["request_url"] == "https://crm.acme.example/slack/events"
