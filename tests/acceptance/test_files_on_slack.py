"""A file that was kept on a record comes back into the conversation, as a file."""

from __future__ import annotations

from datetime import timedelta

from models.attachment import Attachment, AttachmentState
from models.messaging.outbox import Outgoing
from tests.acceptance.live import MARC, eventually, nothing_waits
from tests.acceptance.on_slack import Scene
from tests.emulators.slack import Channel, Person

OFFER = b"%PDF-1.7 our offer"


async def kept(marc: Person) -> None:
    """An offer on D-90, fetched from Slack."""
    marc.uploads("offer.pdf", OFFER, "D-90", media_type="application/pdf")
    await marc.waits_for("F-1")
    await eventually(Attachment.filter(state=AttachmentState.KEPT).exists)


async def test_a_file_comes_back_as_a_file(scene: Scene) -> None:
    """Its content is what was sent; the message beside it names it."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await kept(marc)
        marc.says("files D-90")
        marc.presses(await marc.waits_for("offer.pdf"), "1 offer.pdf")
        await scene.slack.until(lambda: scene.slack.shared_files.get("offer.pdf") == OFFER)
        await marc.waits_for("offer.pdf (18 bytes)")
        await nothing_waits()
    assert [call.method for call in scene.slack.refused] == []


async def test_asked_for_in_a_channel_it_goes_to_the_asker_alone(scene: Scene) -> None:
    """Nothing of a file can be ephemeral: it is posted into the direct message."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await kept(marc)
        sales: Channel = scene.slack.channel("sales", [marc])
        marc.commands("/crm", "files D-90", sales)
        marc.presses(await marc.waits_for("1 offer.pdf"), "1 offer.pdf")
        await scene.slack.until(lambda: scene.slack.shared_files.get("offer.pdf") == OFFER)
        [shared] = [entry for entry in scene.slack.ledger if entry.kind == "shared"]
        assert shared.channel == marc.dm.id


async def test_words_that_are_tried_again_do_not_upload_again(scene: Scene) -> None:
    """The file stands there already when the message beside it is refused for a moment."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        await kept(marc)
        marc.says("files D-90")
        listed = await marc.waits_for("1 offer.pdf")
        scene.slack.fault("chat.postMessage", status=503)
        marc.presses(listed, "1 offer.pdf")
        await eventually(Outgoing.exclude(error="").exists)
        scene.clock.advance_to(scene.clock.now() + timedelta(seconds=3))
        await marc.waits_for("offer.pdf (18 bytes)")
        assert sum(entry.kind == "shared" for entry in scene.slack.ledger) == 1
