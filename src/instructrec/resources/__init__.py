"""Weights and data that are fetched once: what they are, and where from."""
