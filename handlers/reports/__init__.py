"""Reports: lists by a filter, the pipeline, the forecast, what is stale, the digest."""

from handlers.reports import digest, forecast, lists, pipeline, stale

__all__ = ["digest", "forecast", "lists", "pipeline", "stale"]
