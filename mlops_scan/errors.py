"""What can go wrong in a way that the user can mend, or that the report must name."""


class ScanError(Exception):
    """The scan cannot be done at all: a wrong path, configuration or model. One line, exit code 2."""


class GivenUp(ScanError):
    """The scan began and had to be given up as a whole. One line, exit code 3: it passes no gate."""


class InvalidFile(ScanError):
    """A file of ours or of the user's (a detector, a model, a configuration) is wrong; says which and how."""

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


class Unreadable(Exception):
    """A file of the scanned repository cannot be read or parsed: becomes a warning in the report.

    `reason` never quotes the file: the parsers' own messages would carry its text into the report.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class TooLarge(Unreadable):
    """A file is over the size, the depth or the number of parts that is read: mostly data, which decide nothing."""
