"""Instructions: generated for training, kept in a store, and read for scoring."""
