"""Real readers' programs on the real site."""
