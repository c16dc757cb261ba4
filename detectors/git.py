"""Git's own record of the work: who committed, and what came in by a pull request.

Code, because numbers decide: an author who merges his own pull requests reviews nothing, and a few merges are no habit.
"""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_FEWEST = 2  # below this, somebody tried what a pull request is
_HABIT = 5


@detector("Git", "https://git-scm.com/doc", ("code-versioned", "code-reviewed"), asks={"history": ("commits",)})
def git(reading: Reading) -> Iterator[Shown]:
    """A history shows versions; what several people merged shows reviews, and proves them where it is a habit."""
    numbers = {fact.name: fact for fact in reading.of("history")}
    if "commits" in numbers and int(numbers["commits"].value) > 0:
        yield Shown("code-versioned", numbers["commits"], trace=True)
        merged = max(int(numbers["pull_requests"].value), int(numbers["merges"].value))
        if int(numbers["authors"].value) > 1 and merged >= _FEWEST:
            yield Shown("code-reviewed", numbers["pull_requests"], trace=merged >= _HABIT)
