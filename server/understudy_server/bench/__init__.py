"""Benchmarks that back the figures of ARCHITECTURE.md; run them with `understudy bench NAME`."""
