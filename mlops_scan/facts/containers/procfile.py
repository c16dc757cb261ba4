"""Procfiles: the processes of an application, one a line."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Item, Unit
from mlops_scan.facts import shell
from mlops_scan.facts.source import Source, reads

_PROCESS = re.compile(r"([A-Za-z0-9_-]{1,100}):\s*(\S.*)")


@reads("Procfile", "Procfile.*")
def procfile(source: Source) -> Iterator[Item]:
    """`web: gunicorn app:app` as a service with its command; nothing if any line has another form."""
    lines = [(number, line.strip()) for number, line in enumerate(source.lines, 1)]
    processes = [(number, _PROCESS.fullmatch(line)) for number, line in lines if line and not line.startswith("#")]
    if not all(found for _, found in processes):
        return
    for number, found in processes:
        if found:
            unit = Unit("service", found[1], number)
            yield unit
            yield from shell.run(found[2], number, unit.id, source.path.rpartition("/")[0])
