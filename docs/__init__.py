"""The documentation, and the program that keeps its generated parts in step with the code."""
