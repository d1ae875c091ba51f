"""Introductions: whose account a request comes from, and what is said to one that is nobody's yet."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import datetime

from msgspec.structs import replace
from tortoise.expressions import Q

from bot import outbox
from bot.outbox import Place
from bot.outcome import Outcome
from bot.surroundings import Surroundings
from handlers import account
from handlers.chat.i18n import Locale
from handlers.chat.request import Request
from models.member import ChatIdentity, Member
from models.messaging.inbox import Incoming
from models.messaging.outbox import Outgoing


async def identity_of(request: Request) -> ChatIdentity | None:
    """The account, with its member and workspace; None where it is linked to no active member."""
    return (
        await ChatIdentity.filter(
            platform=request.platform,
            team=request.sender.team,
            user=request.sender.user,
            member__active=True,
        )
        .select_related("member__workspace")
        .first()
    )


async def greeted(
    row: Incoming, request: Request, here: Surroundings, now: datetime
) -> tuple[ChatIdentity, list[Outgoing]]:
    """The account of somebody who was just recognised, told so in private; their others are warned."""
    identity = await identity_of(request)
    assert identity is not None
    member = identity.member
    place = Place(request.platform, identity.address, member.locale, member.workspace_id, member.id)
    hello = await outbox.put(
        here.database, account.recognised(member), place, key=f"known:{row.id}", now=now, holder=here.holder
    )
    return identity, [hello, *await _warn(row, request, member, here, now)]


async def meet(row: Incoming, request: Request, here: Surroundings, now: datetime) -> Outcome:
    """Somebody who is not linked."""
    locale = Locale("fr-FR" if request.sender.language[:2] == "fr" else "en-GB", "UTC")
    # What a shortcut was used on is somebody else's words, and no code of the asker's.
    said = dataclasses.replace(request, text="") if request.calls else request
    reply, member = await account.meet(said, locale, here.about, now)
    place = Place(request.platform, request.address, member.locale if member else locale.tag)
    if request.surface:
        return Outcome(
            request, popup=replace(reply, language=place.language), place=place, outcome="stranger"
        )
    key = f"turn:{row.id}"
    if member is None and account.asks_nothing(said):
        key = _stranger_today(request, now)
        if await Outgoing.exists(dedupe_key=key):
            return Outcome(request, outcome="stranger")
    sent = await outbox.put(
        here.database, reply, place, key=key, now=now, holder=here.holder, answers=request.quoted
    )
    done = Outcome(request, [sent], place=place, outcome="stranger")
    if member is not None:
        done.command, done.outcome = "link", "linked"
        done.send += await _warn(row, request, member, here, now)
    return done


def _stranger_today(request: Request, now: datetime) -> str:
    """The key of what one account is told in one chat on one day (UTC)."""
    account = [request.platform, request.address, request.sender.team, request.sender.user]
    return f"stranger:{hashlib.sha256(json.dumps(account).encode()).hexdigest()}:{now:%Y-%m-%d}"


async def _warn(
    row: Incoming, request: Request, member: Member, here: Surroundings, now: datetime
) -> list[Outgoing]:
    """Tell the member's accounts so far that there is one more."""
    theirs = ChatIdentity.filter(member_id=member.id, reachable=True)
    # One Q: exclude() refuses each of several keywords by itself, and so every account of the platform.
    this = Q(platform=request.platform, team=request.sender.team, user=request.sender.user)
    others = await theirs.exclude(this)
    return [
        await outbox.put(
            here.database,
            account.warning(member, request),
            Place(other.platform, other.address, member.locale, member.workspace_id, member.id),
            key=f"linked:{row.id}:{other.id}",
            now=now,
            holder=sent_at_once(request, here, other.platform),
            push=True,
        )
        for other in others
    ]


def sent_at_once(request: Request, here: Surroundings, platform: str) -> str | None:
    """This process where the message stays on the asker's platform: of others it may have none open."""
    return here.holder if platform == request.platform else None
