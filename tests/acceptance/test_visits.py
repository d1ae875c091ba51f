"""Visits: a place that is shared from a phone logs a meeting there."""

from __future__ import annotations

from models.activity import Activity, ActivityKind
from models.company import Company
from models.contact import Contact
from models.deal import Deal
from tests.acceptance.carrying import LEA, MARC, talking

HERE = {"latitude": 48.856614, "longitude": 2.3522219}
CAFE = {**HERE, "name": "Café de Flore", "address": "172 bd Saint-Germain"}


async def test_a_place_is_a_meeting_with_who_was_shown_last(database_url: str) -> None:
    """At the time of the message, with the point on the map."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "who Jane Roy")
        answer = await talk.says(MARC, location=HERE)
        visit = await Activity.get()
        assert (visit.kind, visit.subject) == (ActivityKind.MEETING, "48.85661, 2.35222")
        assert visit.at == talk.process.clock.now()
        assert (await Contact.get(id=visit.contact_id)).name == "Jane Roy"
        assert "✅ Visit logged · C-" in answer.text and "48.85661, 2.35222" in answer.text


async def test_a_venue_is_called_by_its_name(database_url: str) -> None:
    """A reply to a card says which record; the meeting's card shows the place."""
    async with talking(database_url) as talk:
        card = await talk.says(LEA, "affaire D-142")
        await talk.says(LEA, "affaire D-131")
        receipt = await talk.replies(LEA, card, "", location=CAFE)
        visit = await Activity.get()
        assert visit.subject == "Café de Flore, 172 bd Saint-Germain (48.85661, 2.35222)"
        assert (await Deal.get(id=visit.deal_id)).number == 142
        assert "✅ Visite enregistrée" in receipt.text
        shown = await talk.presses(LEA, receipt, "Ouvrir")
        assert "Lieu: Café de Flore" in shown.text


async def test_without_a_record_it_asks_whom(database_url: str) -> None:
    """In words or by a button; the place is not lost meanwhile."""
    async with talking(database_url) as talk:
        asked = await talk.says(MARC, location=CAFE)
        assert "Whom did you visit there?" in asked.text
        assert await Activity.all().count() == 0
        await talk.says(MARC, "Globex")
        visit = await Activity.get()
        assert visit.subject.startswith("Café de Flore")
        assert (await Company.get(id=visit.company_id)).name == "Globex"


async def test_a_visit_can_be_undone(database_url: str) -> None:
    """Like any other meeting."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "who Jane Roy")
        receipt = await talk.says(MARC, location=HERE)
        await talk.presses(MARC, receipt, "Undo")
        assert (await Activity.get()).deleted_at is not None


async def test_a_long_name_is_cut_to_its_column(database_url: str) -> None:
    """The point on the map stays whole."""
    async with talking(database_url) as talk:
        await talk.says(MARC, "who Jane Roy")
        await talk.says(MARC, location={**HERE, "name": "x" * 900})
        visit = await Activity.get()
        assert len(visit.subject) <= 300
        assert visit.subject.endswith("(48.85661, 2.35222)")
