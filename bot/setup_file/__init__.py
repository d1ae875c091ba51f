"""The set-up as one file: ``parley config export`` and ``parley config apply``.

It holds what an admin sets up, and no secret. Of people it holds who is in which team and role, by
e-mail address, and nothing else; of rooms their id, who reads them and what is posted there, no name; of
customers nothing at all.
"""

from bot.setup_file.applying import apply
from bot.setup_file.denied import Denied
from bot.setup_file.exporting import exported
from bot.setup_file.reading import read

__all__ = ["Denied", "apply", "exported", "read"]
