"""auth.test and apps.connections.open."""

from .. import limits
from ..call import Arguments, method
from ..core import Core
from ..problems import Json
from ..workspace import APP_ID, BOT_ID, TEAM_DOMAIN, TEAM_ID


@method("auth.test", per_minute=limits.TIER_AUTH_TEST)
def auth_test(core: Core, _arguments: Arguments) -> Json:
    """Say whose token it is."""
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Parley tests",
        "user": core.workspace.bot.name,
        "team_id": TEAM_ID,
        "user_id": core.workspace.bot.id,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", per_minute=limits.TIER_1, token="app", post_only=True)
def apps_connections_open(core: Core, _arguments: Arguments) -> Json:
    """Hand out the address of one WebSocket."""
    address = core.base_url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={core.new_ticket()}&app_id={APP_ID}"}
