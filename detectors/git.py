"""Git's own record of the work: who committed, and what came in by a pull request.

Code, because numbers decide: one author who merges his own pull requests reviews nothing.
"""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading

_FEWEST_PULL_REQUESTS = 3


@detector("Git", "https://git-scm.com/doc", ("code-versioned", "code-reviewed"))
def git(reading: Reading) -> Iterator[Shown]:
    """A history shows versions; merged pull requests show reviews, and prove them where there are several people."""
    numbers = {fact.name: fact for fact in reading.facts if fact.kind == "history"}
    if "commits" in numbers and int(numbers["commits"].value) > 0:
        yield Shown("code-versioned", numbers["commits"], trace=True)
        merged = int(numbers["pull_requests"].value) + int(numbers["merges"].value)
        if merged >= _FEWEST_PULL_REQUESTS:
            yield Shown("code-reviewed", numbers["pull_requests"], trace=int(numbers["authors"].value) > 1)
