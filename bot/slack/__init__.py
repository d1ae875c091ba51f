"""Slack: Socket Mode in, the Web API out.

Importing this package is cheap; :mod:`bot.slack.adapter` is what loads the libraries.
"""
