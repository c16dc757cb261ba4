"""Headings, documented commands and the kinds of documents; and that prose is nothing."""

import pytest
from reading import facts, names, pairs, read, units
from soundness import checked

from mlops_scan.facts import documents
from mlops_scan.facts.markup import plain


def of(text, path="docs/page.md"):
    return read(documents.document, text, path)


# -- headings --------------------------------------------------------------------------------------------------------


def test_headings_of_all_forms_are_found_at_their_lines():
    text = """
        # One #

        Two
        ===

        Three
        ---

        <h2 align="center">Four &amp; a half</h2>
        """
    assert [(each.name, each.line) for each in facts(of(text), "heading")] == [
        ("one", 1),
        ("two", 3),
        ("three", 6),
        ("four & a half", 9),
    ]


def test_rules_tables_lists_code_and_comments_are_no_headings():
    text = """
        ---

        a | b
        --- | ---

        - item
        ---

        ```python
        # comment
        ```

        <!--
        # hidden
        -->
        prose over
        two lines
        ---------
        #hashtag
        """
    assert names(of(text), "heading") == []


def test_restructured_headings_are_underlined_and_may_be_overlined():
    text = "=====\nTitle\n=====\n\nPart one\n--------\n\nlong text\n---\n"
    assert [(each.name, each.line) for each in facts(of(text, "docs/x.rst"), "heading")] == [
        ("title", 2),
        ("part one", 5),
    ]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("🚀 **Deploy** the `model`", "deploy the model"),
        ("[Model card](card.md) ![x](y.png)", "model card"),
        ('<a name="x"></a>Set-up :rocket: {#setup}', "set-up"),
        ("snake_case and __bold__", "snake_case and bold"),
        ("x" * 500, "x" * 120),
    ],
)
def test_headings_are_stripped_of_markup(heading, expected):
    assert plain(heading) == expected


def test_headings_are_bounded():
    assert len(facts(of("# a\n" * 500), "heading")) == 200


# -- documented commands ---------------------------------------------------------------------------------------------


def test_commands_of_shell_blocks_stand_below_their_heading():
    text = """
        ## Train it

        ```bash
        # get the data
        dvc pull && dvc repro \\
            --force
        cd api; uvicorn app:app
        poetry run churn-train
        ls -la
        ```
        """
    assert [(each.name, each.value, each.line) for each in facts(of(text), "documented")] == [
        ("dvc pull", "train it", 5),
        ("dvc repro --force", "train it", 5),
        ("uvicorn app:app", "train it", 7),
        ("churn-train", "train it", 8),
    ]


def test_behind_prompts_only_what_was_typed_counts():
    text = "```console\n$ make train\nmake: nothing to be done\n(venv) $ pytest\n```\n"
    assert names(of(text), "documented") == ["make train", "pytest"]


def test_a_command_that_prose_tells_to_type_is_one():
    text = """
        # Training

        1. In the root directory run `make train`.
        2. `cd ops && python score.py 2022`
        3. To deploy, use `./deploy.sh`

        ```
        ./scripts/bootstrap.sh
        ```
    """
    told = [(fact.name, fact.line) for fact in facts(of(text), "documented")]
    assert told == [
        ("make train", 3), ("python score.py 2022", 4), ("./deploy.sh", 5), ("./scripts/bootstrap.sh", 8),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "It is built on `docker compose` and others.",
        "Run it. The target `make train` is slow.",
        "Run `docker`.",
        "You can install it with `pip install acme`.",
        "Run `train` or `my tool`.",
    ],
)
def test_what_prose_only_names_is_no_command(line):
    assert names(of(f"# Use\n\n{line}\n"), "documented") == []


def test_other_languages_prose_and_folder_listings_are_no_commands():
    text = """
        We like `make train`, or python train.py.

        make deploy

        ```python
        python = 3
        make(1)
        ```

        ```
        terraform
        docker
        ├── make x
        my output
        ```

        ```yaml
        make: x
        ```

        <!--
        ```bash
        make hidden
        ```
        -->
        """
    assert names(of(text), "documented") == []


def test_untagged_blocks_and_directives_of_restructured_text_hold_commands():
    assert names(of("```\nmake train\n```\n"), "documented") == ["make train"]
    text = "Use\n===\n\n.. code-block:: bash\n\n    dvc repro\n\nprose make x\n\nRun::\n\n    $ tox -e py\n\nmake y\n"
    assert pairs(of(text, "a.rst"), "documented") == [("dvc repro", "use"), ("tox -e py", "use")]


def test_secrets_in_commands_are_left_out():
    text = "```sh\nterraform apply -var=db_password=hunter2\ndocker pull https://me:hunter2@host/x\n```\n"
    found = names(of(text), "documented")
    assert found == ["terraform apply -var=db_password=***", "docker pull https://host/x"]


# -- cards and documents ---------------------------------------------------------------------------------------------

CARD = """
    ---
    license: mit
    pipeline_tag: text-classification
    datasets:
      - acme/reviews
    model-index:
      - name: churn
    ---
    # Churn
    """


def test_the_metadata_of_a_card_are_fields_at_their_lines():
    assert [(each.name, each.value, each.line) for each in facts(of(CARD), "field")] == [
        ("card.license", "mit", 2),
        ("card.pipeline_tag", "text-classification", 3),
        ("card.datasets", "acme/reviews", 5),
        ("card.model-index.name", "churn", 7),
    ]


def test_the_front_matter_of_a_blog_or_a_broken_one_is_no_card():
    assert facts(of("---\ntitle: x\ntags: [a]\nlicense: mit\n---\n# X\n"), "field") == []
    assert names(of("---\ndatasets: [\n---\n# X\n"), "heading") == ["x"]


LONG = "\nThis model predicts churn for the customers of a shop, was trained on orders, and fails for new shops.\n"


@pytest.mark.parametrize(
    ("path", "title", "kind"),
    [
        ("MODEL_CARD.md", "Churn", "model card"),
        ("docs/churn.md", "Model Card for Churn", "model card"),
        ("docs/RUNBOOK.md", "Operations", "runbook"),
        ("docs/aws-deployment.md", "AWS", "deployment"),
        ("docs/adr/0001-use-x.md", "Use X", "adr"),
        ("SECURITY.md", "Reporting", "security policy"),
        ("docs/x.md", "On-call guide", "on-call"),
    ],
)
def test_a_document_is_named_by_its_file_or_its_first_heading(path, title, kind):
    items = of(f"# {title}\n{LONG}", path)
    assert units(items) == [f"document:{kind}"]
    assert not facts(items, "switched-off")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("README.md", "End-to-end model deployment"),
        ("docs/modelcards_list.md", "Everything"),
        ("src/api/security.md", "Tokens"),
        ("docs/model_card_template.md", "Model card"),
        (".claude/skills/x/SKILL.md", "Deployment"),
        ("docs/post.md", "How we went from a notebook to a deployment of ten models in a week"),
    ],
)
def test_others_are_only_documents(path, title):
    assert units(of(f"# {title}\n{LONG}", path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "# Model card\n\n## Data\n\nTODO\n\n## Metrics\n\n- **Accuracy:**\n",
        "# Model card\n",
        "",
        "# Model card\n" + "- **Developed by:** [More Information Needed]\n" * 9 + LONG,
    ],
)
def test_a_document_of_promises_is_switched_off(text):
    assert names(of(text, "model_card.md"), "switched-off", "document:model card") == ["placeholder"]


def test_a_short_policy_that_says_where_to_turn_is_none():
    assert names(of("# Security\n\nmail security@example.org\n", "SECURITY.md"), "switched-off") == []


# -- hostile input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece", ["a", "#", "`", "[", "![](", "<", "<!--", "_", "$ ", "make ", "key=", "::\n", "---\n"]
)
def test_long_documents_are_read_in_no_time(piece):
    text = piece * (100_000 // len(piece))
    checked(documents.document, "docs/page.md", text)
    checked(documents.document, "model_card.md", f"# {text}\n```\nmake {text}\n```\n")
    checked(documents.document, "x.rst", text)
