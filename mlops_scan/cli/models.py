"""`mlops-scan models`."""

from mlops_scan.cli.listing import listing

command = listing(
    "models",
    "A maturity model is a ladder of stages; a stage is a set of criteria; a criterion needs practices at a strength.",
)
