"""The configuration: whether it can be used, and whether it keeps its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.config import Config, ConfigError, find, load
from bot.doctor.finding import Finding


def configuration(path: Path | None, environ: Mapping[str, str]) -> tuple[Config | None, list[Finding]]:
    source = find(path, environ)
    try:
        config = load(path, environ)
    except ConfigError as error:
        return None, [_mistake(str(problem), problem.remedy) for problem in error.problems]
    found = Finding("ok", "config", str(source.absolute()) if source else "the built-in defaults, no file")
    return config, [found, *_open_secrets(source, config), *_source_offer(config)]


def _mistake(text: str, remedy: str) -> Finding:
    return Finding("wrong", "config", text.removesuffix(remedy).rstrip(), remedy)


def _open_secrets(source: Path | None, config: Config) -> Iterator[Finding]:
    if source is None or not source.stat().st_mode & 0o007:
        return
    text = source.read_text(encoding="utf-8-sig")
    if any(secret in text for secret in config.secrets()):
        detail = f"every user of this machine can read the secrets in {source}"
        yield Finding("note", "config", detail, f"Run: chmod 600 {source}")


def _source_offer(config: Config) -> Iterator[Finding]:
    if not config.source_url and (config.telegram or config.slack):
        detail = "source_url is empty, so `about` cannot say where the source is"
        remedy = "Set source_url: who uses it over a network is entitled to its source (AGPL, section 13)."
        yield Finding("note", "config", detail, remedy)
