"""Who may see and who may change what: the house's rules once more, in plain words, without a database.

The permission matrix holds the program against this, so nothing here may be taken from the models.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.member import Role
from models.workspace import Visibility
from tests.acceptance.rooms import Account

HOME, ABROAD = "home", "abroad"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast. ``role`` None: a stranger, nobody's colleague.

    ``manages`` names the team that has this person as its manager. ``speaks``: in the matrix, in which
    the others only have records.
    """

    name: str
    user: int
    role: Role | None
    team: str = ""
    manages: str = ""
    active: bool = True
    workspace: str = HOME
    speaks: bool = False

    @property
    def account(self) -> Account:
        """Their account of the chat service."""
        return Account(str(self.user), "T1", self.name)


CAST: dict[str, Person] = {
    person.name: person
    for person in (
        Person("ann", 1001, Role.REP, "north", speaks=True),
        Person("ben", 1002, Role.REP, "north"),
        Person("mia", 1003, Role.MANAGER, "north", manages="north", speaks=True),
        Person("cid", 1004, Role.REP, "south"),
        Person("max", 1005, Role.MANAGER, "south", manages="south"),
        Person("ada", 1006, Role.ADMIN, speaks=True),
        Person("lou", 1007, Role.REP, speaks=True),
        # Managed a team, came back as a rep: the team still names him.
        Person("dan", 1008, Role.REP, manages="west", speaks=True),
        Person("eve", 1009, Role.REP, "west"),
        Person("dee", 1010, Role.REP, "north", active=False, speaks=True),
        Person("fay", 1011, Role.ADMIN, workspace=ABROAD),
        Person("zed", 1012, None, speaks=True),
    )
}


@dataclass(frozen=True, slots=True)
class Owned:
    """What decides over one record: whose it is (None: everyone's), where, and what it hangs on.

    ``parents`` are records by kind. ``private``: it is its owner's besides, as a reminder is.
    """

    kind: str
    owner: str | None
    workspace: str
    parents: tuple[Owned, ...] = ()

    @property
    def hangs(self) -> bool:
        """Whether it has no say of its own: who sees what it is about sees it."""
        return self.kind in ("activity", "reminder", "attachment")


def sees(viewer: Person, record: Owned, visibility: Visibility) -> bool:
    """Whether this person may see this record."""
    if not viewer.active or viewer.role is None or record.workspace != viewer.workspace:
        return False
    if not record.hangs:
        return _sees_owner(viewer, record.owner, visibility)
    if record.kind == "reminder" and not _sees_owner(viewer, record.owner, visibility):
        return False
    # The company comes with the person or the deal: it decides only where nothing nearer does.
    nearer = [parent for parent in record.parents if parent.kind != "company"]
    return all(sees(viewer, parent, visibility) for parent in nearer or record.parents)


def decides(viewer: Person, record: Owned, visibility: Visibility) -> bool:
    """Whether this person may change it: one's own, everyone's, a manager their team's, an admin all."""
    if not sees(viewer, record, visibility):
        return False
    if viewer.role is Role.ADMIN or record.owner in (None, viewer.name):
        return True
    return _manages(viewer, record.owner)


def _sees_owner(viewer: Person, owner: str | None, visibility: Visibility) -> bool:
    if owner in (None, viewer.name) or viewer.role is Role.ADMIN or visibility is Visibility.EVERYONE:
        return True
    if _manages(viewer, owner):
        return True
    return visibility is Visibility.TEAM and viewer.team not in ("",) and CAST[owner].team == viewer.team


def _manages(viewer: Person, owner: str | None) -> bool:
    manages = viewer.role is Role.MANAGER and viewer.manages
    return bool(manages) and owner is not None and CAST[owner].team == viewer.manages
