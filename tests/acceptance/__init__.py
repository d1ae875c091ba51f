"""Conversations as people hold them, through the whole house, on both databases."""
