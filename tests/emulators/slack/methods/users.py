"""users.info."""

from .. import limits
from ..call import Arguments, Refused, method
from ..core import Core
from ..problems import Json
from ..workspace import TEAM_ID


@method("users.info", takes=("user", "include_locale"), per_minute=limits.TIER_4)
def users_info(core: Core, arguments: Arguments) -> Json:
    """Describe one person.

    Shape: slackapi/java-slack-sdk, json-logs/samples/api/users.info.json.
    """
    account = core.workspace.accounts.get(arguments.required("user"))
    if account is None:
        raise Refused("user_not_found")
    profile: Json = {
        "real_name": account.name,
        "real_name_normalized": account.name,
        "display_name": account.name,
        "display_name_normalized": account.name,
        "team": TEAM_ID,
    }
    if account.email is not None:
        profile["email"] = account.email
    user: Json = {
        "id": account.id,
        "team_id": TEAM_ID,
        "name": account.name.lower(),
        "deleted": account.deleted,
        "profile": profile,
        "is_bot": account.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if not account.deleted:
        user |= {
            "real_name": account.name,
            "tz": account.tz,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": account.guest,
            "is_ultra_restricted": False,
        }
    if arguments.flag("include_locale"):
        user["locale"] = account.locale
    return {"user": user}
