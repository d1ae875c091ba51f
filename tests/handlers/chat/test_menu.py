"""The menus of commands: the usual in front, and every name is understood."""

from __future__ import annotations

import pytest

from handlers.chat import menu
from handlers.chat.command import REGISTER
from handlers.chat.i18n import Locale
from handlers.chat.verbs import opening
from models.member import Role

EN, FR = Locale("en-GB", "UTC"), Locale("fr-FR", "UTC")


@pytest.mark.parametrize(
    ("locale", "names"),
    [
        (EN, "call deal who remind today done undo digest settings help"),
        (FR, "appel affaire qui rappel jour fait annuler bilan reglages aide"),
    ],
)
def test_the_usual_stands_in_front(locale: Locale, names: str) -> None:
    """The ten that most people need, in this order, without accents."""
    assert [entry.name for entry in menu.entries(locale, Role.REP)][:10] == names.split()
    assert [entry.name for entry in menu.usual(locale)] == names.split()


@pytest.mark.parametrize("locale", [EN, FR])
@pytest.mark.parametrize("role", list(Role))
def test_every_name_is_read_as_its_own_command(locale: Locale, role: Role) -> None:
    """Behind a slash, with its words joined, and with something behind it."""
    found = menu.entries(locale, role)
    assert len({entry.name for entry in found}) == len(found) <= 100
    for entry in found:
        read = opening(f"/{entry.name} Jane")
        assert read is not None, entry.name
        assert (read.rest, locale.text(REGISTER[read.command].summary)) == ("Jane", entry.summary)


@pytest.mark.parametrize("locale", [EN, FR])
def test_who_may_more_sees_more(locale: Locale) -> None:
    """Nothing that is for admins stands in a rep's menu, and nothing that is for buttons in anybody's."""
    rep, admin = menu.entries(locale, Role.REP), menu.entries(locale, Role.ADMIN)
    summaries = {entry.summary for entry in rep}
    assert summaries < {entry.summary for entry in admin}
    for command in REGISTER.values():
        if command.role is not Role.REP or command.hidden:
            assert locale.text(command.summary) not in summaries
