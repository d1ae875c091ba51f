"""The terminal as a chat service: interactive with colours, or a line in and an answer out by pipe."""
