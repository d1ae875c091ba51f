"""Edited messages: what was said first, what became of it, and whether an edit comes in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import inbox
from bot.answered import REFUSED, Answers, answers_to
from bot.platform import Platform
from handlers.chat.command import REGISTER
from handlers.chat.context import Question
from handlers.chat.reply import Invocation
from handlers.chat.request import Request
from models import amending
from models.member import Member
from models.messaging.inbox import InboxState, Incoming
from models.messaging.outbox import Outgoing

# An edit within this time amends; a later one asks.
_IN_TIME = timedelta(minutes=5)
# Versions of one message that are looked at, the newest.
_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message's deliveries so far, the first one first; its words before; what answered its questions."""

    rows: Sequence[Incoming]
    last: Request
    said_at: datetime
    answers: Answers

    def is_the_same(self, request: Request) -> bool:
        """Whether an edit changes nothing that is answered: a preview, a moving place, others' words."""
        same = self.last.text.strip() == request.text.strip() and self.last.attachments == request.attachments
        elsewhere = request.location or request.contact or request.forwarded
        return same or elsewhere is not None

    async def answer_ref(self) -> str | None:
        """The reference of the message that answered it last, to be edited; None where it was not sent."""
        keys = [f"turn:{each}" for each in [*self._ids, *self.answers.typed]]
        sent = Outgoing.filter(dedupe_key__in=keys, message_ref__isnull=False)
        answer = await sent.order_by("-id").first()
        return answer.message_ref if answer is not None else None

    async def amendment(
        self, request: Request, member: Member, question: Question | None, now: datetime
    ) -> Invocation | None:
        """What amends it; None where it wrote nothing, so that it is simply answered again."""
        ids, answers = self._ids, self.answers
        doubt = "" if (request.sent_at or now) - self.said_at <= _IN_TIME else "late"
        wrote = bool(await amending.written(member, ids))
        if not wrote:
            if question is not None and int(question.said.partition(".")[0]) in ids:
                return None
            followed = answers.pressed or answers.typed
            if not followed and self._wrote_nothing() and not doubt:
                return None
            doubt = doubt or ("press" if answers.confirmed or not followed else "")
        said = " ".join(map(str, [*ids, *answers.pressed, *answers.typed]))
        known = {"said": said, "words": request.text, "at": self.said_at.isoformat()}
        return Invocation("amend", {**known, "doubt": doubt} if doubt else known)

    @property
    def _ids(self) -> list[int]:
        return [row.id for row in self.rows]

    def _wrote_nothing(self) -> bool:
        last = self.rows[-1]
        reads = last.command in REGISTER and REGISTER[last.command].reads
        return last.outcome.startswith(REFUSED) or not last.command or reads


async def earlier(request: Request, platform: Platform, member: Member, this: int) -> Earlier | None:
    """What was said first in an edited message; None where we never answered it, or not this member."""
    if request.ref is None:
        return None
    rows = Incoming.filter(
        platform=request.platform,
        ref=request.ref,
        address=request.address,
        member_id=member.id,
        state=InboxState.DONE,
        id__lt=this,
    )
    found = (await rows.order_by("-id").limit(_MOST_VERSIONS))[::-1]
    if not found:
        return None
    first, last = (platform.parse(row.key, inbox.delivery(row.payload)) for row in (found[0], found[-1]))
    if not isinstance(first, Request) or not isinstance(last, Request):
        return None
    said_at = min(first.sent_at or found[0].received_at, found[0].received_at)
    return Earlier(found, last, said_at, await answers_to(found, member, platform))
