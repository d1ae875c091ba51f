"""What slack_sdk and slack_bolt may write into the log."""

import logging

import pytest

from bot.slack import library


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123-abc",
        "xapp-1-A1-2-def",
        "wss://wss-primary.slack.com/link/?ticket=0f1e2d&app_id=A1",
        "https://hooks.slack.com/commands/T1/2/xyz",
        "https://hooks.slack.com/actions/T1/2/xyz",
    ],
)
def test_secrets_are_blotted_out(secret: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever an error of the libraries quotes, tokens, tickets and response URLs are not shown."""
    library.logger().filters.clear()
    library.logger().error("Failed to connect (error: %s); Retrying...", secret)
    assert "Failed to connect" in caplog.text
    for canary in ("123-abc", "A1-2-def", "0f1e2d", "xyz"):
        assert canary not in caplog.text


def test_an_error_is_one_line_and_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """No traceback, nothing after the first line, and no flood from one place; another place speaks."""
    library.logger().filters.clear()
    voice = library.logger()
    for _ in range(5):
        try:
            raise ValueError("what somebody wrote")
        except ValueError:
            voice.exception("Failed to process\nThe server responded with: what somebody wrote")
    voice.error("Another place")
    assert [record.getMessage() for record in caplog.records] == ["Failed to process", "Another place"]
    assert "somebody" not in caplog.text


def test_talk_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG and INFO the libraries quote texts and parameters."""
    caplog.set_level(logging.DEBUG)
    library.logger().debug("Received message (data: appel Jane)")
    library.logger().info("appel Jane")
    assert caplog.text == ""
