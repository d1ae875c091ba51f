"""My day: what is due, what is overdue, who is next, what to know."""

from __future__ import annotations

from datetime import timedelta

from models.reminder import Reminder, ReminderState
from tests.driver import conversation


async def test_overdue_is_what_the_time_has_passed(database_url: str) -> None:
    """In both languages, the oldest first; its line numbers can be finished."""
    async with conversation(database_url) as talk:
        assert "Nothing is overdue" in await talk.says("marc", "overdue")
        await talk.says("marc", "remind write to Omar in 2h")
        await talk.says("marc", "remind call Jane Roy in 1h")
        await talk.says("marc", "remind send the quote in 5 days")
        await talk.time.passes(timedelta(hours=3))
        seen = await talk.says("marc", "retard")
        assert seen.text.index("call Jane Roy") < seen.text.index("write to Omar")
        assert "send the quote" not in seen
        await talk.says("marc", "done 2")
        assert (await Reminder.get(text="write to Omar")).state is ReminderState.DONE


async def test_a_long_day_is_paged(database_url: str) -> None:
    """Ten lines, the rest behind a button; the numbers go on, and each of them counts."""
    async with conversation(database_url) as talk:
        for number in range(1, 13):
            await talk.says("marc", f"remind thing {number} in {number} minutes")
        first = await talk.says("marc", "today")
        assert "thing 10" in first
        assert "thing 11" not in first
        second = await talk.presses("marc", first, "… 2 more")
        assert "thing 11" in second
        assert "thing 10" not in second
        await talk.says("marc", "done 12")
        assert (await Reminder.get(text="thing 12")).state is ReminderState.DONE
        await talk.says("marc", "done 2")
        assert (await Reminder.get(text="thing 2")).state is ReminderState.DONE


async def test_next_is_the_next_due_person(database_url: str) -> None:
    """Not the next thing: somebody to talk to, with the number to call and the last note."""
    async with conversation(database_url) as talk:
        assert "Personne ne vous attend" in await talk.says("lea", "suivant")
        await talk.says("lea", "appel Luc 5 min : attend le catalogue")
        await talk.says("lea", "rappel commander du café dans 1h")
        await talk.says("lea", "rappel appeler Luc dans 2h")
        seen = await talk.says("lea", "suivant")
        for words in ("appeler Luc", "C-15 Luc Moreau", "+33639980113", "attend le catalogue"):
            assert words in seen, seen.text
        await talk.presses("lea", seen, "Fait")
        assert (await Reminder.get(text="appeler Luc")).state is ReminderState.DONE


async def test_prep_says_it_in_eight_lines(database_url: str) -> None:
    """The last three touches, the open deals, what was promised; never more, whatever there is."""
    async with conversation(database_url) as talk:
        for number in range(1, 5):
            await talk.says("lea", f"appel Jane chez Acme 5 min : point {number}")
        for number in range(1, 4):
            await talk.says("lea", f"affaire nouvelle Acme Lot {number} 1k€")
            await talk.says("lea", f"rappel promesse {number} à Jane Doe dans {number} jours")
        seen = await talk.says("lea", "point acme")
        lines = [line for line in seen.text.splitlines() if line.strip() and not line.startswith("[")]
        assert lines[0].startswith("O-1 Acme")
        assert "point 4" in lines[1]
        assert "point 2" in lines[3]
        assert "D-142 Acme Renewal" in lines[4]
        assert "Proposition" in lines[4]
        assert "… encore 2" in lines[5]
        assert "promesse 1" in lines[6]
        assert "… encore 1" in lines[7]
        assert len(lines) == 8
        assert "point 1" not in seen


async def test_prep_tells_what_was_and_what_is_to_come_apart(database_url: str) -> None:
    """A planned meeting is a promise and takes no touch's place."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "appel Luc 5 min : attend le catalogue")
        for hour in (9, 10, 11):
            await talk.says("lea", f"rdv Luc demain {hour}h")
        seen = await talk.says("lea", "point Luc")
        assert "attend le catalogue" in seen
        assert "à venir" not in seen
        assert "⏰ jeu. 15 oct. 09:00" in seen


async def test_prep_of_a_person_and_of_a_deal(database_url: str) -> None:
    """Each shows its own."""
    async with conversation(database_url) as talk:
        assert "No touch yet." in await talk.says("marc", "prep Omar")
        await talk.says("marc", "call Omar 5m: wants a demo, next demo Thu 10am")
        for line in ("prep Omar", "prep D-118"):
            seen = await talk.says("marc", line)
            for words in ("wants a demo", "D-118 Initech Rollout", "Demo"):
                assert words.casefold() in seen.text.casefold(), seen.text


async def test_a_moment_answers_a_question_about_one(database_url: str) -> None:
    """“today 5pm” and “next monday” are answers to “When?”, not the commands of that name."""
    async with conversation(database_url) as talk:
        for number, answer in enumerate(("today 5pm", "next monday 9am"), start=1):
            assert "When?" in await talk.says("marc", "remind call Omar")
            assert "⏰" in await talk.says("marc", answer)
            assert await Reminder.all().count() == number


async def test_a_follow_up_that_nobody_will_do_is_skipped(database_url: str) -> None:
    """It rings no more and is in no list; undo lets it ring."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind send the quote in 2h")
        await talk.says("marc", "today")
        skipped = await talk.says("marc", "skip 1")
        assert "✅ Skipped by Marc Ellis · send the quote" in skipped
        assert "send the quote" not in await talk.says("marc", "today")
        assert "send the quote" not in await talk.time.passes(timedelta(hours=3))
        await talk.presses("marc", skipped, "Undo")
        assert "⏰ send the quote" in await talk.time.passes(timedelta(minutes=1))


async def test_what_is_over_cannot_be_skipped(database_url: str) -> None:
    """It says who did it."""
    async with conversation(database_url) as talk:
        await talk.says("lea", "rappel envoyer le devis dans 2h")
        reminder = await Reminder.all().order_by("-id").get_or_none()
        assert reminder is not None
        await talk.says("lea", f"fait {reminder.reference}")
        assert "Léa Martin" in await talk.says("lea", f"ignorer {reminder.reference}")


async def test_a_table_without_numbers_leaves_those_of_today(database_url: str) -> None:
    """Line 1 is what the screen numbers so."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "remind send the quote in 2h")
        await talk.says("marc", "today")
        for line in ("deals", "pipeline", "stale", "deals > 900k"):
            await talk.says("marc", line)
        assert "✅ Done" in await talk.says("marc", "done 1")


async def test_a_follow_up_is_about_whom_its_words_name(database_url: str) -> None:
    """The receipt says who that is where the words do not; a small word of a name means nobody."""
    async with conversation(database_url) as talk:
        await talk.says("marc", "contact new Anneke van der Meer")
        await talk.says("marc", "contact new Paul La Tour")
        seen = await talk.says("marc", "remind send the van photos tomorrow at 10")
        assert "Meer" not in seen.text
        await talk.says("marc", "remind check la compta tomorrow at 11")
        assert set(await Reminder.all().values_list("contact_id", flat=True)) == {None}
        assert "· Omar Haddad" in await talk.says("marc", "remind send the van photos to omar tomorrow at 12")
        seen = await talk.says("marc", "remind call Jane Roy tomorrow at 13:00")
        assert seen.text.count("Jane Roy") == 1
