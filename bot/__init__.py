"""The machine: processes, sockets, clocks, configuration. Knows the world, and both other floors."""

__version__ = "0.1.0"
