"""Proof from outside: contracts, parity and recorded traffic. It speaks HTTP, and never reaches into a target."""
