"""`mlops-scan models`."""

from mlops_scan.cli.listing import listing

command = listing("models")
