"""Reports: what a team's deals say together: pipeline, forecast, what has gone quiet, the digest."""

from handlers.reports import digest, forecast, pipeline, quiet

__all__ = ["digest", "forecast", "pipeline", "quiet"]
