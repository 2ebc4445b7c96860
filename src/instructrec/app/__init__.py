"""What one does with a workspace: train, tune, compress, evaluate, answer a file of requests, measure
speed.
"""
