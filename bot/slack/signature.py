"""Slack's signature under what it posts to us.

docs.slack.dev/authentication/verifying-requests-from-slack: HMAC-SHA256 over ``v0:timestamp:body``, and
nothing that is older than five minutes. slack_sdk's own verifier raises where a header is no number or
not ASCII (slack_sdk/signature/__init__.py), so that anybody could make us answer 500.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

_WINDOW: Final = 300  # seconds, to either side
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)

# ``clock skew``: signed with our secret, and five minutes off: a replay, or one of the clocks is wrong.
Refusal = Literal["unsigned", "signature", "clock skew"]


def refusal(headers: Sequence[tuple[str, str]], body: bytes, *, secret: str, now: datetime) -> Refusal | None:
    """Why a request is not Slack's; None where it is."""
    timestamp = _only(headers, "x-slack-request-timestamp")
    signature = _only(headers, "x-slack-signature")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return "unsigned"
    if not hmac.compare_digest(signed(timestamp, body, secret=secret), signature):
        return "signature"
    return "clock skew" if abs(now.timestamp() - int(timestamp)) > _WINDOW else None


def signed(timestamp: str, body: bytes, *, secret: str) -> str:
    """The signature of a body at a time, seconds since 1970."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def _only(headers: Sequence[tuple[str, str]], name: str) -> str:
    """The value of a header that is there once; the empty string where it is not, or there are several."""
    found = [value for key, value in headers if key.lower() == name]
    return found[0] if len(found) == 1 else ""
