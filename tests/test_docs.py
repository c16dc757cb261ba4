"""The docs say what is true: generated pages are generated, sessions are typed again, blocks are what their readers take."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import places
import pytest
import trees
from test_places import schema

from mlops_scan import __version__, catalogue, config, handbook, maturity
from mlops_scan.cli import main

ROOT = places.ROOT
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.glob("*.md"))]
GENERATED = {"criteria.md": "models", "practices.md": "practices", "faults.md": "faults", "tools.md": "tools"}
_END = "--- end of a command ---"


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_the_command_prints(name: str, accept: bool) -> None:
    text = handbook.PAGES[GENERATED[name]](catalogue.load())
    if accept:
        (DOCS / name).write_text(text, encoding="utf-8")
    else:
        assert (DOCS / name).read_text(encoding="utf-8") == text, "pytest --accept tests/test_docs.py"


def test_the_generated_pages_name_everything_that_is_known() -> None:
    pages = {name: handbook.PAGES[what](catalogue.load()) for name, what in GENERATED.items()}
    assert all(
        f"#### {each.id}\n" in pages["criteria.md"] for model in maturity.builtin().values() for each in model.criteria
    )
    assert all(f"| {each.id} |" in pages["tools.md"] for each in catalogue.load())


def commands(block: str) -> Iterator[str]:
    """The commands of a session: what follows `$ `, with the lines that follow `> `; all else is output."""
    for line in block.splitlines():
        if line.startswith("$ "):
            yield line[2:]
        elif line == ">" or line.startswith("> "):
            yield f"\n{line[2:]}"


def session(block: str) -> list[str]:
    found: list[str] = []
    for part in commands(block):
        if part.startswith("\n"):
            found[-1] += part
        else:
            found.append(part)
    return found


def typed(blocks: list[list[str]], folder: Path) -> list[str]:
    """What the shell printed for each command of all blocks, one shell for all."""
    script = "\n".join(f"{command}\necho '{_END}'" for block in blocks for command in block)
    environment = {
        **os.environ,
        **trees._ENVIRONMENT,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
    }
    done = subprocess.run(
        ["bash", "--norc", "-c", f"exec 2>&1\n{script}"], cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split(f"{_END}\n")[:-1]


def shown(command: str, output: str) -> str:
    first, *more = command.split("\n")
    return "".join((f"$ {first}\n", *(f"> {line}".rstrip() + "\n" for line in more), output))


@pytest.mark.parametrize("page", [DOCS / "getting-started.md"], ids=lambda page: page.stem)
def test_a_session_shows_what_the_shell_prints(page: Path, tmp_path: Path, accept: bool) -> None:
    (tmp_path / "bin").mkdir()
    places.scanner(tmp_path / "bin")
    fixtures = tmp_path / "mlops-scan" / "fixtures" / "repositories"
    shutil.copytree(ROOT / "fixtures" / "repositories" / "tracked-scripts", fixtures / "tracked-scripts")
    text = page.read_text(encoding="utf-8")
    blocks = [session(found) for found in re.findall(r"```console\n(.*?)```", text, re.DOTALL)]
    outputs = iter(typed(blocks, tmp_path))
    new = iter(["".join(shown(command, next(outputs)) for command in block) for block in blocks])
    expected = re.sub(r"(```console\n).*?```", lambda found: f"{found[1]}{next(new)}```", text, flags=re.DOTALL)
    if accept:
        page.write_text(expected, encoding="utf-8")
    else:
        assert text == expected, "pytest --accept tests/test_docs.py"


SCHEMAS = {
    "github": ("github-workflows", ()),
    "gitlab": ("gitlab-ci", ("--data-transform", "gitlab-ci")),
    "azure": ("azure-pipelines", ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")),
}


def marked(kind: str) -> list[tuple[str, str]]:
    """The blocks of all pages below a comment such as `<!-- azure -->`, with the name of their page."""
    pattern = re.compile(rf"<!-- {kind} -->\n\s*```\w+\n(.*?)```", re.DOTALL)
    return [(page.name, found) for page in PAGES for found in pattern.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("system", SCHEMAS)
def test_the_blocks_for_a_ci_system_are_what_it_takes(system: str, tmp_path: Path) -> None:
    name, options = SCHEMAS[system]
    blocks = marked(system)
    assert {page for page, _ in blocks} >= {"README.md", "ci.md"}
    files = []
    for number, (_, text) in enumerate(blocks):
        whole = (
            text
            if "jobs:" in text or system != "github"
            else f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{text}"
        )
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(whole)
    schema(name, *files, options=options)


@pytest.mark.parametrize("system", [*SCHEMAS, "jenkins", "pre-commit"])
def test_readme_shows_each_place_in_at_most_ten_lines(system: str) -> None:
    own = [text for page, text in marked(system) if page == "README.md"]
    assert own and all(len(text.splitlines()) <= 10 for text in own)


def test_the_inputs_that_the_pages_use_are_inputs_of_the_action() -> None:
    known = set(places.document("action.yml")["inputs"])
    used = re.findall(
        r"uses: mlops-scan/mlops-scan@\S+\n\s+with:\n((?:\s+[\w-]+: .*\n)+)",
        "".join(text for _, text in marked("github")),
    )
    names = {line.partition(":")[0].strip() for block in used for line in block.splitlines()}
    assert names and names <= known


def test_versions_on_the_pages_are_ours() -> None:
    for page in PAGES:
        found = re.findall(r"mlops-scan/mlops-scan(?:@|/)v(\d[\w.]*\d)", page.read_text(encoding="utf-8"))
        assert set(found) <= {__version__}, page.name


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)", page.read_text(encoding="utf-8")):
            file = (page.parent / target).resolve() if target else page
            assert file.exists(), f"{page.name}: {target}"
            if anchor:
                heads = re.findall(r"(?m)^#+ (.*)$", file.read_text(encoding="utf-8"))
                anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor[1:] in anchors, f"{page.name}: {target}{anchor}"


def test_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("*.md") if f"docs/{page.name}" not in readme] == []


def test_commands_and_options_on_the_pages_exist() -> None:
    import click

    context = click.Context(main)
    for page in PAGES:
        for line in re.findall(r"mlops-scan ((?:[\w./~-]+ ?)+)", page.read_text(encoding="utf-8")):
            words = line.split()
            name = words[0] if words[0] in main.list_commands(context) else "scan"
            command = main.get_command(context, name)
            assert command is not None
            known = {each for parameter in command.params for each in parameter.opts} | {"--help", "--version", "-h"}
            if isinstance(command, click.Group):
                known |= {
                    each for inner in command.commands.values() for option in inner.params for each in option.opts
                }
            assert {word for word in words if word.startswith("--") and word != "--"} <= known, f"{page.name}: {line}"


def test_the_detector_of_the_docs_is_a_detector(tmp_path: Path) -> None:
    (text,) = re.findall(r"<!-- detector -->\n```toml\n(.*?)```", (DOCS / "write-a-detector.md").read_text(), re.DOTALL)
    (tmp_path / "acme-tracker.toml").write_text(text)
    assert catalogue.from_toml(tmp_path / "acme-tracker.toml").practices


def test_the_answer_of_the_docs_is_an_answer(tmp_path: Path) -> None:
    (text,) = re.findall(r"<!-- attest -->\n```toml\n(.*?)```", (DOCS / "answers.md").read_text(), re.DOTALL)
    (tmp_path / "mine.toml").write_text(text)
    (answer,) = config.load(tmp_path / "mine.toml").attested
    config.check_criteria((answer,), maturity.builtin().values())


def test_the_model_of_the_docs_is_a_model(tmp_path: Path) -> None:
    (text,) = re.findall(r"<!-- model -->\n```toml\n(.*?)```", (DOCS / "write-a-model.md").read_text(), re.DOTALL)
    (tmp_path / "ours.toml").write_text(text)
    model = maturity.load(tmp_path / "ours.toml")
    assert model.routes and len(model.stages) > 1
