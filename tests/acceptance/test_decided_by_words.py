"""A card or a question that a word decides: the buttons that a screen still shows do it no second time."""

from __future__ import annotations

import pytest

from handlers.chat.reply import Reply
from models.activity import Activity
from models.deal import Deal, Stage
from tests.acceptance.carrying import LEA, MARC, Talk, talking
from tests.driver import conversation


async def _forges(talk: Talk, who: str, token: str, ref: str) -> Reply:
    """A press on a screen that does not show yet what has become of the card; the popup for it."""
    await talk.process.hears(talk.chat.forges(who, token, message=ref), platform=talk.chat.name)
    reply = talk.chat.popups[-1][1]
    assert reply is not None
    return reply


async def _stage(number: int) -> str:
    deal = await Deal.get(number=number)
    return (await Stage.get(id=deal.stage_id)).name


@pytest.mark.parametrize("word", ["cancel", "no", "undo"])
async def test_a_cancelled_card_is_spent(database_url: str, word: str) -> None:
    """It says so where it stands, without its buttons; an old screen's button says that it was called off."""
    async with talking(database_url) as talk:
        card = await talk.says(MARC, "won D-90 9k")
        token, shown = card.button("Confirm").token, card.text.split("\n")[0]
        said = await talk.says(MARC, word)
        assert said.ref != card.ref
        assert card.text.startswith(shown) and card.text.endswith(said.text.strip())
        assert not list(card.message.reply.buttons())
        popup = await _forges(talk, MARC, token, card.ref)
        assert "That was called off." in str(popup.blocks)
        assert await _stage(90) == "Qualified"


async def test_the_same_in_french(database_url: str) -> None:
    """« annuler » with a card open is no undo."""
    async with talking(database_url) as talk:
        card = await talk.says(LEA, "gagné D-142")
        token = card.button("Confirmer").token
        await talk.says(LEA, "annuler")
        assert "C’est annulé." in str((await _forges(talk, LEA, token, card.ref)).blocks)
        assert await _stage(142) == "Proposal"


async def test_a_cancelled_question_is_spent_too(database_url: str) -> None:
    """Of several lines the others keep their buttons."""
    async with talking(database_url) as talk:
        asked = await talk.says(MARC, "note D-90 one\ncall Jane 20m: ok")
        token = asked.button("Jane Roy · Globex").token
        await talk.says(MARC, "cancel")
        assert "That was called off." in str((await _forges(talk, MARC, token, asked.ref)).blocks)
        assert await Activity.all().count() == 1
        await talk.presses(MARC, asked, "Undo")
        assert await Activity.filter(deleted_at=None).count() == 0


async def test_a_new_command_calls_nothing_off(database_url: str) -> None:
    """The card's button serves for as long as any other."""
    async with talking(database_url) as talk:
        card = await talk.says(MARC, "won D-90 9k")
        await talk.says(MARC, "who jane roy")
        await talk.presses(MARC, card, "Confirm")
        assert await _stage(90) == "Won"


async def test_a_card_confirmed_by_a_word_is_not_confirmed_again(database_url: str) -> None:
    """What came after it stays."""
    async with talking(database_url) as talk:
        card = await talk.says(MARC, "won D-90 9k")
        token = card.button("Confirm").token
        receipt = await talk.says(MARC, "yes")
        assert await _stage(90) == "Won"
        await talk.presses(MARC, receipt, "Undo")
        assert await _stage(90) == "Qualified"
        assert "Already done" in str((await _forges(talk, MARC, token, card.ref)).blocks)
        assert await _stage(90) == "Qualified"


async def test_where_nothing_is_edited_the_button_says_so(database_url: str) -> None:
    """On a terminal the card stands as it was."""
    async with conversation(database_url) as talk:
        card = await talk.says("marc", "won D-90 9k")
        number = card.button("Confirm")
        assert (await talk.says("marc", "cancel")).text.count("Nothing was changed") == 1
        assert f"There is no button {number} here" in await talk.says("marc", number)
        assert await _stage(90) == "Qualified"
