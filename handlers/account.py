"""Accounts: joining a chat account to a member, and what a stranger is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from handlers.chat import verbs
from handlers.chat.arguments import Hidden, Word
from handlers.chat.command import command
from handlers.chat.context import About, Context
from handlers.chat.i18n import Locale, msg
from handlers.chat.notice import notice
from handlers.chat.reply import Button, Buttons, Invocation, Reply, Text, text
from handlers.chat.request import Request
from models.errors import AlreadyDone, NotFound
from models.member import LINK_LIFETIME, ChatIdentity, Invitation, LinkAttempt, Member
from models.member import link as join

# Against guessing: five tries in ten minutes for one account.
_MOST_TRIES = 5
_WITHIN = timedelta(minutes=10)


@command(msg("Link another chat account"), final=True)
async def link(ctx: Context, code: Word | None = None) -> Reply:
    """Give a code for the speaker's other chat account; a code typed by somebody linked is refused."""
    if code is not None:
        raise AlreadyDone("link")
    fresh = await Invitation.issue(ctx.member, now=ctx.now, lifetime=LINK_LIFETIME)
    return Reply(
        text(
            ctx.text("Send me this from your other account within 10 minutes; it works once:"),
            f"link {fresh}",
            ctx.text("On Telegram: {line}", line=f"/start {fresh}"),
        ).blocks,
        private=True,
        fleeting=True,
    )


@command(msg("Take this chat account away from you"), final=True)
async def unlink(ctx: Context, *, confirmed: Hidden | None = None) -> Reply:
    """Part this account from the member; the others stay."""
    known = _vouched_for(ctx.request) == ctx.member.email
    if not confirmed:
        sentence = ctx.text("From then on I do not know you here. Your data stays.")
        if known:
            sentence = ctx.text("Your data stays. Your next message here links you again, by your profile.")
        buttons = (
            Button(ctx.text("Confirm"), Invocation("unlink", {"confirmed": "yes"}), "primary"),
            Button(ctx.text("Cancel"), Invocation("cancel")),
        )
        return Reply((Text(sentence), Buttons(buttons)))
    mine = ChatIdentity.filter(member_id=ctx.member.id, platform=ctx.request.platform)
    await mine.filter(user=ctx.request.sender.user, team=ctx.request.sender.team).delete()
    if known:
        back = ctx.text(
            "Unlinked. Your next message here links you again: your profile says {email}.",
            email=ctx.member.email,
        )
    else:
        back = ctx.text("Unlinked. To come back you need a new code: {line}", line="link")
    return Reply((Text(back),), private=True)


async def meet(request: Request, locale: Locale, about: About, now: datetime) -> tuple[Reply, Member | None]:
    """Answer somebody who is not linked: by a code they become a member's account, nothing else is told."""
    name, rest = _asked(request)
    if name == "link":
        return await _redeem(request, locale, rest.split()[0], now)
    if name == "about":
        return notice(locale, about), None
    return _who_are_you(locale), None


def asks_nothing(request: Request) -> bool:
    """Whether all that there is to say to somebody unknown is how to get in, which is said once a day."""
    return not _asked(request)[0]


def _asked(request: Request) -> tuple[str, str]:
    """What somebody unknown may ask, and its words; nothing, where they may not."""
    opening = verbs.opening(request.text)
    if opening is None or (opening.command == "link" and not opening.rest.strip()):
        return "", ""
    return (opening.command, opening.rest) if opening.command in {"link", "about"} else ("", "")


def _who_are_you(locale: Locale) -> Reply:
    return text(
        locale.text("I do not know you yet."),
        locale.text("Ask your admin for an invitation, or say “link” where I know you already."),
        locale.text("Then send me: {line}", line="link CODE"),
    )


async def recognise(request: Request, now: datetime) -> Member | None:
    """Link somebody whose address the platform's workspace has verified, where it is an active member's.

    A line with a code goes before: whoever has one says whose account it is to be.
    """
    opening = verbs.opening(request.text)
    coded = opening is not None and opening.command == "link" and bool(opening.rest.strip())
    if coded or not (email := _vouched_for(request)):
        return None
    found = Member.filter(email=email, active=True).select_related("workspace")
    members = await found.limit(2)
    if len(members) != 1:
        return None
    # They may be speaking in two places at once for the first time.
    await members[0].workspace.hold()
    await join(
        members[0],
        platform=request.platform,
        team=request.sender.team,
        user=request.sender.user,
        address=_own_chat(request),
        now=now,
    )
    return members[0]


def _own_chat(request: Request) -> str:
    """Where the sender is written to, and nobody else: not in the room in which they happen to speak."""
    profile = request.people.get(request.sender.user)
    return request.address if not request.room or profile is None else profile.address


def _vouched_for(request: Request) -> str:
    """The sender's address, where the platform's workspace has verified it; else empty."""
    profile = request.people.get(request.sender.user)
    return profile.email if profile is not None and profile.team == request.sender.team else ""


async def _redeem(request: Request, locale: Locale, code: str, now: datetime) -> tuple[Reply, Member | None]:
    expired = text(locale.text("This link has expired or was used. Ask for a new one: {line}", line="link"))
    account: dict[str, Any] = {
        "platform": request.platform,
        "team": request.sender.team,
        "user": request.sender.user,
    }
    tries = await LinkAttempt.filter(**account, at__gte=now - _WITHIN).count()
    if tries >= _MOST_TRIES:
        return expired, None
    try:
        member = await Invitation.redeem(code, now=now)
    except NotFound:
        await LinkAttempt.create(**account, at=now)
        return expired, None
    if not request.private:
        # Others read it too: it is used up, and joins nobody.
        return text(locale.text("A code is for a private chat with me. This one is used up now.")), None
    await join(member, **account, address=_own_chat(request), now=now)
    return _welcome(member), member


def answered_privately(locale: Locale, link: str = "") -> Reply:
    """What a room is told where its answer went to the asker; ``link`` opens that chat, if one can."""
    lines = [locale.text("Answer sent to you in private."), *([link] if link else [])]
    return Reply((Text("\n".join(lines)),))


def warning(member: Member, request: Request) -> Reply:
    """What the member's accounts so far are told when one more was linked."""
    locale = Locale(member.locale, member.zone)
    account = " · ".join(part for part in (request.platform.capitalize(), request.sender.name) if part)
    return text(
        locale.text("A further chat account was linked to you: {account}", account=account),
        locale.text("If that was not you, tell your admin at once."),
    )


def departed(member: Member, reader: Member, platform: str) -> Reply:
    """What those who lead a member are told when the member's account was deactivated."""
    locale = Locale(reader.locale, reader.zone)
    return text(
        locale.text(
            "The {platform} account of {name} was deactivated: {name} is no longer a member here.",
            platform=platform.capitalize(),
            name=member.name,
        ),
        locale.text("Their records stay. To take them back: {line}", line=f"invite {member.email}"),
    )


def recognised(member: Member) -> Reply:
    """What somebody is told whom the platform's own profile has shown to be a member."""
    locale = Locale(member.locale, member.zone)
    return text(
        locale.text("I know you by the address in your profile: {email}", email=member.email),
        *_first_steps(member, locale),
    )


def _first_steps(member: Member, locale: Locale) -> tuple[str, ...]:
    language = locale.language
    return (
        locale.text(
            "Language {language} · Zone {zone} — change? {line}",
            language=language.upper(),
            zone=locale.place,
            line=verbs.shown("settings", language),
        ),
        locale.text("Try one of these:"),
        *(verbs.example(name, language) for name in ("call", "who", "remind")),
    )


def _welcome(member: Member) -> Reply:
    locale = Locale(member.locale, member.zone)
    return text(
        locale.text("Linked to {email} ✅", email=member.email),
        *_first_steps(member, locale),
    )


def unproven(member: Member, platform: str, said: str) -> Reply:
    """What somebody is told whose message came late, while nobody can say if their account is still open."""
    locale = Locale(member.locale, member.zone)
    sentence = locale.text(
        "Your message came late, and {platform} cannot be asked about your account just now. I did nothing.",
        platform=platform.capitalize(),
    )
    again = locale.text("Say it again, please: {line}", line=said) if said else ""
    return text(sentence, *([again] if again else []))
