"""What Slack's refusals mean for whoever sends.

The words are those of docs.slack.dev/reference/methods/chat.postMessage, chat.postEphemeral,
chat.update and conversations.open, each looked at by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from bot.platform import Rejected, ServiceError, Throttled, Unauthorised, Unavailable, Unreachable

_UNAUTHORISED: Final = """
    access_denied account_inactive accesslimited app_missing_action_url ekm_access_denied
    enterprise_is_restricted invalid_auth missing_scope no_permission not_allowed_token_type not_authed
    org_login_required team_access_not_granted team_not_found token_expired token_revoked
    two_factor_setup_required
"""
_UNREACHABLE: Final = """
    cannot_dm_bot channel_not_found external_channel_migrating invalid_user_combination is_archived
    is_inactive messages_tab_disabled method_not_supported_for_channel_type not_in_channel
    restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
    restricted_action_thread_locked restricted_action_thread_only_channel user_disabled
    user_not_found user_not_in_channel user_not_visible
"""
_UNAVAILABLE: Final = """
    fatal_error internal_error message_limit_exceeded request_timeout service_unavailable
    team_added_to_org update_failed
"""


def _each(words: str, meaning: type[ServiceError]) -> Iterable[tuple[str, type[ServiceError]]]:
    return ((word, meaning) for word in words.split())


# Every other word means that this message will never be taken (invalid_blocks, msg_too_long,
# msg_blocks_too_long, no_text, metadata_too_large …), a word that we do not know yet included: it
# shows as a failure, where trying again would hide it for a day.
_MEANINGS: Final[Mapping[str, type[ServiceError]]] = {
    **dict(_each(_UNAUTHORISED, Unauthorised)),
    **dict(_each(_UNREACHABLE, Unreachable)),
    **dict(_each(_UNAVAILABLE, Unavailable)),
}

# The blocks are at fault, so that simpler ones may pass.
BLOCKS_REFUSED: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "only_one_table_allowed"})
# The message to change is gone, or is not ours to change any more.
NOT_CHANGEABLE: Final = frozenset(
    {"block_mismatch", "cant_update_message", "edit_window_closed", "message_not_found"}
)
# There is no thread to answer in, or none any more; in the conversation itself there is still room.
NO_THREAD: Final = frozenset(
    {"cannot_reply_to_message", "restricted_action_non_threadable_channel", "restricted_action_thread_locked"}
)
# One person cannot be shown something here, but perhaps in the direct message.
NOT_HERE: Final = frozenset(
    word for word, meaning in _MEANINGS.items() if meaning is Unreachable
) - frozenset({"user_disabled", "user_not_found"})

_DEFAULT_WAIT: Final = timedelta(seconds=30)  # what slack_sdk waits where the header is missing
_SHORTEST_WAIT: Final = timedelta(seconds=1)
_LONGEST_WAIT: Final = timedelta(hours=1)


class Refused(Exception):
    """Slack answered a call with ``ok: false``; ``code`` is its word for the reason."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code

    def meaning(self) -> ServiceError:
        """The same for whoever does not know Slack."""
        return _MEANINGS.get(self.code, Rejected)(str(self))


def throttled(method: str, header: str | None) -> Throttled:
    """Too many calls; ``header`` is the answer's ``Retry-After``."""
    return Throttled(f"{method}: ratelimited", retry_after(header))


def retry_after(header: str | None) -> timedelta:
    """How long to wait: between one second and one hour, 30 seconds where nothing readable stands."""
    try:
        seconds = float(header or "")
    except ValueError:
        return _DEFAULT_WAIT
    if math.isnan(seconds):
        return _DEFAULT_WAIT
    longest = _LONGEST_WAIT.total_seconds()
    return max(_SHORTEST_WAIT, timedelta(seconds=max(0.0, min(seconds, longest))))
