"""YAML, JSON and TOML as trees: what stands where, and that no text makes us wait, fall or lie."""

from contextlib import suppress

import pytest
from endless import ends
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan.errors import TooLarge, Unreadable
from mlops_scan.facts import literals, read, trees
from mlops_scan.facts.source import Source
from mlops_scan.facts.trees import Mapping, Scalar, Sequence, as_list, as_mapping, as_text, at, leaves


def yaml(text):
    return trees.parse_yaml(text)[0]


def lines(node):
    """Every scalar with its path and line."""
    return [(path, str(scalar), scalar.line) for path, scalar in leaves(node)]


# -- YAML --------------------------------------------------------------------------------------------------------------


def test_every_part_knows_its_line():
    node = yaml("# a comment\non:\n  push:\n    branches: [main, 'dev']\njobs:\n  - name: a\n    run: x\n")
    assert lines(node) == [
        ("on.push.branches", "main", 4),
        ("on.push.branches", "dev", 4),
        ("jobs.name", "a", 6),
        ("jobs.run", "x", 7),
    ]
    assert (node.line_of("on"), node.line_of("jobs"), node.line_of("nothing")) == (2, 5, 2)
    assert [key.line for key in at(node, "on")] == [3]
    assert (at(node, "jobs").line, at(node, "jobs")[0].line) == (6, 6)


def test_nothing_gets_a_type():
    node = yaml("on: on\nday: 2001-99-99\nnumber: 012\nnull: ~\nzone: 1:99:99+99:99\nlong: " + "9" * 5000)
    assert list(node) == ["on", "day", "number", "null", "zone", "long"]
    assert (at(node, "on"), at(node, "day"), at(node, "number"), at(node, "null")) == ("on", "2001-99-99", "012", "~")


def test_quotes_are_remembered():
    node = yaml("a: yes\nb: 'yes'\nc: |\n  yes\n")
    assert [node[key].plain for key in node] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "value", "line"),
    [
        ("run: |\n  make\n  test\n", "make\ntest\n", 2),
        ("run: >-\n  make\n  test\n", "make test", 2),
        ("run: | # why\n\n  make\n", "\nmake\n", 2),
        ("run:\n  |\n  make\n", "make\n", 3),
        ("run: make\n  test\n", "make test", 1),
        ("run:\n  make\n", "make", 2),
        ("run: 'make\n  test'\n", "make test", 1),
    ],
)
def test_a_text_of_several_lines_begins_where_its_text_begins(text, value, line):
    assert (yaml(text)["run"], yaml(text)["run"].line) == (value, line)


def test_several_documents_go_on_counting_lines():
    first, second, third = trees.parse_yaml("a: 1\n---\nb: 2\n--- |\n text\n")
    assert (lines(first), lines(second)) == ([("a", "1", 1)], [("b", "2", 3)])
    assert (third, third.line) == ("text\n", 5)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n...\n"])
def test_a_text_of_nothing_is_no_or_an_empty_document(text):
    assert trees.parse_yaml(text) in ([], [""])


def test_of_a_key_that_stands_twice_the_last_counts_with_its_line():
    node = yaml("a: 1\nb: 2\na: 3\n")
    assert sorted(lines(node)) == [("a", "3", 3), ("b", "2", 2)]
    assert node.line_of("a") == 3


def test_an_alias_is_what_it_stands_for_where_it_was_written():
    node = yaml("base: &base\n  image: python\njob: *base\nwords: [&w x, *w]\n")
    assert lines(node["job"]) == [("image", "python", 2)]
    assert list(node["words"]) == ["x", "x"]


def test_a_merge_key_gives_what_is_not_said_here():
    node = yaml(
        "a: &a {image: a, cpu: 1}\nb: &b {image: b, gpu: 2}\none:\n  <<: *a\n  cpu: 9\n"
        "two:\n  cpu: 8\n  <<: [*b, *a]\nquoted: {'<<': x}\nodd: {<<: x}\n"
    )
    assert dict(node["one"]) == {"image": "a", "cpu": "9"}
    assert dict(node["two"]) == {"image": "b", "cpu": "8", "gpu": "2"}
    assert dict(node["quoted"]) == {"<<": "x"}
    assert dict(node["odd"]) == {}


def test_an_alias_of_another_document_or_of_nothing_is_empty():
    first, second = trees.parse_yaml("a: &x 1\nb: *nothing\n---\nc: *x\n")
    assert (first["b"], second["c"]) == ("", "")


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "&a {x: *a}", "a: &a\n  b: &b\n    c: [*a, *b]\n", "&a [&b [*a, *b], *b]"]
)
def test_a_circle_is_cut(text):
    list(leaves(yaml(text)))


def test_an_alias_bomb_is_refused_at_once():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
    )
    assert refused(bomb).reason == f"has more than {trees.MOST_NODES} nodes"
    merged = "a: &a {k: v}\n" + "".join(f"b{n}: {{<<: [{', '.join(['*a'] * 500)}]}}\n" for n in range(500))
    assert "nodes" in refused(merged).reason


def test_a_tree_is_counted_by_its_nodes_and_not_by_its_depth(monkeypatch):
    monkeypatch.setattr(trees, "MOST_NODES", 120)
    yaml("- " * 50 + "x")
    assert "nodes" in refused("[" + "x, " * 130 + "]").reason


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "[" * 200 + "]" * 200,
        '{"a":' * 200 + "1" + "}" * 200,
        "? " * 5_000,
    ],
)
def test_depth_is_refused_and_never_recursed_into(text):
    assert "nested" in refused(text).reason


def test_as_many_levels_as_are_allowed_are_read():
    assert yaml("[" * trees.DEEPEST + "x" + "]" * trees.DEEPEST)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: b: c\n", 1),
        ("'a", 1),
        ("a: 1\nb", 2),
        ("{a: [", 1),
        ("%YAML 9.9\n---\n", 1),
        ("a: \x07\n", None),
    ],
)
def test_what_is_no_yaml_says_where(text, line):
    failure = refused(text)
    assert (failure.reason, failure.line) == ("is not valid YAML", line)


def test_lines_of_yaml_are_those_of_an_editor_and_not_what_yaml_1_1_called_lines():
    node = yaml("# a\x85b\u2028c: 1\nd: 2\ne: 'x\u2029y'\nf: 3\n")
    assert lines(node) == [("d", "2", 2), ("e", "x y", 3), ("f", "3", 4)]


def refused(text, parse=trees.parse_yaml):
    with pytest.raises(Unreadable) as caught:
        parse(text)
    return caught.value


def test_tags_name_no_code():
    assert yaml("a: !!python/object/apply:os.system [touch x]\nb: !Ref c\n") == {"a": ["touch x"], "b": "c"}


# -- JSON --------------------------------------------------------------------------------------------------------------


def test_json_is_read_whatever_it_is_indented_with():
    text = '{\n\t"a": [\n\t\t1,\t2\n\t],\n  "b" : {"c":null,"d":"x\\/y\\n\\u00e9"}\r}'
    assert lines(yaml(text)) == [("a", "1", 3), ("a", "2", 3), ("b.c", "null", 5), ("b.d", "x/y\né", 5)]


def test_json_writes_rare_letters_as_pairs():
    assert yaml('{"a": "\\ud83d\\ude00!", "b": "\\uD83D\\uDE00"}') == {"a": "😀!", "b": "😀"}
    assert refused('{"a": "\\ud83d"}').reason == "is not valid YAML"


def test_a_merge_key_means_nothing_in_json():
    assert yaml('{"<<": {"a": 1}}') == {"<<": {"a": "1"}}


# -- templates ---------------------------------------------------------------------------------------------------------


def test_a_helm_chart_is_read_with_its_templates_left_out():
    text = (
        "{{- if .Values.enabled }}\n"
        "kind: Deployment\n"
        "spec:\n"
        "  replicas: {{ .Values.replicas }}\n"
        '  image: {{ .Values.image }}:{{ .Values.tag | default "x" }}\n'
        "  {{- with .Values.labels }}\n"
        "  labels:\n"
        "    {{- toYaml . | nindent 4 }}\n"
        "  {{- end }}\n"
        '  args: ["{{ .Values.arg }}"]\n'
        "{{- end }}\n"
    )
    assert lines(yaml(text)) == [
        ("kind", "Deployment", 2),
        ("spec.replicas", "TEMPLATE", 4),
        ("spec.image", "TEMPLATE:TEMPLATE", 5),
        ("spec.labels", "", 7),
        ("spec.args", "TEMPLATE", 10),
    ]


def test_a_jinja_text_is_read_with_its_templates_left_out():
    text = "{# a note #}\n{% set x = 1 %}\na: {{ x }}\n{% if y %}\nb: c{{ i }}\n{% endif %}\nd:\n  - {{ x }}\n"
    assert lines(yaml(text)) == [("a", "TEMPLATE", 3), ("b", "cTEMPLATE", 5), ("d", "TEMPLATE", 8)]


def test_a_template_that_is_yaml_by_chance_is_no_mapping():
    assert yaml("a: {{ x }}\n") == {"a": "TEMPLATE"}
    assert yaml("{{ x }}: a\n") == {"TEMPLATE": "a"}


def test_what_is_yaml_with_its_templates_stays_as_it_is():
    assert yaml('run: echo ${{ github.sha }}\nif: "{{ x }}"\n') == {"run": "echo ${{ github.sha }}", "if": "{{ x }}"}


def test_a_template_of_several_lines_keeps_the_lines_behind_it():
    assert lines(yaml("a: {{ x\n  | y }}\nb: 1\n{{-\n  z }}\nc: 2\n"))[1:] == [("b", "1", 3), ("c", "2", 6)]


def test_a_mapping_may_be_a_key_where_there_are_no_templates():
    assert yaml("? [a, b]\n: c\n") == {"": "c"}


# -- TOML --------------------------------------------------------------------------------------------------------------


def toml(text):
    return trees.parse_toml(text)


def test_tables_and_keys_know_their_lines():
    node = toml(
        "# a comment\ntitle = 'x' # = y\n\n[tool.ruff]\nselect = [\n  'E',\n  'F',\n]\n[ tool . 'mypy' ]\n"
        'strict = true\na."b.c".d = 1\n[tool.ruff.lint]\nx = 1.5\n'
    )
    assert lines(node) == [
        ("title", "x", 2),
        ("tool.ruff.select", "E", 6),
        ("tool.ruff.select", "F", 7),
        ("tool.ruff.lint.x", "1.5", 13),
        ("tool.mypy.strict", "true", 10),
        ("tool.mypy.a.b.c.d", "1", 11),
    ]
    assert at(node, "tool", "ruff").line == 4
    assert at(node, "tool", "ruff", "lint").line == 12
    assert at(node, "tool").line_of("mypy") == 9


def test_a_table_that_only_its_tables_spell_out_stands_where_the_first_of_them_does():
    node = toml("# a comment\n[tool.prefect.logging]\nlevel = 1\n[tool.prefect.more]\n[tool.ruff.lint]\n[tool.ruff]\n")
    assert [(name, name.line) for name in node["tool"]] == [("prefect", 2), ("ruff", 6)]
    assert [name.line for name in node] == [2]


def test_each_table_of_an_array_knows_its_lines():
    node = toml(
        "[[package]]\nname = 'a'\nversion = '1'\n[[package.files]]\nfile = 'x'\n[[package.files]]\nfile = 'y'\n"
        "\n[[package]]\nname = 'ab'\nversion = '1'\n[package.extra]\nz = 1\n[[package.files]]\nfile = 'x'\n"
    )
    assert lines(node) == [
        ("package.name", "a", 2),
        ("package.version", "1", 3),
        ("package.files.file", "x", 5),
        ("package.files.file", "y", 7),
        ("package.name", "ab", 10),
        ("package.version", "1", 11),
        ("package.extra.z", "1", 13),
        ("package.files.file", "x", 15),
    ]
    assert node.line_of("package") == 1


def test_items_of_a_list_stand_where_their_text_is():
    node = toml("a = [\n  {name = 'x', v = 1},\n  # no\n  {name = 'y'},\n]\nb = [1,\n2]\nc = ['p', 'q', '''\nr''']\n")
    assert [(path, line) for path, _, line in lines(node)] == [
        ("a.name", 2),
        ("a.v", 2),
        ("a.name", 4),
        ("b", 6),
        ("b", 6),
        ("c", 8),
        ("c", 8),
        ("c", 9),
    ]


def test_what_looks_like_a_table_inside_a_value_is_none():
    node = toml('a = """\n[tool]\nb = 1\n"""\nm = [\n  ["x"],\n  ["tool"]\n]\n[tool]\nb = 2\n')
    assert (at(node, "tool").line, at(node, "tool", "b").line) == (9, 10)


def test_an_inline_table_stands_on_its_line():
    assert lines(toml("x = 1\ny = { a = { b = 'c' } }\n")) == [("x", "1", 1), ("y.a.b", "c", 2)]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = \n", 1), ("a = 1\na = 2\n", 2), ("[a]\n[a]\n", 2), ("a = " + "[" * 5000, None), ("a\0", 1)],
)
def test_what_is_no_toml_says_where(text, line):
    failure = refused(text, trees.parse_toml)
    assert failure.reason == "is not valid TOML"
    assert failure.line == line or line is None


@pytest.mark.parametrize(
    "text",
    ["a." * 5000 + "a = 1", '"a".' * 5000 + "a = 1", "[" + "a." * 5000 + "a]", "x = {" + "a . " * 5000 + "a = 1}"],
)
def test_dots_are_depth(text):
    assert "nested" in refused(text, trees.parse_toml).reason


# -- looking into a tree -----------------------------------------------------------------------------------------------


def test_a_tree_of_anything_can_be_looked_into():
    node = yaml("a: {b: [1, 2]}\nc: x\n")
    assert at(node, "a", "b") == ["1", "2"]
    assert at(node, "a", "x", "y") is at(node, "c", "x") is at(None, "x") is None
    assert at(node) is node
    assert (as_mapping(node["c"]), as_mapping(node["c"]).line, as_mapping(None).line) == ({}, 2, 1)
    assert (as_list(node["c"]), as_list(at(node, "a", "b")), as_list(None)) == (["x"], ["1", "2"], [])
    assert (as_text(node["c"]), as_text(node["a"]), as_text(None)) == ("x", "", "")


def test_a_file_is_parsed_once_for_all_its_readers(monkeypatch):
    calls = []
    monkeypatch.setattr(trees, "parse_yaml", lambda text: calls.append(text) or [])
    source = Source("a/b.yaml", "a: 1")
    assert source.documents is source.documents
    assert (len(calls), source.name, source.lines) == (1, "b.yaml", ["a: 1"])


def test_a_file_that_does_not_parse_says_so_again_without_being_parsed_again(monkeypatch):
    calls = []

    def parse(text):
        calls.append(text)
        raise Unreadable("is odd")

    monkeypatch.setattr(trees, "parse_yaml", parse)
    source = Source("a.yaml", "a: [")
    for _ in range(2):
        with pytest.raises(Unreadable, match="is odd"):
            _ = source.documents
    assert len(calls) == 1


def test_that_a_file_is_no_yaml_does_not_make_it_no_toml():
    source = Source("a.toml", "[a]\nb = 1\n")
    with pytest.raises(Unreadable):
        _ = source.documents
    assert source.toml == {"a": {"b": "1"}}


# -- any text ----------------------------------------------------------------------------------------------------------

YAML_PARTS = st.sampled_from([
    "a", "b: ", "- ", "\n", "  ", "{", "}", "[", "]", ", ", "&x ", "*x", "<<: ", "? ", "|", ">", "'", '"', "#", "---\n",
    "{{ x }}", "{% y %}", "!t ", "\t", "%", "\\ud83d", "\0", "\ud800", "\u2028", "é",
])  # fmt: skip
TOML_PARTS = st.sampled_from([
    "a", "b", ".", " = ", "1", "\n", "[", "]", "[[", "]]", "{", "}", ",", '"', "'", '"""', "'''", "#", "true", "\\",
    "\t", "2001-01-01", "\0", "\ud800", "é", "a = 1\n", "[[t]]\n", "[t.u]\n",
])  # fmt: skip


def is_sound(node):
    """Every part is one of ours and has a line from 1 on."""
    assert isinstance(node, Scalar | Mapping | Sequence)
    assert node.line >= 1
    for below in node if isinstance(node, Sequence) else node.values() if isinstance(node, Mapping) else ():
        is_sound(below)
    assert all(isinstance(key, Scalar) for key in (node if isinstance(node, Mapping) else ()))


@settings(deadline=None, max_examples=400)
@given(st.lists(YAML_PARTS, max_size=30).map("".join) | st.text(max_size=100))
def test_any_text_gives_documents_or_is_unreadable(text):
    try:
        documents = trees.parse_yaml(text)
    except Unreadable as failure:
        assert text.strip() not in failure.reason or len(text) < 10
        return
    for document in documents:
        is_sound(document)
        list(leaves(document))


@settings(deadline=None, max_examples=400)
@given(st.lists(TOML_PARTS, max_size=30).map("".join) | st.text(max_size=100))
def test_any_text_gives_a_table_or_is_unreadable(text):
    try:
        is_sound(trees.parse_toml(text))
    except Unreadable:
        return


N = 100_000


@pytest.mark.parametrize(
    "text",
    ["a" * N, " " * N, "{{" * N, "{{ " * N, "{%" * N, "{#" * N, "[" * N, "[ " * N, "a: " * N, "- " * N, "&a " * N,
     "*a " * N, "\\ud83d" * N, "a:\n" * N, "'" * N, '"' * N, "{{" + " " * N, "a: |\n" + " x\n" * N, "<<: " * N, "#" * N,
     "\t" * N, "a: &a [" + "*a," * N + "]", "{{x}}\n" * N],
)  # fmt: skip
def test_no_yaml_takes_long(text):
    quickly(trees.parse_yaml, text)


@pytest.mark.parametrize(
    "text",
    ["a" * N, " " * N, "[" * N, "[ " * N, 'a = """\n[' + " " * N + '\n"""', 'a = """\n[' + "a " * N + '\n"""', "a." * N,
     "a . " * N, "'a'." * N, '"' * N, 'a = """\n' + "a.b = [\n" * (N // 10) + '"""', "a = ['\\u0061',\n" * 10,
     "a = [" + '"\\u0061",\n' * (N // 10) + "]", "[[a]]\n" * (N // 10), "a = [" + "'x'," * N + "]", "a = {" * N,
     "".join(f"a{n} = 1\n" for n in range(N // 10)), "a = '''\n" + "' " * N + "'''", "#" * N, "x = '" + "a." * N + "'"],
)  # fmt: skip
def test_no_toml_takes_long(text):
    quickly(trees.parse_toml, text)


def quickly(parse, text):
    with ends(), suppress(Unreadable):
        parse(text)


@pytest.mark.parametrize(
    ("path", "lost"), [(".github/workflows/a.yml", True), ("data/a.yml", False), ("pixi.toml", True)]
)
@pytest.mark.parametrize("text", ["[" * 500, "a = " + "a." * 500])
def test_what_only_we_do_not_read_is_no_fault_of_the_file_and_lost_where_it_speaks_of_what_runs(path, lost, text):
    if path.endswith(".toml") == text.startswith("a"):
        facts, _, warnings = read(Source(path, text))
        assert [(each.message, each.lost) for each in warnings] == [("is nested deeper than 100 levels", lost)]
        assert "unparsable" not in {fact.kind for fact in facts}


def test_python_that_the_parser_would_take_minutes_for_is_not_parsed():
    for text in ("x = f'" + "{a}" * 30_000 + "'", 'x = rf"""' + "{a}\n" * 30_000 + '"""'):
        assert isinstance(refused(text, literals.parse), TooLarge)
    assert literals.parse("x = [" + "{1}, " * 30_000 + "]\n").body
