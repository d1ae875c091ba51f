"""Edits, replies and files over Slack's wire: a receipt changes where it stands, a thread goes on."""

from __future__ import annotations

from models.activity import Activity, ActivityKind
from models.attachment import Attachment, AttachmentState
from models.change import Change
from models.deal import Deal
from tests.acceptance.live import MARC, eventually, nothing_waits
from tests.acceptance.on_slack import Scene


async def test_an_edit_amends_and_changes_the_receipt(scene: Scene) -> None:
    """F43: one record, the receipt edited where it stands."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        ts = marc.says("call Jane Roy 20m: wants 50 seats")
        receipt = await marc.waits_for("Call logged")
        marc.edits(ts, "call Jane Roy 25m: wants 60 seats")
        amended = await marc.waits_for("20 min → 25 min")
        assert amended.ts == receipt.ts
        call = await Activity.get()
        assert (call.duration, call.notes) == (1500, "wants 60 seats")
        assert await Change.filter(kind="activity").count() == 2
        await nothing_waits()


async def test_a_shared_message_is_a_note_and_a_file_is_kept(scene: Scene) -> None:
    """With whose words they are; both on the deal that was shown last."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        marc.says("deal D-90")
        await marc.waits_for("D-90 Globex Pilot")
        marc.shares("delete D-90", "Bob Stone", "globex pilot")
        await marc.waits_for("forwarded from Bob Stone")
        note = await Activity.get(kind=ActivityKind.NOTE)
        assert note.notes.startswith("delete D-90\n\n")
        assert (await Deal.get(id=note.deal_id)).number == 90
        marc.uploads("offer.pdf", b"%PDF-1.7 offer")
        await marc.waits_for("File on D-90")
        await eventually(Attachment.filter(state=AttachmentState.KEPT).exists)
        await nothing_waits()
