"""`mlops-scan faults`."""

from mlops_scan.cli.listing import listing

command = listing("faults")
