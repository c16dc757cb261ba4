"""What makes a finding the same finding in the next scan, though lines have moved."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256

from mlops_scan.report.parts.findings import Finding

_NUMBERS = re.compile(r"\d+")


def fingerprints(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Each finding with 64 hexadecimal digits of its own: of its rule and what it says, without numbers and blanks.

    The second of two that say the same is counted, since GitLab shows equal fingerprints once. Line numbers take no
    part (SARIF 2.1.0, appendix B).
    """
    seen: Counter[str] = Counter()
    for each in findings:
        said = " ".join(_NUMBERS.sub("0", each.identity).split())
        seen[digest := f"{each.rule}\0{said}"] += 1
        text = f"{digest}\0{seen[digest]}"
        yield each, sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
