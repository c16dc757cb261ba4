"""Imports of compiled languages, and the packages of .NET."""

import pytest
from endless import ends
from reading import facts, names, read

from mlops_scan.evidence import Fact
from mlops_scan.facts import namespaces
from mlops_scan.facts.dependencies import dotnet
from mlops_scan.facts.source import Reader


@pytest.mark.parametrize(
    ("reader", "text", "found"),
    [
        (namespaces.jvm, "import java.util.List;\n\nimport static org.junit.Assert.*;\n", ["jvm:java.util.List", "jvm:org.junit.Assert"]),
        (namespaces.jvm, "import org.apache.spark.ml.{Pipeline, PipelineModel}\nimport x.y._\n", ["jvm:org.apache.spark.ml", "jvm:x.y"]),
        (namespaces.jvm, "// import a.b;\nimportant(x)\nString s = \"import a.b;\";\n", []),
        (namespaces.dotnet, "using System;\nglobal using A.B;\nusing E = F.G;\n", ["dotnet:System", "dotnet:A.B", "dotnet:F.G"]),
        (namespaces.dotnet, "using static C.D;\n", ["dotnet:C.D"]),
        (namespaces.dotnet, "open Microsoft.ML\nlet x = 1\n", ["dotnet:Microsoft.ML"]),
        (namespaces.dotnet, "using (var x = y) { }\nusing var z = Open();\n// using A.B;\nopen the door\n", []),
    ],
)  # fmt: skip
def test_imports_stand_on_lines_of_their_own(reader: Reader, text: str, found: list[str]):
    assert names(read(reader, text), "import") == found


def test_imports_know_their_lines():
    assert [
        each.line for each in facts(read(namespaces.jvm, "package a;\n\nimport b.C;\nimport d.E;\n"), "import")
    ] == [3, 4]


def test_packages_of_a_project_and_of_the_older_list():
    text = '<Project>\n<PackageReference Include="Microsoft.ML" Version="4.0.0" />\n<PackageReference Include="A" Version="[1.2]" />\n'
    text += '<!-- <PackageReference Include="B" />\n<PackageReference Include="C" /> -->\n<package id="D" version="3.1" />\n'
    assert facts(read(dotnet.nuget, text), "dependency") == [
        Fact("dependency", "nuget:Microsoft.ML", 2, ">=4.0.0"),
        Fact("dependency", "nuget:A", 3, "==1.2"),
        Fact("dependency", "nuget:D", 6, "==3.1"),
    ]


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (namespaces.jvm, "import " + "a." * 200_000),
        (namespaces.dotnet, "using " + "a" * 200_000 + "\n" + "using x " * 50_000),
        (dotnet.nuget, "<!--" * 100_000),
        (dotnet.nuget, "<PackageReference " * 50_000),
        (dotnet.nuget, "<package " + "id='" * 100_000),
    ],
)
def test_the_readers_end(reader: Reader, text: str):
    with ends():
        read(reader, text)
