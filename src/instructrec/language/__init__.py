"""The language model: its weights, what it is asked, and the engine that serves it."""
