"""Benchmarks: each module has `run() -> list[dict]`; every figure is a ratio against something in the same run."""
