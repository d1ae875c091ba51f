"""Help: every command stands under what it is about."""

from __future__ import annotations

import handlers
from handlers.chat.command import REGISTER
from handlers.chat.verbs import shown
from handlers.help import TOPICS
from models.member import Role
from tests.driver import conversation

assert handlers.__all__  # the register is full


def test_every_command_has_its_topic() -> None:
    """A new noun says under which heading help lists it, and no heading stands over nothing."""
    spoken = {entry.module for entry in REGISTER.values() if not entry.hidden}
    listed = [module for modules in TOPICS.values() for module in modules]
    assert sorted(listed) == sorted(spoken)


async def test_help_lists_the_verbs_by_topic(database_url: str) -> None:
    """In the reader's language, each verb that everyone may use once."""
    everyone_s = [entry for entry in REGISTER.values() if not entry.hidden and entry.role is Role.REP]
    async with conversation(database_url) as talk:
        said = (await talk.says("lea", "aide")).text
        assert "\nAffaires : " in said
        listed = [verb for line in said.splitlines() for verb in line.partition(" : ")[2].split(" · ")]
        for entry in everyone_s:
            assert listed.count(shown(entry.name, "fr")) == 1
