"""The role of each path: what a file is there for, told by where it stands. Decided here and nowhere else."""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from itertools import accumulate

from mlops_scan.repository.patterns import PathPatterns


class Role(StrEnum):
    """What a path may prove. Only `PRODUCT` proves anything by default; tests prove testing."""

    PRODUCT = "product"
    TEST = "test"
    DOCS = "docs"
    EXAMPLE = "example"
    TEMPLATE = "template"
    VENDORED = "vendored"
    GENERATED = "generated"
    ARCHIVED = "archived"
    FIXTURE = "fixture"


#: Roles whose files are read; of the others the paths are known and counted, and their text is never opened.
READ = frozenset({Role.PRODUCT, Role.TEST, Role.DOCS})

_FOLDERS = {
    Role.VENDORED: "node_modules vendor vendored _vendor third_party thirdparty third-party bower_components"
    " site-packages __pypackages__ packrat",
    Role.ARCHIVED: "archive archived archives _archive attic deprecated obsolete backup backups old",
    Role.FIXTURE: "fixtures fixture testdata test_data test-data __snapshots__ cassettes golden __fixtures__",
    Role.EXAMPLE: "examples example samples demos tutorials tutorial quickstarts cookbook",
    Role.TEST: "tests test __tests__ e2e testing",
    Role.DOCS: "docs doc documentation",
    Role.GENERATED: "__generated__ generated .ipynb_checkpoints htmlcov",
}

_NAMES = {
    Role.TEMPLATE: "*.tmpl *.j2 *.jinja *.jinja2 *.mustache *.erb *.example *.sample *.template *.dist"
    " *.example.* *.sample.* *.template.*",
    Role.GENERATED: "*.min.js *.min.css *.map *_pb2.py *_pb2_grpc.py *_pb2.pyi *.pb.go airflow.cfg webserver_config.py",
    Role.TEST: "test_*.py *_test.py conftest.py *_test.go *.test.js *.test.ts *.spec.js *.spec.ts test-*.R testthat.R",
    Role.DOCS: "*.md *.rst *.qmd *.adoc mkdocs.yml mkdocs.yaml LICENSE* CITATION.cff",
}

#: What packages of Java begin with who has no address of his own (`com.example`).
_PACKAGE = re.compile(r"(^|/)(?:com|org|net|io)/example(?=/)")
_TO_COPY = re.compile(
    r"(?:^|[/_-])(?:examples?|samples?|demos?|tutorials?|templates?|seed[_-]?code|skeletons?|boilerplates?|exercises?|lessons?"
    r"|faulty|broken)(?:[/_-]|$)",
    re.IGNORECASE,
)
_FOLDER_ROLES = {name: role for role, names in _FOLDERS.items() for name in names.split()}
_NAME_ROLES = PathPatterns((pattern, role) for role, patterns in _NAMES.items() for pattern in patterns.split())
_MANIFESTS = ("setup.py", "pyproject.toml", "package.json", "go.mod")
_LICENCES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING")
_AUTOMATION = (
    ".github/CODEOWNERS",
    ".github/dependabot.yml",
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/FUNDING.yml",
    ".travis.yml",
)
_ORDER = (Role.VENDORED, Role.ARCHIVED, Role.TEMPLATE, Role.GENERATED, Role.FIXTURE, Role.EXAMPLE, Role.TEST, Role.DOCS)


def is_to_copy(path: str) -> bool:
    """Whether a path says that people copy what stands there, or learn from it: it runs nowhere as it stands."""
    return _TO_COPY.search(path) is not None


class Roles:
    """Says the role of a path. `overrides` are (pattern, role) of the configuration, the first match wins."""

    def __init__(self, paths: Collection[str], overrides: Iterable[tuple[str, Role]] = ()) -> None:
        self._overrides = PathPatterns((pattern, (rank, role)) for rank, (pattern, role) in enumerate(overrides))
        self._foreign = foreign_folders(paths)

    def __call__(self, path: str) -> Role:
        if chosen := min(self._overrides(path), default=None):
            return chosen[1]
        parts = path.split("/")
        if any(folder in self._foreign for folder in accumulate(parts[:-1], "{}/{}".format)):
            return Role.VENDORED
        folders = [part.lower() for part in _PACKAGE.sub(r"\1", path).split("/")[:-1]]
        found = {_FOLDER_ROLES[folder] for folder in folders if folder in _FOLDER_ROLES}
        found.update(_NAME_ROLES(path))
        if "{{" in path or "{%" in path:
            found.add(Role.TEMPLATE)
        if any(folder.startswith(("archive_", "archive-")) for folder in folders):
            found.add(Role.ARCHIVED)
        if any(folder.endswith(".egg-info") for folder in folders):
            found.add(Role.GENERATED)
        if Role.TEST in found and Role.FIXTURE not in found and _is_data_of_tests(parts):
            found.add(Role.FIXTURE)
        return next((role for role in _ORDER if role in found), Role.PRODUCT)


def _is_data_of_tests(parts: list[str]) -> bool:
    """Data below a test folder belong to the tests; code there is a test of data."""
    below = {part.lower() for part in parts[:-1]}
    code = parts[-1].endswith((".py", ".R", ".js", ".ts", ".go"))
    return not code and bool(below & {"data", "resources", "assets", "inputs", "expected", "mocks"})


def foreign_folders(paths: Collection[str]) -> frozenset[str]:
    """Folders that are somebody else's: a whole repository copied in, or a virtual environment that was committed."""
    known = set(paths)
    found = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if not folder:
            continue
        if name == "pyvenv.cfg" or (
            name in ("setup.py", "pyproject.toml", "package.json", "go.mod") and _has_foreign_ci(folder, known)
        ):
            found.add(folder)
    return frozenset(found)


def _has_foreign_ci(folder: str, paths: Collection[str]) -> bool:
    """A `.github` below the top never runs: it came along with what was copied, as did its licence."""
    return any(f"{folder}/{mark}" in paths for mark in _AUTOMATION) and any(
        f"{folder}/{name}" in paths for name in _LICENCES
    )
