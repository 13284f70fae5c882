"""Spans of time in the control API; their form is the core's."""

from emulator.core.spans import PATTERN, parse_span

__all__ = ["PATTERN", "parse_span"]
