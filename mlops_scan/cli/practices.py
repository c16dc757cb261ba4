"""`mlops-scan practices`."""

from mlops_scan.cli.listing import listing

command = listing(
    "practices",
    "A practice is one thing that a team can be seen to do. Criteria ask for practices; tools show them.",
)
