"""Answers to `/crm` are their asker's; what may stand in the channel can be shared with it."""

from __future__ import annotations

import pytest

from tests.acceptance.live import MARC, NORA, nothing_waits
from tests.acceptance.on_slack import Scene
from tests.emulators.slack import Channel, Person

SAM = "sam@parley.example"


async def declared(admin: Person, channel: Channel, words: str) -> None:
    """An admin says in a channel who reads it."""
    admin.mentions(words, channel)
    await admin.waits_for("room", channel=channel)


async def test_a_report_is_shared_where_only_colleagues_read(scene: Scene) -> None:
    """It is answered to its asker alone, and shared by a press; the channel's message says by whom."""
    async with scene.served() as app:
        nora, sam = await scene.joined(app, NORA, "Nora"), await scene.joined(app, SAM, "Sam")
        eve = scene.slack.user("Eve")
        sales = scene.slack.channel("sales", [nora, sam, eve])
        await declared(sam, sales, "here internal")
        nora.commands("/crm", "pipeline @marc", sales)
        report = await nora.waits_for("Globex Pilot")
        assert report.private
        assert not any("Globex" in text for text in eve.sees(sales))
        nora.presses(report, "Share to channel")
        shared = await eve.waits_for("Nora Keller shares this", channel=sales)
        assert "Globex Pilot" in shared.seen
        assert not shared.private
        assert "Share to channel" not in shared.seen
        await nothing_waits()
    assert scene.slack.refused == ()


@pytest.mark.threat("S6")
async def test_nothing_is_shared_where_others_read(scene: Scene) -> None:
    """No button in an ordinary or a shared channel; one from before the channel was opened shares nothing."""
    async with scene.served() as app:
        nora, sam = await scene.joined(app, NORA, "Nora"), await scene.joined(app, SAM, "Sam")
        sales = scene.slack.channel("sales", [nora, sam])
        partners = scene.slack.channel("partners", [nora, sam], shared=True)
        await declared(sam, sales, "here internal")
        nora.commands("/crm", "pipeline @marc", partners)
        assert "Share to channel" not in (await nora.waits_for("Globex Pilot")).seen
        nora.commands("/crm", "pipeline @marc", sales)
        card = await nora.waits_for("Share to channel")
        await declared(sam, sales, "here external")
        nora.presses(card, "Share to channel")
        await nora.waits_for("others than colleagues may read this")
        assert not any("Globex" in entry.text for entry in scene.slack.ledger if entry.kind == "posted")


async def test_what_concerns_the_asker_alone_has_no_such_button(scene: Scene) -> None:
    """Settings, help, a write's receipt: nobody else's business, or nothing to read."""
    async with scene.served() as app:
        marc, sam = await scene.joined(app, MARC), await scene.joined(app, SAM, "Sam")
        sales = scene.slack.channel("sales", [marc, sam])
        await declared(sam, sales, "here internal")
        for line, shown in (
            ("settings", "Quiet hours"),
            ("", "What I understand"),
            ("note D-90 hot", "Note on"),
        ):
            marc.commands("/crm", line, sales)
            assert "Share to channel" not in (await marc.waits_for(shown)).seen


async def test_crm_alone_shows_what_can_be_said(scene: Scene) -> None:
    """Help with buttons; one of them opens the forms."""
    async with scene.served() as app:
        marc = await scene.joined(app, MARC)
        sales = scene.slack.channel("sales", [marc])
        marc.commands("/crm", "", sales)
        shown = await marc.waits_for("What I understand")
        assert shown.private
        assert {"Today", "Write something down", "Settings"} <= {button.label for button in shown.buttons}
        marc.presses(shown, "Write something down")
        await marc.screens.waits_for("What do you want to write down?")
        marc.presses(shown, "Today")
        await marc.waits_for("Nothing is due today")
