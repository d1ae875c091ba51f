"""Slack's hosts: what is fetched with our token, or written to, goes to them and to nobody else."""

from __future__ import annotations

from urllib.parse import urlsplit


class Hosts:
    """``api_url`` is the Web API's: beside Slack's own hosts, that one is trusted too."""

    def __init__(self, api_url: str) -> None:
        self._own = urlsplit(api_url)

    def trusts(self, url: str) -> bool:
        """Whether an address is Slack's; one that cannot be read is not."""
        try:
            asked = urlsplit(url)
            host = asked.hostname or ""
        except ValueError:
            return False
        if (asked.scheme, asked.netloc) == (self._own.scheme, self._own.netloc):
            return True
        return asked.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
