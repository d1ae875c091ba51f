"""Roles by their names."""

from __future__ import annotations

from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.i18n import msg
from handlers.setup.words import words
from models.member import Role
from models.search import fold

_NAMES: dict[Role, str] = {Role.REP: msg("rep"), Role.MANAGER: msg("manager"), Role.ADMIN: msg("admin")}


def role_name(ctx: Context, role: Role) -> str:
    """A role in the member's language."""
    return ctx.text(_NAMES[role])


def role_called(text: str) -> Role | None:
    """The role of that name in any language."""
    return next((role for role in Role if fold(text) in words(role.value)), None)


def role_in(ctx: Context, text: str) -> Role:
    """As :func:`role_called`.

    Raises:
        Misread: there is none.
    """
    role = role_called(text)
    if role is None:
        raise Misread(ctx.text("A role is rep, manager or admin."))
    return role
