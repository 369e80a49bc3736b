"""The city's sensing platform: terminals."""
