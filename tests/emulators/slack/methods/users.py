"""users.info and users.list."""

from .. import limits
from ..call import Arguments, Refused, method
from ..core import Core
from ..problems import Json
from ..workspace import TEAM_ID, Account, described


@method("users.info", takes=("user", "include_locale"), per_minute=limits.TIER_4)
def users_info(core: Core, arguments: Arguments) -> Json:
    """Describe one person."""
    account = core.workspace.accounts.get(arguments.required("user"))
    if account is None:
        raise Refused("user_not_found")
    user = _shown(core, account)
    if arguments.flag("include_locale"):
        user["locale"] = account.locale
    return {"user": user}


@method("users.list", takes=("cursor", "include_locale", "limit"), per_minute=limits.TIER_2)
def users_list(core: Core, arguments: Arguments) -> Json:
    """List the workspace's people, the deactivated ones too; nobody of another workspace.

    docs.slack.dev/reference/methods/users.list. Cursors are opaque; ours count.
    """
    staff = [account for account in core.workspace.accounts.values() if account.team == TEAM_ID]
    start = _start(arguments)
    limit = arguments.number("limit", len(staff) or 1)
    page = [_shown(core, account) for account in staff[start : start + limit]]
    more = str(start + limit) if start + limit < len(staff) else ""
    return {"members": page, "response_metadata": {"next_cursor": more}}


def _shown(core: Core, account: Account) -> Json:
    """Without the address where the app lacks users:read.email (docs.slack.dev/reference/scopes)."""
    user, scopes = described(account), core.credentials.scopes
    if scopes is not None and "users:read.email" not in scopes:
        user["profile"].pop("email", None)
    return user


def _start(arguments: Arguments) -> int:
    cursor = arguments.text("cursor") or "0"
    if not cursor.isdigit():
        raise Refused("invalid_cursor")
    return int(cursor)
