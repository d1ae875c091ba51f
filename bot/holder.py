"""Holder: a process's name in leases, from which others on the same machine can tell whether it lives."""

from __future__ import annotations

import os
import secrets
import socket

# What a process is, before its run; a server has neither.
_SIMULATED, _TERMINAL = "simulated-", "terminal-"
# Tells this process from an earlier one that had the same id, as it happens in containers.
_RUN = secrets.token_hex(3)


def of_this_process(*, simulated: bool = False, terminal: bool = False) -> str:
    """A name that nobody ever had or will have: machine, process id, and something random."""
    kind = _SIMULATED if simulated else _TERMINAL if terminal else ""
    return f"{_machine()}:{os.getpid()}:{kind}{_RUN}{secrets.token_hex(3)}"


def is_gone(holder: str) -> bool:
    """Whether that process has certainly ended; False where nobody here can know."""
    machine, number, run = _read(holder)
    if machine != _machine():
        return False
    return not run.startswith(_RUN) if number == os.getpid() else not _lives(number)


def simulates_here(holder: str) -> bool:
    """Whether that process lives on this machine, in a time of its own."""
    return _SIMULATED in holder and _read(holder)[0] == _machine() and not is_gone(holder)


def described(holder: str) -> str:
    """For whoever has to stop it: ``a terminal (parley chat), process 22553``; its machine if another."""
    machine, number, run = ([*holder.split(":", 2), "", ""])[:3]
    kind = "a terminal (parley chat), process" if run.startswith((_SIMULATED, _TERMINAL)) else "process"
    return f"{kind} {number}" + ("" if machine == _machine() else f" on {machine}")


def _machine() -> str:
    return socket.gethostname().replace(":", "-")[:30]


def _read(holder: str) -> tuple[str, int, str]:
    machine, number, run = ([*holder.split(":", 2), "", ""])[:3]
    # A longer number is no process's on any system, and the system call would refuse it.
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return "", 0, ""
    return machine, int(number), run.removeprefix(_SIMULATED).removeprefix(_TERMINAL)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's, and lives
        return True
    return True
