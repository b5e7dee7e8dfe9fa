"""A project of a few lines, for start.py to set up in seconds and without a network."""
