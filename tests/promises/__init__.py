"""``make promises``: what Parley promises, each shown by a command in a fresh clone, with its figure.

A promise is held or not held; there is no third. What is looked at is a clone of the last commit, set up
with the two commands of the README, so that nothing of this checkout helps.
"""
