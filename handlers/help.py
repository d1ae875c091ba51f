"""Help: what can be said, what this is, and the way out of a question."""

from __future__ import annotations

from handlers.chat import verbs
from handlers.chat.arguments import Hidden, Verb
from handlers.chat.command import REGISTER, Command, command
from handlers.chat.context import Context
from handlers.chat.i18n import Locale, msg
from handlers.chat.notice import notice
from handlers.chat.reply import Button, Buttons, Card, Field, Invocation, Reply, Text, text
from models.errors import NotFound

# What the commands of a module are about, in the order in which a day meets them.
TOPICS: dict[str, tuple[str, ...]] = {
    msg("What happened"): ("activities", "attachments"),
    msg("Your day"): ("my_day", "reminders"),
    msg("Deals"): ("deals",),
    msg("Lists and reports"): ("reports",),
    msg("People and companies"): ("contacts", "companies", "leads"),
    msg("Keep in order"): ("tags", "fields", "merging", "removal", "owners", "approvals"),
    msg("Take back"): ("history",),
    msg("You"): ("settings", "account"),
    msg("Set-up"): ("setup",),
    msg("Help"): ("help",),
}


@command(msg("Help, for one command too"), reads=True, open=True)
async def help(ctx: Context, verb: Verb | None = None) -> Reply:  # the command's name
    """All commands with a line that works, or one of them in full."""
    if verb is None:
        return _all(ctx)
    opening = verbs.opening(verb) or verbs.misspelt(verb)
    if opening is None or REGISTER[opening.command].hidden:
        raise NotFound("command", verb)
    return _one(ctx, REGISTER[opening.command])


def _all(ctx: Context) -> Reply:
    """The verbs by what they are about: a list of fifty with their meanings would be read by nobody."""
    offered = [entry for entry in REGISTER.values() if not entry.hidden and entry.allows(ctx.member.role)]
    fields = []
    for topic, modules in TOPICS.items():
        said = [verbs.shown(entry.name, ctx.locale.language) for entry in offered if entry.module in modules]
        fields += [Field(ctx.text(topic), " · ".join(said))] if said else []
    hint = ctx.text("“help call” shows one in full. English and French both work.")
    buttons = (
        Button(ctx.text("Today"), Invocation("today")),
        Button(ctx.text("Write something down"), Invocation("menu"), opens=True),
        Button(ctx.text("Settings"), Invocation("settings")),
    )
    return Reply((Card(ctx.text("What I understand"), tuple(fields)), Text(hint), Buttons(buttons)))


def _one(ctx: Context, entry: Command) -> Reply:
    language = ctx.locale.language
    lines = [ctx.text(entry.summary), usage(ctx.locale, entry)]
    example = verbs.example(entry.name, language)
    if example:
        lines.append(ctx.text("For example: {line}", line=example))
    others = verbs.others(entry.name, language)
    if others:
        lines.append(ctx.text("Also: {verbs}", verbs=", ".join(others)))
    return text(*lines)


def usage(locale: Locale, entry: Command) -> str:
    """A command's form, made from its signature: ``call <who> [20 min] [note]``."""
    parts = [verbs.shown(entry.name, locale.language)]
    for parameter in entry.parameters:
        if shape := locale.text(parameter.argument.shape):
            parts.append(f"<{shape}>" if parameter.required else f"[{shape}]")
    return " ".join(parts)


@command(msg("About Parley: version, licence, source"), reads=True, open=True)
async def about(ctx: Context) -> Reply:
    """Version, licence and where the source is, as AGPL-3.0 §13 demands."""
    return notice(ctx.locale, ctx.about)


@command(msg("Drop the open question"), reads=True, open=True)
async def cancel(ctx: Context) -> Reply:
    """Drop what was asked or offered; nothing is written."""
    if ctx.line and ctx.dropped is None:
        return text(ctx.text("There is nothing to cancel."))
    return Reply((cancelled(ctx.locale),), replaces=ctx.request.pressed is not None)


def cancelled(locale: Locale) -> Text:
    """What a question or a card says once it is dropped."""
    return Text(locale.text("Cancelled. Nothing was changed."))


def dead_button(locale: Locale, *, called_off: bool) -> str:
    """Why a button does nothing: somebody called off what it was for, or its time is over."""
    if called_off:
        return locale.text("That was called off. Say it again if you want it after all.")
    return locale.text("This button is outdated. Ask again for a fresh one.")


@command(msg("Say a line"), hidden=True)
async def say(ctx: Context, line: Hidden) -> Reply:
    """Answer a line that a button proposed."""
    return await ctx.answer(ctx, line)


def too_much(locale: Locale) -> Reply:
    """What somebody is told of whose messages so many came that not all were taken in."""
    return text(
        locale.text("You write faster than I can follow: not all of your last messages were taken in."),
        locale.text("Wait a minute, then send again what has no answer."),
    )


def failed(locale: Locale, ref: str) -> Reply:
    """What is said when Parley itself failed: nothing was done, and how to ask about it."""
    return text(
        locale.text("Something went wrong on my side, and nothing was changed. Please try again."),
        locale.text("If it happens again, tell your admin this reference: {ref}", ref=ref),
    )
