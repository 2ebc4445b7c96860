"""The bench: what prints the published figures."""
