"""Nothing is lost: what can be read is read, what cannot is said, and no part that breaks takes the rest with it."""

from hostile.lost import contents, endings, git, strangers, surroundings

CASES = [*git.CASES, *contents.CASES, *surroundings.CASES, *strangers.CASES, *endings.CASES]
