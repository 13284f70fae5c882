"""Spans of time in the control API; their form is the core's."""

from emulator.core.spans import EXPECTED, PATTERN, parse_span

__all__ = ["EXPECTED", "PATTERN", "parse_span"]
