"""How often the scanner is right: what it says of labelled repositories, beside what people read in them.

    python benchmarks/accuracy.py --labels DIR --repos DIR [--write README.md]

A label is a JSON file `OWNER+NAME.json`: `kind`, `tools` (`tool`, `status`, `evidence` with paths), `answers` (criterion
to `answer`), `areas` (capability to stage), `thrive_stage` and `pyinns_level`. DIR of --repos holds one work tree a
label, under the same name and at the labelled commit. Prints tables in Markdown, or puts them between the markers of a
file. A repository that cannot be scanned counts as wrong everywhere.
"""

import argparse
import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

FAMILIES: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "families.toml").read_text(encoding="utf-8")
)
RUNGS = ("mentioned", "declared", "configured", "wired", "exercised")
VERDICTS = {"met": 2, "partly": 1}
ANSWERS = {"yes": 2, "partial": 1}
STAGES = {"stages": ("thrive_stage", 5), "levels": ("pyinns_level", 4)}
NOT_APPLICABLE = ("ml-library", "mlops-tool", "non-ml", "awesome-list")
EITHER = ("template", "course", "platform")
BEGIN, END = "<!-- accuracy: begin -->\n", "<!-- accuracy: end -->\n"

Json = dict[str, Any]
Pair = tuple[int, int]  # what the label says, what the scanner says


class Claim(NamedTuple):
    """A tool that a label or the scanner names. `path_agrees` and `rungs` speak of tools that both of them name."""

    group: str
    family: str
    real: bool
    said: bool
    rungs: Pair = (0, 0)
    path_agrees: bool = False


class Scored(NamedTuple):
    """What was compared in one repository."""

    claims: list[Claim]
    criteria: dict[str, list[Pair]]
    stages: dict[str, Pair]
    areas: list[int]
    applicable: list[bool]


def score(label: Json, said: Json | None) -> Scored:
    """Compare a label with the JSON report of the scanner, or with nothing where it failed."""
    says = said if said is not None and said.get("applicable") else {}
    models = {each["id"]: each for each in says.get("models", [])}
    verdicts = {each["id"]: each["verdict"] for model in models.values() for each in model["criteria"]}
    own = {each["id"]: each.get("stage") or 0 for each in says.get("capabilities", [])}
    answers = {name: answer["answer"] for name, answer in label["answers"].items()}
    pairs = {
        name: (ANSWERS.get(answer, 0), VERDICTS.get(verdicts.get(name, ""), 0)) for name, answer in answers.items()
    }
    is_applicable = label["kind"] not in NOT_APPLICABLE
    return Scored(
        list(claims(label, said or {})),
        {model: [pairs[name] for name in pairs if name.startswith("P.") == (model == "levels")] for model in STAGES},
        {model: (label[key], _stage(models, model, said, label[key], top)) for model, (key, top) in STAGES.items()},
        [abs(stage - own.get(area, 0)) for area, stage in label["areas"].items()],
        [] if label["kind"] in EITHER else [said is not None and bool(said.get("applicable")) == is_applicable],
    )


def _stage(models: Json, model: str, said: Json | None, real: int, top: int) -> int:
    if said is None:
        return top if real == 0 else 0
    stage = models.get(model, {}).get("stage")
    return stage if isinstance(stage, int) else 0


def claims(label: Json, said: Json) -> Iterator[Claim]:
    """The tools of the families that the label or the scanner names."""
    known = [tool for tool in reversed(label["tools"]) if tool["status"] in RUNGS]  # of equals the first counts
    real = {tool["tool"]: tool for tool in sorted(known, key=lambda tool: RUNGS.index(tool["status"]))}
    reported = {tool["id"]: tool for tool in said.get("tools", [])}
    for group, families in FAMILIES.items():
        for family, tool in ((family, tool) for family, tools in families.items() for tool in tools):
            rung = RUNGS.index(real[tool]["status"]) if tool in real else 0
            if rung and tool in reported:
                paths = {place["path"] for place in reported[tool]["evidence"]}
                agrees = any(place["path"] in paths for place in real[tool]["evidence"])
                yield Claim(group, family, True, True, (rung, RUNGS.index(reported[tool]["strength"])), agrees)
            elif rung or tool in reported:
                yield Claim(group, family, bool(rung), tool in reported)


def kappa(pairs: Iterable[Pair], top: int) -> float:
    """Cohen's kappa with quadratic weights, of ratings from 0 to `top`; 1 where there is nothing to disagree on."""
    seen = Counter((min(max(real, 0), top), min(max(said, 0), top)) for real, said in pairs)
    many = seen.total()
    reals, saids = Counter[int](), Counter[int]()
    for (real, said), count in seen.items():
        reals[real] += count
        saids[said] += count
    observed = sum((real - said) ** 2 * count for (real, said), count in seen.items())
    by_chance = sum((i - j) ** 2 * reals[i] * saids[j] for i in reals for j in saids)
    return 1 - observed * many / by_chance if by_chance else 1.0


def share(flags: Iterable[bool]) -> float:
    """How many of the flags are set; 0 where there is none."""
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def precision(named: Iterable[Claim]) -> float:
    """How many of the tools that the scanner names are in use."""
    return share(claim.real for claim in named if claim.said)


def recall(named: Iterable[Claim]) -> float:
    """How many of the tools in use the scanner names."""
    return share(claim.said for claim in named if claim.real)


def figures(scored: list[Scored]) -> Iterator[tuple[str, float]]:
    """The measurements over all repositories: what is measured, and the number."""
    named = [claim for one in scored for claim in one.claims]
    for group in FAMILIES:
        of_group = [claim for claim in named if claim.group == group]
        yield f"{group} tools: recall", recall(of_group)
        yield f"{group} tools: precision", precision(of_group)
    found = [claim for claim in named if claim.real and claim.said]
    yield "strength of a tool: exact", share(claim.rungs[0] == claim.rungs[1] for claim in found)
    yield "strength of a tool: within one", share(abs(claim.rungs[0] - claim.rungs[1]) <= 1 for claim in found)
    yield "evidence names a file of the label", share(claim.path_agrees for claim in found)
    for model, (_, top) in STAGES.items():
        criteria = [pair for one in scored for pair in one.criteria[model]]
        stages = [one.stages[model] for one in scored]
        yield f"criteria of `{model}`: exact", share(real == said for real, said in criteria)
        yield f"criteria of `{model}`: kappa", kappa(criteria, 2)
        yield f"stage of `{model}`: exact", share(real == said for real, said in stages)
        yield f"stage of `{model}`: within one", share(abs(real - said) <= 1 for real, said in stages)
        yield f"stage of `{model}`: kappa", kappa(stages, top)
    areas = [error for one in scored for error in one.areas]
    yield "stage of a capability: mean error", sum(areas) / max(1, len(areas))
    yield "applicable or not: right", share(flag for one in scored for flag in one.applicable)


def tables(scored: list[Scored]) -> str:
    """All measurements as two tables in Markdown: over all, and by family of tools."""
    named = [claim for one in scored for claim in one.claims]
    lines = ["| measured | |", "|---|---:|", *(f"| {name} | {value:.2f} |" for name, value in figures(scored)), ""]
    lines += ["| family of tools | in use | found | wrong | recall | precision |", "|---|---:|---:|---:|---:|---:|"]
    lines += [_row(family, named) for families in FAMILIES.values() for family in families]
    return "\n".join(lines) + "\n"


def _row(family: str, named: list[Claim]) -> str:
    own = [claim for claim in named if claim.family == family]
    used, found = sum(claim.real for claim in own), sum(claim.real and claim.said for claim in own)
    wrong = sum(claim.said and not claim.real for claim in own)
    shares = (f"{recall(own):.2f}" if used else "", f"{precision(own):.2f}" if found + wrong else "")
    return f"| {family} | {used} | {found} | {wrong} | {shares[0]} | {shares[1]} |"


def scan(tree: Path) -> Json | None:
    """The JSON report of a work tree; nothing, and a line on standard error, where there is none."""
    command = [sys.executable, "-m", "mlops_scan", str(tree), "--no-config", "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
    try:
        report: Json = json.loads(done.stdout)
    except ValueError:
        print(f"{tree.name}: no report (exit code {done.returncode})", file=sys.stderr)
        return None
    return report


def measure(labels: Path, repositories: Path) -> list[Scored]:
    """Scan every labelled repository that is there, in the order of their names."""
    pairs = [(file, repositories / file.stem) for file in sorted(labels.glob("*.json"))]
    for _, tree in pairs:
        if not tree.is_dir():
            print(f"{tree.name}: not there", file=sys.stderr)
    return [score(json.loads(file.read_text(encoding="utf-8")), scan(tree)) for file, tree in pairs if tree.is_dir()]


def put(text: str, content: str) -> str:
    """The text with this content between its markers. Raises `ValueError` where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN.strip()} and {END.strip()} to write between")
    return f"{before}{begin}{content}{end}{after}"


def main() -> None:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--labels", type=Path, required=True, help="the folder of the labels")
    parser.add_argument("--repos", type=Path, required=True, help="the folder of the work trees")
    parser.add_argument("--write", type=Path, help="a file with markers, such as README.md, to write the tables into")
    arguments = parser.parse_args()
    if not (scored := measure(arguments.labels, arguments.repos)):
        sys.exit("no labelled repository is there")
    if arguments.write is None:
        print(tables(scored), end="")
        return
    text = arguments.write.read_text(encoding="utf-8")
    try:
        arguments.write.write_text(put(text, tables(scored)), encoding="utf-8")
    except ValueError as problem:
        sys.exit(f"{arguments.write}: {problem}")


if __name__ == "__main__":
    main()
