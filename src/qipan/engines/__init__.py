"""Engines: pure computing. Arrays and small dataclasses in, the same out; no database, clock, network or hidden seed."""
