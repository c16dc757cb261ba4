"""Repositories that want to harm whoever scans them: each case builds one, scans it under watch, and says what must hold.

Nothing hostile is committed: every file is written when its case runs. `python -m hostile --help`, in `tests/`, runs them
by hand, also in their full size, and prints time and memory of each.
"""

from importlib import import_module

from hostile.case import Case

GROUPS = ("executed", "outside", "bounded", "injected", "lost")


def cases() -> list[Case]:
    """All cases, in the order of their groups."""
    modules = [import_module(f"hostile.{name}") for name in GROUPS]
    return [each for module in modules for each in module.CASES]
