"""A request in; a slate out."""
