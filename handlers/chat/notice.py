"""Notice: version, licence and source, which AGPL-3.0 §13 demands for everyone who uses Parley."""

from __future__ import annotations

from handlers.chat.context import About
from handlers.chat.i18n import Locale
from handlers.chat.reply import Reply, text


def notice(locale: Locale, about: About) -> Reply:
    """What ``about`` answers, to members and strangers alike."""
    licence = locale.text("Free software under the GNU Affero General Public License, version 3 or later.")
    if about.source_url:
        source = locale.text("Its source: {url}", url=about.source_url)
    else:
        source = locale.text("Its source: ask whoever runs it for you; you are entitled to it.")
    return text(f"Parley {about.version}", licence, source)
