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
from bot.refused import Refused

# What the launcher hands on to every command: the file that --config names, or None.
Chosen = Annotated[Path | None, Parameter(parse=False)]

_QUIET = Parameter(show_default=False)  # most defaults are explained in words

app = App(
    name="parley",
    help="A CRM that lives in the chat: Slack, Telegram and the terminal.",
    version=__version__,
    help_epilogue="Configuration: config.example.toml explains every key.",
    default_parameter=_QUIET,
    result_action="return_value",
)
member = App(name="member", help="Who may speak to Parley.", default_parameter=_QUIET)
app.command(member)


@app.command
def chat(*, as_: Annotated[str, Parameter(name="--as")] = "", at: str = "", chosen: Chosen) -> None:
    """Chat with Parley in this terminal, or from a pipe, one message a line.

    Parameters
    ----------
    as_
        The e-mail address of the member who speaks; may be left out where there is only one.
    at
        The simulated time, ISO 8601; only with [console] simulated = true.
    """
    from bot import live

    live.chat(chosen, email=as_, at=at)


@app.command
def demo(*, as_: Annotated[str, Parameter(name="--as")] = "") -> None:
    """Try Parley with a made-up sales team, in a database that is thrown away.

    Parameters
    ----------
    as_
        Who speaks first. Default: marc@parley.example, who reads English; lea@ reads French.
    """
    from bot import live

    live.demonstrate(as_)


@app.command
def run(*, chosen: Chosen) -> None:
    """Serve the configured chat platforms until stopped (SIGTERM, Ctrl-C)."""
    from bot import live

    live.serve(chosen)


@app.command
def migrate(*, chosen: Chosen) -> None:
    """Bring the database up to this version's schema."""
    from bot import operations

    operations.run(operations.migrate(chosen))


@member.command
def add(
    email: str,
    /,
    *,
    name: str,
    role: Literal["rep", "manager", "admin"] = "rep",
    lang: str = "",
    tz: str = "",
    locale: str = "",
    team: str = "",
    manager: str = "",
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
        Language of what Parley says: en or fr. Default: the workspace's.
    tz
        Time zone, as Europe/Paris. Default: the workspace's.
    locale
        Language and country, as fr-FR, en-GB, en-US: order of dates, clock, numbers.
    team
        The sales team; made if it is new.
    manager
        E-mail address of the team's manager, a member with the role manager or admin.
    """
    from bot import operations
    from bot.members import Newcomer
    from models.member import Role

    newcomer = Newcomer(email, name, Role(role), lang, locale, tz, team, manager)
    operations.run(operations.add_member(chosen, newcomer))


@member.command(name="list")
def list_(*, chosen: Chosen) -> None:
    """List the members."""
    from bot import operations

    operations.run(operations.list_members(chosen))


@member.command
def invite(email: str, /, *, chosen: Chosen) -> None:
    """Print a code with which a member joins one chat account: once, within 24 hours."""
    from bot import operations

    operations.run(operations.invite_member(chosen, email))


@member.command
def deactivate(email: str, /, *, chosen: Chosen) -> None:
    """Shut a member out; their records stay."""
    from bot import operations

    operations.run(operations.deactivate_member(chosen, email))


@app.command
def stats(*, json: Annotated[bool, Parameter(negative="")] = False, chosen: Chosen) -> None:
    """Count members, records and messages.

    Parameters
    ----------
    json
        One JSON object on one line.
    """
    from bot import operations

    operations.run(operations.show_stats(chosen, as_json=json))


@app.command
def backup(file: Path, /, *, chosen: Chosen) -> None:
    """Write a backup of the database to a new file; Parley may go on running."""
    from bot import operations

    operations.run(operations.backup(chosen, file))


@app.command
def restore(
    file: Path, /, *, replace: Annotated[bool, Parameter(negative="")] = False, chosen: Chosen
) -> None:
    """Fill the database from a backup of its own kind, all of it or nothing.

    Parameters
    ----------
    replace
        Throw away what the database holds.
    """
    from bot import operations

    operations.run(operations.restore(chosen, file, replace=replace))


@app.command
def doctor(*, bundle: Path | None = None, chosen: Chosen) -> None:
    """Check configuration, database, clock, zone data and folders; exit status 1 if something is wrong.

    Parameters
    ----------
    bundle
        Also write a zip for support: no secret, nothing that was said.
    """
    import asyncio

    from bot import operations

    if not asyncio.run(operations.examine(chosen, bundle)):
        raise SystemExit(1)


@app.command
def trace(ref: str, /, *, chosen: Chosen) -> None:
    """Show one turn by the reference in its answer: command, outcome, times; no text."""
    from bot import operations

    operations.run(operations.show_trace(chosen, ref))


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)], config: Path | None = None
) -> Any:
    """Read the command, and hand it the configuration's file.

    Parameters
    ----------
    config
        The configuration file. Default: PARLEY_CONFIG, else config.toml, else built-in defaults.
    """
    command, bound, ignored = app.parse_args(tokens, exit_on_error=False, print_error=False)
    chosen = {"chosen": config} if "chosen" in ignored else {}
    return command(*bound.args, **bound.kwargs, **chosen)


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point. Returns the exit status: 0, 1 for a refusal, 2 for a wrong command line or
    configuration, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        # A name with a broken letter must not end a list of members.
        getattr(stream, "reconfigure", _nothing)(errors="backslashreplace")
    try:
        app.meta(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except Refused as refusal:
        return _complain(str(refusal), refusal.status)
    except CycloptsError as error:
        return _complain(f"{error}\nSee: parley --help", 2)
    except BrokenPipeError:
        return _abandon_output()
    except KeyboardInterrupt:
        return 130
    return 0


def _complain(text: str, status: int) -> int:
    sys.stderr.write("".join(f"parley: {line}\n" for line in text.splitlines()))
    return status


def _abandon_output() -> int:
    """Whoever read the answer has gone (``parley member list | head -1``): nothing is left to say."""
    # Python flushes stdout once more at its end, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _nothing(**_: Any) -> None:
    """For a stream that cannot be reconfigured."""


if __name__ == "__main__":
    sys.exit(main())
