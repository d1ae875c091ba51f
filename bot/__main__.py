"""The command line: ``parley``, also ``python -m bot``.

Only what reads the words is imported here; a command imports its work when it is called, so that
``parley --help`` and the start are quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from bot import __version__
from bot.output import abandon
from bot.refused import Refused

# What the launcher hands on to every command: the file that --config names, or None.
Chosen = Annotated[Path | None, Parameter(parse=False)]

# Somebody by their e-mail address, and what else a word on the command line can be.
Email = Annotated[str, Parameter(metavar="EMAIL")]
Speaker = Annotated[str, Parameter(name="--as", metavar="EMAIL")]
Name = Annotated[str, Parameter(metavar="NAME")]
Language = Annotated[Literal["en", "fr"] | None, Parameter(metavar="en|fr", show_choices=False)]
Zone = Annotated[str, Parameter(metavar="ZONE")]
World = Annotated[
    Literal["quarter", "transcripts"], Parameter(metavar="quarter|transcripts", show_choices=False)
]
Tag = Annotated[str, Parameter(metavar="LOCALE")]
Rank = Annotated[
    Literal["rep", "manager", "admin"], Parameter(metavar="rep|manager|admin", show_choices=False)
]
File = Annotated[Path, Parameter(metavar="FILE")]
Instant = Annotated[str, Parameter(metavar="TIME")]

_QUIET = Parameter(show_default=False)  # most defaults are explained in words
_EPILOGUE = """Configuration: config.example.toml explains every key.

Exit status: 0 it was done; 1 it could not be done, by what the database or the machine holds; \
2 the command line or the configuration is wrong; 128 + n a signal n ended it (Ctrl-C: 130)."""

app = App(
    name="parley",
    help="A CRM that lives in the chat: Slack, Telegram and the terminal.",
    version=__version__,
    help_epilogue=_EPILOGUE,
    default_parameter=_QUIET,
    result_action="return_value",
)
member = App(name="member", help="Who may speak to Parley.", default_parameter=_QUIET, sort_key=5)
app.command(member)
config = App(name="config", help="The set-up as one file.", default_parameter=_QUIET, sort_key=6)
app.command(config)
slack = App(name="slack", help="The Slack app that Parley needs.", default_parameter=_QUIET, sort_key=12)
app.command(slack)
telegram = App(name="telegram", help="The bot's menus on Telegram.", default_parameter=_QUIET, sort_key=13)
app.command(telegram)


@app.command(sort_key=1)
def chat(*, as_: Speaker = "", at: Instant = "", chosen: Chosen) -> None:
    """Chat with Parley in this terminal, or from a pipe, one message a line.

    Parameters
    ----------
    as_
        The e-mail address of the member who speaks; may be left out where there is only one.
    at
        The simulated time, as 2026-10-14T15:30; only with [console] simulated = true.
    """
    from bot import live

    live.chat(chosen, email=as_, at=at)


@app.command(sort_key=2)
def demo(*, as_: Speaker = "", world: World = "quarter") -> None:
    """Try Parley with a made-up sales team, in a database that is thrown away.

    Parameters
    ----------
    as_
        Who speaks first. Default: marc@parley.example, who reads English; lea@ reads French.
    world
        Three months of sales that end now, or the few records and the day of the documentation.
    """
    from bot import live

    live.demonstrate(as_, world)


@app.command(sort_key=3)
def run(*, chosen: Chosen) -> None:
    """Serve the configured chat platforms until stopped (SIGTERM, Ctrl-C)."""
    from bot import live

    live.serve(chosen)


@app.command(sort_key=4)
def migrate(*, chosen: Chosen) -> None:
    """Bring the database up to this version's schema."""
    from bot import operations

    operations.run(operations.migrate(chosen))


@member.command(sort_key=1)
def add(
    email: Email,
    /,
    *,
    name: Name,
    role: Rank = "rep",
    lang: Language = None,
    tz: Zone = "",
    locale: Tag = "",
    team: Name = "",
    manager: Email = "",
    chosen: Chosen,
) -> None:
    """Add a member, or take a former one back.

    Parameters
    ----------
    email
        Their e-mail address, by which they are known.
    name
        As colleagues call them.
    role
        What they may do. Default: rep.
    lang
        The language in which Parley answers. Default: the workspace's.
    tz
        Time zone, as Europe/Paris. Default: the workspace's.
    locale
        Language and country, as fr-FR, en-GB, en-US: they say how dates, times and numbers are
        written. Default: the language in the workspace's country.
    team
        The sales team; made if it is new.
    manager
        E-mail address of the team's manager, a member with the role manager or admin.
    """
    from bot import operations
    from bot.members import Newcomer
    from models.member import Role

    newcomer = Newcomer(email, name, Role(role), lang or "", locale, tz, team, manager)
    operations.run(operations.add_member(chosen, newcomer))


@member.command(name="list", sort_key=2)
def list_(*, chosen: Chosen) -> None:
    """List the members."""
    from bot import operations

    operations.run(operations.list_members(chosen))


@member.command(sort_key=3)
def invite(email: Email, /, *, chosen: Chosen) -> None:
    """Print a code with which a member joins one chat account: once, within 24 hours.

    Parameters
    ----------
    email
        The member's e-mail address.
    """
    from bot import operations

    operations.run(operations.invite_member(chosen, email))


@member.command(sort_key=4)
def deactivate(email: Email, /, *, chosen: Chosen) -> None:
    """Shut a member out; their records stay.

    Parameters
    ----------
    email
        The member's e-mail address.
    """
    from bot import operations

    operations.run(operations.deactivate_member(chosen, email))


@config.command(sort_key=1)
def export(file: Annotated[Path | None, Parameter(metavar="FILE")] = None, /, *, chosen: Chosen) -> None:
    """Print what is set up (stages, lists, fields, teams, roles, rates) as TOML; no secrets.

    Of people it holds e-mail address, team and role; of customers nothing.

    Parameters
    ----------
    file
        The file to make instead. One that is there already is never replaced.
    """
    from bot import operations

    operations.run(operations.export_setup(chosen, file))


@config.command(sort_key=2)
def apply(
    file: File,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    as_: Speaker = "",
    chosen: Chosen,
) -> None:
    """Bring the workspace to what such a file says, all of it or nothing, and print what differs.

    Parameters
    ----------
    file
        What it leaves out stays as it is; a list that it gives is the whole list.
    dry_run
        Show what would be changed, and change nothing.
    as_
        The admin who does it, by e-mail address; may be left out where there is only one.
    """
    from bot import operations

    operations.run(operations.apply_setup(chosen, file, email=as_, dry_run=dry_run))


@app.command(sort_key=7)
def stats(*, json: Annotated[bool, Parameter(negative="")] = False, chosen: Chosen) -> None:
    """Count members, records and messages.

    Parameters
    ----------
    json
        One JSON object on one line.
    """
    from bot import operations

    operations.run(operations.show_stats(chosen, as_json=json))


@app.command(sort_key=8)
def backup(file: File, /, *, chosen: Chosen) -> None:
    """Write a backup of the database to a new file; Parley may go on running.

    Parameters
    ----------
    file
        The file to make. One that is there already is never replaced.
    """
    from bot import operations

    operations.run(operations.backup(chosen, file))


@app.command(sort_key=9)
def restore(
    file: File, /, *, replace: Annotated[bool, Parameter(negative="")] = False, chosen: Chosen
) -> None:
    """Fill the database from a backup of its own kind, all of it or nothing; stop Parley first.

    Parameters
    ----------
    file
        A file that `parley backup` has made.
    replace
        Throw away what the database holds.
    """
    from bot import operations

    operations.run(operations.restore(chosen, file, replace=replace))


@app.command(sort_key=10)
def doctor(*, bundle: Annotated[Path | None, Parameter(metavar="FILE")] = None, chosen: Chosen) -> None:
    """Check configuration, database, clock, zone data and folders; exit status 1 if something is wrong.

    Parameters
    ----------
    bundle
        Also write a zip for support: no secret, nothing that was said.
    """
    from bot import operations

    if not operations.run(operations.examine(chosen, bundle)):
        raise SystemExit(1)


@app.command(sort_key=11)
def trace(ref: Annotated[str, Parameter(metavar="REF")], /, *, chosen: Chosen) -> None:
    """Show one turn by its reference: command, outcome, times; no text.

    Parameters
    ----------
    ref
        As K7Q2M. It stands in the answer to a message that failed, and in the log.
    """
    from bot import operations

    operations.run(operations.show_trace(chosen, ref))


@slack.command
def manifest(
    *,
    command: Annotated[str, Parameter(metavar="/NAME")] = "",
    http: Annotated[bool, Parameter(negative="")] = False,
    lang: Language = None,
    json: Annotated[bool, Parameter(negative="")] = False,
    chosen: Chosen,
) -> None:
    """Print the app's manifest, for api.slack.com/apps: scopes with their reasons, events, commands.

    Parameters
    ----------
    command
        The slash command's name. Default: the configuration's, else /crm.
    http
        For signed HTTP at http.public_url, instead of Socket Mode. Default: as the configuration says.
    lang
        The language of the app's own words. Default: the workspace's.
    json
        As JSON, instead of YAML.
    """
    from bot import operations

    operations.show_slack_manifest(chosen, command=command, http=http, language=lang or "", as_json=json)


@telegram.command
def menu(*, dry_run: Annotated[bool, Parameter(negative="")] = False, chosen: Chosen) -> None:
    """Set the menus of commands that Telegram lists behind the slash, for each language and kind of chat.

    `parley run` does it too, at its start and every hour.

    Parameters
    ----------
    dry_run
        Print them, and set nothing.
    """
    from bot import operations

    operations.run(operations.set_telegram_menus(chosen, dry_run=dry_run))


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[Path | None, Parameter(metavar="FILE")] = None,
) -> Any:
    """Read the command, and hand it the configuration's file.

    Parameters
    ----------
    config
        The configuration file. Default: PARLEY_CONFIG, else config.toml, else built-in defaults.
    """
    command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False)
    if command is demo and config is not None:
        raise Refused("The demonstration has settings of its own: leave --config out.", status=2)
    chosen = {"chosen": config} if "chosen" in ignored else {}
    return command(*bound.args, **bound.kwargs, **chosen)


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point. Returns the exit status.

    0: done, also where the reader of the answer has gone. 1: it could not be done, by what the database
    or the machine holds. 2: the command line or the configuration cannot be right, whatever they hold.
    130: Ctrl-C. A chat that another signal ends raises SystemExit with 128 and its number.
    """
    _fill_gaps()
    for stream in (sys.stdout, sys.stderr):
        # A name with a broken letter must not end a list of members.
        getattr(stream, "reconfigure", _nothing)(errors="backslashreplace")
    try:
        app.meta(arguments, exit_on_error=False, print_error=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except Refused as refusal:
        return _complain(str(refusal), refusal.status)
    except CycloptsError as error:
        return _complain(f"{error}\nSee: parley --help", 2)
    except BrokenPipeError:
        abandon()  # whoever read it has gone (``parley member list | head -1``): nothing is left to say
    except KeyboardInterrupt:
        return 130
    return 0


def _fill_gaps() -> None:
    """Fill the place of a standard stream that was closed (``<&-``), or the database would get it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _complain(text: str, status: int) -> int:
    sys.stderr.write("".join(f"parley: {line}\n" for line in text.splitlines()))
    return status


def _nothing(**_: Any) -> None:
    """For a stream that cannot be reconfigured."""


if __name__ == "__main__":
    sys.exit(main())
