"""Parrotfish: a local emulator of messaging-provider APIs."""

__version__ = "0.1.0"
