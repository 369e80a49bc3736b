"""Data centres and edge nodes."""
