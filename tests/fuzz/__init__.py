"""Repositories that nobody wrote: those of `fixtures/` after many small changes, each scanned whole and held against what must be true.

`python -m fuzz --help`, in `tests/`, runs as many as there is time for.
"""
