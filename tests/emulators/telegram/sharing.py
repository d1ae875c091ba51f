"""What people send besides text: files, contact cards, places, other people's words. docs #message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .files import Stored
from .markup import Formatted

if TYPE_CHECKING:
    from .people import User

_JPEG = b"\xff\xd8\xff\xe0"


class Sharing:
    """One person's; ``more`` are ``reply_to``, ``group`` and ``topic`` as for ``User.says``.

    Everything returns the update's id.
    """

    def __init__(self, user: User) -> None:
        self._user = user

    def document(
        self,
        name: str,
        content: bytes,
        *,
        media_type: str = "application/pdf",
        caption: str = "",
        size: int | None = None,
        **more: Any,
    ) -> int:
        """Send a file; ``size`` says another size than it has, for files that nobody wants in a test."""
        stored = self._user.account.files.add(content, "documents", PurePosixPath(name).suffix, size=size)
        document = {"file_name": name, "mime_type": media_type}
        return self._posts({"document": document | _json(stored)}, caption, more)

    def photo(self, content: bytes = _JPEG, *, caption: str = "", **more: Any) -> int:
        """Send a picture; Telegram makes two sizes of it."""
        files = self._user.account.files
        small, large = files.add(content[:4], "photos", ".jpg"), files.add(content, "photos", ".jpg")
        sizes = [_json(small) | {"width": 90, "height": 90}, _json(large) | {"width": 1280, "height": 1280}]
        return self._posts({"photo": sizes}, caption, more)

    def voice(self, content: bytes, *, seconds: int, caption: str = "", **more: Any) -> int:
        """Say something aloud."""
        stored = self._user.account.files.add(content, "voice", ".oga")
        voice = {"duration": seconds, "mime_type": "audio/ogg"}
        return self._posts({"voice": voice | _json(stored)}, caption, more)

    def contact(
        self, first_name: str, phone: str, *, last_name: str = "", vcard: str = "", **more: Any
    ) -> int:
        """Share a card of the address book."""
        card = {"phone_number": phone, "first_name": first_name, "last_name": last_name, "vcard": vcard}
        return self._posts({"contact": {name: value for name, value in card.items() if value}}, "", more)

    def location(self, latitude: float, longitude: float, **more: Any) -> int:
        """Say where one is."""
        return self._posts({"location": {"latitude": latitude, "longitude": longitude}}, "", more)

    def venue(self, title: str, address: str, latitude: float, longitude: float, **more: Any) -> int:
        """Share a place with a name; a message of it has its location beside it."""
        at = {"latitude": latitude, "longitude": longitude}
        venue = {"location": at, "title": title, "address": address}
        return self._posts({"venue": venue, "location": at}, "", more)

    def forwarded(self, text: str, origin: Mapping[str, Any], **more: Any) -> int:
        """Pass on what somebody said; ``origin`` as docs #messageorigin."""
        content = Formatted(text, ())
        return self._user.posts(content, {"forward_origin": dict(origin)}, **more)

    def _posts(self, carries: Mapping[str, Any], caption: str, more: Mapping[str, Any]) -> int:
        return self._user.posts(Formatted(caption, ()), carries, **more)


def _json(stored: Stored) -> dict[str, Any]:
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_id[-8:],
        "file_size": stored.size,
    }
