"""Form: what a request to the lead hook holds, as pairs of names and values, whichever way it was sent."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

MOST_FIELDS: Final = 200
_MOST_FILES: Final = 20
_DEEPEST: Final = 8  # objects in objects

Pairs = list[tuple[str, str]]


class Unacceptable(Exception):
    """It cannot be taken. ``status`` is what its sender is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


async def pairs_of(headers: Sequence[tuple[str, str]], body: bytes) -> Pairs:
    """Its fields in their order, repeated ones each.

    Raises: Unacceptable, 415 for another kind of content, 400 for what is not what it says it is.
    """
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    kind = kinds[0].partition(";")[0].strip().lower() if len(kinds) == 1 else ""
    match kind:
        case "application/json":
            found = _of_json(body)
        case "application/x-www-form-urlencoded":
            found = _of_form(body)
        case "multipart/form-data":
            found = await _of_parts(kinds[0], body)
        case _:
            raise Unacceptable(415, "neither a form nor JSON")
    if len(found) > MOST_FIELDS:
        raise Unacceptable(400, "too many fields")
    if not any(value.strip() for _, value in found):
        raise Unacceptable(400, "nothing in it")
    return found


def _of_form(body: bytes) -> Pairs:
    try:
        # Of pages that are not in UTF-8 the bytes that are none are shown as such; the rest can be read.
        return parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="replace",
        )
    except ValueError as error:
        raise Unacceptable(400, "no form") from error


async def _of_parts(kind: str, body: bytes) -> Pairs:
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        Headers({"content-type": kind}), whole(), max_files=_MOST_FILES, max_fields=MOST_FIELDS
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, LookupError) as error:
        raise Unacceptable(400, "no form") from error
    # A file is named and not kept: whoever needs it asks for it.
    found = [
        (name, f"({value.filename})" if isinstance(value, UploadFile) else value)
        for name, value in form.multi_items()
    ]
    await form.close()
    return found


class _Object(list[tuple[str, Any]]):
    """A JSON object with all its pairs: a name that is there twice says both."""


def _of_json(body: bytes) -> Pairs:
    try:
        document = json.loads(
            body.decode(),
            object_pairs_hook=_Object,
            parse_constant=_no_number,
            # As they were written: an account number is no sum, and has no end.
            parse_int=str,
            parse_float=str,
        )
        if not isinstance(document, _Object):
            raise Unacceptable(400, "no object")
        return list(_flat("", document, 0))
    except (ValueError, RecursionError) as error:
        raise Unacceptable(400, "no JSON") from error


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and the infinities are no JSON (RFC 8259, section 6)


def _flat(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise Unacceptable(400, "too deep")
    match value:
        case _Object():
            for key, inner in value:
                yield from _flat(f"{name}.{key}" if name else key, inner, depth + 1)
        case list():
            for inner in value:
                yield from _flat(name, inner, depth + 1)
        case bool():
            yield name, "yes" if value else "no"
        case None:
            yield name, ""
        case _:
            yield name, str(value)
