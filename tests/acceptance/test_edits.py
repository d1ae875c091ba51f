"""Edits: who edits what they said corrects what it wrote; it never makes a second record (S23, F43)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.activity import Activity
from models.attachment import Attachment
from models.change import Change
from models.contact import Contact
from models.deal import Deal, Stage
from models.reminder import Reminder, ReminderState
from tests.acceptance.carrying import LEA, MARC, NORA, Talk, talking
from tests.emulators.chat_in_memory import Standing


async def _says(talk: Talk, who: str, line: str, ref: str = "m1") -> Standing:
    return await talk.says(who, line, ref=ref, sent_at=talk.process.clock.now())


async def _edits(talk: Talk, who: str, line: str, ref: str = "m1") -> Standing:
    return await talk.says(who, line, ref=ref, edited=True, sent_at=talk.process.clock.now())


@pytest.mark.parametrize(
    ("who", "first", "then", "shown"),
    [
        (MARC, "call Jane Roy 20m: wants 50 seats", "call Jane Roy 25m: 60 seats", "20 min → 25 min"),
        (
            LEA,
            "appel Jane Doe 20 min : 50 licences",
            "appel Jane Doe 25 min : 60 licences",
            "20 min → 25 min",
        ),
    ],
)
async def test_an_edit_in_time_amends_the_record(
    database_url: str, who: str, first: str, then: str, shown: str
) -> None:
    """The same one, as one Change; the receipt is edited in place and shows what was and what is."""
    async with talking(database_url) as talk:
        receipt = await _says(talk, who, first)
        await talk.passes(timedelta(minutes=4))
        amended = await _edits(talk, who, then)
        call = await Activity.get()
        assert (call.duration, call.notes[:2]) == (1500, "60"), amended.text
        assert amended.ref == receipt.ref
        assert shown in amended.text and "✏️ A-" in amended.text
        created, changed = await Change.filter(kind="activity", record_id=call.id).order_by("id")
        assert (created.created, changed.created, changed.undo_of) == (True, False, None)
        assert changed.fields_json["duration"] == [1200, 1500]


async def test_an_amendment_is_undone_by_its_receipt(database_url: str) -> None:
    """What the message said first stands again; a second undo takes that back too."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "call Jane Roy 20m: wants 50 seats")
        amended = await _edits(talk, MARC, "call Jane Roy 25m: wants 60 seats")
        await talk.presses(MARC, amended, "Undo")
        call = await Activity.get()
        assert (call.duration, call.notes, call.deleted_at) == (1200, "wants 50 seats", None)
        await talk.says(MARC, "undo")
        assert (await Activity.get()).deleted_at is not None


async def test_an_edit_of_an_edit_amends_again(database_url: str) -> None:
    """It is still the one record."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        for word in ("two", "three", "four"):
            answer = await _edits(talk, MARC, f"note D-90 {word}")
            assert (await Activity.get()).notes == word, answer.text


async def test_what_is_not_said_any_more_goes(database_url: str) -> None:
    """A length, an outcome; and the follow-up at the end, which rings no more."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "call Jane Roy 20m: ok, next demo tomorrow 10am")
        reminder = await Reminder.get()
        await _edits(talk, MARC, "call Jane Roy: ok")
        assert (await Activity.get()).duration is None
        assert (await Reminder.get(id=reminder.id)).deleted_at is not None
        await talk.passes(timedelta(days=1))
        assert not [text for text in talk.chat.seen(MARC) if "⏰ demo" in text]


async def test_a_follow_up_is_moved_and_rings_once(database_url: str) -> None:
    """At its new time; it is the same one."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "remind call Jane Roy in 2h")
        await _edits(talk, MARC, "remind call Jane Roy in 3h")
        reminder = await Reminder.get()
        assert reminder.state is ReminderState.OPEN
        await talk.passes(timedelta(hours=2))
        assert "⏰ call Jane Roy" not in "".join(talk.chat.seen(MARC)[1:])
        await talk.passes(timedelta(hours=1))
        assert len([text for text in talk.chat.seen(MARC) if text.startswith("⏰ call Jane Roy")]) == 1


@pytest.mark.parametrize(
    ("first", "then"),
    [("amount D-90 15k", "amount D-90 16k"), ("D-90 > proposal", "D-90 > negotiation")],
)
async def test_a_stage_and_an_amount_are_asked_about(database_url: str, first: str, then: str) -> None:
    """Nothing changes before; the button changes it, once."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, first)
        before = await Deal.get(number=90)
        asked = await _edits(talk, MARC, then)
        assert "Shall I change what I wrote?" in asked.text and " → " in asked.text
        same = await Deal.get(number=90)
        assert (same.amount, same.stage_id) == (before.amount, before.stage_id)
        await talk.presses(MARC, asked, "Change it")
        after = await Deal.get(number=90)
        if "amount" in first:
            assert after.amount == 1_600_000
        else:
            assert (await Stage.get(id=after.stage_id)).name == "Negotiation"


async def test_what_a_card_was_confirmed_for_is_asked_about(database_url: str) -> None:
    """A won deal does not become another amount by an edit alone."""
    async with talking(database_url) as talk:
        card = await _says(talk, MARC, "won D-90 9k")
        await talk.presses(MARC, card, "Confirm")
        asked = await _edits(talk, MARC, "won D-90 10k")
        assert "Shall I do what it says now?" in asked.text
        assert (await Deal.get(number=90)).amount == 900_000


@pytest.mark.parametrize("answer", ["Change it", "Leave it as it is"])
async def test_a_late_edit_offers(database_url: str, answer: str) -> None:
    """After five minutes nothing changes without a press; the press amends the same record."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        await talk.passes(timedelta(minutes=5, seconds=1))
        asked = await _edits(talk, MARC, "note D-90 two")
        assert (await Activity.get()).notes == "one"
        await talk.presses(MARC, asked, answer)
        assert (await Activity.get()).notes == ("two" if answer == "Change it" else "one")


async def test_what_another_touched_since_is_offered(database_url: str) -> None:
    """With who it was; nothing is overwritten in silence."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "next step D-90 send the contract")
        card = await talk.says(NORA, "next step D-90 call them")
        await talk.presses(NORA, card, "Confirm")
        asked = await _edits(talk, MARC, "next step D-90 send the offer")
        assert "D-90 was changed since by Nora Keller." in asked.text
        assert (await Deal.get(number=90)).next_step == "call them"
        await talk.presses(MARC, asked, "Change it")
        assert (await Deal.get(number=90)).next_step == "send the offer"


async def test_an_edit_after_an_undo_offers(database_url: str) -> None:
    """What was taken back does not come back by itself."""
    async with talking(database_url) as talk:
        receipt = await _says(talk, MARC, "note D-90 one")
        await talk.presses(MARC, receipt, "Undo")
        asked = await _edits(talk, MARC, "note D-90 two")
        assert "is undone" in asked.text
        assert await Activity.filter(deleted_at=None).count() == 0
        await talk.presses(MARC, asked, "Change it")
        assert [note.notes for note in await Activity.filter(deleted_at=None)] == ["two"]


async def test_an_edit_of_an_unanswered_question_asks_again(database_url: str) -> None:
    """In place of the first question; the answer is to the new line."""
    async with talking(database_url) as talk:
        asked = await _says(talk, MARC, "call Jane about the pilot")
        again = await _edits(talk, MARC, "call Jane 20m: about the budget")
        assert again.ref == asked.ref and "Which Jane?" in again.text
        await talk.presses(MARC, again, "Jane Roy · Globex")
        call = await Activity.get()
        assert (call.duration, call.notes) == (1200, "about the budget")


async def test_what_was_chosen_is_chosen_again(database_url: str) -> None:
    """After a question by a button the edit amends that record, and asks nothing twice."""
    async with talking(database_url) as talk:
        asked = await _says(talk, MARC, "call Jane 20m: ok")
        await talk.presses(MARC, asked, "Jane Roy · Globex")
        answer = await _edits(talk, MARC, "call Jane 30m: ok")
        call = await Activity.get()
        assert call.duration == 1800, answer.text
        assert (await Contact.get(id=call.contact_id)).name == "Jane Roy"


@pytest.mark.parametrize("late", [False, True])
async def test_what_was_answered_by_typing_is_answered_again(database_url: str, late: bool) -> None:
    """The edit amends the one record, however often; a late one offers to, and the offer writes no second."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "call Jane 20m: ok")
        receipt = await talk.says(MARC, "Jane Roy")
        assert "Jane Roy" in receipt.text
        if late:
            await talk.passes(timedelta(minutes=6))
        for minutes in (30, 40):
            answer = await _edits(talk, MARC, f"call Jane {minutes}m: ok")
            if late:
                answer = await talk.presses(MARC, answer, "Change it")
            call = await Activity.get()
            assert call.duration == minutes * 60, answer.text
            assert (await Contact.get(id=call.contact_id)).name == "Jane Roy"
            assert late or answer.ref == receipt.ref


async def test_a_time_that_was_typed_is_said_in_the_line(database_url: str) -> None:
    """The follow-up is moved, and is the same one."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "remind call Jane Roy")
        await talk.says(MARC, "tomorrow at 10")
        first = await Reminder.get()
        answer = await _edits(talk, MARC, "remind call Jane Roy tomorrow 11am")
        assert (await Reminder.get()).due_at - first.due_at == timedelta(hours=1), answer.text


@pytest.mark.parametrize(
    ("said", "then"), [(["won D-90 9k", "yes"], "won D-90 10k"), (["lost D-90", "price", "yes"], "won D-90")]
)
async def test_a_card_confirmed_by_a_word_is_asked_about(
    database_url: str, said: list[str], then: str
) -> None:
    """As one confirmed by its button, also after a question; a card of its own is not confirmed unseen."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, said[0])
        for word in said[1:]:
            await talk.says(MARC, word)
        closed = await Deal.get(number=90)
        asked = await _edits(talk, MARC, then)
        assert "Shall I do what it says now?" in asked.text
        assert (await Deal.get(number=90)).closed_at == closed.closed_at
        refused = await talk.presses(MARC, asked, "Change it")
        assert "leaves something open" in refused.text
        again = await Deal.get(number=90)
        assert (again.stage_id, again.amount) == (closed.stage_id, closed.amount)


async def test_of_several_lines_the_one_that_asked_is_amended_too(database_url: str) -> None:
    """What was typed for it belongs to the message."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one\ncall Jane 20m: ok")
        await talk.says(MARC, "Jane Roy")
        answer = await _edits(talk, MARC, "note D-90 two\ncall Jane Roy 30m: ok")
        note, call = await Activity.filter(deleted_at=None).order_by("id")
        assert (note.notes, call.duration) == ("two", 1800), answer.text


async def test_a_line_of_its_own_is_no_answer(database_url: str) -> None:
    """A new command drops the question, and what it writes is no concern of the message that asked."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "call Jane 20m: ok")
        await talk.says(MARC, "call Jane Doe 25m: fine")
        await _edits(talk, MARC, "call Jane Roy 30m: ok")
        calls = await Activity.all().order_by("id")
        assert [call.duration for call in calls] == [1500, 1800]


@pytest.mark.parametrize("then", ["delete D-90", "delete D-90\nnote D-9999 nobody", "call Jane: hello"])
@pytest.mark.parametrize("answer", ["yes", "Jane Roy"])
async def test_what_a_refused_edit_asked_is_not_answered(database_url: str, then: str, answer: str) -> None:
    """Its question is not open: the next line writes nothing in its name."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        refused = await _edits(talk, MARC, then)
        assert "leaves something open" in refused.text or "not there any more" in refused.text
        await talk.says(MARC, answer)
        assert [note.notes for note in await Activity.all()] == ["one"]
        assert (await Deal.get(number=90)).deleted_at is None


async def test_a_mistyped_line_is_mended_by_an_edit(database_url: str) -> None:
    """Nothing was written by it, so the new words are simply answered, in place of the refusal."""
    async with talking(database_url) as talk:
        refused = await _says(talk, MARC, "quxx D-90 blah")
        mended = await _edits(talk, MARC, "note D-90 blah")
        assert mended.ref == refused.ref
        assert (await Activity.get()).notes == "blah"


@pytest.mark.parametrize("then", ["delete D-90", "deal new Umbra Upgrade 5k", "quxx blah", "find acme"])
async def test_another_command_does_not_replace_what_was_written(database_url: str, then: str) -> None:
    """It is asked about, or refused; the record stays as it is."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        await _edits(talk, MARC, then)
        note = await Activity.get()
        assert (note.notes, note.deleted_at) == ("one", None)
        assert (await Deal.get(number=90)).deleted_at is None
        assert not await Deal.filter(name="Umbra Upgrade").exists()


@pytest.mark.parametrize("then", ["note D-90 one", " note D-90 one "])
async def test_an_edit_that_changes_nothing_is_quiet(database_url: str, then: str) -> None:
    """A preview that came, a reaction."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        sent = len(talk.chat.arrived)
        await _edits(talk, MARC, then)
        assert len(talk.chat.arrived) == sent
        assert await Change.filter(kind="activity").count() == 1


async def test_an_edit_of_what_was_never_answered_is_quiet(database_url: str) -> None:
    """And of a stranger's message, and of another's."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        sent = len(talk.chat.arrived)
        await talk.process.hears(talk.chat.says(MARC, "note D-90 two", ref="unknown", edited=True))
        await talk.process.hears(talk.chat.says("mallory", "note D-90 two", ref="m1", edited=True))
        assert len(talk.chat.arrived) == sent
        assert [note.notes for note in await Activity.all()] == ["one"]


async def test_several_lines_are_amended_together(database_url: str) -> None:
    """Each record by its own line; one undo takes both back."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one\nnote D-118 two")
        await _edits(talk, MARC, "note D-90 three\nnote D-118 four")
        assert [note.notes for note in await Activity.all().order_by("id")] == ["three", "four"]
        await talk.says(MARC, "undo")
        assert [note.notes for note in await Activity.all().order_by("id")] == ["one", "two"]


async def test_a_caption_is_corrected_with_its_file(database_url: str) -> None:
    """The file goes to the record that is named now; it is not fetched a second time."""
    async with talking(database_url) as talk:
        talk.chat.files["offer"] = b"here"
        file = {"kind": "document", "source": "offer", "name": "offer.pdf", "size": 4}
        await talk.says(MARC, "D-118", attachments=[file], ref="m1", sent_at=talk.process.clock.now())
        await talk.fetches()
        await talk.says(
            MARC, "D-90 signed", attachments=[file], ref="m1", edited=True, sent_at=talk.process.clock.now()
        )
        await talk.fetches()
        kept = await Attachment.get()
        assert ((await Deal.get(id=kept.deal_id)).number, kept.caption) == (90, "signed")
        assert talk.chat.fetched == ["offer"]


async def test_a_new_contact_is_no_twin_of_itself(database_url: str) -> None:
    """A slip in a name is mended in the contact that it made."""
    async with talking(database_url) as talk:
        before = await Contact.all().count()
        await _says(talk, MARC, "contact new Zoe Quin zoe@quin.example")
        answer = await _edits(talk, MARC, "contact new Zoe Quinn zoe@quin.example")
        assert await Contact.all().count() == before + 1
        assert (await Contact.all().order_by("-id").first()).name == "Zoe Quinn", answer.text  # type: ignore[union-attr] # there is one
        assert "Zoe Quinn" in (await talk.says(MARC, "who quinn")).text


async def test_the_same_edit_twice_amends_once(database_url: str) -> None:
    """A service delivers what it is not sure of again."""
    async with talking(database_url) as talk:
        await _says(talk, MARC, "note D-90 one")
        at = talk.process.clock.now()
        for _ in range(2):
            edit = talk.chat.says(MARC, "note D-90 two", ref="m1", edited=True, key="e1", sent_at=at)
            await talk.process.hears(edit)
        assert await Change.filter(kind="activity").count() == 2
