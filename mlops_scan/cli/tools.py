"""`mlops-scan tools`."""

from mlops_scan.cli.listing import listing

command = listing("tools")
