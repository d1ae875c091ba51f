"""The names of processes in leases, and whether those processes still live."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from bot import holder
from models.messaging.lease import Lease

SCRIPT = "from bot import holder; print(holder.of_this_process(simulated={}), flush=True); input()"


def test_no_two_names_are_alike() -> None:
    """Not even in one process; and each fits its column."""
    names = {holder.of_this_process() for _ in range(100)} | {holder.of_this_process(simulated=True)}
    assert len(names) == 101
    room = Lease._meta.fields_map["holder"].max_length  # type: ignore[attr-defined] # a CharField's
    assert max(map(len, names)) + 30 - min(len(socket.gethostname()), 30) <= room


def test_a_holder_is_described_for_who_has_to_stop_it() -> None:
    """What it is, its number, and its machine where that is another."""
    here = os.getpid()
    assert holder.described(holder.of_this_process()) == f"process {here}"
    for own in (holder.of_this_process(terminal=True), holder.of_this_process(simulated=True)):
        assert holder.described(own) == f"a terminal (parley chat), process {here}"
        assert not holder.is_gone(own)
    assert holder.described("crm:7:terminal-0a1b") == "a terminal (parley chat), process 7 on crm"


@pytest.mark.parametrize("simulated", [True, False])
def test_a_process_is_gone_when_it_has_ended(simulated: bool) -> None:
    """While it lives it is not; afterwards its name stands for nobody."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(simulated)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        name = process.stdout.readline().strip()
        assert not holder.is_gone(name)
        assert holder.simulates_here(name) is simulated
        process.kill()
        process.wait(timeout=30)
    assert holder.is_gone(name)
    assert not holder.simulates_here(name)


def test_this_process_lives() -> None:
    """One that had the same number before, as in a container that was started anew, does not."""
    assert not holder.is_gone(holder.of_this_process())
    machine, number, _ = holder.of_this_process().split(":")
    assert holder.is_gone(f"{machine}:{number}:0123456789ab")


@pytest.mark.parametrize(
    "name",
    ["", "other:7", "elsewhere:1:abc", "here:there:abc", f"{socket.gethostname()[:30]}:٣:a", "founding 7"],
)
def test_nothing_is_known_of_other_machines(name: str) -> None:
    """Nor of what is no such name: whoever holds the lease is waited for."""
    assert not holder.is_gone(name)
    assert not holder.simulates_here(name)


def test_another_users_process_lives() -> None:
    """The first process of the machine is nobody's to end, and lives."""
    assert not holder.is_gone(f"{socket.gethostname().replace(':', '-')[:30]}:1:abc")
    assert os.getpid() != 1
