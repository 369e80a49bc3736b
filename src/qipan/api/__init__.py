"""Faces: HTTP."""
