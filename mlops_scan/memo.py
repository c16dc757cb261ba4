"""What a function says of a name, remembered: the same names stand in code again and again."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_MOST = 10_000
_LONGEST = 200


class Memo(dict[str, T]):
    """The answers of a function of one text, found out when they are first asked for: `memo[name]`.

    What is kept is bounded, however many names there are, and however long.
    """

    def __init__(self, ask: Callable[[str], T]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, name: str) -> T:
        answer = self._ask(name)
        if len(name) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[name] = answer
        return answer
