"""``parley demo``: a made-up sales team in one of two worlds.

:mod:`bot.demo.quarter` is what a newcomer sees: three months of sales that end now. The small one of
:mod:`bot.demo.transcripts`, at a clock of its own, is the documentation's and the tests'.
"""

from __future__ import annotations

from bot.demo.team import SETTINGS, SPEAKER, TEAM
from bot.demo.transcripts import COMPANIES, DEALS, NOW, PEOPLE, WRITTEN, seed

__all__ = ["COMPANIES", "DEALS", "NOW", "PEOPLE", "SETTINGS", "SPEAKER", "TEAM", "WRITTEN", "seed"]
