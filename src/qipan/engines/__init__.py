"""Engines: pure computing. Arrays and small dataclasses in, the same out.

No database, clock, network, global state or random seed of their own.
"""
