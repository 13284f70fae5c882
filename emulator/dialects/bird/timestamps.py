"""Moments as this API writes them."""

from emulator.core.moments import iso_shortest

timestamp = iso_shortest
"""`2026-01-02T03:04:05.96Z`: RFC 3339 in UTC, zeros at the end of the fraction cut off.

Source: Bird documentation, the samples, read 2026-11.
"""
