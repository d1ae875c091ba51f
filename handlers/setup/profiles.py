"""Profiles: colleagues as their chat workspace describes them, for an invitation by ``@name``."""

from __future__ import annotations

from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.request import Profile
from models import region


def mentioned(ctx: Context, line: str) -> tuple[list[Profile], str]:
    """Those whom a line begins with, ``@lea @marc manager``, and what stands behind them.

    Raises:
        Misread: somebody whose profile the platform does not show, or does not vouch for.
    """
    typed, found = line.split(), list[Profile]()
    while typed and typed[0].startswith("@"):
        found.append(_vouched(ctx, typed.pop(0).strip("@,;")))
    return list({profile.user: profile for profile in found}.values()), " ".join(typed)


def _vouched(ctx: Context, user: str) -> Profile:
    profile = ctx.request.people.get(user)
    remedy = ctx.text(
        "Invite them by their e-mail address: {line}", line="invite zoe@acme.example Zoé Martin"
    )
    if profile is None:
        reason = ctx.text("I see no profile of @{name} here.", name=user[:100])
    elif profile.outside:
        reason = ctx.text("{name} is a guest, or belongs to another workspace.", name=profile.name)
    elif not profile.email:
        reason = ctx.text("The profile of {name} shows no verified e-mail address.", name=profile.name)
    else:
        return profile
    raise Misread(f"{reason} {remedy}")


def locale_of(ctx: Context, profile: Profile) -> str:
    """The profile's, as far as Parley speaks it; else the workspace's."""
    spoken = profile.locale and region.no_locale(profile.locale) is None
    return profile.locale if spoken else ctx.member.workspace.locale


def zone_of(ctx: Context, profile: Profile) -> str:
    """The profile's, where it is one; else the workspace's."""
    known = profile.zone and region.no_zone(profile.zone) is None
    return profile.zone if known else ctx.member.workspace.zone
