"""A file that is named: by a button, by its id."""

from __future__ import annotations

from typing import Annotated

from handlers.chat.arguments import RecordArgument
from handlers.chat.i18n import msg
from models.attachment import Attachment

AFile = Annotated[Attachment, RecordArgument(Attachment, prompt=msg("Which file?"), shape=msg("file"))]
