"""The documents say what is there: their links, commands, settings and recorded conversations."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from cyclopts import MissingArgumentError

from bot.__main__ import app
from bot.config import load
from bot.config.schema import Slack
from bot.slack.manifest import manifest
from handlers.chat import verbs
from handlers.chat.i18n import Locale
from tests.recording import FENCE, RECORDED, ROOT, play, sessions, steps

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "requirements/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
# Pages for who changes Parley, whose language is English; all others have a French twin.
ENGLISH_ONLY = {"benchmarks.md", "dependencies.md", "migrations.md"}
TWINS = {
    ROOT / "README.md": ROOT / "README.fr.md",
    **{
        path: ROOT / "docs/fr" / path.relative_to(ROOT / "docs")
        for path in sorted(ROOT.glob("docs/**/*.md"))
        if path.name not in ENGLISH_ONLY and "fr" not in path.relative_to(ROOT / "docs").parts
    },
}
FRENCH = sorted(path for path in DOCUMENTS if path in TWINS.values())

SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# In a code span a path of the tree begins with one of these.
ROOMS = ("bot/", "handlers/", "models/", "tests/", "docs/", "requirements/", ".ci/")
# A step that makes a file which is not there yet: docs/howto/add-a-command.md.
STEP = re.compile(r"^\*\*`[^`]+`\*\*.*$", re.MULTILINE)
# What only the terminal understands, beside the register.
TERMINAL = ("/wait", "/as")
# Where packages come from is the reader's business, and where something lies on a machine is that machine's.
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.|crates\.io|rubygems\.org|repo\.maven|proxy\.golang\.org"
    r"|docker\.io|ghcr\.io|quay\.io|artifactory|/simple/|--(?:extra-)?index-url"
)
OF_A_MACHINE = re.compile(r"(?<![\w.~/:])/(?:home|root|Users|work|tmp|opt|srv|mnt|media|private)/")
# What each language's reader replaces by their own, in a command that is not Parley's own.
OWN_WORDS = re.compile(r"""(?<=--name )"[^"]+"|(?<=--data )'[^']+'|(?<=/hooks/lead/)[A-Z-]+""")
# What stands on the pages in a secret's place, and what may stand there.
EXAMPLES = {
    "123456789:put-the-token-from-BotFather-here": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "put-at-least-32-letters-and-digits-here": "s" * 40,
    "xoxb-put-the-bot-token-here": "xoxb-1",
    "xapp-put-the-app-level-token-here": "xapp-1",
    "put0the0signing0secret0here00000": "0123456789abcdef0123456789abcdef",
}
# Nothing that is shown was refused or not understood.
REFUSED = re.compile(r"^(?:For example|Par exemple).?:|did not recogni|pas reconnu", re.MULTILINE)
# What differs from one run to the next in a conversation that was recorded on a real clock.
VARIES = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|lun\.|mar\.|mer\.|jeu\.|ven\.|sam\.|dim\.) \d{1,2} [A-Za-zéû]{3,5}\.?"
    r"(?: \d{4})? \d{2}:\d{2}|\d+ rows in \d+ tables"
)
# What Slack asks for, by what we call and listen to: docs.slack.dev/reference/methods, …/events, each page's
# "Required scopes"; of conversations, those of the kinds that we ask about.
SLACK_SCOPES = {
    "auth.test": "",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "im:history channels:history groups:history",
    "conversations.info": "channels:read groups:read",
    "conversations.members": "channels:read groups:read",
    "conversations.open": "im:write",
    "conversations.replies": "im:history channels:history groups:history",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "users.conversations": "im:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "views.open": "",
    "views.publish": "",
    "views.update": "",
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "channel_shared": "channels:read groups:read",
    "member_joined_channel": "channels:read groups:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "user_change": "users:read",
}


def each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@each_document()
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file of the tree names one that is there, and every anchor a heading in it."""
    for target in LINK.findall(FENCE.sub("", path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        assert not anchor or anchor in _anchors(linked.read_text("utf-8")), target


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document()
def test_paths_are_there(path: Path) -> None:
    """Every file of the tree that is named in a code span is there."""
    text = path.read_text("utf-8")
    drawn = [word for body in _bodies(text, "") for word in re.findall(r"[\w./-]+", body)]
    for span in [*SPAN.findall(STEP.sub("", FENCE.sub("", text))), *drawn]:
        if span.startswith(ROOMS) and not re.search(r"[<\s]", span):
            assert list(ROOT.glob(span.rstrip("/"))), span


@each_document()
def test_commands_exist(path: Path) -> None:
    """Every ``parley`` command that is shown is one that the command line understands, options and all."""
    text = path.read_text("utf-8")
    for words in _invocations(_fences(text), "parley"):
        app.parse_args(_without_config(words), exit_on_error=False, print_error=False)
    for words in _invocations(_spans(text), "parley"):
        with suppress(MissingArgumentError):  # a sentence may name a command without what it needs
            app.parse_args(_without_config(words), exit_on_error=False, print_error=False)


@each_document()
def test_lines_for_the_chat_begin_with_a_command(path: Path) -> None:
    """Every line that is shown as typed to Parley opens a command of the register, or that the page adds."""
    text = path.read_text("utf-8")
    added = re.findall(r'^"\w+": \("(\w+)"', "\n".join(_bodies(text, "python")), re.MULTILINE)
    for line in _said(text):
        assert verbs.opening(line) or line.isdecimal() or line.startswith((*TERMINAL, *added)), line


def _said(text: str) -> list[str]:
    """The lines of ``text`` fences, and those that a session types behind ``>``."""
    shown = [line for body in _bodies(text, "text") for line in body.splitlines()]
    typed = [line[2:] for body in _bodies(text, "console") for line in body.splitlines() if line[:2] == "> "]
    return [line for line in [*shown, *typed] if line.strip() and line != "END"]


def _bodies(text: str, kind: str) -> list[str]:
    return [dedent(match["body"]) for match in FENCE.finditer(text) if match["kind"] == kind]


@pytest.mark.parametrize("path", sorted(TWINS), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_page_has_its_french_twin(path: Path) -> None:
    """With the same sections, and blocks of the same kinds that type the same commands."""
    english, french = path.read_text("utf-8"), TWINS[path].read_text("utf-8")
    assert _levels(english) == _levels(french)
    assert sorted(_kinds(english)) == sorted(_kinds(french))
    assert _commands(english) == _commands(french)
    for kind in ("toml", "json"):
        assert _bodies(english, kind) == _bodies(french, kind)


def _levels(text: str) -> list[int]:
    return [len(mark) for mark in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def _kinds(text: str) -> list[str]:
    return [match["kind"] for match in FENCE.finditer(text)]


def _commands(text: str) -> list[str]:
    """What is typed into a shell: Parley's commands by their names, everything else as it stands."""
    typed = list[str]()
    for line in _fences(text):
        parleys = list(_invocations([line], "parley"))
        for words in parleys:
            command, *_ = app.parse_args(_without_config(words), exit_on_error=False, print_error=False)
            typed.append(command.__qualname__)
        if not parleys:
            typed.append(OWN_WORDS.sub("…", line.partition("#")[0].strip()))
    return typed


@pytest.mark.parametrize("path", FRENCH, ids=lambda path: str(path.relative_to(ROOT)))
def test_french_pages_have_typographic_apostrophes(path: Path) -> None:
    """As the sentences of the product have them; what is typed is typed as it is."""
    text = SPAN.sub("", FENCE.sub("", path.read_text("utf-8")))
    assert re.findall(r"\w+'\w+", text) == []


@each_document()
def test_no_page_names_a_registry_or_a_place_on_a_machine(path: Path) -> None:
    """No host of packages, no folder of somebody's."""
    text = path.read_text("utf-8")
    assert REGISTRIES.findall(text) == []
    assert OF_A_MACHINE.findall(text) == []


def test_the_figures_of_the_cost_are_those_of_the_benchmarks() -> None:
    """Each that is set in bold there, in both languages."""
    measured = (ROOT / "docs/benchmarks.md").read_text("utf-8")
    for page in ("docs/explanation/cost.md", "docs/fr/explanation/cost.md"):
        shown = re.findall(r"\*\*([\d.,]+ [\w/]+)\*\*", (ROOT / page).read_text("utf-8"))
        figures = [_in_english(figure) for figure in shown] if "/fr/" in page else shown
        assert len(figures) == 3
        assert [figure for figure in figures if figure not in measured] == []


def _in_english(figure: str) -> str:
    """As ``4,74 ms`` or ``161 appels/s`` stand in the benchmarks."""
    return figure.replace(",", ".").replace("appels/s", "calls/s").replace(" Mo", " MB")


@pytest.mark.parametrize("name", ["bug", "feature", "question"])
def test_a_report_is_told_to_leave_people_out(name: str) -> None:
    """Each form says in both languages that it is public; where it may help, it asks for the bundle."""
    form = (ROOT / f".github/ISSUE_TEMPLATE/{name}.md").read_text("utf-8")
    assert form.startswith("---\nname: ")
    assert "This is public" in form
    assert "Ceci est public" in form
    assert name == "feature" or "parley doctor --bundle" in form


@each_document()
def test_make_targets_exist(path: Path) -> None:
    """Every ``make`` target that is named is in the Makefile."""
    text = path.read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for words in _invocations(_fences(text) + _spans(text), "make"):
        assert {word for word in words if "=" not in word} <= targets, words


def _fences(text: str) -> list[str]:
    """The lines that are typed into a shell, one command a line."""
    typed = list[str]()
    for match in FENCE.finditer(text):
        lines = dedent(match["body"]).replace("\\\n", " ").splitlines()
        if match["kind"] == "sh":
            typed += lines
        elif match["kind"] == "console":
            typed += [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return typed


def _spans(text: str) -> list[str]:
    return SPAN.findall(FENCE.sub("", text))


def _invocations(lines: Iterable[str], program: str) -> Iterator[list[str]]:
    """The words that follow a program's name where it is what a shell would run."""
    for line in (each for each in lines if program in each):
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
        lexer.commenters = "#"
        lexer.whitespace_split = True
        command = list[str]()
        for word in [*lexer, ";"]:
            if word[0] not in "|&;()<>":
                command.append(word)
                continue
            while command and re.match(r"\w+=", command[0]):
                del command[0]
            if command and command[0].rpartition("/")[2] == program:
                yield command[1:]
            command = []


def _without_config(words: list[str]) -> list[str]:
    """Without the option that every command has, and that is read before it."""
    if "--config" not in words:
        return words
    place = words.index("--config")
    return words[:place] + words[place + 2 :]


def write_secrets(configuration: str, folder: Path) -> None:
    """The files of secrets that a configuration names, each with one that has the right form."""
    forms = {"token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "url": "sqlite:///parley.db"}
    for key, name in re.findall(r'^(\w+)_file = "(.+)"', configuration, re.MULTILINE):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(forms.get(key, "s" * 40))
        (folder / name).chmod(0o600)


@each_document()
def test_settings_are_ones_that_there_are(path: Path, tmp_path: Path) -> None:
    """Every piece of configuration that is shown can be used, with secrets and files of one's own."""
    for match in FENCE.finditer(path.read_text("utf-8")):
        if match["kind"] == "toml":
            shown = dedent(match["body"])
            for example, real in EXAMPLES.items():
                shown = shown.replace(example, real)
            (tmp_path / "config.toml").write_text(shown, "utf-8")
            write_secrets(shown, tmp_path)
            load(tmp_path / "config.toml", {"HOME": str(tmp_path)})


def test_the_slack_manifest_asks_for_what_is_used_and_no_more() -> None:
    """The Slack app has just the scopes that what we call and listen to takes."""
    asked = manifest(Slack(), "", Locale("en-GB", "UTC"))
    code = "\n".join(path.read_text("utf-8") for path in ROOT.glob("bot/slack/**/*.py"))
    called = set(re.findall(r'"((?:auth|chat|conversations|files|reactions|users|views)\.\w+)"', code))
    events = asked["settings"]["event_subscriptions"]["bot_events"]
    needed = {scope for name in called.union(events) for scope in SLACK_SCOPES[name].split()}
    # What a user object says of an address depends on a scope of its own.
    assert asked["oauth_config"]["scopes"]["bot"] == sorted(needed | {"commands", "users:read.email"})


@pytest.mark.parametrize("name", RECORDED)
def test_conversations_are_what_parley_says(name: str, tmp_path: Path) -> None:
    """Every recorded session, played again in order in an empty folder, shows what the document shows."""
    recorded = sessions((ROOT / name).read_text("utf-8"))
    assert recorded
    for session in recorded:
        for command, shown in steps(session):
            assert _lasting(play(command, tmp_path)) == _lasting(shown), "python -m tests.recording"
            assert not REFUSED.search(shown), command


def _lasting(shown: str) -> str:
    """Without what varies, and without empty lines at the end."""
    return VARIES.sub("…", shown).rstrip("\n")
