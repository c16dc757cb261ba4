"""The configuration: what it may say, that mistakes are named, and that a scanned tree cannot use it to reach out."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_scan import config
from mlops_scan.catalogue import load
from mlops_scan.errors import InvalidFile
from mlops_scan.faults import Suppression, rules
from mlops_scan.repository import Role, open_repository

OWN = ".mlops-scan.toml"
RULE = rules()[0].id


def tree(tmp_path, text, name=OWN):
    root = tmp_path / "tree"
    root.mkdir(exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return root


def problem(root):
    with pytest.raises(InvalidFile) as caught:
        config.find(root)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_without_a_file_there_is_nothing_to_configure(tmp_path):
    assert config.find(tmp_path) == config.Config()
    assert config.find(tmp_path / "nowhere") == config.Config()


def test_everything_that_can_be_said(tmp_path):
    root = tree(
        tmp_path,
        'model = "levels"\nmin-stage = 2\nexclude = ["/legacy/", "*.csv"]\ndetectors = ["ci"]\n'
        '[roles]\nproduct = ["/examples/prod/**"]\narchived = ["/v1/"]\n',
    )
    assert config.find(root) == config.Config(
        model="levels",
        min_stage=2,
        exclude=("/legacy/**", "*.csv"),
        roles=(("/examples/prod/**", Role.PRODUCT), ("/v1/**", Role.ARCHIVED)),
        detectors=(root / "ci",),
    )


def test_faults_can_be_accepted_for_a_reason(tmp_path):
    root = tree(tmp_path, f"[suppress]\n{RULE} = [{{path = '/old/', reason = ' it goes in May '}}]\n")
    assert config.find(root).suppressions == (Suppression(RULE, "/old/**", "it goes in May"),)


def test_a_section_of_pyproject_says_the_same(tmp_path):
    root = tree(tmp_path, '[tool.mlops-scan]\nexclude = ["a"]\nroles.test = ["b"]\n', "pyproject.toml")
    assert config.find(root) == config.Config(exclude=("a",), roles=(("b", Role.TEST),))


def test_the_own_file_comes_before_pyproject(tmp_path):
    tree(tmp_path, "[tool.mlops-scan]\nmin-stage = 1\n", "pyproject.toml")
    assert config.find(tree(tmp_path, "min-stage = 3\n")).min_stage == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\nname = 'x'\n",
        "tool = 3\n",
        "[tool]\nmlops = 1\n",
        "[[tool]]\na = 1\n",
        "broken =",
        "\0",
        "a" * 2_000_000,
    ],
)
def test_a_pyproject_that_says_nothing_of_us_is_none_of_our_business(tmp_path, text):
    assert config.find(tree(tmp_path, text, "pyproject.toml")) == config.Config()


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    root = tree(tmp_path, "\ufeffmin-stage = 1\n")
    assert config.find(root).min_stage == config.load(root / OWN).min_stage == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("min_stage = 1", ["`min_stage`", "did you mean `min-stage`?"]),
        ('excludes = ["a"]', ["`excludes`", "did you mean `exclude`?"]),
        ('plugins = ["a"]', ["`plugins`", "known are"]),
        ('[roles]\nproducts = ["a"]', ["`products` in [roles]", "did you mean `product`?"]),
        ("min-stage = '1'", ["`min-stage` must be a number"]),
        ("min-stage = -1", ["`min-stage` must be a number"]),
        ("min-stage = true", ["`min-stage` must be a number"]),
        ("model = 1", ["`model` must be a text"]),
        ("exclude = 'a'", ["`exclude` must be a list of texts"]),
        ("exclude = [1]", ["`exclude` must be a list of texts"]),
        ("exclude = ['']", ["`exclude` must be a list of texts"]),
        ("detectors = 'a'", ["`detectors` must be a list of texts"]),
        ("roles = ['a']", ["roles must be a table"]),
        ("[roles]\ntest = 'a'", ["`test` must be a list of texts"]),
        ("exclude = ['*a*a*a*a*']", ["`exclude`", "stars"]),
        ("[roles]\ntest = ['**/**/**/x']", ["`test`", "stars"]),
        ("suppress = 1", ["suppress must be a table"]),
        ("[suppress]\ngate-can-not-fail = []", ["`gate-can-not-fail` in [suppress]", "did you mean"]),
        ("[suppress]\n{rule} = 1", ["must be a list of {path, reason}"]),
        ("[suppress]\n{rule} = [1]", ["must be a table"]),
        ("[suppress]\n{rule} = [{{path = 'a'}}]", ["each entry needs a `reason`"]),
        ("[suppress]\n{rule} = [{{path = 'a', reason = ' '}}]", ["each entry needs a `reason`"]),
        ("[suppress]\n{rule} = [{{path = '*a*a*a*a*', reason = 'x'}}]", ["`path`", "stars"]),
        ("broken", ["is not valid TOML"]),
        ("a = " + "[" * 5000, ["is not valid TOML"]),
    ],
)
def test_a_mistake_is_named_in_one_line_with_the_file(tmp_path, text, words):
    said = problem(tree(tmp_path, text.format(rule=RULE)))
    assert said.startswith(str(tmp_path / "tree" / OWN))
    assert [word for word in words if word not in said] == []


def test_a_section_that_is_no_table_is_a_mistake(tmp_path):
    assert "must be a table" in problem(tree(tmp_path, "[tool]\nmlops-scan = 3\n", "pyproject.toml"))


@pytest.mark.parametrize("name", ["../outside", "/etc", "inner/../../outside", "link", "\\u0000"])
@pytest.mark.parametrize("key", ["detectors", "model"])
def test_a_tree_names_no_path_outside_itself(tmp_path, name, key):
    (tmp_path / "outside").mkdir(exist_ok=True)
    root = tree(tmp_path, "")
    (root / "link").symlink_to(tmp_path / "outside")
    tree(tmp_path, f'detectors = ["{name}"]' if key == "detectors" else f'model = "{name}/m.toml"')
    assert "names a path" in problem(root)


def test_a_trees_folder_of_detectors_holds_no_link_that_leads_outside(tmp_path):
    (tmp_path / "secret.toml").write_text("password = 'hunter2'\n")
    root = tree(tmp_path, 'detectors = ["ci"]')
    (root / "ci").mkdir()
    (root / "ci/fine.toml").symlink_to(root / OWN)
    assert config.find(root).detectors == (root / "ci",)
    (root / "ci/x.toml").symlink_to(tmp_path / "secret.toml")
    assert "outside" in problem(root)


def test_a_name_that_is_too_long_is_the_catalogues_business(tmp_path):
    root = tree(tmp_path, f'detectors = ["{"a" * 5000}"]')
    with pytest.raises(InvalidFile, match="is not a folder of detectors"):
        load(config.find(root).detectors)


def test_the_users_own_file_may_lie_and_point_anywhere(tmp_path):
    (tmp_path / "mine.toml").write_text('detectors = ["../there"]\n')
    assert config.load(tmp_path / "mine.toml").detectors == ((tmp_path / "../there").resolve(),)
    (tmp_path / "link.toml").symlink_to(tmp_path / "mine.toml")
    assert config.load(tmp_path / "link.toml").detectors


@pytest.mark.parametrize("text", ["", "tool = 1\n", "[tool.mlops-scan]\n"])
def test_the_users_own_pyproject_is_read_for_its_section(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    assert config.load(tmp_path / "pyproject.toml") == config.Config()


@pytest.mark.parametrize("how", ["absent", "folder", "pipe", "loop", "latin"])
def test_a_users_file_that_cannot_be_read_is_named(tmp_path, how):
    path = tmp_path / "mine.toml"
    if how == "folder":
        path.mkdir()
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "loop":
        path.symlink_to(path)
    elif how == "latin":
        path.write_bytes(b"model = '\xe9'\n")
    with pytest.raises(InvalidFile, match=r"mine\.toml"):
        config.load(path)


@pytest.mark.parametrize("how", ["pipe", "link", "folder"])
def test_a_trees_own_file_that_cannot_be_read_is_named_and_not_passed_over(tmp_path, how):
    path = tmp_path / OWN
    if how == "pipe":
        os.mkfifo(path)
    elif how == "link":
        (tmp_path / "secret").write_text("password = 'hunter2'\n")
        path.symlink_to(tmp_path / "secret")
    else:
        path.mkdir()
    with pytest.raises(InvalidFile) as caught:
        config.find(tmp_path)
    assert "password" not in str(caught.value)


def test_excludes_and_roles_are_felt_by_the_repository(tmp_path):
    root = tree(
        tmp_path, 'exclude = ["/legacy/", "/a.py"]\n[roles]\nproduct = ["/examples/prod/"]\ndocs = ["notes.txt"]\n'
    )
    for path in ("a.py", "legacy/b.py", "sub/legacy/c.py", "examples/prod/d.py", "examples/e.py", "x/notes.txt"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    repository = open_repository(root, config.find(root).scope())
    assert dict(repository.files) == {
        OWN: Role.PRODUCT,
        "examples/e.py": Role.EXAMPLE,
        "examples/prod/d.py": Role.PRODUCT,
        "sub/legacy/c.py": Role.PRODUCT,
        "x/notes.txt": Role.DOCS,
    }
    assert repository.left_out["excluded by the configuration"] == 2


def test_the_project_of_the_command_line_joins_the_scope():
    scope = config.Config(exclude=("a",)).scope("churn")
    assert (scope.exclude, scope.project) == (("a",), "churn")


VALUES = st.recursive(
    st.booleans() | st.integers(-1, 9) | st.sampled_from(["''", "'a'", "'**/x'", "'../x'"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["test", "product", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def as_toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(each)}" for key, each in value.items()) + "}"
    return str(value)


@given(st.dictionaries(st.sampled_from([*config.KEYS, "plugins"]), VALUES, max_size=3))
def test_any_content_is_a_configuration_or_a_named_mistake(tmp_path_factory, content):
    root = tmp_path_factory.mktemp("tree")
    (root / OWN).write_text("".join(f"{key} = {as_toml(value)}\n" for key, value in content.items()))
    try:
        assert isinstance(config.find(root), config.Config)
    except InvalidFile as failure:
        assert OWN in str(failure)
