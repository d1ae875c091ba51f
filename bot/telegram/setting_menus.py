"""The menus from the command line: printed, or set once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import telegram as library

from bot.config import Telegram
from bot.platform import AnswerLost, ServiceError, Unavailable
from bot.refused import Refused
from bot.telegram.menus import Key, Menus, menus
from bot.telegram.transport import STAND_IN, Transport
from models.member import Role


async def publish(settings: Telegram, roles: Mapping[str, Role]) -> Sequence[Key]:
    """Set what differs; returns whose menus were changed.

    Raises: Refused, with the service's words where it has said any.
    """

    async def known() -> Mapping[str, Role]:
        return roles

    transport = Transport(settings.token)
    root = f"{settings.api_url.rstrip('/')}/bot"
    bot = library.Bot(STAND_IN, base_url=root, request=transport, get_updates_request=transport)
    try:
        return await Menus(bot, known).publish()
    except (AnswerLost, Unavailable) as error:
        remedy = "Check the network, and telegram.api_url."
        raise Refused(f"{settings.api_url} does not answer ({error}). {remedy}") from None
    except ServiceError as error:
        raise Refused(f"Telegram refuses. It says: {error}") from None
    finally:
        await transport.shutdown()


def printed() -> str:
    """Every menu: whose, and a line for each command."""
    parts = []
    for each in menus({}):
        whose, code = each.key
        lines = (f"  /{command.command:24} {command.description}" for command in each.commands())
        parts.append("\n".join([f"{whose} {code or 'en'}", *lines]))
    return "\n\n".join(parts)
