"""The language model: its weights, its prompts, and the engine that serves it."""
