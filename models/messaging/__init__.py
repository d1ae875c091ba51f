"""What was said and what is to be said: the rows that make a turn safe."""
