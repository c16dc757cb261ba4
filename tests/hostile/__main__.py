"""Runs the cases by hand, and prints what each took: `python -m hostile [--full] [--only WORDS] [--keep FOLDER]`."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import hostile
from hostile.case import Expected, Field, can_be_built
from hostile.scanned import HOME, Server, problems, scan


def main() -> int:
    """Run them; the number of those that do not hold."""
    options = _options()
    server, failed, figures = Server(), 0, []
    with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as base:
        Path(base).chmod(0o755)  # some cases are scanned by another user
        for number, case in enumerate(hostile.cases()):
            title = f"{case.group}: {case.name}"
            if options.only not in title or (case.needs == "full" and not options.full):
                continue
            if not can_be_built(case, HOME, Path(sys.prefix)):
                continue
            field = Field(Path(options.keep or base) / str(number), full=options.full)
            field.furnish()
            expected = case.build(field) or Expected()
            before = field.snapshot()
            try:
                found = scan(field, server)
            except TimeoutError as failure:
                failed += 1
                print(f"   BROKEN: {title}: {failure}", flush=True)
                continue
            wrong = problems(field, expected, found, before)
            failed += bool(wrong)
            figures.append((found.seconds, found.memory, title))
            print(f"{found.seconds:7.2f} s {found.memory / 1e6:6.0f} MB  exit {found.status}  {title}", flush=True)
            for each in wrong:
                print(f"           BROKEN: {each[:600]}", flush=True)
            if not options.keep:
                shutil.rmtree(field.base, ignore_errors=True)
    server.close()
    if figures:
        print(f"{len(figures)} cases, {failed} do not hold")
        print(f"slowest: {max(figures)[0]:.1f} s, {max(figures)[2]}")
        memory, title = max((memory, title) for _, memory, title in figures)
        print(f"most memory: {memory / 1e6:.0f} MB, {title}")
    return min(failed, 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hostile", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also the cases in their full size; takes an hour")
    parser.add_argument("--only", default="", metavar="WORDS", help="only cases with these words in their title")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the trees in FOLDER, to look at them")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
