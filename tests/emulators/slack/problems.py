"""Small checks shared by blocks, their elements and views; each failure is one of Slack's sentences.

The wording follows what Slack answers in ``errors`` (adobe/spacecat-api-service#176:
``no more than 25 items allowed [json-pointer:/blocks/1/elements]``).
"""

from collections.abc import Collection, Mapping
from typing import Any

from . import limits

Json = dict[str, Any]


class Problems:
    """Collects what is wrong with one JSON value; ``found`` is empty when Slack would take it."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, sentence: str, pointer: str) -> None:
        """Note one problem at a JSON pointer."""
        self.found.append(f"{sentence} [json-pointer:{pointer}]")

    def mapping(self, value: object, pointer: str) -> Mapping[str, Any] | None:
        """Return ``value`` when it is a JSON object."""
        if isinstance(value, Mapping):
            return value
        self.add("must be an object", pointer)
        return None

    def items(self, value: object, pointer: str, *, most: int, least: int = 1) -> list[Any]:
        """Return ``value`` as a list of at least ``least`` and at most ``most`` items."""
        if not isinstance(value, list):
            self.add("must be an array", pointer)
            return []
        if len(value) < least:
            self.add(f"no less than {least} items allowed", pointer)
        if len(value) > most:
            self.add(f"no more than {most} items allowed", pointer)
        return value

    def fields(
        self, value: Mapping[str, Any], pointer: str, *, needs: Collection[str], takes: Collection[str]
    ) -> None:
        """Refuse missing and unknown fields."""
        for name in needs:
            if name not in value:
                self.add(f"missing required field: {name}", pointer)
        for name in value.keys() - set(needs) - set(takes) - {"type"}:
            self.add(f"invalid additional property: {name}", pointer)

    def string(self, value: object, pointer: str, *, most: int, least: int = 1) -> None:
        """Refuse anything but a string of ``least`` to ``most`` characters."""
        if not isinstance(value, str):
            self.add("must be a string", pointer)
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", pointer)
        elif len(value) > most:
            self.add(f"must be less than {most + 1} characters", pointer)

    def optional(self, value: Mapping[str, Any], name: str, pointer: str, *, most: int) -> None:
        """Check the string field ``name`` where it is present."""
        if name in value:
            self.string(value[name], f"{pointer}/{name}", most=most)

    def text(
        self, value: object, pointer: str, *, most: int = limits.PLAIN_TEXT, plain: bool = False
    ) -> None:
        """Check a text object; ``plain`` refuses mrkdwn.

        docs.slack.dev/reference/block-kit/composition-objects/text-object.
        """
        found = self.mapping(value, pointer)
        if found is None:
            return
        kind = found.get("type")
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.add(f"unsupported type: {kind}", f"{pointer}/type")
            return
        extra = "emoji" if kind == "plain_text" else "verbatim"
        self.fields(found, pointer, needs=("text",), takes=(extra,))
        if "text" in found:
            self.string(found["text"], f"{pointer}/text", most=most)
