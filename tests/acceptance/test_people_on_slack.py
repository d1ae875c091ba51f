"""Who is who on Slack: recognised by a verified address, shut out when the account is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from models.activity import Activity
from models.member import ChatIdentity, Member, Role
from models.messaging.inbox import Incoming
from models.reminder import Reminder
from models.room import Room
from models.workspace import Workspace
from tests.acceptance.live import LEA, MARC, NORA, eventually, invited, nothing_waits, passes, standing_clock
from tests.acceptance.on_slack import Scene
from tests.acceptance.test_forms_on_slack import opened
from tests.emulators.slack import Person

SAM = "sam@parley.example"
ELSEWHERE = "T0OTHER00"


async def accounts(email: str) -> list[str]:
    """The Slack user ids of a member."""
    rows = ChatIdentity.filter(platform="slack", member__email=email).order_by("id")
    return [identity.user for identity in await rows]


async def test_a_first_message_with_a_verified_address_links_and_is_answered(scene: Scene) -> None:
    """The rep is told by what they were recognised, and what they said is done at once."""
    async with scene.served():
        await scene.slack.connected()
        marc = scene.slack.user("Marc", email="Marc@Parley.example")
        marc.says("call Jane Roy about pilot")
        hello = await marc.waits_for("I know you by the address in your profile")
        assert MARC in hello.seen
        await marc.waits_for("Call logged")
        assert await accounts(MARC) == [marc.id]
        assert (await Activity.get()).notes == "about pilot"
        marc.says("today")
        await marc.waits_for(lambda shown: "I know you" not in shown.seen)
        await nothing_waits()
    assert scene.slack.refused == ()


async def test_the_accounts_of_before_hear_of_the_new_one(scene: Scene) -> None:
    """Recognition is announced to both sides: the new account, and those linked already."""
    async with scene.served() as app:
        old = await scene.joined(app, LEA, "Léa")
        new = scene.slack.user("Léa Martin", email=LEA)
        new.commands("/crm", "jour")
        await new.waits_for("Je vous reconnais")
        await old.waits_for("Slack · léa martin")
        assert await accounts(LEA) == [old.id, new.id]


async def test_a_mention_in_a_channel_links_without_showing_the_address_there(scene: Scene) -> None:
    """The greeting goes to the person alone, where later pushes go too."""
    async with scene.served():
        await scene.slack.connected()
        marc = scene.slack.user("Marc", email=MARC)
        sales = scene.slack.channel("sales", [marc])
        marc.mentions("about", sales)
        await marc.waits_for("I know you by the address", channel=marc.dm)
        await marc.waits_for("Free software", channel=sales)
        await nothing_waits()
        assert not any(MARC in seen for seen in marc.sees(sales))
        assert (await ChatIdentity.get(user=marc.id)).address == marc.id


async def test_who_parts_their_account_is_told_what_links_it_again(scene: Scene) -> None:
    """No code is needed where the profile vouches: it says so, and the next message does it."""
    async with scene.served():
        await scene.slack.connected()
        marc = scene.slack.user("Marc", email=MARC)
        marc.says("unlink")
        asked = await marc.waits_for("Your next message here links you again")
        marc.presses(asked, "Confirm")
        await marc.waits_for(f"Unlinked. Your next message here links you again: your profile says {MARC}.")
        assert await accounts(MARC) == []
        marc.says("today")
        await marc.waits_for("I know you by the address in your profile")
        assert await accounts(MARC) == [marc.id]


@pytest.mark.parametrize("by", ["profile", "code"])
async def test_who_is_linked_by_a_command_in_a_channel_is_written_to_in_their_own_chat(
    scene: Scene, by: str
) -> None:
    """What is meant for them alone does not turn up in that channel ever after."""
    async with scene.served() as app:
        await scene.slack.connected()
        marc = scene.slack.user("Marc", email=MARC if by == "profile" else None)
        sales, other = scene.slack.channel("sales", [marc]), scene.slack.channel("other", [marc])
        line = "today" if by == "profile" else f"link {await invited(app, MARC)}"
        marc.commands("/crm", line, sales)
        await marc.waits_for("call Jane @ Acme", channel=marc.dm if by == "profile" else sales)
        marc.mentions("find Jane", other)
        await marc.waits_for("C-31", channel=marc.dm)


Joining = Callable[[Scene], Person]


def unconfirmed(scene: Scene) -> Person:
    return scene.slack.user("Marc", email=MARC, confirmed=False)


def guest(scene: Scene) -> Person:
    return scene.slack.user("Marc", email=MARC, guest=True)


def stranger(scene: Scene) -> Person:
    return scene.slack.user("Marc", email=MARC, team=ELSEWHERE)


def unknown_address(scene: Scene) -> Person:
    return scene.slack.user("Marc", email="marc@elsewhere.example")


def same_name(scene: Scene) -> Person:
    return scene.slack.user("Marc Ellis")


@pytest.mark.threat("S3")
@pytest.mark.parametrize("who", [unconfirmed, guest, stranger, unknown_address, same_name])
async def test_whoever_is_not_vouched_for_is_not_linked(scene: Scene, who: Joining) -> None:
    """An unverified address, a guest, another workspace, another address, a name alone: a stranger."""
    async with scene.served():
        await scene.slack.connected()
        person = who(scene)
        person.says("find Jane")
        await person.waits_for("I do not know you yet")
        assert not await ChatIdentity.exists()


@pytest.mark.threat("S3")
async def test_the_same_user_id_in_another_workspace_is_a_stranger(scene: Scene) -> None:
    """Neither is it the linked account, nor does our own workspace's profile of that id vouch for it."""
    async with scene.served():
        await scene.slack.connected()
        marc = scene.slack.user("Marc", email=MARC)
        marc.says("today")
        await marc.waits_for("I know you")
        await nothing_waits()
        ts = f"{scene.clock.now().timestamp() + 1:.6f}"
        event = {"type": "message", "user": marc.id, "text": "find Jane", "ts": ts, "user_team": ELSEWHERE}
        event |= {"channel": marc.dm.id, "channel_type": "im", "team": ELSEWHERE, "event_ts": ts}
        scene.slack.event(event, marc.dm)
        await marc.waits_for("I do not know you yet")
        (identity,) = await ChatIdentity.all()
        assert identity.team != ELSEWHERE


async def test_a_profile_that_cannot_be_looked_up_keeps_nobody_waiting(scene: Scene) -> None:
    """Without users.info a linked rep is answered as ever, and a stranger stays one."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        scene.slack.fault("users.info", error="missing_scope", times=None)
        await passes(app, timedelta(minutes=1))
        marc.says("call Jane Roy about pilot")
        await marc.waits_for("Call logged")
        lea = scene.slack.user("Léa", email=LEA)
        lea.says("jour")
        await lea.waits_for("I do not know you yet")


@pytest.mark.threat("S19")
@pytest.mark.parametrize("late", [True, False])
async def test_while_slack_cannot_be_asked_late_words_are_not_done(scene: Scene, late: bool) -> None:
    """Their account may be closed by now. What is said now is done: a closed account can say nothing."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await nothing_waits()
    if late:
        marc.says("call Jane Roy about pilot")
    scene.clock.advance_to(scene.clock.now() + timedelta(minutes=2))
    scene.slack.fault("users.info", status=500, times=None)
    async with scene.served():
        if late:
            told = await marc.waits_for("Say it again, please: call Jane Roy about pilot")
            assert "Slack cannot be asked about your account" in told.seen
            assert not await Activity.exists()
        marc.says("call Jane Roy about pilot")
        await marc.waits_for("Call logged")
        assert await Activity.all().count() == 1


async def is_out(email: str) -> bool:
    return not (await Member.get(email=email)).active


@pytest.mark.threat("S19")
async def test_a_closed_account_shuts_its_member_out_and_their_manager_is_told(scene: Scene) -> None:
    """Slack's event alone is enough: text and pushes come to nothing, on no account of theirs."""
    async with scene.served() as app:
        nora = await scene.joined(app, NORA, "Nora")
        marc = await scene.joined(app, MARC)
        marc.says("remind call Jane Roy in 1 minute")
        await marc.waits_for("call Jane Roy")
        await nothing_waits()
        before = len(marc.dm.messages)
        nora.says("today")
        scene.slack.deactivate(marc)
        told = await nora.waits_for("The Slack account of Marc Ellis was deactivated")
        assert "invite marc@parley.example" in told.seen
        await eventually(lambda: is_out(MARC))
        assert await Reminder.all().count() == 1
        await passes(app, timedelta(minutes=1))
        await nora.waits_for("call Jane Roy")
        await nothing_waits()
        assert len(marc.dm.messages) == before
        assert await accounts(MARC) == []


@pytest.mark.threat("S19")
@pytest.mark.parametrize("deed", ["text", "press", "form"])
async def test_a_closed_account_is_noticed_within_a_minute_without_an_event(scene: Scene, deed: str) -> None:
    """What it still sends a minute later is looked up first, and has no effect."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.says("call Jane about pilot")
        asked = await marc.waits_for("Which Jane?")
        form = await opened(marc, "Log a call")
        marc.screens.picks(form, "contact", (await marc.screens.searches(form, "contact", "jane roy"))[0])
        await nothing_waits()
        await passes(app, timedelta(minutes=1))
        if deed == "text":
            marc.says("call Jane Roy about pilot")
        elif deed == "press":
            marc.presses(asked, "Jane Roy · Globex")
        else:
            marc.screens.submits(form)
        marc.account.deleted = True
        await eventually(lambda: is_out(MARC))
        await nothing_waits()
        assert not await Activity.exists()


async def test_the_last_admin_stays_a_member(scene: Scene) -> None:
    """Only the account goes: somebody has to be able to take people back."""
    async with scene.served() as app:
        sam = await scene.joined(app, SAM, "Sam")
        scene.slack.deactivate(sam)
        await eventually(lambda: gone(sam.id))
        member = await Member.get(email=SAM)
        assert (member.active, member.role) == (True, Role.ADMIN)


async def gone(user: str) -> bool:
    return not await ChatIdentity.exists(user=user)


async def test_an_admin_invites_by_profile(scene: Scene) -> None:
    """Name, address, zone and language are the profile's; the first message links, without a code."""
    async with scene.served() as app:
        sam = await scene.joined(app, SAM, "Sam")
        zoe = scene.slack.user("zoé", email="zoe@acme.example", tz="America/Montreal", locale="fr-FR")
        kim = scene.slack.user("kim", email="Kim@acme.example", tz="Asia/Seoul", locale="ko-KR")
        sam.commands("/crm", "invite @zoé @kim manager Sales", scene.slack.channel("all", [sam, zoe, kim]))
        made = await sam.waits_for("New member: zoé · zoe@acme.example · manager · Sales")
        assert "kim@acme.example" in made.seen
        assert "need no code" in made.seen
        assert made.private
        members = {member.name: member for member in await Member.filter(email__endswith="@acme.example")}
        assert (members["zoé"].locale, members["zoé"].zone) == ("fr-FR", "America/Montreal")
        assert (members["kim"].locale, members["kim"].zone) == ("en-GB", "Asia/Seoul")
        assert {member.role for member in members.values()} == {Role.MANAGER}
        zoe.says("jour")
        await zoe.waits_for("Je vous reconnais")
        sam.presses(made, "Undo")
        await eventually(lambda: is_out("kim@acme.example"))
        assert await is_out("zoe@acme.example")


@pytest.mark.parametrize(
    ("who", "reason"),
    [(guest, "is a guest"), (unconfirmed, "no verified e-mail address"), (same_name, "no verified e-mail")],
)
async def test_who_is_not_vouched_for_is_not_invited_by_profile(
    scene: Scene, who: Joining, reason: str
) -> None:
    """The line is refused as a whole, and says how to invite all the same."""
    async with scene.served() as app:
        sam = await scene.joined(app, SAM, "Sam")
        before = await Member.all().count()
        scene.slack.user("zoé", email="zoe@acme.example")
        sam.says(f"invite @zoé @{who(scene).name}")
        refused = await sam.waits_for(reason)
        assert "by their e-mail address" in refused.seen
        assert await Member.all().count() == before


@pytest.mark.threat("S19")
async def test_an_account_that_was_closed_meanwhile_is_noticed_at_the_start(scene: Scene) -> None:
    """Nobody heard Slack say it; the roll is called before anything is asked of the account."""
    async with scene.served() as app:
        nora, marc = await scene.joined(app, NORA, "Nora"), await scene.joined(app, MARC)
        await nothing_waits()
    marc.account.deleted = True
    async with scene.served():
        await eventually(lambda: is_out(MARC))
        assert not await is_out(NORA)
        await nora.waits_for("The Slack account of Marc Ellis was deactivated")


async def internal(address: str) -> None:
    """A channel of which an admin has said that only colleagues read it."""
    await Room.create(
        workspace=await Workspace.get(),
        platform="slack",
        address=address,
        internal=True,
        created_at=standing_clock().now(),
    )


@pytest.mark.threat("S6")
@pytest.mark.parametrize("how", ["guest", "shared"])
async def test_a_room_is_no_longer_internal_once_outsiders_read_it(scene: Scene, how: str) -> None:
    """A guest joins, the channel is shared: at once, and what is asked there goes to the asker."""
    async with scene.served() as app:
        sam = await scene.joined(app, SAM, "Sam")
        deals = scene.slack.channel("deals", [sam])
        await internal(deals.id)
        sam.mentions("who Jane Doe", deals)
        await sam.waits_for("jane.doe@acme.example", channel=deals)
        if how == "guest":
            scene.slack.joins(scene.slack.user("Gus", guest=True), deals)
        else:
            scene.slack.share(deals, ELSEWHERE)
        await eventually(lambda: Room.exists(address=deals.id, internal=True, outsiders=True))
        shown = len(deals.messages)
        sam.mentions("who Jane Doe", deals)
        await sam.waits_for("jane.doe@acme.example", channel=sam.dm)
        await nothing_waits()
        said = [message.body for message in deals.messages.values()][shown:]
        assert not any("jane.doe" in str(body) for body in said)


async def test_a_colleague_who_joins_changes_nothing(scene: Scene) -> None:
    """The room stays internal."""
    async with scene.served() as app:
        sam = await scene.joined(app, SAM, "Sam")
        deals = scene.slack.channel("deals", [sam])
        await internal(deals.id)
        zoe = scene.slack.user("Zoé")
        await passes(app, timedelta(minutes=1))
        await passes(app, timedelta(seconds=1))
        scene.slack.joins(zoe, deals)
        await eventually(lambda: Incoming.exists(outcome="read by colleagues"))
        assert await Room.exists(address=deals.id, outsiders=False)
