"""Who is who: strangers, codes, tokens, names that change hands, and members who are gone."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tortoise.models import Model

from bot import members as membership
from bot.clock import Clock
from bot.slack.adapter import Slack
from bot.telegram.adapter import Telegram
from handlers.chat.reply import Invocation
from models.activity import Activity
from models.member import INVITATION_LIFETIME, LINK_LIFETIME, ChatIdentity, Invitation, LinkAttempt, Member
from models.messaging.focus import Focus
from models.messaging.inbox import Incoming
from models.messaging.lane import Lane
from models.messaging.outbox import Outgoing
from models.messaging.saved_command import LIFETIME, SavedCommand
from models.notification import Notification
from models.workspace import Workspace
from tests.acceptance.gathering import NOW, ROOM, Gathering, gathering
from tests.acceptance.planted import PLANTED, Planted, secrets_in
from tests.acceptance.rooms import Account
from tests.acceptance.sight import CAST
from tests.emulators.slack import SlackEmulator
from tests.emulators.telegram import TelegramEmulator

STRANGER = Account("9001", "T1", "Somebody")
WHO = (
    "I do not know you yet.\n"
    "Ask your admin for an invitation, or say “link” where I know you already.\n"
    "Then send me: link CODE\n\n"
)
EXPIRED = "This link has expired or was used. Ask for a new one: link\n\n"
OUTDATED = "This button is outdated. Ask again for a fresh one.\n\n"
# Guesses at codes: a million in a soak.
GUESSES = 1_000_000 if os.environ.get("PARLEY_SOAK") else 300


async def _says(present: Gathering, account: Account, line: str, *, address: str = "") -> str:
    shown = await present.hear(present.rooms.typed(account, line, address=address))
    return "".join(message.text for message in shown)


async def _counts(*models: type[Model]) -> list[int]:
    return [await model.all().count() for model in models]


def _next_day(present: Gathering) -> None:
    """Whoever is unknown is told so once a day."""
    present.clock.advance_to(present.clock.now() + timedelta(days=1))


# -- strangers -------------------------------------------------------------------------------------


async def test_a_stranger_learns_how_to_get_access_and_nothing_else(database_url: str) -> None:
    """Whatever they say, they get the same three lines, once a day; only “about” tells of Parley."""
    async with gathering(database_url) as present:
        names = [present.members["ann"].name, PLANTED[1].title, PLANTED[1].email, "ann@parley.example"]
        for line in ("", "help", "who jane", "today", "undo", "link", "1", "\0", *names):
            assert await _says(present, STRANGER, line) == WHO
            assert await present.hear(present.rooms.typed(STRANGER, line)) == []
            _next_day(present)
        about = await _says(present, STRANGER, "about")
        assert re.fullmatch(r"Parley [\d.]+\n.*GNU Affero.*\nIts source: \S.*\n\n", about)
        assert not secrets_in(about, present.sown)


async def test_of_many_strangers_nothing_is_kept_but_what_was_said(database_url: str) -> None:
    """Fifty of them leave their messages and one answer of ours each, and no row of any other table."""
    async with gathering(database_url) as present:
        kept = (Member, ChatIdentity, Focus, SavedCommand, Notification, Invitation, LinkAttempt)
        before = await _counts(*kept)
        strangers = [Account(str(20_000 + i), "T1") for i in range(50)]
        lines = [(each, line) for each in strangers for line in ("hi", "find x")]
        await present.hear(*(present.rooms.typed(each, line, address=ROOM) for each, line in lines))
        assert await _counts(*kept) == before
        assert await Lane.filter(address=ROOM).count() == 1
        assert await Incoming.filter(address=ROOM).count() == len(lines)
        assert await Outgoing.filter(address=ROOM).count() == len(strangers)


# -- codes -----------------------------------------------------------------------------------------


async def _code(present: Gathering, name: str = "lou") -> str:
    """A fresh code of a member, as their own chat shows it."""
    (shown,) = await present.says(name, "link")
    found = re.search(r"^link (\S+)$", shown.text, re.MULTILINE)
    assert found is not None
    return found[1]


async def _joined(account: Account) -> list[str]:
    rows = ChatIdentity.filter(platform="rooms", team=account.team, user=account.user)
    return [str(email) for email in await rows.values_list("member__email", flat=True)]


async def test_a_code_joins_one_account_once(database_url: str) -> None:
    """It is used up by the first; for a second account, or the first again, it is as good as none."""
    async with gathering(database_url) as present:
        code = await _code(present)
        assert "lou@parley.example" in await _says(present, STRANGER, f"link {code}")
        assert await _joined(STRANGER) == ["lou@parley.example"]
        other = Account("9002", "T1")
        assert await _says(present, other, f"link {code}") == EXPIRED
        assert await _joined(other) == []


@pytest.mark.threat("S4")
async def test_codes_that_do_not_serve_are_not_told_apart(database_url: str) -> None:
    """Used, expired, of a former member, altered, never made: the same words, and nobody is joined."""
    async with gathering(database_url) as present:
        used, expired, gone, good = [await _code(present, name) for name in ("ann", "ben", "eve", "lou")]
        await _says(present, Account("9100", "T1"), f"link {used}")
        await _deactivate(present, "eve")
        await Invitation.filter(member=present.members["ben"]).update(expires_at=present.clock.now())
        altered = [
            good[:-1],
            good + "A",
            good.swapcase(),
            good[::-1],
            f"{good[:5]}{'A' if good[5] != 'A' else 'B'}{good[6:]}",
        ]
        for i, code in enumerate([used, expired, gone, "x", "%", "0" * 10_000, *altered]):
            account = Account(str(9200 + i), "T1")
            assert await _says(present, account, f"link {code}") == EXPIRED, code[:40]
            assert await _joined(account) == []
        assert await present.failures() == []


async def test_a_code_of_a_member_who_left_while_it_was_on_its_way_joins_nobody(database_url: str) -> None:
    """Even where it was not taken back with the member."""
    async with gathering(database_url) as present:
        code = await _code(present, "eve")
        await Member.filter(email="eve@parley.example").update(active=False)
        assert await _says(present, STRANGER, f"link {code}") == EXPIRED
        assert await _joined(STRANGER) == []
        assert await present.failures() == []


@pytest.mark.parametrize(("lifetime", "issued_by"), [(LINK_LIFETIME, "chat"), (INVITATION_LIFETIME, "admin")])
async def test_a_code_lasts_as_long_as_it_says(
    database_url: str, lifetime: timedelta, issued_by: str
) -> None:
    """A colleague's own for ten minutes, an admin's invitation for a day; at the very end it is over."""
    async with gathering(database_url) as present:
        codes = []
        for _ in range(2):
            if issued_by == "chat":
                codes.append(await _code(present))
                continue
            async with present.app.database.transaction():
                home = await Workspace.get(id=present.members["lou"].workspace_id)
                codes.append(await membership.invite("lou@parley.example", home, now=present.clock.now()))
        present.clock.advance_to(NOW + lifetime - timedelta(seconds=1))
        assert "Linked to" in await _says(present, Account("9301", "T1"), f"link {codes[0]}")
        present.clock.advance_to(NOW + lifetime)
        assert await _says(present, Account("9302", "T1"), f"link {codes[1]}") == EXPIRED


@pytest.mark.threat("S4")
async def test_five_wrong_codes_in_ten_minutes_are_all_one_account_gets(database_url: str) -> None:
    """From then on the right one is refused too, in the same words; ten minutes later it serves."""
    async with gathering(database_url) as present:
        code = await _invited(present, "lou")
        for i in range(5):
            assert await _says(present, STRANGER, f"link wrong{i}") == EXPIRED
        for line in (f"link {code}", f"/start {code}", f"link {code}", "link wrong"):
            assert await _says(present, STRANGER, line) == EXPIRED
        assert await _counts(LinkAttempt) == [5]
        assert await _joined(STRANGER) == []
        present.clock.advance_to(NOW + timedelta(minutes=10, seconds=1))
        assert "lou@parley.example" in await _says(present, STRANGER, f"link {code}")


@pytest.mark.threat("S4")
async def test_a_code_written_in_a_room_is_used_up_and_joins_nobody(database_url: str) -> None:
    """Whoever read it there cannot use it, and who wrote it gets no access either."""
    async with gathering(database_url) as present:
        code = await _code(present)
        assert "private chat" in await _says(present, STRANGER, f"link {code}", address=ROOM)
        assert await _joined(STRANGER) == []
        assert await _says(present, Account("9002", "T1"), f"link {code}") == EXPIRED


async def test_a_code_is_shown_to_its_member_alone(database_url: str) -> None:
    """Asked for in a room, it comes in the member's private chat."""
    async with gathering(database_url) as present:
        shown, told = await present.says("lou", "link", address=ROOM)
        assert "link " in shown.text
        assert shown.address == CAST["lou"].account.address
        assert (told.address, told.text) == (ROOM, "Answer sent to you in private.\n\n")


async def test_who_is_linked_cannot_become_somebody_else(database_url: str) -> None:
    """A colleague's code typed by a member changes nothing, and still serves who it is for."""
    async with gathering(database_url) as present:
        code = await _code(present, "ada")
        (refused,) = await present.says("lou", f"link {code}")
        assert refused.text == "This account is linked already.\n\n"
        assert await _joined(CAST["lou"].account) == ["lou@parley.example"]
        assert "ada@parley.example" in await _says(present, STRANGER, f"link {code}")


async def test_a_further_account_is_made_known_to_the_first(database_url: str) -> None:
    """Whoever was talked out of a code hears at once that somebody used it."""
    async with gathering(database_url) as present:
        code = await _code(present)
        shown = await present.hear(present.rooms.typed(STRANGER, f"link {code}"))
        (warned,) = (message for message in shown if message.address == CAST["lou"].account.address)
        assert "A further chat account was linked to you: Rooms · Somebody" in warned.text


@pytest.mark.threat("S4")
async def test_guessing_finds_no_code(
    database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Guesses of the right form, while a hundred codes are open, through the same look-up: none fits."""
    async with gathering(database_url) as present:
        async with present.app.database.transaction():
            lou = present.members["lou"]
            codes = [await Invitation.issue(lou, now=NOW, lifetime=LINK_LIFETIME) for _ in range(100)]
        assert len({*codes}) == 100
        assert {len(base64.urlsafe_b64decode(f"{code}==")) * 8 for code in codes} == {128}
        dice = random.Random(20261014)
        for i in range(0, GUESSES, 100):
            guesses = [base64.urlsafe_b64encode(dice.randbytes(16)).decode().rstrip("=") for _ in range(100)]
            accounts = [Account(str(30_000 + i + j // 5), "T1") for j in range(100)]
            said = [
                present.rooms.typed(account, f"link {guess}")
                for account, guess in zip(accounts, guesses, strict=True)
            ]
            assert {shown.text for shown in await present.hear(*said)} == {EXPIRED}
        assert await Invitation.filter(used_at__isnull=False).count() == 0
        record_property("figure", f"{GUESSES} guesses, 0 hits")


# -- buttons ---------------------------------------------------------------------------------------


async def _refused_quietly(present: Gathering, name: str, token: str, *, address: str = "") -> str:
    """What only the presser sees of a press that must do nothing."""
    before = await present.rows()
    (shown,) = await present.presses(name, token, address=address, under="1")
    account = CAST[name].account
    assert shown.only_to == f"{account.team}:{account.user}"
    after = await present.rows()
    assert (after.columns, after.highest) == (before.columns, before.highest)
    return shown.text


@pytest.mark.threat("S7")
async def test_a_token_that_was_never_given_does_nothing(database_url: str) -> None:
    """Made up, altered in one letter, cut, another chat's: a private line, and no effect."""
    async with gathering(database_url) as present:
        deal = one("deal of ann")
        won = Invocation("move", {"deal": deal.reference, "stage": "stage:Won", "confirmed": "yes"})
        ((token, _),) = await present.offers("ann", [won], address=ROOM)
        ((elsewhere, _),) = await present.offers("ann", [won], address=CAST["ann"].account.address)
        forged = [
            "",
            "x",
            token[:-1],
            token + "A",
            token.swapcase(),
            token[::-1],
            "A" * 22,
            "'; DROP TABLE saved_command; --",
            "%",
            "1",
            "€" * 5_000,
            elsewhere,
            *(token[:i] + ("A" if token[i] != "A" else "B") + token[i + 1 :] for i in range(len(token))),
        ]
        for each in forged:
            assert await _refused_quietly(present, "ann", each, address=ROOM) == OUTDATED, each[:40]
        assert await present.failures() == []


async def test_a_token_serves_for_a_day(database_url: str) -> None:
    """To the last second, and no longer."""
    async with gathering(database_url) as present:
        deal = one("deal of ann")
        ((token, ref),) = await present.offers(
            "ann", [Invocation("deal", {"deal": deal.reference})], address=ROOM
        )
        present.clock.advance_to(NOW + LIFETIME - timedelta(seconds=1))
        (shown,) = await present.presses("ann", token, address=ROOM, under=ref)
        assert deal.title in shown.text
        present.clock.advance_to(NOW + LIFETIME)
        assert await _refused_quietly(present, "ann", token, address=ROOM) == OUTDATED


async def test_a_press_replayed_is_done_once(database_url: str) -> None:
    """The same delivery again is no delivery; a further press is told, alone, that it is done already."""
    async with gathering(database_url) as present:
        contact = one("contact of ann")
        noted = Invocation("note", {"record": contact.reference, "notes": "once"})
        ((token, ref),) = await present.offers("ann", [noted], address=ROOM)
        pressed = present.rooms.press(CAST["ann"].account, token, address=ROOM, under=ref)
        assert len(await present.hear(pressed, pressed)) == 1
        assert await present.hear(pressed) == []
        for name in ("ann", "ben"):
            assert await _refused_quietly(present, name, token, address=ROOM) == "Already done.\n\n"
        assert await Activity.filter(notes="once").count() == 1


# -- names and numbers -----------------------------------------------------------------------------


@pytest.mark.threat("S3")
async def test_a_name_is_no_identity(database_url: str) -> None:
    """Whoever takes a member's name is a stranger; a member who changes it stays who they are."""
    async with gathering(database_url) as present:
        lou = CAST["lou"].account
        for name in (lou.name, "ada", present.members["ada"].name, "ada@parley.example"):
            assert await _says(present, Account("9001", "T1", name), "today") == WHO
            assert await _says(present, Account(lou.user, lou.team, name), "today") != WHO
            _next_day(present)


async def test_an_account_of_another_team_is_another_s(database_url: str) -> None:
    """The same user id in another workspace of the service, or in none, is a stranger."""
    async with gathering(database_url) as present:
        for team in ("T2", "", "t1", "T1 "):
            assert await _says(present, Account(CAST["ada"].account.user, team), "today") == WHO


@asynccontextmanager
async def living(present: Gathering) -> AsyncIterator[None]:
    """The app at work: it receives, answers and sends by itself."""
    stop = asyncio.Event()
    running = asyncio.create_task(present.app.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running


@pytest.mark.threat("S3")
async def test_on_telegram_a_username_that_changed_hands_opens_nothing(sqlite_url: str) -> None:
    """Lou gives her username up, somebody takes it: they are a stranger, and she is still Lou."""
    async with TelegramEmulator(flood_limits=False) as server:
        telegram = Telegram(server.token, server.url, Clock())
        async with gathering(sqlite_url, telegram) as present, living(present):
            lou = server.user(first_name="Lou", username="lou_sells")
            lou.says(f"/start {await _invited(present, 'lou')}")
            await lou.waits_for("lou@parley.example")
            lou.json["username"] = "lou_retired"
            taker = server.user(first_name="Lou", username="lou_sells")
            taker.says("today")
            await taker.waits_for("I do not know you yet.")
            lou.says("find L-1")
            await lou.waits_for("There is no L-1.")


@pytest.mark.threat("S3")
async def test_on_slack_the_same_user_of_another_workspace_is_a_stranger(sqlite_url: str) -> None:
    """In a channel shared with another company, a user id that happens to be Lou's does not speak for her."""
    async with SlackEmulator() as server:
        slack = Slack(server.bot_token, server.app_token, server.api_url, clock=Clock())
        async with gathering(sqlite_url, slack) as present, living(present):
            lou = server.user("lou")
            room = server.channel("shared", [lou], shared=True)
            await server.connected()
            lou.says(f"link {await _invited(present, 'lou')}")
            await lou.waits_for("lou@parley.example")
            lou.mentions("find L-1", room)
            await lou.waits_for("Answer sent to you in private.", channel=room)
            await lou.waits_for("There is no L-1.")
            said = {
                "type": "app_mention",
                "user": lou.id,
                "user_team": "TELSEWHERE",
                "ts": "1792000000.000900",
            }
            server.event({**said, "channel": room.id, "text": "<@UPARLEY> find L-1"}, room)
            await lou.waits_for("I do not know you yet.", channel=room)


async def _invited(present: Gathering, name: str) -> str:
    async with present.app.database.transaction():
        home = await Workspace.get(id=present.members[name].workspace_id)
        return await membership.invite(f"{name}@parley.example", home, now=present.clock.now())


# -- who is gone -----------------------------------------------------------------------------------


async def _deactivate(present: Gathering, name: str) -> None:
    async with present.app.database.transaction():
        home = await Workspace.get(id=present.members[name].workspace_id)
        await membership.deactivate(f"{name}@parley.example", home, now=present.clock.now())


@pytest.mark.threat("S19")
async def test_who_is_gone_is_answered_as_a_stranger_everywhere(database_url: str) -> None:
    """Lines, buttons under old messages, their numbers, an open question: nothing works from that moment."""
    async with gathering(database_url) as present:
        contact, deal = one("contact of lou"), one("deal of lou")
        (card,) = await present.says("lou", f"find {contact.reference}")
        (receipt,) = await present.says("lou", f"note {contact.reference}: the last one")
        (asked,) = await present.says("lou", f"move {deal.reference}")
        await _deactivate(present, "lou")
        before = await present.rows()
        for line in ("negotiation", "1", "undo", "today", "help", f"find {contact.reference}", "link"):
            (answer,) = await present.says("lou", line)
            assert answer.text == WHO
            _next_day(present)
        for shown in (card, receipt, asked):
            for button in shown.reply.buttons():
                (answer,) = await present.presses("lou", button.token, under=shown.ref)
                assert answer.text == WHO
                _next_day(present)
        after = await present.rows()
        assert (after.columns, after.highest) == (before.columns, before.highest)


@pytest.mark.threat("S19")
async def test_who_is_gone_is_reminded_of_nothing(database_url: str) -> None:
    """What falls due for them later goes to none of their chats, and nothing already sent there changes."""
    async with gathering(database_url) as present:
        await present.app.tick()
        await present.app.settle()
        present.rooms.taken()
        await present.says("lou", f"remind call them, tomorrow 10:00 {one('contact of lou').reference}")
        await _deactivate(present, "lou")
        await present.says("ada", f"done {one('reminder on all of lou').reference}")
        present.clock.advance_to(NOW + timedelta(days=3))
        await present.app.tick()
        await present.app.settle()
        assert [
            shown for shown in present.rooms.taken() if shown.address == CAST["lou"].account.address
        ] == []


async def test_who_comes_back_links_anew(database_url: str) -> None:
    """A former member taken back in has none of the chat accounts of before until a new code joins one."""
    async with gathering(database_url) as present:
        account = CAST["lou"].account
        await _deactivate(present, "lou")
        async with present.app.database.transaction():
            home = await Workspace.get(id=present.members["lou"].workspace_id)
            back = membership.Newcomer("lou@parley.example", "Lou", language="en")
            await membership.add(back, home, now=present.clock.now())
        assert await _says(present, account, "today") == WHO
        assert "Linked to" in await _says(present, account, f"link {await _invited(present, 'lou')}")
        assert await _says(present, account, "today") != WHO


async def test_a_left_account_may_become_a_colleague_s(database_url: str) -> None:
    """The account of somebody gone can be linked by another member's code, and then speaks for that one."""
    async with gathering(database_url) as present:
        await _deactivate(present, "lou")
        account = CAST["lou"].account
        assert "eve@parley.example" in await _says(present, account, f"link {await _invited(present, 'eve')}")
        assert await _joined(account) == ["eve@parley.example"]
        assert await present.failures() == []


def one(key: str) -> Planted:
    """The planted record of that name."""
    return next(planted for planted in PLANTED if planted.key == key)
