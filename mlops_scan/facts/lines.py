"""On which lines of a text matches stand."""

import re
from collections.abc import Iterable, Iterator


def lined(found: Iterable[re.Match[str]], group: int = 0) -> Iterator[tuple[int, re.Match[str]]]:
    """Matches in the order of one text, each behind the line on which it, or one of its groups, begins; counted from 1.

    Every line is counted once, however many matches there are.
    """
    line, seen = 1, 0
    for each in found:
        line, seen = line + each.string.count("\n", seen, each.start(group)), each.start(group)
        yield line, each
