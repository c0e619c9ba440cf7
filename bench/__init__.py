"""Benchmarks: each starts a PostgreSQL of its own, prints figures, and fails when a budget is exceeded."""
