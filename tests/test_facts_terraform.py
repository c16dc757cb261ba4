"""What the readers of Terraform find, and what they leave alone."""

from reading import facts, pairs, read

from mlops_scan.evidence import Fact
from mlops_scan.facts.infrastructure import hcl
from mlops_scan.facts.infrastructure.terraform import terraform, terraform_json

# HCL


def settings(text: str) -> list[tuple[str, str, int]]:
    return [(each.name, each.value, each.line) for each in hcl.settings(text) if each.name]


def test_comments_strings_and_here_documents_hide_their_brackets():
    text = 'a "b" {\n # }\n x = "}{" // }\n /* {\n */ y = <<-EOT\n  }{\n  EOT\n z = 1\n}\nc { w = 2 }\n'
    assert settings(text) == [("x", "}{", 3), ("y", "  }{\n", 5), ("z", "1", 8), ("w", "2", 10)]


def test_maps_lists_and_calls_are_seen_through():
    text = 'r {\n tags = { A = "x", "B" : "y" }\n l = ["p", "q"]\n j = jsonencode([{ image = "i" }])\n}\n'
    assert settings(text) == [("tags.A", "x", 2), ("tags.B", "y", 2), ("l", "p", 3), ("l", "q", 3), ("j.image", "i", 4)]


def test_an_expression_has_no_value_and_a_reference_is_one():
    assert settings('r {\n a = var.x ? "b" : "c"\n d = aws_x.y.id\n e = x == 1\n}\n') == [
        ("a", "", 2), ("d", "aws_x.y.id", 3), ("e", "", 4),
    ]  # fmt: skip


def test_blocks_inside_blocks_are_known():
    found = [(each.blocks, each.line) for each in hcl.settings('terraform {\n  backend "s3" {}\n}\n')]
    assert found == [((("terraform",),), 1), ((("terraform",), ("backend", "s3")), 2)]


# Terraform

MAIN = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5" }
  }
  backend "s3" { bucket = "state" }
}
provider "aws" { region = "eu-west-1" }
module "net" { source = "./modules/net" }
module "eks" {
  source  = "terraform-aws-modules/eks/aws"
  version = "20.1"
}
data "aws_ecr_repository" "r" { name = "x" }
resource "aws_lambda_function" "score" {
  image_uri = "123.dkr.ecr.aws/score:1"
  filename  = "${path.module}/../build/f.zip"
  environment {
    variables = { MODEL = "churn", API_KEY = "hush" }
  }
  provisioner "local-exec" { command = "make deploy" }
}
resource "aws_cloudwatch_event_rule" "nightly" {
  schedule_expression = "rate(1 day)"
  state               = "DISABLED"
}
"""


def test_resources_data_sources_and_providers():
    items = read(terraform, MAIN, "main.tf")
    assert pairs(items, "resource") == [
        ("data.aws_ecr_repository", "r"), ("aws_lambda_function", "score"), ("aws_cloudwatch_event_rule", "nightly"),
    ]  # fmt: skip
    assert [fact.name for fact in facts(items, "section")] == ["provider.aws", "backend.s3", "provider.aws"]


def test_a_module_in_a_folder_is_included_and_one_of_a_registry_is_a_dependency():
    items = read(terraform, MAIN, "main.tf")
    assert facts(items, "includes") == [Fact("includes", "./modules/net", 8)]
    assert pairs(items, "dependency") == [("terraform:terraform-aws-modules/eks/aws", "20.1")]


def test_a_resource_has_images_variables_files_and_commands():
    items = read(terraform, MAIN, "main.tf")
    unit = "service:aws_lambda_function.score"
    assert Fact("image", "123.dkr.ecr.aws/score", 15, "1", unit) in items
    assert Fact("reads", "../build/f.zip", 16, "", unit) in items
    assert pairs(items, "env") == [("MODEL", "churn"), ("API_KEY", "")]
    assert facts(items, "command") == [Fact("command", "make deploy", 20, "", unit)]
    assert "hush" not in repr(items)


def test_a_schedule_is_a_trigger_and_may_be_off():
    items = read(terraform, MAIN, "main.tf")
    unit = "service:aws_cloudwatch_event_rule.nightly"
    assert pairs(items, "trigger") == [("schedule", "rate(1 day)")]
    assert facts(items, "starts")[0].name == f"#{unit}"
    assert facts(items, "switched-off") == [Fact("switched-off", "state = DISABLED", 24, "", unit)]


def test_a_key_vault_keeps_no_secret_of_its_name():
    items = read(terraform, 'resource "azurerm_key_vault" "k" {\n  sku_name = "standard"\n  api_key = "x"\n}\n', "a.tf")
    assert pairs(items, "field") == [("azurerm_key_vault.sku_name", "standard"), ("azurerm_key_vault.api_key", "")]


def test_the_json_form_says_the_same():
    text = '{"resource": {"aws_s3_bucket": {"b": {"acl": "private"}}}, "terraform": {"backend": {"gcs": {"b": 1}}},\n'
    text += '"module": {"m": {"source": "../m"}}}'
    items = read(terraform_json, text, "main.tf.json")
    assert pairs(items, "resource") == [("aws_s3_bucket", "b")]
    assert pairs(items, "field") == [("aws_s3_bucket.acl", "private")]
    assert pairs(items, "section") == [("backend.gcs", "")]
    assert pairs(items, "includes") == [("../m", "")]
