"""Scans mutants until the time is over, and prints those that break a promise: `python -m fuzz --minutes 30 --seed 1 --keep FOLDER`."""

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

from fuzz.mutants import Mutant, Tree, grown, mutant, seeds, smaller
from fuzz.scanned import laid, problems
from mlops_scan.cache import Cache, Memory
from mlops_scan.report import formats


def main() -> int:
    """Run them; 1 where a mutant breaks a promise."""
    options = _options()
    warnings.simplefilter("error", ResourceWarning)
    ends, failed, count, slowest = time.monotonic() + 60 * options.minutes, 0, 0, (0.0, 0)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        memory = Memory(Cache(Path(folder, "cache.sqlite")), b"fuzz" * 8)
        for seed in [options.only] if options.only is not None else seeds(options.seed):
            if time.monotonic() > ends or failed >= options.most:
                break
            began, each = time.monotonic(), mutant(seed)
            found = problems(grown(each), Path(folder, "tree"), memory, formats(), deep=True)
            slowest = max(slowest, (time.monotonic() - began, seed))
            count += 1
            if found:
                failed += 1
                _tell(each, found, Path(folder), memory, Path(options.keep) if options.keep else None)
    print(f"{count} mutants, {failed} of them break a promise; the slowest took {slowest[0]:.1f} s (seed {slowest[1]})")
    return min(failed, 1)


def _tell(each: Mutant, found: list[str], folder: Path, memory: Memory, keep: Path | None) -> None:
    """Print what is wrong, and the smallest tree in which it still is."""
    print(f"\nseed {each.seed}: {', '.join(each.bases)} after {len(each.changes)} changes", flush=True)
    for problem in found[:5]:
        print(f"  BROKEN: {problem[:1500]}")
    kind = _kind(found[0])

    def fails(tree: Tree) -> bool:
        return kind in map(_kind, problems(tree, folder / "smaller", memory, formats(), deep=True))

    tree = smaller(each, fails)
    for path, content in tree.items():
        print(f"  {path!r}: {content[:1500]!r}")
    if keep:
        print(f"  kept in {laid(tree, keep / str(each.seed))}", flush=True)


def _kind(problem: str) -> str:
    """What is said of a problem without what it is said of: the last line of a traceback, the words before a name."""
    last = problem.strip().rpartition("\n")[2]
    return last[:25]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long to go on")
    parser.add_argument("--seed", type=int, default=1, help="where to begin: another number, other mutants")
    parser.add_argument("--only", type=int, metavar="SEED", help="only the mutant of this seed, as it was printed")
    parser.add_argument("--most", type=int, default=10, help="stop behind so many that break a promise")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the smallest trees in FOLDER, to look at them")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
