"""Measurements beside named peers: ``python -m benchmarks`` prints one JSON line a figure."""
