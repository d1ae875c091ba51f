"""The steps from an empty database to today's tables, on SQLite and PostgreSQL.

A draft of the next one is printed by ``python -m tests.drafting``; its author reads and mends it
(docs/migrations.md), for a draft is wrong in known ways on each of the two databases.
"""
