"""What tools and teams keep in configuration files of their own: hooks, sections, attributes, owners, variables."""

import re
from collections.abc import Iterator

from mlops_scan.evidence import Fact, Item, Unit
from mlops_scan.facts import ini, shell
from mlops_scan.facts.source import Source, reads
from mlops_scan.facts.trees import Mapping, Node, as_list, as_mapping, as_text, at, leaves

_REPOSITORY = re.compile(r"(?:[\w+]+://|git@)[^/:\s]+[/:](?:\d+/)?([^\s?#]+?)(?:\.git)?/*$")
_NO_COMMAND = {"fail", "pygrep", "docker_image", "docker"}
#: Files that configure runs: by their own names, or by their folder's.
_OF_RUNS = re.compile(
    r"(?:^|[/_.-])(?:conf|confs|configs?|configurations?|settings|params?|parameters|hyperparam\w*|experiments?|train\w*)(?=[/_.-])"
)
_SEED = re.compile(r"(?:\w+_)?seed|random_state")
_SPEAKS_OF_SEEDS = re.compile(r"seed|random_state")
_LONGEST = 100_000
_VARIABLE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=")


@reads(".pre-commit-config.yaml", ".pre-commit-config.yml")
def pre_commit(source: Source) -> Iterator[Item]:
    """pre-commit: each hook is a check; its repository and its id are `hook` facts, a local hook runs its entry."""
    document = as_mapping(next(iter(source.documents), None))
    seen: set[str] = set()
    for repository in as_list(at(document, "repos")):
        address = as_text(at(repository, "repo"))
        name = _repository(address)
        if name:
            yield Fact("hook", name, as_mapping(repository).line_of("repo"))
        for hook in as_list(at(repository, "hooks")):
            for item in _hook(hook, address == "local"):
                if isinstance(item, Fact) or item.id not in seen:
                    yield item
                seen.update([item.id] if isinstance(item, Unit) else [])


def _repository(address: str) -> str:
    """`owner/name` of an address; nothing for `local`, `meta` and `builtin`."""
    found = _REPOSITORY.match(address) if len(address) < 1000 else None
    return "/".join(found[1].split("/")[-2:]) if found else ""


def _hook(hook: Node, local: bool) -> Iterator[Item]:
    name = as_text(at(hook, "id"))
    if not name:
        return
    unit = Unit("check", name, hook.line)
    arguments = " ".join(as_text(word) for word in as_list(at(hook, "args")))
    yield unit
    yield Fact("hook", name, as_mapping(hook).line_of("id"), arguments[:200], unit.id)
    stages = [as_text(stage) for stage in as_list(at(hook, "stages"))]
    if stages == ["manual"]:
        yield Fact("condition", "stages: manual", as_mapping(hook).line_of("stages"), unit=unit.id)
    entry, language = at(hook, "entry"), as_text(at(hook, "language"))
    if not local or not as_text(entry):
        return
    line = as_mapping(hook).line_of("entry")
    if language not in _NO_COMMAND:
        yield from shell.run(f"{as_text(entry)} {arguments}", line, unit.id, one_line=True)
    elif language == "docker_image":
        image, _, tag = as_text(entry).split(maxsplit=1)[0].partition(":")
        yield Fact("image", image, line, tag, unit.id)


@reads(
    "setup.cfg", "tox.ini", "pytest.ini", ".pytest.ini", "mypy.ini", ".mypy.ini", ".flake8", ".coveragerc", ".pylintrc",
    "pylintrc", ".isort.cfg", ".bandit", ".pydocstyle", ".style.yapf", ".importlinter", ".sqlfluff", ".codespellrc",
    ".lintr",
)  # fmt: skip
def sections(source: Source) -> Iterator[Fact]:
    """The sections of an INI file that configures a tool, and none of its settings."""
    for section in ini.sections(source.text).values():
        yield Fact("section", section.name, section.line)


@reads(
    ".env", ".env.*", ".envrc", "*.env", "env.example", "example.env", "*.env.example", "*.env.template", "*.env.sample"
)
def variables(source: Source) -> Iterator[Fact]:
    """The names of environment variables, never a value: what stands in such files is secret more often than not."""
    for number, line in enumerate(source.lines, 1):
        if found := _VARIABLE.match(line):
            yield Fact("env", found[1], number)


@reads("*.yaml", "*.yml", "*.json", "*.toml")
def seeds(source: Source) -> Iterator[Fact]:
    """The random seeds that a configuration of runs sets: `seed: 7`, wherever it stands in the file."""
    if (
        not _OF_RUNS.search(source.path.lower())
        or len(source.text) > _LONGEST
        or not _SPEAKS_OF_SEEDS.search(source.text)
    ):
        return
    documents = [source.toml] if source.name.endswith(".toml") else source.documents
    for document in documents[:1]:
        for path, value in leaves(document) if isinstance(document, Mapping) else ():
            if _SEED.fullmatch(path.rpartition(".")[2]) and value.isdigit():
                yield Fact("seed", path[:200], value.line, value[:20])


@reads(".gitattributes")
def attributes(source: Source) -> Iterator[Fact]:
    """gitattributes(5): the filters (`lfs`), and the patterns that each of them is for."""
    for number, line in enumerate(source.lines, 1):
        words = line.split()
        if len(words) < 2 or words[0].startswith("#"):
            continue
        for word in words[1:]:
            if word.startswith("filter="):
                yield Fact("field", "gitattributes.filter", number, word[7:])
                yield Fact("field", f"gitattributes.filter.{word[7:]}", number, words[0])


@reads("/CODEOWNERS", "/.github/CODEOWNERS", "/.gitlab/CODEOWNERS", "/docs/CODEOWNERS")
def code_owners(source: Source) -> Iterator[Fact]:
    """How many owners are named, in the places where GitHub and GitLab look; a file without any counts none."""
    first, owners = 0, set[str]()
    for number, line in enumerate(source.lines, 1):
        words = re.sub(r"(?:^|\s)#.*", "", line).split()
        named = [word for word in words[1:] if "@" in word]
        first = first or (number if named else 0)
        owners.update(named)
    yield Fact("field", "CODEOWNERS.owners", first or 1, str(len(owners)))
