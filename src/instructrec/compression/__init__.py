"""Making a tuned language model smaller: its vocabulary, its layers, and what the rest learns from the
whole.
"""
