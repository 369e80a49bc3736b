"""Ducts, manholes and machine rooms."""
