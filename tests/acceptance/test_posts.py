"""What is posted in a room: deals won and moved; once, together where many, corrected where undone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import demo
from models.deal import Deal
from models.member import Member
from models.messaging.outbox import OutboxState, Outgoing
from models.notification import Notification
from models.post import TOGETHER, Post, PostState
from models.room import Room
from models.workspace import Visibility, Workspace
from tests.acceptance.office import SALES, Office, at, office, private

OTHER = "room:other"
LATER = demo.NOW + timedelta(hours=2)
_SAME = ("room_id", "topic", "deal_id", "member_id", "from_stage_id", "to_stage_id", "at", "outgoing_id")


async def chosen(here: Office, what: str, room: str = SALES, *, internal: bool = True) -> None:
    """Sam, an admin, lets this be posted in a room."""
    if internal:
        await here.says("sam", "here internal", room)
    shown = await here.says("sam", f"post here {what}", room)
    assert "✅ Posted here" in at(shown, room)[0]


async def wins(here: Office, name: str, deal: str) -> None:
    """Somebody wins a deal in private."""
    (card,) = await here.says(name, f"won {deal}", "")
    verb = "Confirmer" if name == "lea" else "Confirm"
    await here.presses(name, card, verb)


async def all_of(name: str, count: int) -> list[str]:
    """Some open deals, which are all somebody's from now on: their ids."""
    member = await Member.get(email=f"{name}@parley.example")
    rows = await Deal.filter(closed_at=None, stage__name__not="Negotiation").order_by("id").limit(count)
    await Deal.filter(id__in=[deal.id for deal in rows]).update(owner_id=member.id)
    assert len(rows) == count
    return [deal.reference for deal in rows]


# -- choosing ----------------------------------------------------------------------------------------


async def test_an_admin_or_a_manager_chooses(database_url: str) -> None:
    """A rep is told who can; alone, the command shows what is posted, in private everywhere."""
    async with office(database_url) as here:
        refused = await here.says("marc", "post here wins")
        assert at(refused, SALES) == ["Answer sent to you in private."]
        assert "Only managers can do that." in at(refused, private("marc"))[0]
        assert at(await here.says("nora", "post"), SALES) == ["Nothing is posted here."]
        said = at(await here.says("nora", "post here wins and moves"), SALES)[0]
        assert "✅ Posted here: won deals, moves" in said
        assert "Without amounts" in said
        assert "Posted here: won deals, moves" in at(await here.says("sam", "post"), SALES)[0]
        listed = at(await here.says("nora", "post", ""), private("nora"))[0]
        assert SALES in listed and "won deals, moves" in listed
        await here.says("nora", "post moves off")
        assert (await Room.get()).posts == ["wins"]
        assert at(await here.says("nora", "post off"), SALES)[0].startswith(
            "✅ Nothing is posted here any more."
        )
        assert (await Room.get()).posts == []


async def test_the_same_in_french(database_url: str) -> None:
    """Verbs, topics and answers."""
    async with office(database_url) as here:
        await Member.filter(email="nora@parley.example").update(locale="fr-FR")
        said = at(await here.says("nora", "publier ici gains et mouvements"), SALES)[0]
        assert "✅ Publié ici : affaires gagnées, changements d’étape" in said
        assert "ici interne" in said
        await here.says("nora", "publier non")
        assert (await Room.get()).posts == []


async def test_what_is_not_posted_yet_is_kept_and_said(database_url: str) -> None:
    """Deals left alone and the digest: chosen now, posted once they can be."""
    async with office(database_url) as here:
        said = at(await here.says("sam", "post here stale, digest"), SALES)[0]
        assert "Kept until I can post it in rooms: deals left alone, the digest" in said
        assert (await Room.get()).posts == ["stale", "digest"]


async def test_a_choice_is_undone_and_stands_in_the_history(database_url: str) -> None:
    """By the button, and by the word; the set-up's history names the room."""
    async with office(database_url) as here:
        shown = await here.says("sam", "post here wins")
        await here.presses("sam", shown[0], "Undo")
        assert (await Room.get()).posts == []
        await here.says("sam", "here internal")
        await here.says("sam", "post here moves")
        history = at(await here.says("sam", "workspace history", ""), private("sam"))[0]
        assert "Room" in history and "Posted – → moves" in history and "Internal" in history
        await here.says("sam", "undo", "")
        assert (await Room.get()).posts == []


async def test_a_private_chat_is_no_room(database_url: str) -> None:
    """It is said where to say it; what is no choice is no command."""
    async with office(database_url) as here:
        for line in ("post here wins", "here internal", "here"):
            assert (
                "Say that in the group or channel" in at(await here.says("sam", line, ""), private("sam"))[0]
            )
        shown = at(await here.says("sam", "here is what Jane said", ""), private("sam"))[0]
        assert "I did not recognise a command" in shown
        assert not await Room.exists()


# -- moves and wins ----------------------------------------------------------------------------------


async def test_a_move_is_posted_after_a_while(database_url: str) -> None:
    """In the workspace's words, with its amount among colleagues; once."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("lea", "D-142 > négociation 15k", "")
        assert at(await here.passes(TOGETHER - timedelta(seconds=1)), SALES) == []
        (posted,) = at(await here.passes(timedelta(seconds=1)), SALES)
        assert "Léa Martin · D-142 Acme Renewal" in posted
        assert "→" in posted and "15" in posted
        assert at(await here.passes(timedelta(hours=1)), SALES) == []


async def test_a_first_win_is_posted_at_once(database_url: str) -> None:
    """As a card with what it is worth; the button shows the deal to whoever may see it."""
    async with office(database_url) as here:
        await chosen(here, "wins, moves")
        await wins(here, "lea", "D-142")
        shown = await here.passes(timedelta(seconds=1))
        (posted,) = at(shown, SALES)
        assert "🎉 Léa Martin" in posted and "D-142 Acme Renewal" in posted
        assert "12" in posted and "€" in posted
        assert at(await here.passes(timedelta(hours=1)), SALES) == []
        card = next(each for each in shown if each.address == SALES)
        label = next(button.label for button in card.reply.buttons())
        opened = await here.presses("marc", card, label)
        assert "D-142" in opened[0].text


async def test_where_anybody_may_read_there_are_no_amounts(database_url: str) -> None:
    """Neither in a card nor in a line, and no button that would show more."""
    async with office(database_url) as here:
        await chosen(here, "wins, moves", internal=False)
        await here.says("marc", "D-90 > proposal 9k", "")
        await wins(here, "lea", "D-142")
        shown = [each for each in await here.passes(TOGETHER) if each.address == SALES]
        assert len(shown) == 2
        for each in shown:
            assert (
                "€" not in each.text and "000" not in each.text and "9" not in each.text.replace("D-90", "")
            )
            assert not list(each.reply.buttons())


async def test_three_of_one_colleague_are_one_message(database_url: str) -> None:
    """Two are two; what others did meanwhile is theirs."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        mine = await all_of("marc", 3)
        for deal in mine:
            await here.says("marc", f"{deal} > negotiation", "")
            await here.passes(timedelta(minutes=1))
        await here.says("sam", "deal new Stark Renewal", "")
        await here.says("sam", "stark renewal > qualified", "")
        posted = at(await here.passes(TOGETHER * 2), SALES)
        assert len(posted) == 2
        first = posted[0].split("\n")
        assert first[0].startswith("Marc Ellis") and "3" in first[0]
        assert [line.split(" ")[0] for line in first[1:]] == mine
        assert posted[1].startswith("Sam Okafor · ") and "Stark Renewal" in posted[1]


async def test_there_and_back_is_no_news(database_url: str) -> None:
    """A deal that stands where it stood is not told of."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("marc", "D-90 > proposal", "")
        await here.says("marc", "D-90 > qualified", "")
        assert at(await here.passes(TOGETHER), SALES) == []
        assert await Post.filter(state=PostState.WAITING).count() == 0


async def test_what_is_undone_before_it_was_posted_is_not(database_url: str) -> None:
    """The line that waits is dropped."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("lea", "D-142 > négociation", "")
        await here.says("lea", "annuler", "")
        assert at(await here.passes(TOGETHER), SALES) == []
        assert (await Post.get()).state is PostState.DROPPED


async def test_what_is_undone_after_it_was_posted_is_corrected(database_url: str) -> None:
    """The message is edited; nothing new is said."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("lea", "D-142 > négociation", "")
        before = [each for each in await here.passes(TOGETHER) if each.address == SALES]
        await here.says("lea", "annuler", "")
        after = [each for each in await here.passes(timedelta(seconds=1)) if each.address == SALES]
        assert [each.ref for each in after] == [each.ref for each in before]
        assert after[0].text.startswith("↩") and "D-142 Acme Renewal" in after[0].text
        assert at(await here.passes(TOGETHER), SALES) == []


async def test_what_is_undone_while_its_message_is_on_its_way_waits_for_it(database_url: str) -> None:
    """However many there are: they are due no more until then, and each is corrected in the end."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("lea", "D-142 > négociation", "")
        await here.passes(TOGETHER)
        post = await Post.get()
        told = await Outgoing.get(id=post.outgoing_id)
        await Outgoing.filter(id=told.id).update(state=OutboxState.WAITING, not_before=LATER)
        others = [
            Post(
                **{name: getattr(post, name) for name in _SAME},
                said=f"{number}.0",
                state=PostState.TAKEN_BACK,
                due_at=here.clock.now(),
            )
            for number in range(1000, 1100)
        ]
        await Post.bulk_create(others)
        async with asyncio.timeout(20):
            await here.app.scheduler.tick_until_quiet()
        assert await Post.filter(state=PostState.TAKEN_BACK).count() == 100
        assert await Post.next_due() == LATER
        await Outgoing.filter(id=told.id).update(state=OutboxState.SENT)
        here.clock.advance_to(LATER)
        await here.app.scheduler.tick_until_quiet()
        await here.app.settle()
        assert not await Post.exists(state=PostState.TAKEN_BACK)
        assert at(here.rooms.taken(), SALES)[-1].count("↩") == 1


async def test_where_nothing_is_posted_any_more_nothing_is_corrected(database_url: str) -> None:
    """What stands in the room stays as it was."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("lea", "D-142 > négociation", "")
        assert len(at(await here.passes(TOGETHER), SALES)) == 1
        await here.says("sam", "post off")
        await here.says("lea", "annuler", "")
        assert at(await here.passes(timedelta(minutes=1)), SALES) == []
        assert not await Post.exists(state=PostState.TAKEN_BACK)


async def test_with_who_chose_it_goes_what_is_posted(database_url: str) -> None:
    """Nothing is said or corrected in the name of who has left; an admin is told, and takes it over."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        await here.says("nora", "post here moves")
        await here.says("lea", "D-142 > négociation", "")
        assert len(at(await here.passes(TOGETHER), SALES)) == 1
        await Member.filter(email="nora@parley.example").update(active=False)
        await here.says("lea", "annuler", "")
        assert at(await here.passes(timedelta(minutes=1)), SALES) == []
        for stage in ("proposal", "negotiation"):
            await here.says("marc", f"D-90 > {stage}", "")
            shown = await here.passes(TOGETHER + timedelta(minutes=1))
            assert at(shown, SALES) == []
            if stage == "proposal":
                (told,) = at(shown, private("sam"))
        assert "Nothing is posted in" in told and "post moves" in told
        assert await Notification.filter(kind="room_orphaned").count() == 1
        assert "✅ Posted here: moves" in at(await here.says("sam", "post moves"), SALES)[0]
        await here.says("marc", "D-90 > qualified", "")
        assert len(at(await here.passes(TOGETHER), SALES)) == 1


async def test_of_several_one_is_undone(database_url: str) -> None:
    """The message tells the others still."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        mine = await all_of("marc", 4)
        for deal in mine:
            await here.says("marc", f"{deal} > negotiation", "")
        await here.passes(TOGETHER)
        await here.says("marc", "undo", "")
        (corrected,) = at(await here.passes(timedelta(seconds=1)), SALES)
        assert "3" in corrected.split("\n")[0]
        assert mine[3] not in corrected.split("↩")[0]
        assert mine[3] in corrected.split("↩")[1]


async def test_a_deal_has_one_thread(database_url: str) -> None:
    """The first message of a deal in a room begins it, the later ones answer that; a win is shown to all."""
    async with office(database_url) as here:
        await chosen(here, "moves, wins")
        await here.says("lea", "D-142 > négociation", "")
        (first,) = [each for each in await here.passes(TOGETHER) if each.address == SALES]
        await wins(here, "lea", "D-142")
        (won,) = [each for each in await here.passes(TOGETHER) if each.address == SALES]
        rows = await Outgoing.filter(push=True, address=SALES).order_by("id")
        assert [row.answers for row in rows] == [None, first.ref]
        assert won.reply.aloud and not first.reply.aloud


async def test_where_it_was_just_said_it_is_not_posted(database_url: str) -> None:
    """Its receipt stands there already; another room is told."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await chosen(here, "moves", OTHER)
        await here.says("marc", "D-90 > proposal", SALES)
        shown = await here.passes(TOGETHER)
        assert at(shown, SALES) == []
        assert len(at(shown, OTHER)) == 1


async def test_a_room_that_stopped_following_reads_no_more(database_url: str) -> None:
    """What waited for it is dropped too."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("marc", "D-90 > proposal", "")
        await here.says("sam", "post off")
        assert at(await here.passes(TOGETHER), SALES) == []


async def test_a_room_reads_what_its_chooser_may_see(database_url: str) -> None:
    """A manager's room where teams see their own: another team's deals are not told there."""
    async with office(database_url) as here:
        await here.says("sam", "here internal")
        await here.says("nora", "post here moves")
        await Workspace.all().update(visibility=Visibility.OWN)
        deal = await Deal.get(number=90)
        await Member.filter(id=deal.owner_id).update(team_id=None)
        await here.says("marc", "D-90 > proposal", "")
        assert at(await here.passes(TOGETHER), SALES) == []


async def test_no_restart_and_no_second_process_posts_twice(database_url: str) -> None:
    """Each move has one row for each room, and each row one message."""
    async with office(database_url) as here:
        await chosen(here, "moves")
        await here.says("marc", "D-90 > proposal", "")
        here.clock.advance_to(here.clock.now() + TOGETHER)
        for _ in range(3):
            await here.app.scheduler.tick()
        await here.app.settle()
        assert len(at(here.rooms.taken(), SALES)) == 1
        assert await Outgoing.filter(dedupe_key__startswith="post:").count() == 1


# -- rooms that are closed ---------------------------------------------------------------------------


@pytest.mark.parametrize("chooser", ["sam", "nora"])
async def test_a_room_that_takes_nothing_any_more_is_left_alone(database_url: str, chooser: str) -> None:
    """Who chose what is posted is told once, with the service's reason; a word in the room opens it again."""
    async with office(database_url) as here:
        await here.says(chooser, "post here moves")
        here.rooms.closed[SALES] = "chat.postMessage: is_archived"
        await here.says("marc", "D-90 > proposal", "")
        told = at(await here.passes(TOGETHER + timedelta(minutes=1)), private(chooser))
        assert len(told) == 1
        assert "I cannot post in" in told[0] and "is_archived" in told[0] and "Let me into" in told[0]
        await here.says("marc", "D-90 > negotiation", "")
        assert await here.passes(TOGETHER) == []
        assert await Notification.filter(kind="room_closed").count() == 1
        del here.rooms.closed[SALES]
        await here.says("marc", "about")
        await here.says("marc", "D-90 > qualified", "")
        assert len(at(await here.passes(TOGETHER), SALES)) == 1
