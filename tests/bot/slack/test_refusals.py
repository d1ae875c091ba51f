"""What Slack's refusals mean."""

from datetime import timedelta

import pytest

from bot.platform import Rejected, ServiceError, Unauthorised, Unavailable, Unreachable
from bot.slack.refusals import Refused, retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("1000000000", 3600),
        ("inf", 3600),
        ("-inf", 1),
        ("nan", 30),
        ("soon", 30),
        ("", 30),
        (None, 30),
    ],
)
def test_the_wait_is_sane_whatever_slack_asks_for(header: str | None, seconds: float) -> None:
    """Absent or unreadable: half a minute; never less than a second, never more than an hour."""
    assert retry_after(header) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("invalid_auth", Unauthorised),
        ("token_revoked", Unauthorised),
        ("account_inactive", Unauthorised),
        ("missing_scope", Unauthorised),
        ("channel_not_found", Unreachable),
        ("is_archived", Unreachable),
        ("not_in_channel", Unreachable),
        ("user_not_found", Unreachable),
        ("cannot_dm_bot", Unreachable),
        ("user_disabled", Unreachable),
        ("invalid_blocks", Rejected),
        ("msg_too_long", Rejected),
        ("msg_blocks_too_long", Rejected),
        ("no_text", Rejected),
        ("a_word_of_next_year", Rejected),
        ("fatal_error", Unavailable),
        ("internal_error", Unavailable),
        ("service_unavailable", Unavailable),
    ],
)
def test_each_word_has_its_meaning(code: str, meaning: type[ServiceError]) -> None:
    """Slack's word for a refusal becomes the one error that tells the outbox what to do."""
    error = Refused("chat.postMessage", code).meaning()
    assert type(error) is meaning
    assert str(error) == f"chat.postMessage: {code}"
