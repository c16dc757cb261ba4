"""."""
from hostile.case import Cases

CASES = Cases("lost")
