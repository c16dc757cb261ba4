"""How the environment of a repository is declared: what installs it, and what adds a package to it."""

import re
from posixpath import commonpath, dirname
from typing import NamedTuple

from mlops_scan.roadmap.scripts import script
from mlops_scan.roadmap.view import View, plain

_CONDA = re.compile(r"(?:^|/)(?:conda|environment|[\w-]*(?:conda|environment)[\w-]*)\.ya?ml$")


class Packaging(NamedTuple):
    """The file that declares it, the kind, and the commands that install it and add to it."""

    file: str
    kind: str
    install: str = ""
    add: str = ""


#: The first whose file stands at the root counts.
_AT_ROOT = (
    Packaging("uv.lock", "uv", "uv sync --locked", "uv add"),
    Packaging("poetry.lock", "poetry", "poetry install", "poetry add"),
    Packaging("Pipfile", "pipenv", "pipenv install --dev", "pipenv install"),
    Packaging("renv.lock", "renv", "Rscript -e 'renv::restore()'", ""),
    Packaging("requirements.txt", "pip", "pip install -r requirements.txt", "pip install"),
    Packaging("environment.yml", "conda", "conda env update --name base --file environment.yml", "conda install"),
    Packaging("environment.yaml", "conda", "conda env update --name base --file environment.yaml", "conda install"),
    Packaging("pyproject.toml", "pyproject", "pip install .", "pip install"),
    Packaging("setup.py", "pyproject", "pip install .", "pip install"),
)


def packaging(view: View) -> Packaging:
    """What declares the environment: at the root, else the file nearest to the training."""
    for known in _AT_ROOT:
        if view.has(known.file):
            return known
    conda = [path for path in view.graph.readings if _CONDA.search(path) and plain(path)]
    nested = [path for path in view.graph.readings if path.endswith("/requirements.txt") and plain(path)]
    around = dirname(script(view, "train"))
    if nested:
        near = min(nested, key=lambda path: (-len(commonpath([dirname(path), around])), path.count("/"), path))
        return Packaging(near, "pip", f"pip install -r {near}", "pip install")
    if conda:
        named = min(conda, key=lambda path: (path.count("/"), path))
        return Packaging(named, "conda", f"conda env update --name base --file {named}", "conda install")
    return Packaging("", "none")
