"""A sentence against a catalog: what was said becomes conditions, references, dials and wishes."""
