"""The web: forms that post leads. Nothing is said there; whom a lead concerns is told in their chat."""
