"""`mlops-scan practices`."""

from mlops_scan.cli.listing import listing

command = listing("practices")
