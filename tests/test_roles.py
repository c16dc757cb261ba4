"""The role of a path: where it stands decides what it may prove."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_scan.repository.roles import READ, Role, Roles, foreign_folders


def role(path, *others):
    return Roles([path, *others])(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("train.py", Role.PRODUCT),
        ("src/churn/train.py", Role.PRODUCT),
        (".github/workflows/ci.yml", Role.PRODUCT),
        ("data/test.csv", Role.PRODUCT),
        ("src/testing_data.py", Role.PRODUCT),
        ("src/contest.py", Role.PRODUCT),
        ("src/documents/index.py", Role.PRODUCT),
        ("src/old_model.py", Role.PRODUCT),
        ("src/vendors.py", Role.PRODUCT),
        ("latest/x.py", Role.PRODUCT),
        ("sample.py", Role.PRODUCT),
        ("tests/test_train.py", Role.TEST),
        ("src/churn/test_train.py", Role.TEST),
        ("src/churn/train_test.py", Role.TEST),
        ("conftest.py", Role.TEST),
        ("Tests/helper.py", Role.TEST),
        ("tests/data/prices.csv", Role.FIXTURE),
        ("tests/data/test_schema.py", Role.TEST),
        ("tests/fixtures/dvc.yaml", Role.FIXTURE),
        ("README.md", Role.DOCS),
        ("docs/conf.py", Role.DOCS),
        ("docs/examples/train.py", Role.EXAMPLE),
        ("examples/train.py", Role.EXAMPLE),
        ("src/main/java/com/example/App.java", Role.PRODUCT),
        ("src/main/java/com/example/example/App.java", Role.EXAMPLE),
        ("examples/tests/test_x.py", Role.EXAMPLE),
        ("deploy/values.yaml.tmpl", Role.TEMPLATE),
        (".env.example", Role.TEMPLATE),
        ("config.example.yaml", Role.TEMPLATE),
        ("{{ cookiecutter.name }}/dvc.yaml", Role.TEMPLATE),
        ("{% if ci %}.github{% endif %}/ci.yml", Role.TEMPLATE),
        ("node_modules/x/package.json", Role.VENDORED),
        ("third_party/tests/test_x.py", Role.VENDORED),
        ("api/service_pb2.py", Role.GENERATED),
        ("static/app.min.js", Role.GENERATED),
        ("airflow.cfg", Role.GENERATED),
        ("src/churn.egg-info/requires.txt", Role.GENERATED),
        ("archive/train.py", Role.ARCHIVED),
        ("archive_2023/train.py", Role.ARCHIVED),
        ("archive/vendor/x.py", Role.VENDORED),
        ("mlarchive_tool/train.py", Role.PRODUCT),
        ("src/architecture/x.py", Role.PRODUCT),
    ],
)
def test_the_path_says_what_a_file_is_there_for(path, expected):
    assert role(path) is expected


def test_only_product_tests_and_docs_are_read():
    assert {Role.PRODUCT, Role.TEST, Role.DOCS} == READ


def test_a_committed_virtual_environment_is_somebody_elses():
    paths = ["myenv/pyvenv.cfg", "myenv/lib/python3.11/x.py", "myenvironment/x.py"]
    roles = Roles(paths)
    assert [roles(path) for path in paths] == [Role.VENDORED, Role.VENDORED, Role.PRODUCT]


def test_a_copied_repository_with_its_licence_and_its_automation_is_somebody_elses():
    copied = ["yolo/setup.py", "yolo/LICENSE", "yolo/.github/dependabot.yml", "yolo/models/train.py"]
    assert foreign_folders(copied) == {"yolo"}
    assert {Roles(copied)(path) for path in copied} == {Role.VENDORED}


@pytest.mark.parametrize("missing", ["yolo/setup.py", "yolo/LICENSE", "yolo/.github/dependabot.yml"])
def test_a_package_of_a_monorepo_is_not_somebody_elses(missing):
    paths = {"yolo/setup.py", "yolo/LICENSE", "yolo/.github/dependabot.yml"} - {missing}
    assert not foreign_folders(paths)


def test_the_repository_itself_is_never_somebody_elses():
    assert not foreign_folders(["setup.py", "LICENSE", ".github/dependabot.yml", "pyvenv.cfg"])


def test_the_configuration_overrides_what_the_path_says():
    roles = Roles(["examples/a.py"], [("/examples/**", Role.PRODUCT)])
    assert roles("examples/a.py") is Role.PRODUCT
    assert roles("src/examples/a.py") is Role.EXAMPLE


def test_the_configuration_overrides_even_what_is_somebody_elses():
    paths = ["env/pyvenv.cfg", "env/x.py"]
    assert Roles(paths, [("/env/x.py", Role.PRODUCT)])("env/x.py") is Role.PRODUCT


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([("/src/**", Role.TEST), ("train.py", Role.DOCS)], Role.TEST),
        ([("train.py", Role.DOCS), ("/src/**", Role.TEST)], Role.DOCS),
        ([("*", Role.EXAMPLE), ("*.py", Role.TEST), ("train.py", Role.DOCS)], Role.EXAMPLE),
    ],
)
def test_of_several_overrides_the_first_wins(overrides, expected):
    assert Roles([], overrides)("src/train.py") is expected


@given(st.text(max_size=40))
def test_any_path_has_a_role(path):
    assert role(path) in Role
