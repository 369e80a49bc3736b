"""Radio engine."""
