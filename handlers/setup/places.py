"""Pipelines and stages in a set-up line: which one is meant, and where in its pipeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.chat.arguments import stage_name
from handlers.chat.context import Context
from handlers.chat.errors import Misread
from handlers.chat.language import languages
from handlers.chat.reading import QUOTED, flat, unquoted
from handlers.setup.words import between, leading, none_called, words
from models.deal import Pipeline, Stage, StageKind
from models.search import fold


@dataclass(frozen=True, slots=True)
class Found:
    """A stage that a line names, its pipeline, and the rest of the line."""

    stage: Stage
    pipeline: Pipeline
    rest: str


async def pipelines(ctx: Context) -> list[Pipeline]:
    """Those in use, the oldest first."""
    return await Pipeline.of(ctx.member.workspace_id)


async def pipeline_in(ctx: Context, text: str) -> tuple[Pipeline | None, str]:
    """The pipeline behind ``in`` at the end of a line, None where there is none, and the line without it."""
    for pipeline in await pipelines(ctx):
        joints = {fold(word) for language in languages() for word in language.inside}
        name = re.escape(flat(pipeline.name))
        pattern = rf"(?:^|\s)(?:{'|'.join(map(re.escape, joints))})\s+(?:\"{name}\"|{name})$"
        if match := re.search(pattern, flat(text)):
            return pipeline, text[: match.start()].strip()
    return None, text


async def pipeline_leading(ctx: Context, text: str) -> tuple[Pipeline, str]:
    """The pipeline whose name a line begins with, and the rest.

    Raises:
        Misread: there is none of that name.
    """
    rows = await pipelines(ctx)
    found = leading(text, rows, {row.pk: {fold(row.name)} for row in rows})
    if found is None:
        raise none_called(ctx, text, [row.name for row in rows])
    return found


async def stage_leading(ctx: Context, text: str) -> Found:
    """The stage whose name a line begins with; ``in`` and a pipeline may end the line.

    Raises:
        Misread: there is none of that name, or there are several.
    """
    chosen, words_left = await pipeline_in(ctx, text)
    found = list[Found]()
    for pipeline in [chosen] if chosen else await pipelines(ctx):
        rows = await pipeline.in_order()
        if row := leading(words_left, rows, stage_names(rows)):
            found.append(Found(row[0], pipeline, row[1]))
    if not found:
        raise none_called(ctx, words_left, await _known(ctx, chosen))
    longest = [each for each in found if len(each.rest) == min(len(other.rest) for other in found)]
    if len(longest) > 1:
        names = ", ".join(each.pipeline.name for each in longest)
        stage = stage_name(ctx, longest[0].stage)
        raise Misread(
            ctx.text(
                "Several pipelines have a stage “{stage}”: {names}. Say “in” and which.",
                stage=stage,
                names=names,
            )
        )
    return longest[0]


def stage_names(rows: Sequence[Stage]) -> dict[int, set[str]]:
    """The folded names of each stage, in every language, by primary key."""
    return {
        row.pk: {
            fold(row.name),
            *(fold(other) for entry in languages() for other in entry.stages.get(row.name, ())),
        }
        for row in rows
    }


async def _known(ctx: Context, chosen: Pipeline | None) -> list[str]:
    rows = [
        stage for each in ([chosen] if chosen else await pipelines(ctx)) for stage in await each.in_order()
    ]
    return list(dict.fromkeys(stage_name(ctx, stage) for stage in rows))


async def stage_called(ctx: Context, text: str, within: Pipeline) -> Stage:
    """The stage of a pipeline by its whole name.

    Raises:
        Misread: there is none.
    """
    rows = await within.in_order()
    names, quoted = stage_names(rows), QUOTED.fullmatch(text)
    typed = fold(unquoted(quoted) if quoted else text)
    found = next((row for row in rows if typed in names[row.pk]), None)
    if found is None:
        raise none_called(ctx, text, [stage_name(ctx, row) for row in rows])
    return found


def ends(text: str) -> tuple[str, str] | None:
    """``first`` or ``last`` at the end of a line: which, and the line without it."""
    for key in ("first", "last"):
        for word in sorted(words(key), key=len, reverse=True):
            if match := re.search(rf"(?:^|\s){re.escape(word)}$", flat(text)):
                return key, text[: match.start()].strip()
    return None


async def index_for(
    ctx: Context, text: str, within: Pipeline, moving: Stage | None
) -> tuple[int | None, str]:
    """Where in a pipeline a line wants a stage, counted without that one, and the line before it says so.

    None where the line says nothing of it.

    Raises:
        Misread: behind ``after`` or ``before`` stands no stage of it.
    """
    others = [row for row in await within.in_order() if moving is None or row.id != moving.id]
    if end := ends(text):
        opened = sum(row.kind is StageKind.OPEN for row in others)
        closes = moving is not None and moving.kind is not StageKind.OPEN
        first, last = (opened, len(others)) if closes else (0, opened)
        return (first if end[0] == "first" else last), end[1]
    for before, key, name in between(f" {text}", "after", "before"):
        index = others.index(await _other(ctx, name, within, moving))
        return index + (key == "after"), before
    return None, text


async def _other(ctx: Context, name: str, within: Pipeline, moving: Stage | None) -> Stage:
    stage = await stage_called(ctx, name, within)
    if moving is not None and stage.id == moving.id:
        raise Misread(ctx.text("A stage cannot stand beside itself."))
    return stage
