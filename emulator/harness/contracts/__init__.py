"""Holds a target against its contracts: Schemathesis, with checks of our own beside its own.

It speaks HTTP and knows the control API; of this package it imports nothing. What a contract does not say it takes
from names that APIs commonly use (`conventions.py`), so no API is special to it. One process runs one contract, or a
shard of it (`run.py`); `command.py` starts the processes and writes the reports.
"""
