"""What Parley is deployed with: the image, the compose file, the unit, and the page that tells how.

No container is started here. The page's configuration and its ``parley`` commands run as they stand, in a
process of their own, against the emulator; of the container's files the rules are read.
"""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from tests.bot.http.serving import free_port
from tests.emulators.telegram import TelegramEmulator
from tests.recording import FENCE, ROOT
from tests.test_docs import write_secrets

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
UNIT = ROOT / "docs/howto/parley.service"
PAGES = {"en": ROOT / "docs/howto/deploy.md", "fr": ROOT / "docs/fr/howto/deploy.md"}


# -- the image ---------------------------------------------------------------------------------------


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of that name in the Dockerfile, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_image_is_built_in_two_steps_from_an_official_one() -> None:
    """Both from the same slim Python, a version that the lock files hold for, of no host's."""
    stages = [stage.split() for stage in instructions("FROM")]
    assert len(stages) == 2
    assert {stage[0] for stage in stages} == {"python:3.13-slim"}
    assert instructions("COPY")[-1] == "--from=build /venv /venv"


def test_the_image_holds_what_the_lock_names_and_no_tool() -> None:
    """By hashes, as wheels: nothing is compiled, and nothing can be installed in it afterwards."""
    installed = [run for run in instructions("RUN") if "pip install" in run]
    assert "--require-hashes --only-binary :all: -r requirements/run.lock" in installed[0]
    assert "--no-deps --no-build-isolation ." in installed[1]
    removed = " ".join(run for run in instructions("RUN") if "pip uninstall" in run)
    build_only = re.findall(r"^\| (\S+) \| hatchling \|", (ROOT / "docs/dependencies.md").read_text(), re.M)
    assert build_only
    for package in ("hatchling", "pip", *build_only):
        assert re.search(rf"\b{package}\b", removed), package
    assert not re.search(r"apt-get|apk|curl|wget|gcc|git", DOCKERFILE)


def test_the_image_runs_as_nobody_and_says_how_it_is() -> None:
    """A user by number, without a shell; a check by the server's own page; SIGTERM stops it."""
    assert instructions("USER") == ["10001:10001"]
    assert "--shell /usr/sbin/nologin" in DOCKERFILE
    assert "/healthz" in DOCKERFILE.partition("HEALTHCHECK")[2]
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert (instructions("ENTRYPOINT"), instructions("CMD")) == (['["parley"]'], ['["run"]'])


def test_only_what_the_image_is_made_of_is_sent_to_its_build() -> None:
    """Everything is left out but what is copied: no configuration, no secret, no database."""
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert ignored[0] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for words in map(str.split, instructions("COPY"))
        if not words[0].startswith("--")
        for source in words[:-1]
    }
    assert let_in == copied
    assert all((ROOT / source).exists() for source in copied)


@pytest.mark.skipif(sys.platform == "win32", reason="the check is a POSIX one")
async def test_the_image_s_check_tells_well_from_ill() -> None:
    """Its very command: status 0 for a 200, another for a 503 and where nothing listens."""
    line = DOCKERFILE.partition("CMD [")[2].partition("]\n")[0]
    command = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    assert command[:2] == ["python", "-c"]
    for status, code in ((200, 0), (503, 1), (None, 1)):
        port = free_port()
        server = None if status is None else await asyncio.start_server(_saying(status), "127.0.0.1", port)
        checked = await asyncio.create_subprocess_exec(
            sys.executable, "-c", command[2].replace("8080", str(port)), stderr=asyncio.subprocess.DEVNULL
        )
        assert await checked.wait() == code
        if server is not None:
            server.close()
            await server.wait_closed()


def _saying(status: int):  # type: ignore[no-untyped-def] # asyncio's own shape
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    return answer


# -- the compose file --------------------------------------------------------------------------------


def service(name: str) -> str:
    """The lines of a service of the compose file."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE)
    assert found, name
    return found[1]


def test_the_container_has_no_rights_of_the_machine() -> None:
    """Read-only, without capabilities, bounded, reached from this machine alone."""
    parley = service("parley")
    for line in (
        "read_only: true",
        "cap_drop: [ALL]",
        'security_opt: ["no-new-privileges:true"]',
        "mem_limit: 512m",
        "- 127.0.0.1:8080:8080",
        "- ./config:/etc/parley:ro",
    ):
        assert f"  {line}\n" in parley, line
    assert re.findall(r"^      - ([\d.:]+)$", parley, re.MULTILINE) == ["127.0.0.1:8080:8080"]
    assert "ports:" not in service("database")
    grace = re.search(r"stop_grace_period: (\d+)s", parley)
    assert grace
    assert int(grace[1]) >= 30


def test_no_secret_stands_in_the_compose_file() -> None:
    """Passwords and tokens come from files; every setting is one that there is."""
    from bot.config.schema import keys

    assert not re.search(r"PASSWORD:|TOKEN:|SECRET:|://[^/\s]*:[^/\s]*@", COMPOSE)
    variables = {key.variable for key in keys().values()} | {"PARLEY_CONFIG"}
    assert set(re.findall(r"PARLEY_\w+", COMPOSE)) <= variables
    images = re.findall(r"image: (\S+)", COMPOSE)
    assert images == ["parley", "postgres:17"]


# -- the unit ----------------------------------------------------------------------------------------


def unit() -> configparser.SectionProxy:
    """The unit's section ``Service``; of what is there several times, the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names keep their letters
    parser.read(UNIT)
    return parser["Service"]


def test_the_unit_gives_parley_nothing_it_does_not_need() -> None:
    """A user of its own, the machine read-only, no rights to gain, and a new start when it ends."""
    given = unit()
    expected = {
        "User": "parley",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "PrivateDevices": "yes",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "Restart": "always",
        "StateDirectory": "parley",
        "StateDirectoryMode": "0700",
        "UMask": "0077",
    }
    assert {name: given[name] for name in expected} == expected
    assert given["ExecStart"].endswith("/parley run")
    assert int(given["TimeoutStopSec"]) >= 30


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """``systemd-analyze verify`` has nothing to say, and finds it little exposed."""
    there = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", UNIT.read_text(), flags=re.MULTILINE)
    (tmp_path / "parley.service").write_text(there)
    command = ["systemd-analyze", "verify", str(tmp_path / "parley.service")]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in verified.stderr.splitlines() if "parley.service" in line] == []


# -- the page ----------------------------------------------------------------------------------------


@dataclass
class Machine:
    """A server on which the page is followed: its folder of settings, its port, its environment."""

    folder: Path
    port: int
    environ: dict[str, str]

    async def parley(self, words: Sequence[str]) -> str:
        """Run a command of the page; returns what it printed, and requires that it went well."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env=self.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """``parley run``, until it is told to stop."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            cwd=self.folder,
            env=self.environ,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(60):
                await self._until_ready()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            said = (await process.stderr.read()).decode()
            assert await process.wait() == 0, said
            assert not any(secret in said for secret in self.secrets())

    async def _until_ready(self) -> None:
        while "200" not in await self.curl("/readyz"):  # noqa: ASYNC110 # another process rings no bell
            await asyncio.sleep(0.1)

    async def curl(self, path: str, *headers: str) -> str:
        """The first line of what the server says."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionError:
            return ""
        request = "\r\n".join([f"GET {path} HTTP/1.1", "Host: h", "Connection: close", *headers])
        writer.write(f"{request}\r\n\r\n".encode())
        said = await reader.read()
        writer.close()
        return said.decode().partition("\r\n")[0]

    def secrets(self) -> list[str]:
        """What stands in its files of secrets."""
        return [path.read_text() for path in self.folder.glob("config/secrets/*")]


def blocks(page: str, kind: str) -> list[str]:
    """The fences of that kind on the page."""
    return [dedent(match["body"]) for match in FENCE.finditer(page) if match["kind"] == kind]


def commands(page: str) -> list[list[str]]:
    """The words of each ``parley`` command of the containers' part, in their order."""
    part = page.split("\n## ")[2]
    lines = [line for body in blocks(part, "sh") for line in body.splitlines()]
    prefix = "sudo docker compose exec parley parley "
    return [shlex.split(line.removeprefix(prefix)) for line in lines if line.startswith(prefix)]


@asynccontextmanager
async def machine(page: str, folder: Path, url: str) -> AsyncIterator[tuple[Machine, str]]:
    """The page's first configuration on a server, and where its Telegram is."""
    config = folder / "config"
    config.mkdir()
    (config / "config.toml").write_text(blocks(page, "toml")[0])
    write_secrets(blocks(page, "toml")[0], config)
    async with TelegramEmulator(token=(config / "secrets/telegram_token").read_text()) as telegram:
        port = free_port()
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
        environ |= {
            "PYTHONPATH": str(ROOT),
            "PARLEY_CONFIG": str(config / "config.toml"),
            "PARLEY_DATABASE__URL": url,
            "PARLEY_DATABASE__AUTO_MIGRATE": "true",
            "PARLEY_HTTP__PORT": str(port),
            "PARLEY_TELEGRAM__API_URL": telegram.url,
        }
        yield Machine(folder, port, environ), telegram.url


@pytest.mark.parametrize("language", sorted(PAGES))
async def test_the_page_s_way_leads_to_a_server_at_work(
    language: str, sqlite_url: str, tmp_path: Path
) -> None:
    """Its configuration, its commands in their order; the doctor says each line that the page promises."""
    await follow(language, tmp_path, sqlite_url)


@pytest.mark.postgresql
async def test_the_way_is_the_same_with_postgresql(postgres_url: str, tmp_path: Path) -> None:
    """As the compose file has it."""
    await follow("en", tmp_path, postgres_url)


async def follow(language: str, folder: Path, url: str) -> None:
    """Do what the page says."""
    page = PAGES[language].read_text("utf-8")
    promised = re.findall(r"`(ok    [^`]+)`", page.split("\n## ")[2])
    assert len(promised) == 5
    async with machine(page, folder, url) as (server, telegram), server.at_work():
        said = ""
        for words in commands(page):
            said += await server.parley(words)
        said += await server.parley(["doctor"])
        for line in promised:
            here = line.replace("https://api.telegram.org", telegram).replace("8080", str(server.port))
            here = here.replace("/etc/parley", str(folder / "config"))
            pattern = re.escape(here).replace(r"11\ applied", r"\d+\ applied")
            assert re.search(rf"^{pattern}", said, re.MULTILINE), f"{line}\n{said}"
        token = (folder / "config/secrets/metrics_token").read_text()
        for path, headers in (
            ("/healthz", ()),
            ("/readyz", ()),
            ("/metrics", (f"Authorization: Bearer {token}",)),
        ):
            assert f"http://127.0.0.1:8080{path}" in page
            assert await server.curl(path, *headers) == "HTTP/1.1 200 OK"


def test_the_page_and_the_files_say_the_same() -> None:
    """Port, user, places: what is typed on the page is what the compose file and the unit expect."""
    for page in (path.read_text("utf-8") for path in PAGES.values()):
        assert "chown -R 10001:10001 config backups" in page
        assert "config/secrets/database_password" in page
        assert "config/secrets/database_password" in COMPOSE
        assert "/etc/parley/secrets/database_url" in COMPOSE
        folder = unit()["ExecStart"].partition("/.venv")[0]
        assert f"make -C {folder} setup" in page
        assert "XDG_DATA_HOME=/var/lib" in page
        assert "XDG_DATA_HOME=/var/lib" in UNIT.read_text()


@pytest.mark.parametrize("language", sorted(PAGES))
def test_the_proxy_passes_on_what_is_posted_and_nothing_else(language: str) -> None:
    """Both examples name the three paths; health and figures are not among them."""
    from bot.slack.endpoint import PATH
    from bot.web.hook import PATH as LEADS

    page = PAGES[language].read_text("utf-8")
    [caddy], [nginx] = blocks(page, "caddy"), blocks(page, "nginx")
    assert set(re.findall(r"@parley path (.*)", caddy)[0].split()) == {"/telegram/*", PATH, f"{LEADS}*"}
    matched = re.compile(re.findall(r"location ~ (\S+)", nginx)[0])
    assert all(matched.search(path) for path in ("/telegram/0123", PATH, f"{LEADS}secret"))
    assert not any(
        matched.search(path) for path in ("/metrics", "/healthz", "/readyz", "/", "/slack/x", "/hooks")
    )
