"""Multi-function smart poles."""
