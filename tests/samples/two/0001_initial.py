"""As in ``one``."""

from importlib import import_module

Migration = import_module("tests.samples.one.0001_initial").Migration
