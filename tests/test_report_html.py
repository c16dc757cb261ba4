"""The HTML report: one page that loads nothing, keeps hostile text as text, and works for every reader and browser."""

import os
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trees
from hostile.case import PRODUCT

from mlops_scan import report
from mlops_scan.assess import Assessment, Showing
from mlops_scan.attestation import Attestation
from mlops_scan.changes import Change, Changes
from mlops_scan.evidence import Place, Strength, Warning
from mlops_scan.faults import Confidence, Fault
from mlops_scan.proof import Proof
from mlops_scan.report import Look
from mlops_scan.report.html import layers, radar
from mlops_scan.report.html.layers import Spacing, layout

EVIL = "<img src=x onerror=alert(1)>"
FILES = {
    **PRODUCT,
    ".github/workflows/train.yml": (
        "on:\n  push:\n    branches: [main]\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - name: Train the model\n        run: python train.py\n      - run: pytest\n        continue-on-error: true\n"
    ),
    "tests/test_train.py": "def test_it():\n    assert True\n",
    "README.md": "# Houses\n",
}  # fmt: skip
HOSTILE = {
    f"{EVIL}.py": FILES["train.py"],
    "</script><script>alert(2)</script>/train.py": FILES["train.py"],
    "a\u202egnp.py": FILES["train.py"],
    "b\x1b[2J.py": FILES["train.py"],
    ".github/workflows/train.yml": FILES[".github/workflows/train.yml"].replace(
        "Train the model", f"'{EVIL}</title></svg><script>alert(3)</script>'"
    ),
    "train.py": FILES["train.py"],
}


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    return trees.assess(trees.commit(tmp_path_factory.mktemp("a") / "houses", FILES))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    found = trees.assess(trees.write(tmp_path_factory.mktemp("h") / "house", HOSTILE))
    fault = Fault(f"x-{EVIL}", Place(f"{EVIL}.sh", 1), f"`{EVIL}` says ::error::no", Confidence.HIGH, ("run-tracked",))
    secret = fault._replace(message="token=ghp_0123456789abcdefghij is there", rule="known")
    warning = Warning(Place(f"{EVIL}\u2066.py", 3), "\x1b]0;title\x07", lost=True)
    return found._replace(repository=f"{EVIL}\u202e", faults=(fault, secret), warnings=(warning,))


def page(assessment: Assessment, look: Look = Look()) -> str:  # noqa: B008
    return report.render("html", assessment, look)


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def text(self) -> str:
        return "".join(self.words)


# -- what it says ---------------------------------------------------------------------------------------------------------


def test_html_is_one_format_and_brings_no_other() -> None:
    assert "html" in report.formats()
    assert not {"page", "view", "svg", "wiring"} & set(report.formats())


def test_the_answer_comes_first(assessment: Assessment) -> None:
    text = Elements(page(assessment)).text
    climb = assessment.climb("stages")
    first = text.index(f"Stage {climb.stage} of 5 is proven")
    assert (
        first
        < text.index("what to do now")
        < text.index("Choose a question")
        < text.index("Left out" if "Left out" in text else "The scan")
    )


def test_every_criterion_practice_tool_and_fault_is_there(assessment: Assessment) -> None:
    found = Elements(page(assessment))
    ids = {attributes["id"] for _, attributes in found.tags if "id" in attributes}
    for climb in assessment.climbs:
        assert {f"{climb.model.id}-{each.criterion.id}" for each in climb.judgements} <= ids
    assert {f"practice-{name}" for name in assessment.vocabulary} <= ids
    assert {f"rule-{fault.rule}" for fault in assessment.faults} <= ids
    assert all(tool.name in found.text for tool in assessment.tools)


def test_the_model_that_gates_stands_first(assessment: Assessment) -> None:
    text = page(assessment, Look(model="levels"))
    assert text.index('id="model-levels"') < text.index('id="model-stages"')
    assert "Level " in Elements(text).text.split("is proven")[0]


def test_the_target_says_whether_it_is_reached(assessment: Assessment) -> None:
    assert "not reached" in page(assessment, Look(target=5))
    assert "The target" not in page(assessment)


def test_the_picture_leads_from_the_trigger_to_the_practice(assessment: Assessment) -> None:
    drawn = re.search(r'id="practice-run-tracked".*?(<svg viewBox.*?</svg>)', page(assessment), re.DOTALL)
    assert drawn
    words = ("push: branches: main", "Train the model", "python train.py", "mlflow", "run-tracked")
    places = [drawn[1].index(f">{word}") for word in words]
    assert places == sorted(places)
    assert ">starts</text>" in drawn[1]
    assert ">runs</text>" in drawn[1]


def test_what_is_missing_is_drawn_as_missing_and_said(assessment: Assessment) -> None:
    row = re.search(r'id="stages-S2\.6".*?</figure>', page(assessment), re.DOTALL)
    assert row
    assert 'class="missing"' in row[0]
    assert "not seen" in row[0]
    assert "Track the training data" in row[0]


def test_a_broken_wire_is_marked_in_the_picture(assessment: Assessment) -> None:
    place = next(stop.place for stop in assessment.trail.stops if stop.kind == "step")
    fault = Fault("gate-cannot-fail", place, "is broken", Confidence.HIGH)
    assert "broken: gate-cannot-fail" in page(assessment._replace(faults=(fault,)))
    assert "broken: gate-cannot-fail" not in page(assessment._replace(faults=(fault._replace(suppressed="known"),)))


def test_a_repository_without_models_of_its_own_has_no_stage(assessment: Assessment) -> None:
    found = Elements(page(assessment._replace(applicable=False, reason="no model is trained here")))
    assert "Not applicable" in found.text
    assert "is proven" not in found.text
    assert not any(attributes.get("id", "").startswith("stages-") for _, attributes in found.tags)


def test_an_incomplete_scan_says_so_before_the_stage(assessment: Assessment) -> None:
    text = Elements(page(assessment._replace(complete=False))).text
    assert text.index("The scan is incomplete") < text.index("is proven")


def test_what_people_say_stands_at_the_criterion_and_apart_from_the_verdict(assessment: Assessment) -> None:
    said = Attestation("S4.4", "yes", "two teams use it", "Ada", date(2027, 1, 31), Place("pyproject.toml", 9))
    climb = assessment.climb("stages")
    judged = tuple(each._replace(attested=said) if each.criterion.id == "S4.4" else each for each in climb.judgements)
    changed = assessment._replace(climbs=(climb._replace(judgements=judged, attested=climb.stage + 1),))
    row = re.search(r'id="stages-S4\.4".*?<details class="row', page(changed), re.DOTALL)
    assert row
    for piece in ('data-is="asked"', "What people say", "two teams use it", "Ada", "2027-01-31"):
        assert piece in row[0]
    assert "is attested" in Elements(page(changed)).text


def test_what_changed_since_the_baseline_is_said_in_words(assessment: Assessment) -> None:
    worse = Change("criterion", "S2.1", "met", "partly", better=False, is_wire=True)
    text = Elements(page(assessment._replace(changes=Changes("abc", "def", ("detectors",), (worse,))))).text
    assert "Since abc" in text
    assert "worse" in text
    assert "met → partly" in text
    assert "What is asked changed as well" in text


def test_the_same_assessment_gives_the_same_bytes(assessment: Assessment) -> None:
    assert page(assessment) == page(assessment)


# -- size -----------------------------------------------------------------------------------------------------------------


def test_a_huge_repository_gives_a_page_that_a_browser_bears(assessment: Assessment) -> None:
    deep = "/".join(["a-folder-with-a-long-name"] * 8)
    path = tuple(Place(f"{deep}/{number}.py", number + 1) for number in range(40))
    proofs = tuple(Proof(Strength.WIRED, (Place(f"{index}.py", 1), *path), "mlflow") for index in range(50))
    practices = tuple(Showing(name, proofs) for name in assessment.vocabulary)
    climbs = tuple(
        climb._replace(
            judgements=tuple(
                each._replace(shown=tuple(Showing(name, proofs) for need in each.criterion.needs for name in need.practices))
                for each in climb.judgements
            )
        )
        for climb in assessment.climbs
    )  # fmt: skip
    fault = Fault("gate-cannot-fail", path[0], "x" * 10_000, Confidence.HIGH)
    faults = tuple(fault._replace(place=Place(f"{deep}/{number}.yml", 1)) for number in range(3000))
    warnings = tuple(Warning(Place(f"{deep}/{number}.txt"), "is too large") for number in range(3000))
    text = page(assessment._replace(practices=practices, climbs=climbs, faults=faults, warnings=warnings))
    assert len(text.encode()) < 2_000_000
    assert "and 2975 more" in text
    assert "and 2900 more" in text
    assert "more places" in text


# -- hostile text ---------------------------------------------------------------------------------------------------------


def test_hostile_names_stay_text(hostile: Assessment) -> None:
    text = page(hostile)
    found = Elements(text)
    assert not found.all("img", "iframe", "object", "embed", "base", "foreignobject", "a:script")
    assert len(found.all("script")) == 1
    assert len(found.all("style")) == 1
    assert EVIL in found.text
    assert not any(name.startswith("on") or name == "style" for _, attributes in found.tags for name in attributes)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert "\\u202e" in text
    assert "\\x1b" in text


def test_no_line_is_a_command_to_a_runner_and_no_secret_is_shown(hostile: Assessment) -> None:
    text = page(hostile)
    assert "ghp_" not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))
    assert "::error" not in text
    assert "##[" not in text


def test_the_page_loads_nothing_and_its_policy_knows_its_style_and_script(assessment: Assessment) -> None:
    text = page(assessment)
    found = Elements(text)
    policy = next(each["content"] for each in found.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name, kind in (("style", "style-src"), ("script", "script-src")):
        inner = re.search(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert inner
        assert f"{kind} 'sha256-{b64encode(sha256(inner[1].encode()).digest()).decode()}'" in policy
    named = [attributes[key] for _, attributes in found.tags for key in ("src", "href") if key in attributes]
    assert all(each.startswith("#") or each == "data:," for each in named)
    assert "url(" not in text
    assert "@import" not in text
    assert text.index("Content-Security-Policy") < text.index("<style>")


# -- for every reader -------------------------------------------------------------------------------------------------------


def test_links_lead_somewhere_and_no_name_stands_twice(assessment: Assessment) -> None:
    found = Elements(page(assessment))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))
    assert {each["href"].lstrip("#") for each in found.all("a", "use")} <= set(ids)
    labels = {name for _, each in found.tags for name in each.get("aria-labelledby", "").split()}
    assert labels <= set(ids)


def test_landmarks_headings_and_labels_are_in_order(assessment: Assessment) -> None:
    found = Elements(page(assessment))
    assert [each.get("lang") for each in found.all("html")] == ["en"]
    assert [len(found.all(name)) for name in ("main", "header", "footer", "h1", "nav")] == [1] * 5
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {each["for"] for each in found.all("label")} == {each["id"] for each in found.all("input")}
    assert all(each.get("scope") for each in found.all("th"))
    assert len(found.all("caption")) == len(found.all("table"))
    assert all(
        each.get("aria-label") or each.get("data-zoom") or each.get("data-open") or "aria-pressed" in each
        for each in found.all("button")
    )


def test_every_picture_is_said_in_words_or_is_decoration(assessment: Assessment) -> None:
    text = page(assessment)
    for drawn in re.findall(r"<svg[^>]*>(?:<title>[^<]+</title><desc>[^<]+</desc>)?", text):
        assert 'aria-hidden="true"' in drawn or ('role="img"' in drawn and "<title>" in drawn), drawn


def test_no_meaning_lies_in_colour_alone(assessment: Assessment) -> None:
    """Each mark stands beside its word, or has it for screen readers; and each has a shape of its own."""
    text = page(assessment)
    shapes = [re.search(f'<symbol id="m-{name}".*?</symbol>', text)[0] for name in ("met", "partly", "unmet", "asked")]
    assert len({shape.split(">", 1)[1] for shape in shapes}) == 4


def palettes() -> dict[str, dict[str, str]]:
    style = (Path(layers.__file__).parent / "templates/style.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    first = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return {"light": first, "dark": first | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))}


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *((ink, ground) for ink in ("ink", "soft", "accent", "met", "partly", "unmet", "asked") for ground in ("paper", "card")),
    *((ink, "accent-wash") for ink in ("ink", "soft", "accent", "met", "partly", "unmet", "asked")),
    ("unmet", "unmet-wash"), ("partly", "partly-wash"), ("ink", "partly-wash"), ("soft", "partly-wash"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_stands_out_from_its_ground(scheme: str, ink: str, ground: str) -> None:
    assert contrast(palettes()[scheme][ink], palettes()[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("line", "ground"), [("edge", "paper"), ("edge", "card"), ("focus", "paper"), ("focus", "card")]
)
def test_edges_of_controls_and_the_focus_can_be_seen(scheme: str, line: str, ground: str) -> None:
    assert contrast(palettes()[scheme][line], palettes()[scheme][ground]) >= 3


# -- pictures ---------------------------------------------------------------------------------------------------------------

SPACING = Spacing(100, 40, 20, 30)


def test_boxes_stand_in_layers_and_never_touch() -> None:
    edges = [("a", "c"), ("b", "c"), ("c", "d"), ("a", "d"), ("e", "d"), ("b", "e")]
    plan = layout("abcde", edges, SPACING)
    assert all(plan.boxes[source][1] < plan.boxes[target][1] for source, target in edges)
    for one, other in ((one, other) for one in "abcde" for other in "abcde" if one < other):
        (x, y), (to_x, to_y) = plan.boxes[one], plan.boxes[other]
        assert y != to_y or abs(x - to_x) >= 120
    assert all(50 <= x <= plan.width - 50 and 0 <= y <= plan.height - 40 for x, y in plan.boxes.values())


def test_a_chain_is_drawn_straight() -> None:
    plan = layout("abc", [("a", "b"), ("b", "c")], SPACING)
    assert {x for x, _ in plan.boxes.values()} == {50}


def test_a_long_edge_runs_beside_the_boxes_of_the_layers_between() -> None:
    plan = layout("abc", [("a", "b"), ("b", "c"), ("a", "c")], SPACING)
    ((x, _),) = plan.bends["a", "c"]
    assert abs(x - plan.boxes["b"][0]) > 50


def test_a_circle_is_drawn_and_ends() -> None:
    plan = layout("ab", [("a", "b"), ("b", "a"), ("a", "a")], SPACING)
    assert plan.boxes["a"][1] < plan.boxes["b"][1]


def test_nothing_has_a_plan_as_well() -> None:
    assert layout("", [], SPACING) == ({}, {}, 50, 0)


def test_a_radar_needs_three_values() -> None:
    assert radar.draw([("a", 1), ("b", 2)], 5) == ""
    assert radar.draw([("a", 1), ("b <", 2), ("c", 9)], 5).count("<circle") == 3
    assert "b &lt; 2" in radar.draw([("a", 1), ("b <", 2), ("c", 9)], 5)


# -- in a browser -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.environ.get("MLOPS_SCAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium: name one in MLOPS_SCAN_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page in the browser, and everything that went wrong on it."""

    def __init__(self, browser: Any, path: Path, text: str, **options: Any) -> None:
        path.write_text(text, encoding="utf-8")
        self.context = browser.new_context(offline=True, **{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.troubles.append(f"request: {request.url}"))
        self.page.goto(path.as_uri())
        self.troubles.remove(f"request: {path.as_uri()}")

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def visible(self, selector: str) -> list[str]:
        script = "nodes => nodes.filter(node => node.checkVisibility()).map(node => node.id)"
        return self.page.eval_on_selector_all(selector, script)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_loads_without_any_complaint(
    chromium: Any, assessment: Assessment, tmp_path: Path, scheme: str
) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment), color_scheme=scheme) as opened:
        opened.page.eval_on_selector_all("details", "nodes => nodes.forEach(node => { node.open = true; })")
        opened.page.wait_for_timeout(50)
        ground = opened.page.eval_on_selector("body", "node => getComputedStyle(node).backgroundColor")
        assert opened.troubles == []
    wanted = palettes()[scheme]["paper"]
    assert ground == "rgb({}, {}, {})".format(*(int(wanted[at : at + 2], 16) for at in (1, 3, 5)))


def test_hostile_names_do_nothing_in_a_browser(chromium: Any, hostile: Assessment, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "report.html", page(hostile)) as opened:
        opened.page.eval_on_selector_all("details", "nodes => nodes.forEach(node => { node.open = true; })")
        opened.page.fill("#find", EVIL)
        assert opened.troubles == []
        assert opened.page.locator("img").count() == 0
        assert EVIL in opened.page.inner_text("main")


def test_the_search_leaves_what_fits_and_says_how_much(chromium: Any, assessment: Assessment, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment)) as opened:
        everything = opened.visible(".criterion")
        opened.page.fill("#find", "s2.1")
        assert "stages-S2.1" in opened.visible(".criterion")
        assert len(opened.visible(".criterion")) < len(everything)
        assert re.fullmatch(r"\d+ of \d+ entries", opened.page.inner_text("output"))
        opened.page.fill("#find", "no such thing anywhere")
        assert opened.visible(".criterion, .fault, .showing") == []
        assert opened.visible("#model-stages") == []
        opened.page.fill("#find", "")
        assert opened.visible(".criterion") == everything
        assert opened.page.inner_text("output") == ""


def test_verdicts_can_be_switched_off_by_key(chromium: Any, assessment: Assessment, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment)) as opened:
        button = opened.page.locator('[data-verdict="unmet"]')
        button.focus()
        opened.page.keyboard.press("Space")
        assert button.get_attribute("aria-pressed") == "false"
        assert opened.page.locator('.criterion[data-is="unmet"]:visible').count() == 0
        assert opened.page.locator('.criterion[data-is="met"]:visible').count() > 0


def test_the_keyboard_reaches_everything(chromium: Any, assessment: Assessment, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment)) as opened:
        opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("document.activeElement.className") == "skip"
        assert opened.page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        opened.page.keyboard.press("Enter")
        assert opened.page.evaluate("document.activeElement.id") == "main"
        opened.page.locator("#stages-S2\\.1 > summary").focus()
        opened.page.keyboard.press("Enter")
        assert opened.page.evaluate("document.querySelector('#stages-S2\\\\.1').open")
        order = "[...document.querySelectorAll('[tabindex]')].every(node => node.tabIndex <= 0)"
        assert opened.page.evaluate(order), "no element jumps the order of reading"


def test_a_link_to_a_criterion_unfolds_it_even_where_it_was_filtered_away(
    chromium: Any, assessment: Assessment, tmp_path: Path
) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment)) as opened:
        opened.page.fill("#find", "no such thing anywhere")
        opened.page.evaluate("location.hash = '#stages-S2.3'")
        opened.page.wait_for_function("document.querySelector('#stages-S2\\\\.3').open")
        assert opened.visible("#stages-S2\\.3") == ["stages-S2.3"]


def test_a_picture_grows_and_comes_back(chromium: Any, assessment: Assessment, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment)) as opened:
        row = opened.page.locator("#practice-run-tracked")
        row.locator("> summary").click()
        drawn = row.locator("svg.wiring")
        before = drawn.bounding_box()["width"]
        row.get_by_role("button", name="Larger").click()
        assert drawn.bounding_box()["width"] == pytest.approx(before * 1.25, rel=0.02)
        row.get_by_role("button", name="Fit").click()
        assert drawn.bounding_box()["width"] == pytest.approx(before, rel=0.02)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(chromium: Any, hostile: Assessment, tmp_path: Path, width: int) -> None:
    with Opened(chromium, tmp_path / "report.html", page(hostile), viewport={"width": width, "height": 800}) as opened:
        opened.page.eval_on_selector_all("details", "nodes => nodes.forEach(node => { node.open = true; })")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_the_proofs_and_pictures_are_there_and_no_dead_control_is(
    chromium: Any, assessment: Assessment, tmp_path: Path
) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment), java_script_enabled=False) as opened:
        assert opened.page.locator("button:visible, input:visible").count() == 0
        opened.page.locator("#practice-run-tracked > summary").click()
        assert opened.page.locator("#practice-run-tracked svg.wiring").is_visible()


def test_what_is_open_is_printed_and_no_control_is(chromium: Any, assessment: Assessment, tmp_path: Path) -> None:
    with Opened(chromium, tmp_path / "report.html", page(assessment), color_scheme="dark") as opened:
        opened.page.locator("#practice-run-tracked > summary").click()
        opened.page.emulate_media(media="print")
        assert opened.page.locator("button:visible, input:visible, nav:visible").count() == 0
        assert opened.page.locator("#practice-run-tracked svg.wiring").is_visible()
        ground = opened.page.eval_on_selector("body", "node => getComputedStyle(node).backgroundColor")
        assert ground == "rgb(255, 255, 255)", "paper is white, whatever the screen is"
