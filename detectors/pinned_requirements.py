"""Requirements that pin what they name.

Code, because a share decides: one `==` among twenty open ranges pins nothing.
"""

from collections.abc import Iterator

from mlops_scan.detector import Shown, detector
from mlops_scan.evidence import Reading


@detector("Pinned requirements", "", ("environment-pinned",), is_tool=False, asks={"pin": (), "dependency": ()})
def pinned_requirements(reading: Reading) -> Iterator[Shown]:
    """At least half of the named packages carry an exact version, or the file was compiled or exported."""
    pins, named = reading.of("pin"), reading.of("dependency")
    exact = [fact for fact in named if fact.value.startswith(("==", "===")) or fact.value[:1].isdigit()]
    if pins or (exact and 2 * len(exact) >= len(named)):
        yield Shown("environment-pinned", (*pins, *exact)[0]._replace(kind="pin"))
