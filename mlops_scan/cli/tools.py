"""`mlops-scan tools`."""

from mlops_scan.cli.listing import listing

command = listing(
    "tools",
    "A tool or convention is recognised by what it leaves behind: files, imports, calls, commands, images. "
    "`mlops-scan explain TOOL` lists these marks.",
)
