"""Models and data sets by name: what the files define, register and load, and nothing that is no name."""

from mlops_scan.evidence import Fact, Place, Reading, Unit
from mlops_scan.inventory import Asset, inventory


def found(
    *facts: Fact, units: tuple[Unit, ...] = (), role: str = "product", path: str = "train.py"
) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in inventory([Reading(path, role, facts, units)])]


def test_what_is_registered_loaded_and_defined_has_a_name() -> None:
    registered = Fact("argument", "mlflow.sklearn.log_model.registered_model_name", 3, "churn")
    loaded = Fact("uri", "models:/churn@champion", 9)
    assert inventory([Reading("a.py", "product", (registered, loaded)), Reading("b.py", "product", (loaded,))]) == (
        Asset("model", "churn", (Place("a.py", 3), Place("a.py", 9), Place("b.py", 9))),
    )
    units = (Unit("dataset", "raw", 1), Unit("model", "churn", 2), Unit("job", "train", 3))
    assert found(units=units) == [("dataset", "raw"), ("model", "churn")]


def test_a_text_that_a_program_completes_is_no_name() -> None:
    assert found(Fact("uri", "models:/{}/Production", 1), Fact("uri", "models:/$NAME/1", 1)) == []
    assert found(Fact("call", "transformers.AutoModel.from_pretrained", 1, "./out")) == []


def test_only_the_product_names_its_models() -> None:
    for role in ("test", "example", "docs"):
        assert found(Fact("uri", "models:/churn/1", 1), role=role) == []
