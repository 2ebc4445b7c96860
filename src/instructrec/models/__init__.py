"""The fast model (channels and gates) and its files."""
