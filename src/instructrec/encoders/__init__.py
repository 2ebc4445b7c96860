"""Text to vectors, cached by content."""
