"""mlops-scan reads a repository, never runs it, and says with proof how mature its machine-learning operations are."""

__version__ = "0.1.0"
