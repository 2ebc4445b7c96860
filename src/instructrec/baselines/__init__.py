"""The other rows of the comparison table, behind the same Scorer protocol."""
