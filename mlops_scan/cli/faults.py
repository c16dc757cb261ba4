"""`mlops-scan faults`."""

from mlops_scan.cli.listing import listing

command = listing(
    "faults",
    "A fault is a broken wire: a gate that cannot fail, a reference to nothing, a check that is switched off. `mlops-scan explain FAULT` says how to mend it.",
)
