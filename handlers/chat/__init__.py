"""What every command shares: the request, its reading, the register of commands, the reply."""
