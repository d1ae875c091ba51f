"""HTTP: one server in Parley's own loop, for webhooks, leads from web forms, health and figures.

Only where ``http.port`` is set is any of this imported. It speaks no TLS; a reverse proxy does.
"""
