"""Patterns that are searched for only where a word that they need stands in the text."""

import re
from collections.abc import Iterator


class Search:
    """Whether a pattern is found in a text, asked as `search(text)`.

    `needs` are words of which one stands in whatever the pattern finds; in lower case where their `case` does not matter.
    To look for them takes a hundredth of the time that the pattern takes.
    """

    def __init__(self, pattern: str, *needs: str, case: bool = True, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.pattern = re.compile(pattern, flags)
        self._needs = needs
        self._case = case

    def __call__(self, text: str, lower: str = "") -> bool:
        """Search the text; `lower` is the same in lower case, where somebody has it."""
        given = self._given(text, lower)
        return (not given or any(map(given.__contains__, self._needs))) and self.pattern.search(text) is not None

    def parts(self, text: str, lower: str, between: str) -> Iterator[str]:
        """Of a text of parts, in front of each of which stands `between`, those in which the pattern is found.

        It must find nothing that reaches from one part into another. Without a word to go by, all of the text is one part.
        """
        given = self._given(text, lower)
        if not given and self.pattern.search(text):
            yield text
        for need in self._needs if given else ():
            at = given.find(need)
            while at >= 0:
                end = given.find(between, at) % (len(given) + 1)  # -1, where there is none, is the end
                part = text[given.rfind(between, 0, at) : end]
                if self.pattern.search(part):
                    yield part
                at = given.find(need, end)

    def _given(self, text: str, lower: str) -> str:
        """What the words are looked for in; empty where they say nothing: beyond ASCII one letter may stand for another."""
        if not self._needs or not (self._case or text.isascii()):
            return ""
        return text if self._case else lower or text.lower()
