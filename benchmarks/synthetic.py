"""Trees and detectors of any size, made from numbers: the same arguments give the same bytes.

    python benchmarks/synthetic.py FOLDER --files 10000

A third of the files are Python, three in a hundred of which use tools of machine learning; the rest is configuration,
prose and data, as in a monorepo of services.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

_PLAIN = '''"""Module {number} of a service."""

import json
import logging
from pathlib import Path

from {package}.module_{near} import load_{near}

logger = logging.getLogger(__name__)


def load_{number}(path: Path, limit: int = {number}) -> dict[str, object]:
    """Read what a request needs."""
    data = json.loads(path.read_text())
    logger.info("read %d of %s", len(data), path)
    return {{key: value for key, value in data.items() if len(key) < limit}}


class Handler{number}:
    """Answers one kind of request."""

    def __init__(self, path: Path) -> None:
        self.known = load_{number}(path)

    def answer(self, name: str) -> object:
        """What is known of a name."""
        if name not in self.known:
            raise KeyError(name)
        return load_{near}(Path(name)).get(name, self.known[name])
'''
_LEARNING = '''"""Trains model {number}."""

import mlflow
import pandas as pd
from sklearn.linear_model import Ridge

from {package}.module_{near} import load_{near}


def train(path: str) -> float:
    """Fit, score, log."""
    data = pd.read_csv(path)
    model = Ridge(random_state={number}).fit(data[["a"]], data["b"])
    score = model.score(data[["a"]], data["b"])
    mlflow.log_metric("r2", score)
    return score


if __name__ == "__main__":
    train("data/{number}.csv")
'''
_MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-{number}
spec:
  template:
    spec:
      containers:
        - name: service
          image: registry.example/service-{number}:1.{number}
          env:
            - name: LIMIT
              value: "{number}"
"""
_KINDS = ("py", "yaml", "md", "json", "py", "go", "txt", "py", "ts", "csv")
_BETWEEN = {"yaml": "---\n"}
_FILLING = {
    "yaml": _MANIFEST,
    "md": "# Service {number}\n\nIt answers requests, and hands over to service {near}.\n\n```sh\nmake serve-{number}\n```\n",
    "json": '{{"name": "service-{number}", "limits": {{"cpu": {number}, "near": {near}}}}}\n',
    "go": "package service\n\n// Limit is how much is read at once.\nconst Limit{number} = {near}\n\nfunc Read{number}() int {{ return Limit{number} }}\n",
    "txt": "{number} {near}\n" * 20,
    "ts": 'import {{ read{near} }} from "./module_{near}";\n\nexport const read{number} = (name: string) => read{near}(name).length;\n',
    "csv": "a,b\n" + "{number},{near}\n" * 40,
}


def files(count: int, times: int = 1) -> Iterator[tuple[str, str]]:
    """The paths and texts of a tree; with `times` there is so much more of the same in each file, of which it still is one."""
    for number in range(count):
        folder, kind = number // 14, _KINDS[number % 10]
        package = f"service_{folder}"
        text = _FILLING.get(kind) or (_LEARNING if number // 10 % 33 == 0 and number % 10 == 0 else _PLAIN)
        parts = (
            text.format(number=number + each, near=max(number + each - 10, 0), package=package) for each in range(times)
        )
        begins, between, ends = ("[", ",", "]") if kind == "json" and times > 1 else ("", _BETWEEN.get(kind, ""), "")
        yield f"group_{folder // 50}/{package}/module_{number}.{kind}", f"{begins}{between.join(parts)}{ends}"


def detectors(count: int) -> Iterator[tuple[str, str]]:
    """The names and texts of detectors for tools that nobody uses."""
    for number in range(count):
        name = f"nobody{number}"
        signals = f'import = ["{name}"]\ncall = ["{name}.log"]\ndependency = ["{name}"]\ncommand = ["{name} run"]\nfile = ["{name}.yaml"]\n'
        yield f"{name}.toml", f'name = "{name}"\nurl = "https://{name}.example"\n[shows.run-tracked]\n{signals}'


def write(folder: Path, made: Iterator[tuple[str, str]]) -> Path:
    """Write the files below a folder, and return it."""
    for path, text in made:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    told = parser.parse_args()
    write(told.folder, files(told.files))
