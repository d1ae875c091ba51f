"""Receiving updates: by polling or by webhook. docs #getting-updates."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ..account import Account, Webhook
from ..limits import (
    DEFAULT_WEBHOOK_CONNECTIONS,
    LONGEST_POLL,
    MAX_BATCH,
    MAX_SECRET_TOKEN,
    MAX_WEBHOOK_CONNECTIONS,
    MIN_BATCH,
    MIN_WEBHOOK_CONNECTIONS,
)
from ..parameters import Parameters
from ..refusals import (
    SECRET_INVALID,
    SECRET_TOO_LONG,
    WEBHOOK_ACTIVE,
    WEBHOOK_NOT_HTTPS,
    WEBHOOK_SET,
    WEBHOOK_URL_INVALID,
    Refused,
    bad_request,
    own_rule,
)
from ..updates import DEFAULT_KINDS, KINDS
from .registry import method


@method("getUpdates", "offset", "limit", "timeout", "allowed_updates")
async def get_updates(account: Account, parameters: Parameters) -> list[bytes]:
    """Return the updates as they will stand in the answer, byte for byte."""
    if account.webhook.url:
        raise Refused(WEBHOOK_ACTIVE)
    limit = parameters.integer("limit", MAX_BATCH)
    if not MIN_BATCH <= limit <= MAX_BATCH:  # Telegram moves it to the nearest bound
        raise Refused(own_rule(f"limit must be {MIN_BATCH}–{MAX_BATCH}"))
    _allow(account, parameters)
    seconds = min(parameters.integer("timeout"), LONGEST_POLL)
    return await account.updates.poll(parameters.integer("offset"), limit, seconds)


@method(
    "setWebhook",
    "url",
    "ip_address",
    "max_connections",
    "allowed_updates",
    "drop_pending_updates",
    "secret_token",
)
async def set_webhook(account: Account, parameters: Parameters) -> bool:
    """docs #setwebhook; an empty address deletes the webhook."""
    webhook = _webhook(parameters)
    _allow(account, parameters)
    if webhook.url:
        account.updates.end_poll(WEBHOOK_SET)
    _replace_webhook(account, webhook, parameters)
    return True


@method("deleteWebhook", "drop_pending_updates")
async def delete_webhook(account: Account, parameters: Parameters) -> bool:
    _replace_webhook(account, Webhook(), parameters)
    return True


@method("getWebhookInfo")
async def get_webhook_info(account: Account, _: Parameters) -> dict[str, Any]:
    """docs #webhookinfo."""
    webhook, updates = account.webhook, account.updates
    optional: dict[str, Any] = {"max_connections": webhook.max_connections}
    optional |= {"ip_address": webhook.ip_address, "last_error_message": webhook.failure}
    optional["last_error_date"] = webhook.failed_at and int(webhook.failed_at)
    if updates.kinds != DEFAULT_KINDS:
        optional["allowed_updates"] = sorted(updates.kinds)
    return {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(updates.pending),
        **{name: value for name, value in optional.items() if value},
    }


def _allow(account: Account, parameters: Parameters) -> None:
    """Take over ``allowed_updates``: absent, the last one stays; empty, the default returns."""
    kinds = parameters.json("allowed_updates", bad_request("can't parse allowed_updates"))
    if kinds is None:
        return
    if not isinstance(kinds, list) or not set(kinds) <= KINDS:  # Telegram ignores unknown kinds
        raise Refused(own_rule(f"allowed_updates {kinds!r} names unknown kinds"))
    account.updates.kinds = frozenset(kinds) or DEFAULT_KINDS


def _replace_webhook(account: Account, webhook: Webhook, parameters: Parameters) -> None:
    account.webhook = webhook
    account.bell.ring()
    if parameters.flag("drop_pending_updates"):
        account.updates.clear()


def _webhook(parameters: Parameters) -> Webhook:
    url, secret = parameters.text("url"), parameters.text("secret_token")
    if not url:
        return Webhook()
    _refuse_address(url)
    if len(secret) > MAX_SECRET_TOKEN:
        raise Refused(SECRET_TOO_LONG)
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise Refused(SECRET_INVALID)
    connections = parameters.integer("max_connections", DEFAULT_WEBHOOK_CONNECTIONS)
    if not MIN_WEBHOOK_CONNECTIONS <= connections <= MAX_WEBHOOK_CONNECTIONS:
        raise Refused(own_rule("max_connections is out of its bounds"))
    return Webhook(url, secret, connections, parameters.text("ip_address"))


def _refuse_address(url: str) -> None:
    """Demand HTTPS; a local Bot API server takes plain HTTP as well: docs #using-a-local-…"""
    address = urlsplit(url)
    if not address.hostname:
        raise Refused(WEBHOOK_URL_INVALID)
    if address.scheme != "https" and address.hostname != "127.0.0.1":
        raise Refused(WEBHOOK_NOT_HTTPS)
