"""Sentences that a language model writes, and the checks without which none of them is shown."""
