"""Roadside units."""
