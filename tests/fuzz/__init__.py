"""Bent and broken input, made by chance: few in every run of the tests, very many in ``make soak``."""
