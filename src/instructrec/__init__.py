"""InstructRec: a recommender that follows natural-language instructions."""

__version__ = "0.1.0"
