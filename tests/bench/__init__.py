"""Benchmarks: `python -m tests.bench`. They measure and tell; no test asserts a time."""
