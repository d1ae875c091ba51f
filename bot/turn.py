"""Turn: one request answered, inside one transaction that the dispatcher opened."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from bot import departures, inbox, outbox, whereabouts
from bot.answered import REFUSED
from bot.closed_question import call_off, use_up, was_called_off
from bot.edited import earlier
from bot.introductions import greeted, identity_of, meet
from bot.outbox import Place
from bot.outcome import Outcome
from bot.platform import Moved, Platform, Readership, Standing
from bot.referred import shown_by
from bot.settling import Settling
from bot.spoken import Spoken
from bot.surroundings import Surroundings
from handlers import account, inquiries
from handlers.chat import answering, carrying, forms, privacy, sharing
from handlers.chat.command import REGISTER
from handlers.chat.context import Context, Memory, dump_question, load_question, marked
from handlers.chat.errors import NotUnderstood
from handlers.chat.i18n import Locale
from handlers.chat.privacy import Readers
from handlers.chat.reply import Invocation, Reply, Text
from handlers.chat.request import Request
from handlers.help import cancelled, dead_button
from models.change import BY_FORM
from models.errors import AlreadyDone, RuleRefused
from models.member import ChatIdentity
from models.messaging import focus
from models.messaging.focus import Focus
from models.messaging.inbox import Incoming
from models.messaging.lane import HIGHEST_BUTTON
from models.messaging.outbox import Outgoing
from models.messaging.saved_command import SavedCommand


async def run(row: Incoming, platform: Platform, here: Surroundings, now: datetime) -> Outcome:
    """Answer one inbox row. Raises what only the dispatcher can deal with.

    Raises:
        Unreadable: the platform cannot make sense of the delivery.
    """
    request = platform.parse(row.key, inbox.delivery(row.payload))
    if (closed := departures.closed(request)) is not None:
        told = await departures.departed(closed, here.database, f"departed:{row.id}", now)
        return Outcome(send=told, outcome="closed")
    if isinstance(request, Moved | Standing | Readership):
        return Outcome(outcome=await whereabouts.note(request, here.database, now))
    if not isinstance(request, Request):
        return Outcome(outcome="ignored")
    if request.inquiry is not None:
        await inquiries.receive(request.inquiry, said=f"{row.id}.{BY_FORM}", now=now)
        return Outcome(request, command="inquiry")
    identity, greeting = await identity_of(request), list[Outgoing]()
    if identity is None and request.edited:
        return Outcome(outcome="ignored")
    if identity is None:
        if await account.recognise(request, now) is None:
            return await meet(row, request, here, now)
        identity, greeting = await greeted(row, request, here, now)
    member = identity.member
    if request.unproven and _is_late(request, row, now):
        return await _unproven(row, request, identity, here, now)
    back = request.private and not identity.reachable
    if back or (now - identity.last_seen_at) > _SEEN_EVERY:
        # Who speaks in a room may well have blocked us in private.
        reachable = identity.reachable or request.private
        await ChatIdentity.filter(id=identity.id).update(last_seen_at=now, reachable=reachable)
    done = await _Answering(row, platform, request, member, identity, here, now).run()
    done.send[:0] = greeting
    return done


# Presence is noted at most this often: it is one more write for each message otherwise.
_SEEN_EVERY = focus.LIFETIME


def _is_late(request: Request, row: Incoming, now: datetime) -> bool:
    """Whether an account may have been closed since it was said."""
    return now - min(request.sent_at or row.received_at, now) >= departures.NOTICED_WITHIN


async def _unproven(
    row: Incoming, request: Request, identity: ChatIdentity, here: Surroundings, now: datetime
) -> Outcome:
    """Do nothing for an account that may be closed by now; who is there says it again."""
    member = identity.member
    reply = account.unproven(member, request.platform, request.text)
    place = Place(request.platform, identity.address, member.locale, member.workspace_id, member.id)
    done = Outcome(request, place=place, outcome="unproven", member_id=member.id)
    if request.surface:
        done.popup = replace(reply, language=member.locale)
        return done
    key = f"turn:{row.id}"
    done.send.append(await outbox.put(here.database, reply, place, key=key, now=now, holder=here.holder))
    return done


@dataclass(slots=True)
class _Answering(Spoken):
    """What was spoken, on its way to a reply."""

    memory: Memory = field(default_factory=Memory)
    outcome: str = "ok"
    command: str = ""
    amended: dict[str, Reply] = field(default_factory=dict)
    answered_by: list[str] = field(default_factory=list)  # the command of each line; "" for a refusal
    read_by: Readers = Readers.ONE
    moments: dict[str, datetime] = field(default_factory=dict)
    called_off: list[tuple[Outgoing, Reply]] = field(default_factory=list)  # cards, and what is left of them
    corrects: str | None = None  # the reference of the answer that the answer to an edit takes the place of

    async def run(self) -> Outcome:
        self.read_by = await self._readers()
        stored = await self._remember()
        reply = await (self._corrected() if self.request.edited else self._answered())
        if self.request.edited and not reply.blocks:
            return Outcome(self.request, outcome="unchanged", member_id=self.member.id)
        await self._forget(stored)
        return await self._settling().run(marked(reply, self.moments))

    def _settling(self) -> Settling:
        return Settling(
            spoken=self,
            command=self.command,
            outcome=self.outcome,
            answered_by=self.answered_by,
            read_by=self.read_by,
            shown=self.memory.fresh,
            corrects=self.corrects,
            called_off=self.called_off,
            amended=self.amended,
        )

    async def _readers(self) -> Readers:
        if self.request.private:
            return Readers.ONE
        room = await privacy.room_of(self.request, self.member.workspace_id)
        if room is not None:
            outsiders = self.request.outsiders or await whereabouts.opened_lately(room, self.now)
            await room.heard(self.request.room_name, outsiders=outsiders)
        return privacy.readers(self.request, room)

    @property
    def _talk(self) -> str:
        """The chat in which the talk goes on: from a room that anybody reads it moves to the private one."""
        return self.identity.address if self.read_by is Readers.ANYBODY else self.request.address

    async def _answered(self) -> Reply:
        if self.request.calls:
            return await self._invoke(Invocation(self.request.calls))
        pressed = await self._pressed()
        return await (self._press(pressed) if pressed is not None else self._say())

    async def _corrected(self) -> Reply:
        """Answer an edit; nothing is said where nothing changes, or where nobody knows what it was."""
        before = await earlier(self.request, self.platform, self.member, self.row.id)
        if before is None or before.is_the_same(self.request):
            return Reply(())
        amendment = await before.amendment(self.request, self.member, self.memory.question, self.now)
        reply = await (self._invoke(amendment) if amendment is not None else self._say())
        if amendment is None or not self.outcome.startswith(REFUSED):
            self.corrects = await before.answer_ref()
        return reply

    async def _remember(self) -> Focus | None:
        stored = await Focus.get_or_none(
            member_id=self.member.id, platform=self.request.platform, address=self._talk
        )
        if stored is not None and stored.expires_at > self.now:
            question = load_question(stored.question)
            self.memory = Memory(list(stored.shown), list(stored.listed), question)
        elif stored is not None:
            self.memory = Memory(expired=stored.question is not None)
        if self.request.pressed is None and (ref := self.request.message) is not None:
            self.memory.reply_to(await shown_by(self.request.platform, self.request.address, ref))
        return stored

    async def _forget(self, stored: Focus | None) -> None:
        """Keep in mind what was shown, for another 15 minutes."""
        question = dump_question(self.memory.question)
        expires_at = self.now + focus.LIFETIME
        if stored is not None:
            # Once for each message: by the model it would cost more than the rest of its plumbing.
            await self.here.database.execute(
                "UPDATE focus SET shown = ?, listed = ?, question = ?, expires_at = ? WHERE id = ?",
                json.dumps(self.memory.shown),
                json.dumps(self.memory.listed),
                json.dumps(question) if question is not None else None,
                expires_at,
                stored.id,
            )
            return
        await Focus.create(
            member_id=self.member.id,
            platform=self.request.platform,
            address=self._talk,
            shown=self.memory.shown,
            listed=self.memory.listed,
            question=question,
            expires_at=expires_at,
        )

    async def _pressed(self) -> SavedCommand | Text | None:
        """The command behind a press; a typed number is one too, where a button has it."""
        here = SavedCommand.filter(platform=self.request.platform)
        # A form stands in no chat: its token is its member's, wherever it was opened.
        mine = {"presser_id": self.member.id} if self.request.filled is not None else {}
        here = here.filter(**(mine or {"address": self.request.address}))
        if (token := self.request.pressed) is not None:
            # One with letters that a token never has may be none that the database takes.
            made_here = token.isascii() and token.isprintable()
            command = await here.filter(token=token).select_for_update().first() if made_here else None
            if command and self._may_press(command):
                return command
            locale = Locale(self.member.locale)
            return Text(dead_button(locale, called_off=command is not None and was_called_off(command)))
        number = self._number()
        if number is None or answering.expects_number(self.memory.question):
            return None
        command = await here.filter(number=number).order_by("-created_at").select_for_update().first()
        return command if command and self._may_press(command) else None

    def _may_press(self, command: SavedCommand) -> bool:
        mine = (
            command.presser_id in (None, self.member.id) and command.workspace_id == self.member.workspace_id
        )
        return mine and command.expires_at > self.now and command.command in REGISTER

    def _number(self) -> int | None:
        typed = self.request.text.strip()
        if (
            self.request.edited
            or carrying.carries(self.request)
            or not (typed.isascii() and typed.isdigit() and len(typed) <= 2)
        ):
            return None
        return int(typed) if 1 <= int(typed) <= HIGHEST_BUTTON else None

    def _context(self, line: int) -> Context:
        said_at = min(self.request.sent_at or self.row.received_at, self.now)
        said = f"{self.row.id}.{line}"
        return self.here.context(
            self.member, self.request, said, self.now, said_at=said_at, memory=self.memory
        )

    async def _press(self, pressed: SavedCommand | Text) -> Reply:
        if isinstance(pressed, Text):
            self.outcome = "outdated"
            return Reply((pressed,), private=True)
        return await self._invoke(Invocation(pressed.command, pressed.arguments), pressed)

    async def _invoke(self, invocation: Invocation, pressed: SavedCommand | None = None) -> Reply:
        ctx = self._context(0)
        try:
            async with self.here.database.savepoint():
                if pressed is not None:
                    await self._use_up(pressed)
                reply = await sharing.offered(ctx, await answering.press(ctx, invocation))
        except (RuleRefused, NotUnderstood) as error:
            reply = await self._refused(ctx, error, "")
            if self.request.filled is not None:
                reply = forms.with_a_way_back(ctx, reply, error, invocation)
        self._note(ctx)
        return await self._go_on(ctx, reply, answering.MOST_LINES)

    async def _use_up(self, pressed: SavedCommand) -> None:
        """A button that writes serves once, and with it its alternatives under the same message."""
        if pressed.command == "cancel":
            await self._call_off(pressed)
        if REGISTER[pressed.command].reads:
            return
        if pressed.used_at is not None:
            raise AlreadyDone("press", at=pressed.used_at)
        spent = [pressed.token]
        if pressed.outgoing_id is not None:
            others = await SavedCommand.filter(outgoing_id=pressed.outgoing_id, command=pressed.command)
            apart = REGISTER[pressed.command].apart
            spent = [each.token for each in others if not apart or each.arguments == pressed.arguments]
        await SavedCommand.filter(token__in=spent).update(used_at=self.now)

    async def _call_off(self, pressed: SavedCommand) -> None:
        """What was offered beside Cancel is offered no more, whatever a screen still shows."""
        if pressed.outgoing_id is None:  # of no message: what else is of none was not beside it
            return
        beside = SavedCommand.filter(outgoing_id=pressed.outgoing_id, used_at=None)
        await beside.exclude(token=pressed.token).update(expires_at=self.now)

    async def _say(self) -> Reply:
        if not carrying.carries(self.request):
            return answering.joined(await self._answer_all(self.request.text))
        own = self.request.attachments and not self.request.forwarded  # others' words are no command
        if own and answering.begins_a_line(self.request.text):
            return await self._keep_beside(await self._answer_all(self.request.text))
        return await self._keep(self.request.text)

    async def _answer_all(self, text: str) -> list[Reply]:
        return [await self._answer(line, number) for number, line in enumerate(answering.lines_of(text))]

    async def _keep_beside(self, replies: list[Reply]) -> Reply:
        """Files under a caption that is a line: they go where the line went, and are undone with it."""
        asked = self.memory.question
        if self.memory.fresh:
            self.memory.reply_to(list(self.memory.fresh))
        replies.append(await self._keep(""))
        self.memory.question = asked or self.memory.question
        return answering.joined(replies)

    async def _keep(self, words: str) -> Reply:
        return await self._run(0, words, lambda ctx: carrying.answer(ctx, words))

    async def _answer(self, line: str, number: int) -> Reply:
        async def run(ctx: Context) -> Reply:
            reply = await answering.answer(ctx, line)
            # Of several lines each would have a button of its own.
            return reply if "\n" in self.request.text else await sharing.offered(ctx, reply)

        return await self._run(number, line, run)

    async def _run(self, number: int, line: str, run: Callable[[Context], Awaitable[Reply]]) -> Reply:
        ctx = self._context(number)
        try:
            async with self.here.database.savepoint():
                reply = await run(ctx)
                await self._close_question(ctx)
        except (RuleRefused, NotUnderstood) as error:
            reply = await self._refused(ctx, error, line)
        self._note(ctx)
        return await self._go_on(ctx, reply, answering.MOST_LINES + number)

    async def _close_question(self, ctx: Context) -> None:
        """What a word has decided is decided for the buttons of the card too."""
        if ctx.confirmed is not None:
            await use_up(ctx.confirmed, self.now)
        elif ctx.dropped is not None and ctx.command == "cancel":
            left = await call_off(ctx.dropped, self.now)
            if left is not None and self.platform.edits_in_place:
                card, reply = left
                self.called_off.append((card, replace(reply, blocks=(*reply.blocks, cancelled(ctx.locale)))))

    async def _go_on(self, ctx: Context, reply: Reply, number: int) -> Reply:
        """Answer the line that waited for this one; it fails or is undone by itself."""
        if not ctx.then:
            return reply
        further = await self._answer(ctx.then, number)
        fleeting = reply.fleeting or further.fleeting
        blocks = (*reply.blocks, *further.blocks)
        return replace(further, blocks=blocks, replaces=reply.replaces, fleeting=fleeting)

    async def _refused(self, ctx: Context, error: RuleRefused | NotUnderstood, line: str) -> Reply:
        ctx.amended.clear()
        ctx.then = ""
        self.outcome = f"{REFUSED}: {type(error).__name__}"
        self.answered_by.append("")
        return await answering.explain(ctx, error, line)

    def _note(self, ctx: Context) -> None:
        self.command = ctx.command
        self.answered_by.append(ctx.command)
        self.amended |= ctx.amended
        self.moments |= ctx.moments
