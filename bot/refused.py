"""What a command of the command line says when it cannot do what it was asked."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was done. The text is for the person at the terminal, with the remedy.

    ``status`` is the process's exit status: 2 where the command line or the configuration cannot be
    right, whatever the database holds; 1 where it is what the database or the machine holds.
    """

    def __init__(self, text: str, *, status: int = 1) -> None:
        super().__init__(text)
        self.status = status
