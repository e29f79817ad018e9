"""The library's version, in a file of its own so that setup.cfg reads it without importing anything."""

__version__ = "0.1.0"
