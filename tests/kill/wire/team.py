"""A sales team at its chats: who they are, what they type, and which trace each line must leave."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from bot import founding, members
from bot.config import Workspace as Settings
from bot.members import Newcomer
from models.change import Author
from models.contact import Contact
from models.deal import Deal, Pipeline, Stage
from models.member import Member
from models.reminder import Reminder

_FIRST = ("Ines", "Jonas", "Greta", "Hugo", "Pauline", "Viktor", "Salma", "Dario", "Noor", "Tilda")
_LAST = ("Duval", "Okonkwo", "Lindqvist", "Marchetti", "Sørensen")
SEATS = len(_FIRST) * len(_LAST)
_STAGES = ("Qualified", "Proposal", "Negotiation", "New")


@dataclass(frozen=True, slots=True)
class Seat:
    """One member at a chat of their own, with whom they sell to and what; ``code`` links the chat."""

    number: int
    contact: str
    deal: str
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody types. ``trace`` is in no other line, and once in the database when this one is done.

    ``regretted``: its receipt's Undo will be pressed.
    """

    seat: int
    kind: str
    text: str
    trace: str
    regretted: bool = False


async def seated(settings: Settings, *, now: datetime) -> list[Seat]:
    """Fill an empty database with a team of fifty, inside a transaction."""
    workspace = await founding.workspace(settings, now=now)
    stage = await Stage.first_of(await Pipeline.default_of(workspace.id))
    seats = []
    for number, (first, last) in enumerate(itertools.product(_FIRST, _LAST)):
        email = f"seat{number}@parley.example"
        member = await members.add(Newcomer(email, f"Seat {number}"), workspace, now=now)
        by = Author(member, now, f"seat {number}")
        name = f"{first} {last}"
        await Contact.add(by, name=name, owner_id=member.id)
        deal = await Deal.add(by, name=f"{name} yearly", stage_id=stage.id, owner_id=member.id)
        code = await members.invite(email, workspace, now=now)
        seats.append(Seat(number, name, deal.reference, code))
    return seats


async def due_soon(since: datetime, until: datetime) -> list[str]:
    """Give every member a reminder that falls due in between, inside a transaction; returns the traces."""
    everybody = await Member.all().order_by("id").select_related("workspace")
    step = (until - since) / len(everybody)
    traces = []
    for number, member in enumerate(everybody):
        trace = f"due{number:05}"
        by = Author(member, since, trace)
        wall = (since + (number + 1) * step).replace(tzinfo=None)
        await Reminder.schedule(f"Ring back {trace}", by, wall=wall, zone="UTC")
        traces.append(trace)
    return traces


def typed(seats: list[Seat], commands: int, chance: Random) -> Iterator[Line]:
    """So many lines by everybody, in an order that belongs to the seed."""
    stages = [itertools.cycle(_STAGES) for _ in seats]
    for number in range(commands):
        seat = chance.choice(seats) if number >= len(seats) else seats[number]
        write = chance.choice(_WRITERS)
        yield write(seat, number, stages[seat.number], chance)


def _call(seat: Seat, number: int, _: Iterator[str], chance: Random) -> Line:
    trace = f"kx{number:05}"
    minutes = chance.randint(2, 55)
    return Line(seat.number, "call", f"call {seat.contact} {minutes}m about {trace}", trace)


def _note(seat: Seat, number: int, _: Iterator[str], __: Random) -> Line:
    trace = f"kx{number:05}"
    return Line(seat.number, "note", f"note {seat.deal} {trace} wants a demo", trace)


def _remind(seat: Seat, number: int, _: Iterator[str], chance: Random) -> Line:
    trace = f"kx{number:05}"
    text = f"remind ring {seat.contact} {trace} in {chance.randint(2, 9)} weeks"
    return Line(seat.number, "remind", text, trace, regretted=chance.random() < 0.25)


def _deal(seat: Seat, number: int, _: Iterator[str], __: Random) -> Line:
    trace = f"kx{number:05}"
    return Line(seat.number, "deal", f"deal new Rollout {trace} {number + 1} €", trace)


def _move(seat: Seat, number: int, stages: Iterator[str], _: Random) -> Line:
    # A move holds no free words: its amount is its trace.
    amount = 100_000 + number
    return Line(seat.number, "move", f"{seat.deal} > {next(stages)} {amount} €", f"to{amount}")


Writer = Callable[[Seat, int, Iterator[str], Random], Line]
_WRITERS: tuple[Writer, ...] = (_call, _note, _remind, _deal, _move)
