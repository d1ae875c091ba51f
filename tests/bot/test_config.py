"""The configuration: where it is found, what overrides what, and how every mistake is named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, ConfigError, find, load, make_data_folder
from bot.config.layers import line_of
from bot.config.loading import data_folder
from bot.config.schema import keys
from bot.database import Address

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TELEGRAM = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
HOME = {"HOME": "/home/lea"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str, name: str = "config.toml") -> Path:
    path = Path(name).absolute()
    path.write_text(text, encoding="utf-8")
    return path


def refused(text: str, **environ: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(written(text), HOME | environ)
    return caught.value


def only(error: ConfigError) -> Any:
    (problem,) = error.problems
    return problem


# --- where it is found


def test_without_any_file_the_defaults_hold_and_the_database_is_in_the_data_folder() -> None:
    """No file and no variable: SQLite in the user's data folder, no platform but the terminal."""
    config = load(None, HOME)
    assert config.database.url == "sqlite:///home/lea/.local/share/parley/parley.db"
    assert config.telegram is None
    assert config.slack is None
    assert not config.console.simulated
    assert (config.log.level, config.log.format) == ("info", "text")
    assert not any(Path.cwd().iterdir()), "loading creates nothing"


def test_a_named_file_wins_over_the_variable_and_that_over_the_current_folder() -> None:
    """--config, then PARLEY_CONFIG, then ./config.toml."""
    beside, named, given = (
        written(f'source_url = "https://{n}.example"', n) for n in ("config.toml", "b", "c")
    )
    variable = HOME | {"PARLEY_CONFIG": str(named)}
    assert load(None, HOME).source_url == "https://config.toml.example"
    assert load(None, variable).source_url == "https://b.example"
    assert load(given, variable).source_url == "https://c.example"
    assert find(None, HOME) == Path(beside.name)


def test_a_file_that_was_asked_for_and_is_not_there_is_an_error() -> None:
    """Only the default place may be empty."""
    for error in (_missing(Path("nowhere.toml"), {}), _missing(None, {"PARLEY_CONFIG": "nowhere.toml"})):
        assert error.file == "nowhere.toml"
        assert "no such file" in str(error)
        assert "config.example.toml" in error.remedy


def _missing(path: Path | None, environ: dict[str, str]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(path, HOME | environ)
    return caught.value


def test_the_data_folder_follows_xdg_and_macos() -> None:
    """XDG_DATA_HOME where it is absolute, else ~/.local/share; on macOS Application Support."""
    assert data_folder(HOME | {"XDG_DATA_HOME": "/data"}, "linux") == Path("/data/parley")
    assert data_folder(HOME | {"XDG_DATA_HOME": "relative"}, "linux") == Path("/home/lea/.local/share/parley")
    assert data_folder(HOME, "darwin") == Path("/home/lea/Library/Application Support/Parley")


def test_the_data_folder_is_made_for_its_owner_only_and_only_as_the_default() -> None:
    """A folder that the configuration names may be a disk that is not mounted: it is never made."""
    home = Path("home dir").absolute()
    environ = {"HOME": str(home), "XDG_DATA_HOME": ""}
    make_data_folder(load(written("[database]\nurl = 'sqlite:///mnt/disk/p.db'"), environ), environ)
    assert not home.exists()
    config = load(written(""), environ)
    make_data_folder(config, environ)
    folder = data_folder(environ)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Address.of(config.database.url).path == folder / "parley.db"


def test_a_data_folder_that_cannot_be_made_is_an_error() -> None:
    """A file stands where the folder should be."""
    written("", "home")
    environ = {"HOME": str(Path("home").absolute()), "XDG_DATA_HOME": ""}
    with pytest.raises(ConfigError, match="cannot be made"):
        make_data_folder(load(None, environ), environ)


# --- the example is the reference


def flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", inner) for key, inner in flat(value))
        else:
            yield name, value


def test_the_example_names_every_key_with_its_default_and_no_other() -> None:
    """config.example.toml and the structs say the same."""
    example = dict(flat(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))))
    assert example == {dotted: key.default for dotted, key in keys().items()}


def test_the_example_explains_every_key() -> None:
    """Each key of the example follows a comment, directly or below a key that shares it."""
    previous = ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if " = " in line and not line.startswith("#"):
            assert previous.startswith("#") or " = " in previous, line
        previous = line


def test_the_example_loads_as_the_defaults() -> None:
    """Copying the example changes nothing."""
    assert load(EXAMPLE, HOME) == load(None, HOME)


# --- what overrides what


def test_every_key_can_be_set_from_the_environment_over_the_file() -> None:
    """PARLEY_SECTION__KEY reaches each key, converted to its type."""
    values = {
        "source_url": "https://source.example/parley",
        "database.url": "postgres://parley@db.example/parley",
        "database.auto_migrate": "true",
        "telegram.token": TELEGRAM,
        "telegram.mode": "webhook",
        "telegram.webhook_url": "https://crm.example.com:8443/tg",
        "telegram.webhook_secret": "w" * 32,
        "telegram.rate_limits": "false",
        "slack.rate_limits": "false",
        "telegram.api_url": "http://127.0.0.1:8081",
        "slack.bot_token": "xoxb-1",
        "slack.app_token": "xapp-1",
        "slack.signing_secret": "s3",
        "slack.mode": "http",
        "slack.api_url": "http://127.0.0.1:8082/api/",
        "slack.command": "/vente",
        "http.host": "::1",
        "http.port": "8080",
        "http.public_url": "https://crm.example.com",
        "http.metrics_token": "m" * 16,
        "http.lead_fields": "votre-nom=name, tel2 = phone",
        "console.simulated": "false",
        "log.level": "debug",
        "log.format": "json",
        "workspace.name": "Crème & Co",
        "workspace.currency": "CHF",
        "workspace.country": "CH",
        "workspace.zone": "Europe/Zurich",
        "workspace.locale": "fr-CH",
    }
    known = keys()
    assert set(values) == {dotted for dotted, key in known.items() if not key.file_for}, (
        "a new key joins here"
    )
    config = load(EXAMPLE, HOME | {known[dotted].variable: value for dotted, value in values.items()})
    for dotted, value in values.items():
        section, _, name = dotted.rpartition(".")
        found = getattr(getattr(config, section) if section else config, name)
        assert found == {"true": True, "false": False, "8080": 8080}.get(value, value), dotted


def test_an_empty_variable_restores_the_default() -> None:
    """An inherited environment can be answered with an empty value."""
    path = written(f'[telegram]\ntoken = "{TELEGRAM}"\napi_url = "http://127.0.0.1:1"\n')
    assert load(path, HOME | {"PARLEY_TELEGRAM__TOKEN": ""}).telegram is None
    telegram = load(path, HOME | {"PARLEY_TELEGRAM__API_URL": ""}).telegram
    assert telegram is not None
    assert telegram.api_url == "https://api.telegram.org"


def test_variables_that_an_orchestrator_sets_for_a_service_of_our_name_are_left_alone() -> None:
    """Kubernetes sets PARLEY_PORT and PARLEY_SERVICE_HOST; only a double underscore is ours."""
    assert load(None, HOME | {"PARLEY_PORT": "tcp://10.0.0.1:80", "PARLEY_SERVICE_HOST": "x"}) == load(
        None, HOME
    )


def test_api_addresses_end_as_their_services_expect() -> None:
    """Telegram's without a slash, Slack's with one, whatever was written."""
    path = written(
        f'[telegram]\ntoken = "{TELEGRAM}"\napi_url = "http://127.0.0.1:1/"\n'
        '[slack]\nbot_token = "xoxb-1"\napp_token = "xapp-1"\napi_url = "http://127.0.0.1:2/api"\n'
    )
    config = load(path, HOME)
    assert config.telegram is not None
    assert config.slack is not None
    assert config.telegram.api_url == "http://127.0.0.1:1"
    assert config.slack.api_url == "http://127.0.0.1:2/api/"


# --- secrets in files


def secret_file(name: str, content: str | bytes, mode: int = 0o600) -> Path:
    path = Path(name).absolute()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def test_a_secret_is_read_from_its_file_beside_the_configuration() -> None:
    """token_file counts from the configuration's folder; white space around the secret goes."""
    Path("etc").mkdir()
    secret_file("etc/token", f"{TELEGRAM}\n")
    path = written('[telegram]\ntoken_file = "token"\n', "etc/config.toml")
    telegram = load(path, HOME).telegram
    assert telegram is not None
    assert telegram.token == TELEGRAM


def test_every_secret_has_a_file_key_in_the_environment_too() -> None:
    """PARLEY_…_FILE replaces the value that the configuration file holds."""
    values = {"telegram.token": TELEGRAM, "slack.bot_token": "xoxb-9", "slack.app_token": "xapp-9"}
    values |= {"slack.signing_secret": "s9", "database.url": "postgres://u:p@h/d"}
    values |= {"telegram.webhook_secret": "w" * 40, "http.metrics_token": "m" * 20}
    known = keys()
    assert set(values) == {dotted for dotted, key in known.items() if key.secret}
    environ = {
        f"{known[dotted].variable}_FILE": str(secret_file(f"secret{index}", value))
        for index, (dotted, value) in enumerate(values.items())
    }
    path = written(
        '[slack]\nbot_token = "xoxb-old"\napp_token = "xapp-old"\n[database]\nurl = "sqlite:///old"\n'
    )
    config = load(path, HOME | environ)
    assert config.telegram is not None
    assert config.slack is not None
    assert config.telegram.token == TELEGRAM
    assert (config.slack.bot_token, config.slack.app_token) == ("xoxb-9", "xapp-9")
    assert config.database.url == "postgres://u:p@h/d"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o777])
def test_a_secret_file_that_everyone_can_reach_is_refused_with_the_command_that_mends_it(mode: int) -> None:
    """Readable or writable by others: refused, with chmod."""
    path = secret_file("token", TELEGRAM, mode)
    problem = only(refused('[telegram]\n\ntoken_file = "token"\n'))
    assert problem.remedy == f"Run: chmod 600 {path}"
    assert (problem.key, problem.line) == ("telegram.token_file", 3)


def test_a_secret_file_that_its_group_reads_is_accepted() -> None:
    """root:parley 0640 is how systemd and Kubernetes share a secret with one service."""
    secret_file("token", TELEGRAM, 0o640)
    assert load(written('[telegram]\ntoken_file = "token"'), HOME).telegram is not None


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"1" * 70_000])
def test_a_secret_file_without_a_secret_is_refused(content: bytes) -> None:
    """Empty, not text, or far too long."""
    secret_file("token", content)
    assert "holds no secret" in only(refused('[telegram]\ntoken_file = "token"')).reason


def test_a_secret_file_that_is_not_there_is_named() -> None:
    """The path that was tried is in the message."""
    assert str(Path("gone").absolute()) in only(refused('[telegram]\ntoken_file = "gone"')).reason


def test_a_secret_and_its_file_side_by_side_are_refused() -> None:
    """Which one counts would be a guess."""
    secret_file("token", TELEGRAM)
    problem = only(refused(f'[telegram]\ntoken = "{TELEGRAM}"\ntoken_file = "token"\n'))
    assert problem.key == "telegram.token_file"
    assert problem.remedy == "Keep one."


# --- mistakes, each with its file, key, line and remedy


@pytest.mark.parametrize(
    ("text", "key", "line", "remedy"),
    [
        ('[telegram]\n# a comment\ntokn = "1:a"', "telegram.tokn", 3, "Did you mean telegram.token?"),
        ("[telegrm]\nmode = 'polling'", "telegrm", 1, "Did you mean [telegram]?"),
        ('source_ulr = "https://a.example"', "source_ulr", 1, "Did you mean source_url?"),
        ('\n\ntoken = "1:a"', "token", 3, "Did you mean telegram.token?"),
        ("[slack]\ncommand = '/crm'\nauto_migrate = true", "slack.auto_migrate", 3, "database.auto_migrate?"),
        ("[log]\nfrequency = 4", "log.frequency", 2, "The keys of [log] are level, format."),
        ("colours = 1", "colours", 1, "config.example.toml"),
        ('telegram = "1:a"', "telegram", 1, "Write [telegram] on a line of its own."),
        ("[[slack]]\ncommand = '/crm'", "slack", 1, "Write [slack] on a line of its own."),
    ],
)
def test_an_unknown_key_is_named_with_the_one_that_was_meant(
    text: str, key: str, line: int, remedy: str
) -> None:
    """File, key, line, and the nearest key."""
    problem = only(refused(text))
    assert problem.file == str(Path("config.toml").absolute())
    assert (problem.key, problem.line) == (key, line)
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("text", "key", "line", "words"),
    [
        ("[database]\nauto_migrate = 'yes'", "database.auto_migrate", 2, "must be true or false"),
        ("[database]\nauto_migrate = 1", "database.auto_migrate", 2, "must be true or false"),
        ("[telegram]\ntoken = 12", "telegram.token", 2, "must be text in quotes"),
        ("[telegram]\ntoken = [\n'a',\n]", "telegram.token", 2, "must be text in quotes"),
        ("[log]\nlevel = 'INFORM'", "log.level", 2, 'must be one of "debug", "info", "warning", "error"'),
        ("[slack]\nmode = 'https'", "slack.mode", 2, 'must be one of "socket", "http"'),
        ("[http]\nport = '80'", "http.port", 2, "must be a whole number"),
        ("[http]\nport = true", "http.port", 2, "must be a whole number"),
        ("[workspace]\nname = 2026-10-14", "workspace.name", 2, "must be text in quotes"),
        ("[source_url]\na = 1", "source_url", 1, "must be text in quotes"),
        ('[workspace]\nname = "a\\u0000b"', "workspace.name", 2, "control characters"),
        ('[workspace]\nname = """\na\nb"""', "workspace.name", 2, "control characters"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_what_it_must_be(
    text: str, key: str, line: int, words: str
) -> None:
    """The type is told in the words of the file, not of the program."""
    problem = only(refused(text))
    assert (problem.key, problem.line) == (key, line)
    assert words in problem.reason
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[telegram]\ntoken = 1:abc", 2),
        ("[telegram]\n\ntoken", 3),
        ('source_url = "never closed\n', 1),
        ('[log]\nlevel = "info"\nlevel = "debug"\n', 3),
        ("a = [1,\n2", 2),
    ],
)
def test_bad_toml_is_refused_with_its_line(text: str, line: int) -> None:
    """What the parser says is passed on, with the line."""
    problem = only(refused(text))
    assert problem.line == line
    assert "not valid TOML" in problem.reason


@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "a = " + "9" * 5_000])
def test_a_value_out_of_all_bounds_is_refused_without_a_traceback(text: str) -> None:
    """20,000 brackets and a number of 5,000 digits."""
    assert str(Path("config.toml").absolute()) in str(refused(text))


def test_a_file_in_another_encoding_is_refused_with_its_line() -> None:
    """Latin-1, as old editors write it."""
    Path("config.toml").write_bytes('# ok\n[workspace]\nname = "Crème"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8") as caught:
        load(None, HOME)
    assert caught.value.line == 3


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    """What a Windows editor saves is the same file."""
    Path("config.toml").write_bytes(b'\xef\xbb\xbf[log]\r\nlevel = "debug"\r\n')
    assert load(None, HOME).log.level == "debug"


def test_a_folder_in_place_of_the_file_is_refused() -> None:
    """A path that cannot be read says why."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load(Path.cwd(), HOME)


def test_all_mistakes_are_told_at_once() -> None:
    """Three mistakes in the file and one in the environment: four lines."""
    text = "[log]\nlevel = 3\n[workspace]\nzone = 'Mars/Olympus'\n[slack]\nbot_tokn = 'x'\n"
    error = refused(text, PARLEY_LOG__FORMAT="yaml")
    assert {problem.key for problem in error.problems} == {
        "log.level",
        "workspace.zone",
        "slack.bot_tokn",
        "PARLEY_LOG__FORMAT",
    }
    assert len(str(error).splitlines()) == 4
    first = error.problems[0]
    assert (error.file, error.key, error.line, error.remedy) == (
        first.file,
        first.key,
        first.line,
        first.remedy,
    )


@pytest.mark.parametrize(
    ("section", "key", "value", "remedy"),
    [
        ("workspace", "zone", "Europe/Pari", "Did you mean Europe/Paris?"),
        ("workspace", "zone", "europe/paris", "Did you mean Europe/Paris?"),
        ("workspace", "zone", "new york", "Did you mean America/New_York?"),
        ("workspace", "zone", "../etc/passwd", "Write it as Europe/Paris."),
        ("workspace", "zone", "Europe", ""),
        ("workspace", "currency", "EURO", "Did you mean EUR?"),
        ("workspace", "currency", "FRF", ""),
        ("workspace", "currency", "eur", "Did you mean EUR?"),
        ("workspace", "country", "UK", ""),
        ("workspace", "country", "fr", "Did you mean FR?"),
        ("workspace", "locale", "fr", ""),
        ("workspace", "locale", "fr_FR", "Did you mean fr-FR?"),
        ("workspace", "locale", "de-DE", ""),
        ("workspace", "locale", "en-FR-x", ""),
        ("source_url", "", "gopher", "https://"),
        ("telegram", "api_url", "http://[::1", "https://"),
        ("slack", "api_url", "slack.com/api", "https://"),
        ("slack", "command", "crm", "/crm"),
        ("slack", "command", "/" + "a" * 32, "/crm"),
        ("database", "url", "mysql://h/d", "sqlite:///"),
        ("database", "url", "/var/parley.db", "sqlite:///"),
        ("telegram", "token", "my token", "@BotFather"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(section: str, key: str, value: str, remedy: str) -> None:
    """Zones, currencies, countries, locales, addresses and tokens are checked before anything starts."""
    text = f"[{section}]\n{key} = '{value}'\n" if key else f"{section} = '{value}'\n"
    problem = only(refused(text))
    assert problem.line == (2 if key else 1)
    assert remedy in problem.remedy
    assert problem.remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [("zone", "UTC"), ("zone", "America/Argentina/Buenos_Aires"), ("zone", "Etc/GMT+5"), ("locale", "en-US")],
)
def test_what_exists_is_accepted(key: str, value: str) -> None:
    """Zones of every shape and the other locale of a language."""
    assert getattr(load(written(f"[workspace]\n{key} = '{value}'\n"), HOME).workspace, key) == value


def test_two_swapped_slack_tokens_are_told_apart() -> None:
    """Each of the two is told where it belongs."""
    error = refused('[slack]\nbot_token = "xapp-1"\napp_token = "xoxb-1"\n')
    found = {problem.key: (problem.line, problem.remedy) for problem in error.problems}
    assert found == {
        "slack.bot_token": (2, "It belongs in slack.app_token."),
        "slack.app_token": (3, "It belongs in slack.bot_token."),
    }


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ('[telegram]\ntoken = "xoxb-1"', "It belongs in slack.bot_token."),
        (f'[slack]\nbot_token = "{TELEGRAM}"\napp_token = "xapp-1"', "It belongs in telegram.token"),
        ('[slack]\nbot_token = "xoxp-1"\napp_token = "xapp-1"', "xoxb-"),
    ],
)
def test_a_token_of_the_wrong_service_or_kind_is_told_where_it_belongs(text: str, remedy: str) -> None:
    """Tokens are known by how they begin."""
    assert remedy in only(refused(text)).remedy


@pytest.mark.parametrize(
    ("section", "key", "example"),
    [
        ("telegram", "token", "123456789:put-the-token-from-BotFather-here"),
        ("telegram", "webhook_secret", "put-at-least-32-letters-and-digits-here"),
        ("slack", "bot_token", "xoxb-put-the-bot-token-here"),
        ("slack", "app_token", "xapp-put-the-app-level-token-here"),
        ("slack", "signing_secret", "put0the0signing0secret0here00000"),
    ],
)
def test_an_example_s_words_are_no_secret(section: str, key: str, example: str) -> None:
    """What stands on the pages in a secret's place, copied with the rest, is told from one."""
    problem = only(refused(f'[{section}]\n{key} = "{example}"\n'))
    assert (problem.key, problem.line) == (f"{section}.{key}", 2)
    assert problem.reason == "is still the example's"


def test_a_section_written_twice_says_where_its_keys_belong() -> None:
    """As it happens to whoever copies the example and adds a page's section to it."""
    problem = only(refused('[telegram]\ntoken = ""\n[telegram]\nmode = "polling"\n'))
    assert problem.remedy == "[telegram] is there already: write its keys under that one."


@pytest.mark.parametrize("given", ['bot_token = "xoxb-1"', 'app_token = "xapp-1"', 'signing_secret = "s"'])
def test_half_of_slack_is_refused(given: str) -> None:
    """Socket Mode needs both tokens."""
    error = refused(f"[slack]\n{given}\n")
    assert all(problem.line == 2 and "is set, but" in problem.reason for problem in error.problems)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ('bot_token = "xoxb-1"\napp_token = "xapp-1"', "slack.signing_secret"),
        ('signing_secret = "s"', "slack.bot_token"),
    ],
)
def test_half_of_slack_over_http_is_refused(given: str, missing: str) -> None:
    """Over HTTP the signing secret takes the place of the app token."""
    problem = only(refused(f"[slack]\n{given}\nmode = 'http'\n[http]\nport = 8080\n"))
    assert missing in problem.reason
    assert "signing secret" in problem.remedy


def test_slack_over_http_needs_no_app_token() -> None:
    """The bot token and the signing secret are enough."""
    given = '[slack]\nbot_token = "xoxb-1"\nsigning_secret = "s"\nmode = "http"\n[http]\nport = 8080\n'
    slack = load(written(given), HOME).slack
    assert slack is not None
    assert (slack.mode, slack.app_token) == ("http", "")


def test_a_simulated_clock_beside_a_live_platform_is_refused() -> None:
    """Nobody real may be reminded by a clock that is not."""
    problem = only(refused(f'[telegram]\ntoken = "{TELEGRAM}"\n[console]\nsimulated = true\n'))
    assert (problem.key, problem.line) == ("console.simulated", 4)


def test_no_message_and_no_repr_shows_a_secret() -> None:
    """A wrong token is not repeated, and a configuration can be printed."""
    canary = "xoxp-CANARY-771"
    text = f'[telegram]\ntoken = "{canary}"\n[slack]\nbot_token = "{canary}"\napp_token = 5\n'
    assert "CANARY" not in str(refused(text))
    path = written('[slack]\nbot_token = "xoxb-CANARY"\napp_token = "xapp-CANARY"\nsigning_secret = "CANARY"')
    config = load(path, HOME | {"PARLEY_DATABASE__URL": "postgres://u:CANARY@h/d"})
    assert "CANARY" not in repr(config)


def test_the_secrets_are_known_for_what_must_be_kept_out_of_the_log() -> None:
    """Every token that is set, and the database's password, decoded."""
    environ = {
        "PARLEY_TELEGRAM__TOKEN": TELEGRAM,
        "PARLEY_SLACK__BOT_TOKEN": "xoxb-1",
        "PARLEY_SLACK__APP_TOKEN": "xapp-1",
        "PARLEY_DATABASE__URL": "postgres://u:p%40ss@h/d",
    }
    assert set(load(None, HOME | environ).secrets()) == {TELEGRAM, "xoxb-1", "xapp-1", "p@ss"}
    assert Config().secrets() == ()


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ('a = """\nb = 3\n"""\nb = 2', ("b",), 4),
        ("# b = 1\n\n[s]\n\n# b = 1\nb = 1", ("s", "b"), 6),
        ("s.b = 1", ("s", "b"), 1),
        ("\ns = { a = 1, b = 2 }", ("s", "b"), 2),
        ("[t]\nb = 1\n[s]\nb = [\n1,\n2]\nc = 1", ("s", "b"), 4),
        ("[t]\nb = 1\n[s]\nb = [\n1,\n2]\nc = 1", ("s", "c"), 7),
        ('"b" = 1', ("b",), 1),
    ],
)
def test_the_line_of_a_key_is_where_its_value_begins(text: str, path: tuple[str, ...], line: int) -> None:
    """Comments, multi-line values, dotted keys, inline tables and other sections do not mislead."""
    assert line_of(text, path) == line


# -- the HTTP server and what needs it ---------------------------------------------------------------

HTTP = '[http]\nport = 8080\npublic_url = "https://crm.example.com/"\n'
WEBHOOK = f'[telegram]\ntoken = "{TELEGRAM}"\nmode = "webhook"\nwebhook_secret = "{"w" * 32}"\n'


def test_the_webhook_is_under_the_public_address_where_none_is_given() -> None:
    """http.public_url and a path that nobody guesses; each start makes the same, and a given one stays."""
    telegram, again = (load(written(WEBHOOK + HTTP), HOME).telegram for _ in range(2))
    assert telegram is not None
    assert telegram == again
    assert re.fullmatch(r"https://crm\.example\.com/telegram/[0-9a-f]{32}", telegram.webhook_url)
    other = load(written(WEBHOOK.replace("w" * 32, "v" * 32) + HTTP), HOME).telegram
    assert other is not None
    assert other.webhook_url != telegram.webhook_url
    own = load(written(WEBHOOK + 'webhook_url = "https://hooks.example.com:8443/x"\n' + HTTP), HOME).telegram
    assert own is not None
    assert own.webhook_url == "https://hooks.example.com:8443/x"


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (WEBHOOK + "[http]\nport = 8080\n", "telegram.mode", "http.public_url is not set"),
        (WEBHOOK + '[http]\npublic_url = "https://a.example"\n', "telegram.mode", "nothing listens"),
        ('[telegram]\nmode = "webhook"\n' + HTTP, "telegram.mode", "telegram.webhook_secret is not set"),
        (
            '[slack]\nbot_token = "xoxb-1"\nsigning_secret = "s"\nmode = "http"\n',
            "slack.mode",
            "nothing listens",
        ),
    ],
)
def test_a_mode_names_what_it_needs(text: str, key: str, words: str) -> None:
    """A webhook without an address, a secret or a server is refused with what is missing."""
    problem = only(refused(text))
    assert problem.key == key
    assert words in problem.reason


@pytest.mark.parametrize(
    ("section", "line", "remedy"),
    [
        ("http", 'public_url = "http://crm.example.com"', "https"),
        ("http", "port = 65536", "1 to 65535"),
        ("http", "port = -1", "1 to 65535"),
        ("http", 'host = "http://0.0.0.0"', "127.0.0.1"),
        ("http", 'metrics_token = "short"', "token_urlsafe"),
        ("http", 'lead_fields = "votre-nom"', "FIELD=MEANING"),
        ("http", 'lead_fields = "votre-nom=nom"', "first_name"),
        ("telegram", f'webhook_secret = "{"w" * 31}"', "token_urlsafe"),
        ("telegram", f'webhook_secret = "{"w" * 257}"', "token_urlsafe"),
        ("telegram", f'webhook_secret = "{"é" * 40}"', "token_urlsafe"),
        ("telegram", 'webhook_url = "http://a.example/x"', "https"),
        ("telegram", 'webhook_url = "https://a.example"', "with one"),
        ("telegram", 'webhook_url = "https://a.example:8080/x"', "8443"),
    ],
)
def test_what_the_server_could_not_use_is_refused(section: str, line: str, remedy: str) -> None:
    """Ports, addresses and secrets that the services or the machine would refuse later are refused now."""
    assert remedy in only(refused(f"[{section}]\n{line}\n")).remedy
