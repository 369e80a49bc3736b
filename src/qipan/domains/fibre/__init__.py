"""Gigabit optical access: OLT, PON ports, distribution boxes, homes passed."""
