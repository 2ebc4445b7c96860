"""The workspace: one SQLite file that holds what was read, and what was made of it."""
