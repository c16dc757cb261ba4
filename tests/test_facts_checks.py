"""What Python code says of its checks and measurements, and what it does not say."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import read

from mlops_scan.errors import Unreadable
from mlops_scan.evidence import KINDS, UNIT_KINDS, Fact, Item
from mlops_scan.facts.python import python


def seen(code: str, *kinds: str) -> list[tuple[str, int | None, str]]:
    """The facts of these kinds: name, line and value."""
    return [
        (item.name, item.line, item.value)
        for item in read(python, code, "src/validate.py")
        if isinstance(item, Fact) and item.kind in kinds
    ]


def test_a_verdict_is_overwritten_by_a_constant_before_anything_depends_on_it() -> None:
    code = """
    def main(path):
        with open(path) as file:
            deploy_flag = int(file.read())
        log("flag", deploy_flag)
        deploy_flag = 1
        if deploy_flag == 1:
            register()
    """
    assert seen(code, "overwrites") == [("deploy_flag", 5, "1")]


@pytest.mark.parametrize(
    "body",
    [
        "deploy_flag = 0\n    deploy_flag = better(a, b)",
        "passed = check(a)\n    if not passed:\n        return\n    passed = True",
        "if better(a, b):\n        deploy_flag = 1",
        "count = len(a)\n    count = 0",
        "passed = check(a)\n    passed = check(b)",
    ],
)
def test_a_verdict_that_was_used_or_is_set_by_a_condition_is_not_overwritten(body: str) -> None:
    assert seen(f"def main(a, b):\n    {body}\n    return 1\n", "overwrites") == []


def test_a_verdict_is_only_printed() -> None:
    code = """
    def validate(model):
        def predict(x):
            return model(x)
        results = suite(predict).run()
        if results.passed:
            print("fine")
        else:
            logger.warning("not fine")
    """
    assert seen(code, "only-printed") == [("results.passed", 5, "")]


@pytest.mark.parametrize(
    "otherwise",
    ["raise ValueError('not fine')", "sys.exit(1)", "return False", "assert False", "failed = True", "alert()"],
)
def test_a_verdict_that_has_a_consequence_is_not_only_printed(otherwise: str) -> None:
    code = f"""
    def validate(results):
        if results.passed:
            print("fine")
        else:
            {otherwise}
    """
    assert seen(code, "only-printed") == []


def test_an_error_of_a_check_is_swallowed() -> None:
    code = """
    try:
        data = load()
        validate(data)
    except Exception as error:
        print(error)
    try:
        validate(data)
    except:
        promote_model(data)
    """
    assert seen(code, "swallows") == [("validate", 4, "print"), ("validate", 8, "promote_model")]


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    validate(data)\nexcept Exception:\n    raise SystemExit(1)",
        "try:\n    validate(data)\n    keep(data)\nexcept Exception:\n    print('left out')",
        "try:\n    validate(data)\nexcept Exception:\n    failed.append(data)",
        "try:\n    validate(data)\nexcept KeyError:\n    pass",
        "try:\n    validate(data)\nexcept Exception:\n    pass\nelse:\n    keep(data)",
    ],
)
def test_what_a_check_guards_or_a_handler_remembers_is_not_swallowed(code: str) -> None:
    assert [fact for fact in seen(code, "swallows") if fact[0] == "validate"] == []


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("assert True", "constant"),
        ("assert (accuracy > 0.8, 'too low')", "a tuple is true"),
        ("assert accuracy >= 0", "such a metric is never below zero"),
        ("assert 0.0 < f1_score", "such a metric is never below zero"),
        ("assert good(x) or True", "or True"),
        ("if accuracy >= 0.0: promote()", "such a metric is never below zero"),
    ],
)
def test_a_comparison_that_nothing_can_miss(statement: str, why: str) -> None:
    assert [value for _, _, value in seen(statement, "always-true")] == [why]


@pytest.mark.parametrize(
    "statement",
    [
        "assert accuracy > 0.8",
        "assert r2 > 0",
        "assert count >= 0",
        "assert accuracy <= 0",
        "assert good(x)",
        "if accuracy > 0: pass",
        "assert ()",
    ],
)
def test_a_comparison_that_something_can_miss(statement: str) -> None:
    assert seen(statement, "always-true") == []


def test_a_check_returns_nothing_and_a_condition_asks_for_it() -> None:
    code = """
    def validate_data(data):
        if data.empty:
            raise ValueError("empty")
        print("fine")

    def validate_model(model):
        return model.score > 0.8

    if not validate_data(frame) and validate_model(model):
        stop()
    if validate_data(frame):
        train()
    """
    assert seen(code, "returns-nothing") == [("validate_data", 1, "")]
    assert ("validate_data", 11, "") in seen(code, "tested")


def test_a_check_that_returns_true_whatever_it_finds() -> None:
    code = """
    def validate_data(data):
        if data.empty:
            print("empty")
        return True

    def validate_model(model):
        if model is None:
            return False
        return True
    """
    assert [name for name, _, _ in seen(code, "always-true")] == ["validate_data()"]


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("report.run(reference_data=df, current_data=df)", "both sides are `df`"),
        ("psi = calculate_psi(df['x'], df['x'])", "both sides are `df['x']`"),
        ("a = pd.read_csv('x.csv')\nb = pd.read_csv('x.csv')\nrun(reference=a, current=b)", "both sides are read by"),
        ("a, b = train_test_split(df)\nrun(reference=a, current=b)", "both sides are parts of one split"),
        (
            "df = pd.read_csv('x.csv')\na = df.iloc[:100]\nb = df.iloc[100:]\nrun(reference=a, current=b)",
            "both sides are cut from `df`",
        ),
        (
            "a = pd.read_csv('train.csv')\nb = pd.read_csv('test.csv')\nks_2samp(a, b)",
            "`pd.read_csv('train.csv')` and `pd.read_csv('test.csv')` are parts of one split",
        ),
        ("a = df.sample(frac=0.5)\nb = df.sample(frac=0.5)\nks_2samp(a, b)", "both sides are cut from `df`"),
    ],
)
def test_a_comparison_of_data_with_themselves(code: str, how: str) -> None:
    ((_, _, value),) = seen(code, "same-source")
    assert value.startswith(how)


@pytest.mark.parametrize(
    "code",
    [
        "report.run(reference_data=train, current_data=live)",
        "a = pd.read_csv('x.csv')\nb = pd.read_csv('y.csv')\nrun(reference=a, current=b)",
        "a = df[df.day < 7]\nb = df[df.day >= 7]\nrun(reference=a, current=b)",
        "report.run(reference_data=None, current_data=None)",
        "merge(df, df)",
        "calculate_psi(reference['x'], current['x'])",
    ],
)
def test_a_comparison_of_two_things(code: str) -> None:
    assert seen(code, "same-source") == []


FITTED = """
def train(X, y, other):
    model.fit(X, y)
    print(accuracy_score(y, model.predict(X)))
"""


def test_a_score_on_what_was_learned_and_on_nothing_else() -> None:
    assert [name for name, _, _ in seen(FITTED, "same-source")] == ["fit"]
    assert seen(FITTED + "    print(accuracy_score(other, model.predict(other)))\n", "same-source") == []
    assert seen(FITTED.replace("model.fit", "X, V, y, w = train_test_split(X, y)\n    model.fit"), "same-source") == []
    assert seen(FITTED.replace("X", "X_train"), "same-source") == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("drift_score = round(random.uniform(0.01, 0.1), 3)", "drift_score"),
        ("mlflow.log_metric('accuracy', 0.95)", "accuracy"),
        ("acc = np.random.uniform(0.8, 0.9)\nmlflow.log_metric('accuracy', acc)", "accuracy"),
        ("result = {'accuracy': 0.9 + random.random() / 10}", "accuracy"),
        ("def predict(x):\n    load()\n    return random.choice([0, 1])", "predict()"),
        ("def evaluate(x):\n    accuracy = 0.95\n    return accuracy", "accuracy"),
    ],
)
def test_a_number_that_nothing_was_measured_for(code: str, name: str) -> None:
    assert name in [found for found, _, _ in seen(code, "literal")]


@pytest.mark.parametrize(
    "code",
    [
        "accuracy = accuracy_score(y, p)",
        "accuracy_threshold = 0.9",
        "mlflow.log_metric('epochs', 10)",
        "noise = random.uniform(0, 1)",
        "def evaluate(x):\n    accuracy = 0.5\n    accuracy = measure(x)\n    return accuracy",
        "def evaluate(x):\n    accuracy = 0.1\n    accuracy += measure(x)\n    return accuracy",
        "def predict(x):\n    if explore:\n        return random.choice(x)\n    return model(x)",
    ],
)
def test_a_number_that_is_measured_or_is_no_metric(code: str) -> None:
    assert seen(code, "literal") == []


def test_a_list_of_people_to_be_told_is_empty() -> None:
    assert seen("ALERT_EMAILS = []\nCOLUMNS = []\n", "switched-off") == [("ALERT_EMAILS = []", 1, "")]
    assert seen("ALERT_EMAILS = ['a@example.org']\n", "switched-off") == []


def test_a_module_that_only_defines_things() -> None:
    assert seen("import x\n\ndef main():\n    pass\n", "inert") == [("definitions", 3, "")]


@pytest.mark.parametrize(
    "code",
    [
        "def main():\n    pass\n\nmain()\n",
        "def main():\n    pass\n\nif __name__ == '__main__':\n    main()\n",
        "@app.command()\ndef main():\n    pass\n",
        "print('done')\n",
        "run = partial(main)\n\ndef main():\n    pass\n",
        "class Model:\n    pass\n",
    ],
)
def test_a_module_that_does_something_or_whose_functions_are_handed_on(code: str) -> None:
    assert seen(code, "inert") == []


LINES = (
    "if a.passed:", "    print(1)", "else:", "try:", "except:", "    validate(x)", "def check():", "    return True",
    "x, y = train_test_split(d)", "run(reference=x, current=y)", "accuracy = random.random()", "with a as b:", "    pass",
)  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_any_code_gives_facts_of_known_kinds_at_its_own_lines(lines: list[str]) -> None:
    with suppress(Unreadable):
        for item in read(python, "\n".join(lines), "x.py"):
            assert item.kind in KINDS if isinstance(item, Fact) else item.kind in UNIT_KINDS
            assert 1 <= (item.line or 1) <= len(lines)


@pytest.mark.parametrize(
    "code",
    [
        "accuracy = " + "-" * 5_000 + "1\n",
        "x = " + "+".join(["random.random()"] * 5_000) + "\naccuracy = " + "round(" * 80 + "1" + ")" * 80 + "\n",
        "run(reference=a" + ".b" * 50_000 + ", current=a" + ".b" * 50_000 + ")",
        "def check(a):\n" + "    passed = f(a)\n    passed = g(a)\n" * 5_000,
        "def check(a):\n" + "    passed = f(a)\n    if passed: print(1)\n    else: print(2)\n" * 3_000,
    ],
)
def test_hostile_code_takes_no_more_than_a_moment_and_invents_little(code: str) -> None:
    found: list[Item] = []
    with suppress(Unreadable):
        found = read(python, code, "x.py")
    assert all(len(item.name) <= 200 for item in found)
