"""JavaScript and TypeScript: imports of packages and what is made of them."""

import pytest

from mlops_scan.evidence import Fact
from mlops_scan.facts.javascript import javascript
from mlops_scan.facts.source import Source


def facts(text: str) -> list[Fact]:
    return list(javascript.read(Source("stack.ts", text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "import * as lambda from 'aws-cdk-lib/aws-lambda';\nnew lambda.Function(this, 'x');",
            "npm:aws-cdk-lib/aws-lambda.Function",
        ),
        (
            'import { Function as Fn, Code } from "aws-cdk-lib/aws-lambda"\nconst f = new Fn(this)',
            "npm:aws-cdk-lib/aws-lambda.Function",
        ),
        (
            "const sagemaker = require('aws-cdk-lib/aws-sagemaker')\nnew sagemaker.CfnEndpoint(a)",
            "npm:aws-cdk-lib/aws-sagemaker.CfnEndpoint",
        ),
        (
            "import {\n  CfnModel,\n} from '@aws-cdk/aws-sagemaker';\nnew CfnModel(this)",
            "npm:@aws-cdk/aws-sagemaker.CfnModel",
        ),
    ],
)
def test_constructors_are_resolved_through_imports(text: str, expected: str) -> None:
    assert expected in [fact.name for fact in facts(text) if fact.kind == "call"]


def test_imports_know_their_lines_and_own_files_are_paths() -> None:
    found = facts("// a\nimport x from './own'\nimport y from 'pkg'\nimport 'side-effect'\n")
    assert [(fact.name, fact.line) for fact in found] == [("./own", 2), ("npm:pkg", 3), ("npm:side-effect", 4)]


def test_a_name_that_was_not_imported_is_no_call() -> None:
    assert facts("new lambda.Function()") == []


@pytest.mark.parametrize(
    "text", ["import " + "a" * 100_000, "import {" + "a," * 50_000, "const x = require(" * 10_000, "a." * 100_000]
)
def test_text_that_never_ends_a_clause_is_passed_over(text: str) -> None:
    assert facts(text) == []
