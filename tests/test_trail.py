"""The trail of a proof: what stands at each of its places, and which links lead from one to the next."""

from faulty import life_of

from mlops_scan.evidence import Place
from mlops_scan.trail import Hop, Stop, trail

WORKFLOW = ".github/workflows/train.yml"
FILES = {
    WORKFLOW: (
        "on:\n  push:\n    branches: [main]\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - name: Train the model\n        run: python train.py\n      - run: pytest\n"
    ),
    "train.py": "import mlflow\n\n\ndef main():\n    mlflow.log_metric('r2', 1)\n\n\nmain()\n",
}  # fmt: skip
TRIGGER, STEP, RUN = Place(WORKFLOW, 2), Place(WORKFLOW, 8), Place(WORKFLOW, 9)
MAIN, CALL = Place("train.py", 4), Place("train.py", 5)


def test_a_stop_is_called_as_people_call_it() -> None:
    stops = {stop.place: stop for stop in trail(life_of(FILES).graph, [(TRIGGER, STEP, RUN, MAIN, CALL)]).stops}
    assert stops[TRIGGER] == Stop(TRIGGER, "trigger", "push: branches: main")
    assert stops[STEP] == Stop(STEP, "step", "Train the model")
    assert stops[RUN] == Stop(RUN, "command", "python train.py")
    assert stops[MAIN] == Stop(MAIN, "function", "main")
    assert stops[CALL] == Stop(CALL, "call", "mlflow.log_metric")


def test_a_step_without_a_name_is_called_by_its_command() -> None:
    place = Place(WORKFLOW, 10)
    assert trail(life_of(FILES).graph, [(place,)]).stops == (Stop(place, "step", "pytest"),)


def test_each_hop_has_the_kind_of_its_link() -> None:
    hops = trail(life_of(FILES).graph, [(TRIGGER, STEP, RUN, MAIN, CALL)]).hops
    assert hops == (
        Hop(TRIGGER, STEP, "starts"),
        Hop(STEP, RUN, "holds"),
        Hop(RUN, MAIN, "command"),
        Hop(MAIN, CALL, "holds"),
    )


def test_a_way_that_turns_back_goes_on_from_where_it_turned_and_not_from_its_last_place() -> None:
    second = Place(WORKFLOW, 10)
    hops = trail(life_of(FILES).graph, [(TRIGGER, STEP, RUN, MAIN, CALL, second)]).hops
    assert hops[-1] == Hop(TRIGGER, second, "starts")


def test_places_that_nothing_links_are_joined_by_the_question_alone() -> None:
    files = {"a.py": "import mlflow\n", "b.py": "import wandb\n"}
    one, other = Place("a.py", 1), Place("b.py", 1)
    assert trail(life_of(files).graph, [(one, other)]).hops == (Hop(one, other, ""),)


def test_a_place_that_stands_nowhere_is_a_file_and_no_error() -> None:
    gone = Place("gone.py", 7)
    assert trail(life_of(FILES).graph, [(gone,)]).stops == (Stop(gone),)


def test_places_of_several_ways_stand_there_once() -> None:
    found = trail(life_of(FILES).graph, [(TRIGGER, STEP, RUN), (TRIGGER, STEP)])
    assert len(found.stops) == 3
    assert len(found.hops) == 2


def test_no_way_has_no_trail() -> None:
    assert trail(life_of(FILES).graph, []) == ((), ())


def test_the_links_of_a_repository_name_those_by_a_shared_key_as_well() -> None:
    files = {
        "make.py": "import pandas as pd\npd.DataFrame().to_csv('data/x.csv')\n",
        "use.py": "import pandas as pd\npd.read_csv('data/x.csv')\n",
    }
    found = {(link.source.path, link.target.path, link.kind) for link in life_of(files).graph.links()}
    assert ("make.py", "use.py", "data") in found
