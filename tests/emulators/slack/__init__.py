"""A strict local Slack for tests: Web API, Socket Mode and response URLs on loopback.

It refuses what Slack refuses, and says in a comment where that is written. Start with
``SlackEmulator``; ``limits`` holds the figures; a new method of the Web API is one function in
``methods``; another way to reach the app, such as signed HTTP, is one ``deliveries.Carrier``.
"""

from .deliveries import Delivery
from .emulator import SUBSCRIPTIONS, SlackEmulator
from .faults import Fault
from .ledger import Button, Call, Entry
from .people import Person, Shown
from .screens import Screen
from .workspace import Channel

__all__ = [
    "SUBSCRIPTIONS",
    "Button",
    "Call",
    "Channel",
    "Delivery",
    "Entry",
    "Fault",
    "Person",
    "Screen",
    "Shown",
    "SlackEmulator",
]
