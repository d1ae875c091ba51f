"""Strict local stand-ins for the chat services, spoken to over real HTTP on the loopback."""
