"""Qipan (棋盘): runs a city's action plan for new-type information infrastructure."""

__version__ = "0.1.0"
