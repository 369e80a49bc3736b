"""One script per claim; each ends with one line of JSON."""
