"""`python -m mlops_scan`. (Where the working directory is not trusted, use the console script or `python -P -m`.)"""

from mlops_scan.cli import main

main()
