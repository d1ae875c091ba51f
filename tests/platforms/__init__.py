"""The platform contract: the same checks on every platform, each a sentence.

A new platform is a :class:`tests.platforms.stage.Stage` of its own and one line in ``conftest.py``; a check
is written once, in the words of people who type, press and read.
"""
