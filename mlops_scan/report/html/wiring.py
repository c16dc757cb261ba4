"""The picture of the wiring behind an answer: places and what stands there, from what starts all to what it shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from markupsafe import Markup

from mlops_scan.assess import Assessment, Judgement, Showing
from mlops_scan.clean import masked
from mlops_scan.evidence import Place, Strength
from mlops_scan.maturity import Need
from mlops_scan.report.html import svg
from mlops_scan.report.html.layers import Layout, Spacing, layout
from mlops_scan.trail import Hop, Stop

MOST_PRACTICES = 5
_MOST_STOPS = 9  # of one way; what lies between is counted
_ENDS = 4
_SPACING = Spacing(width=264, height=58, beside=24, below=34)
_MARGIN = 8
_LONGEST = 1000  # of a name, before secrets are looked for in it; far less is shown
_NARROW = 2 * _SPACING.width + _SPACING.beside
_COLUMNS = {17: 42, 34: 33, 49: 38}  # characters of each line of a box, by the size of its type

#: What a link does, in a word beside its line. What holds another is plain from the picture.
_VERBS = {
    "starts": "starts", "command": "runs", "runs-file": "runs", "documented": "tells to run", "call": "calls", "import": "imports",
    "argument": "uses", "needs": "needs", "includes": "includes", "builds": "builds", "image": "uses", "copies": "copies", "reads": "reads",
    "sends-to": "sends to", "field": "sets", "holds": "", "": "and",
}  # fmt: skip
_KINDS = {"runs-file": "runs", "documented": "documented command", "field": "setting", "": "file"}


class Box(NamedTuple):
    """What is drawn as one box: three lines of text, how it looks, and everything it says when it is pointed at."""

    above: str
    name: str
    below: str
    look: str = "stop"
    full: str = ""


class Picture(NamedTuple):
    """A drawing, empty where there is nothing to draw. `is_wide`: it wants the whole width of a page."""

    svg: Markup = Markup("")
    is_wide: bool = False


class Wires(NamedTuple):
    """What the pictures of one assessment have in common."""

    stops: dict[Place, Stop]
    hops: dict[Place, list[Hop]]  #: by where they lead
    broken: dict[Place, str]  #: the rule of the fault at a place
    tools: dict[str, str]


class _Drawing(NamedTuple):
    boxes: dict[str, Box]
    lines: dict[tuple[str, str], str]  #: the kind of each link


def wires(assessment: Assessment) -> Wires:
    """Look the assessment up in the ways that pictures need."""
    hops: dict[Place, list[Hop]] = defaultdict(list)
    for hop in assessment.trail.hops:
        hops[hop.target].append(hop)
    broken = {fault.place: fault.rule for fault in reversed(assessment.faults) if not fault.suppressed}
    tools = {tool.id: tool.name for tool in assessment.tools}
    return Wires({stop.place: stop for stop in assessment.trail.stops}, hops, broken, tools)


def of_showing(showing: Showing, known: Wires) -> Picture:
    """The picture of the strongest proof of a practice."""
    drawing = _Drawing({}, {})
    _practice(drawing, showing, known, "plain")
    return _draw(drawing, f"Wiring behind {showing.practice}")


def of_judgement(judgement: Judgement, known: Wires) -> Picture:
    """The picture of a criterion: the ways that count for it, and a broken line from each need that nothing meets."""
    drawing = _Drawing({}, {})
    criterion = Box("criterion", judgement.criterion.id, str(judgement.verdict), f"answer {judgement.verdict}")
    drawing.boxes["criterion"] = criterion
    for showing in judgement.shown[:MOST_PRACTICES]:
        weak = any(showing.practice in need.practices for need in judgement.missing)
        end = _practice(drawing, showing, known, "weak" if weak else "enough")
        drawing.lines[end, "criterion"] = "weak" if weak else "holds"
    seen = {showing.practice for showing in judgement.shown}
    for need in judgement.missing:
        if not seen.intersection(need.practices):
            drawing.boxes[f"missing {need}"] = _missing(need)
            drawing.lines[f"missing {need}", "criterion"] = "missing"
    return _draw(drawing, f"Wiring behind {judgement.criterion.id}") if len(drawing.boxes) > 1 else Picture()


def label(stop: Stop) -> tuple[str, str]:
    """What kind of thing stands at a place, and its name; a file is called by its own."""
    name = masked(stop.name[:_LONGEST]).removeprefix("#").removeprefix("?.") or stop.place.path.rpartition("/")[2]
    return _KINDS.get(stop.kind, stop.kind), name


def _missing(need: Need) -> Box:
    others = f"or {len(need.practices) - 1} more" if len(need.practices) > 1 else ""
    wanted = "" if need.strength is Strength.CONFIGURED else f"{need.strength} is wanted"
    full = f"{' or '.join(need.practices)}, at least {need.strength}"
    return Box("missing", need.practices[0], ", ".join(filter(None, (others, wanted))), "missing", full)


def _practice(drawing: _Drawing, showing: Showing, known: Wires, look: str) -> str:
    """Add the way that proves a practice, and return the box at its end."""
    proof = showing.proofs[0]
    tool = known.tools.get(proof.tool, "")
    end = f"practice {showing.practice}"
    said = f"{proof.strength} by {tool}" if tool else str(proof.strength)
    keys = dict(_keys(proof.path))
    for place, key in keys.items():
        drawing.boxes.setdefault(key, _box(place, key, len(proof.path), known))
    drawing.boxes[end] = Box("practice", showing.practice, said, f"practice {look}")
    lines = [(keys[hop.source], keys[hop.target], hop.kind) for hop in _among(proof.path, known)]
    for source, target, kind in lines:
        if source != target:
            drawing.lines[source, target] = drawing.lines.get((source, target)) or kind
    leading = {source for source, target, _ in lines if source != target}
    drawing.lines.update({(key, end): "holds" for key in dict.fromkeys(keys.values()) if key not in leading})
    return end


def _keys(path: Sequence[Place]) -> Iterator[tuple[Place, str]]:
    """The box of each place: its own, or for those amid a long way one that stands for all of them."""
    for number, place in enumerate(path):
        amid = len(path) > _MOST_STOPS and _ENDS <= number < len(path) - _ENDS
        yield place, f"amid {path[_ENDS]}" if amid else str(place)


def _among(path: Sequence[Place], known: Wires) -> Iterator[Hop]:
    """The hops between the places of a way; where nothing is known, from each to the next."""
    own = set(path)
    for before, place in zip((None, *path), path, strict=False):
        found = [hop for hop in known.hops.get(place, ()) if hop.source in own]
        yield from found or ([Hop(before, place, "")] if before else [])


def _box(place: Place, key: str, length: int, known: Wires) -> Box:
    if key.startswith("amid "):
        return Box("and between them", f"{length - 2 * _ENDS} more places", "see the steps of the proof", "amid")
    kind, name = label(known.stops.get(place, Stop(place)))
    rule = known.broken.get(place)
    above = f"{kind} · broken: {rule}" if rule else kind
    return Box(above, name, str(place), "stop broken" if rule else "stop", f"{kind} {name}, {place}")


def _draw(drawing: _Drawing, title: str) -> Picture:
    plan = layout(list(drawing.boxes), drawing.lines, _SPACING)
    size = (plan.width + 2 * _MARGIN, plan.height + 2 * _MARGIN)
    root = svg.picture(*size, "wiring", title, _said(drawing))
    for (source, target), kind in drawing.lines.items():
        _line(root, plan, source, target, kind)
    for key, box in drawing.boxes.items():
        _draw_box(root, box, *plan.boxes[key])
    return Picture(Markup(svg.as_text(root)), plan.width > _NARROW)  # noqa: S704 - ours; its texts are cleaned and escaped


def _said(drawing: _Drawing) -> str:
    """The picture in words, for those who cannot see it; the list beside it says it whole."""
    names = (f"{box.above} {box.name}" for key, box in drawing.boxes.items() if key != "criterion")
    return f"{len(drawing.boxes)} boxes: {'; '.join(names)}"


def _draw_box(root: Element, box: Box, middle: int, top: int) -> None:
    left, top = middle - _SPACING.width // 2 + _MARGIN, top + _MARGIN
    group = svg.add(root, "g", class_=box.look)
    svg.add(group, "title", box.full or f"{box.above} {box.name} {box.below}")
    radius = 6 if box.look.startswith(("stop", "amid")) else 14
    svg.add(group, "rect", x=left, y=top, width=_SPACING.width, height=_SPACING.height, rx=radius)
    for (row, columns), text in zip(_COLUMNS.items(), (box.above, box.name, box.below), strict=True):
        shown = (svg.cut_path if row == 49 else svg.cut)(text, columns)
        if shown:
            svg.add(group, "text", shown, class_=f"t{row}", x=left + 12, y=top + row)


def _line(root: Element, plan: Layout, source: str, target: str, kind: str) -> None:
    """A curve from the lower edge of a box to the upper edge of another, with a head, and a verb where it says more."""
    (x, y), (to_x, to_y) = plan.boxes[source], plan.boxes[target]
    if to_y <= y:  # a circle: around the right side
        start, end = (x + _SPACING.width // 2, y + 20), (to_x + _SPACING.width // 2, to_y + 38)
        points = [start, end]
    else:
        points = [(x, y + _SPACING.height), *_through(plan.bends[source, target]), (to_x, to_y - 5)]
    moved = [(x + _MARGIN, y + _MARGIN) for x, y in points]
    look = {"": "and", "missing": "none", "weak": "weak"}.get(kind, "link")
    group = svg.add(root, "g", class_=look)
    svg.add(group, "path", d=_curve(moved))
    end_x, end_y = moved[-1]
    svg.add(group, "path", class_="head", d=f"M{end_x - 4} {end_y - 2}h8l-4 7z")
    if verb := _VERBS.get(kind, "" if look != "link" else kind):
        before_x, before_y = moved[-2]
        svg.add(group, "text", verb, x=(end_x + before_x) // 2 + 6, y=(end_y + before_y) // 2 + 3)


def _through(bends: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """A long line runs straight down past the boxes of each layer on its way."""
    for x, y in bends:
        yield x, y - 6
        yield x, y + _SPACING.height


def _curve(points: Sequence[tuple[int, int]]) -> str:
    (x, y), *rest = points
    parts = [f"M{x} {y}"]
    for to_x, to_y in rest:
        bend = max((to_y - y) // 2, 10)
        parts.append(f"V{to_y}" if to_x == x else f"C{x} {y + bend} {to_x} {to_y - bend} {to_x} {to_y}")
        x, y = to_x, to_y
    return "".join(parts)
