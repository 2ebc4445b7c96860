"""What a sentence means over any catalog: candidates from its profile, and which is the best."""
