"""Markdown: it renders as what it says, fits into a comment, and nothing of the tree becomes anything but text."""

import re
from html.parser import HTMLParser

import judged
import pytest
from markdown_it import MarkdownIt
from test_report_formats import HOSTILE

from mlops_scan import report
from mlops_scan.assess import Assessment
from mlops_scan.changes import Change, Changes
from mlops_scan.evidence import Place
from mlops_scan.report import Look, markdown
from mlops_scan.report.parts import markup

RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {
    "details",
    "summary",
    "br",
    "h2",
    "h3",
    "p",
    "strong",
    "em",
    "code",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}


class Seen(HTMLParser):
    """The tags of a page, its text outside of code, and all that is code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.code: list[str] = []
        self._in_code = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "code":
            self._in_code = True
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code[-1] += data
        else:
            self.words += data


def seen(assessment: Assessment | None = None, look: Look = Look()) -> Seen:  # noqa: B008
    return Seen(RENDERER.render(report.render("markdown", judged.houses() if assessment is None else assessment, look)))


def test_the_answer_comes_first() -> None:
    text = report.render("markdown", judged.houses(), Look())
    climb = judged.houses().climb("stages")
    assert text.startswith(f"<!-- mlops-scan -->\n## MLOps maturity: stage {climb.stage} of 5\n")
    order = [
        text.index(piece)
        for piece in ("### Next", "### Broken wires (2)", "Accepted faults (1)", "All criteria of", "Tools (")
    ]
    assert order == sorted(order)


def test_it_renders_as_what_it_is() -> None:
    page = seen()
    assert set(page.tags) == OURS
    assert "Makefile:5" in page.code
    assert "pytest" in page.code
    climb = judged.houses().climb("stages")
    assert page.tags.count("tr") > len(list(climb.model.criteria))
    assert page.tags.count("details") == RENDERER.render(report.render("markdown", judged.houses(), Look())).count(
        "</details>"
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_the_tree_becomes_markup_link_or_mention(text: str) -> None:
    page = seen(judged.told(text), Look(verbose=True))
    assert set(page.tags) <= OURS
    assert set(page.attributes) <= {"style"}
    assert not re.search(r"[@#!~](?=\w)|https?://|www\.(?=\w)|:[a-z]\w*:", page.words)


def test_a_table_keeps_its_columns() -> None:
    page = RENDERER.render(report.render("markdown", judged.told("a | b `c | d` \\| e"), Look()))
    rows = re.findall("<tr>.*?</tr>", page, re.DOTALL)
    assert {len(re.findall("<t[dh]", row)) for row in rows} <= {2, 3}
    assert not re.search("<t[dh][^>]*></t[dh]>\n</tr>\n<p>", page)


@pytest.mark.parametrize("make", [judged.untidy, lambda: judged.told("模" * 5000), lambda: judged.told("@`" * 5000)])
def test_it_fits_into_a_comment(make) -> None:
    base = make()
    many = tuple(
        fault._replace(place=Place(f"{number}/{fault.place.path}", 1))
        for number in range(3000)
        for fault in base.faults[:1]
    )
    text = report.render("markdown", base._replace(faults=many), Look())
    assert len(text.encode()) < 65_536
    assert re.search(r"\n_and \d+ more_\n", text)
    page = RENDERER.render(text)
    assert page.count("<details>") == page.count("</details>")
    assert "mlops-scan" in text.splitlines()[-1]


def test_what_changed_since_the_baseline_is_said() -> None:
    changes = Changes(
        "a",
        "b",
        (),
        (Change("criterion", "S1.2", "met", "partly", False, True), Change("tool", "dvc", "", "dvc", None)),
    )
    text = report.render("markdown", judged.houses()._replace(changes=changes), Look())
    assert "### Since the baseline" in text
    assert "**worse**: criterion S1.2" in text
    nothing = report.render("markdown", judged.houses()._replace(changes=Changes("a", "b", ("detectors",), ())), Look())
    assert "What is asked changed as well (detectors)" in nothing
    assert "Nothing changed." in nothing


def test_verbose_shows_whole_chains() -> None:
    assert "README.md" in report.render("markdown", judged.houses(), Look(verbose=True))
    assert "`README.md:6` → `Makefile:2` → `train.py:" in report.render("markdown", judged.houses(), Look(verbose=True))
    assert "→" not in report.render("markdown", judged.houses(), Look())


def test_an_incomplete_scan_says_so_at_the_top() -> None:
    text = report.render("markdown", judged.houses()._replace(complete=False), Look())
    assert "## MLOps maturity: scan incomplete" in text
    assert text.index("passes no gate") < text.index("### Next")


@pytest.mark.parametrize("text", ["a", "`", "``", "a`b", "`a`", " a ", "a``b`c", "\\", "a\\"])
def test_a_code_span_shows_its_text(text: str) -> None:
    assert Seen(RENDERER.render(f"x {markup.code(text)} y")).code == [text.strip(" ") if text.startswith(" ") else text]


@pytest.mark.parametrize(
    ("text", "spans"), [("`a``b`", ["a", "b"]), ("`a` b", ["a"]), ("a ` b", []), ("", []), ("`x|y`", [])]
)
def test_prose_keeps_names_apart(text: str, spans: list[str]) -> None:
    assert Seen(RENDERER.render(markup.prose(text))).code == spans


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_words_are_seen_as_they_are(text: str) -> None:
    shown = markdown.clean(text)
    words = Seen(RENDERER.render(f"x {markup.plain(shown)} y")).words.replace("\u200b", "").strip("\n")
    assert words.split() == f"x {shown} y".split()
