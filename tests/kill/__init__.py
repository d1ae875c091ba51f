"""Kill tests: the real server is killed, at named points and at any moment, and nothing may be lost."""
