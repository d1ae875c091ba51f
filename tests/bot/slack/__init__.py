"""Slack as a platform, over the real wire."""
