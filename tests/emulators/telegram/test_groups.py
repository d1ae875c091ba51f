"""Groups in the emulator: what a bot hears, where it may write, topics, and the move to a supergroup."""

from __future__ import annotations

import pytest
from telegram import Bot, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden

from . import TelegramEmulator, User


async def heard(telegram: TelegramEmulator, stock: Bot) -> list[Update]:
    """Everything that waits, and it waits no more."""
    updates = list(await stock.get_updates(timeout=0))
    if updates:
        await stock.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates


async def test_a_bot_hears_what_is_for_it(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """Commands, mentions and replies to it; with privacy mode off everything."""
    sales = telegram.group("Sales")
    await heard(telegram, stock)
    said = await stock.send_message(sales.id, "hello")
    for text in ("just talk", "/deal acme", "hey @parley_bot"):
        marc.says(text, group=sales)
    marc.says("done", group=sales, reply_to=said.message_id)
    messages = [update.message for update in await heard(telegram, stock)]
    assert [one.text for one in messages if one] == ["/deal acme", "hey @parley_bot", "done"]
    assert {one.chat.type for one in messages if one} == {"group"}
    sales.hears_all = True
    assert marc.says("just talk", group=sales)


async def test_a_bot_writes_where_it_is_a_member(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """Thrown out, and never taken in: each in Telegram's own words."""
    sales, other = telegram.group("Sales"), telegram.group("Other", has_bot=False)
    await heard(telegram, stock)
    sales.removes_bot(marc)
    (update,) = await heard(telegram, stock)
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match=r"(?i)kicked from the group"):
        await stock.send_message(sales.id, "hello")
    with pytest.raises(Forbidden, match=r"(?i)not a member"):
        await stock.send_message(other.id, "hello")
    other.adds_bot(marc)
    await stock.send_message(other.id, "hello")
    assert other.sees() == ["hello"]


async def test_a_group_becomes_a_supergroup(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """Both chats say so, and the old one takes nothing more."""
    sales = telegram.group("Sales")
    await heard(telegram, stock)
    new = sales.becomes_supergroup(marc, -1001234567890)
    old_says, new_says = [update.message for update in await heard(telegram, stock)]
    assert old_says is not None and new_says is not None
    assert (old_says.chat.id, old_says.migrate_to_chat_id) == (sales.id, new.id)
    assert (new_says.chat.id, new_says.migrate_from_chat_id) == (new.id, sales.id)
    with pytest.raises(ChatMigrated) as caught:
        await stock.send_message(sales.id, "hello")
    assert caught.value.new_chat_id == new.id
    await stock.send_message(new.id, "hello")


async def test_topics(telegram: TelegramEmulator, stock: Bot, marc: User) -> None:
    """A message stands in the topic that it names, or in that of the message it replies to."""
    forum = telegram.group("Forum", kind="supergroup")
    topic = forum.topic("Acme")
    await heard(telegram, stock)
    marc.says("/deal acme", group=forum, topic=topic)
    (update,) = await heard(telegram, stock)
    assert update.message is not None
    assert (update.message.message_thread_id, update.message.is_topic_message) == (topic, True)
    named = await stock.send_message(forum.id, "one", message_thread_id=topic)
    replied = await stock.send_message(forum.id, "two", reply_to_message_id=update.message.message_id)
    assert (named.message_thread_id, replied.message_thread_id) == (topic, topic)
    with pytest.raises(BadRequest, match=r"(?i)message thread not found"):
        await stock.send_message(forum.id, "three", message_thread_id=topic + 1)
