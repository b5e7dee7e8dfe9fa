"""Benchmarks: each figure is a ratio to a yardstick run in turn with the subject, in the same run."""
