"""Do scenarios and policies of another package work as docs/extending.md says? Its own blocks are run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.policies.outside import is_outside, outside_policy
from agents.policies.planner import Planner
from agents.policies.simple import Decoy, Noisy, Random, Still, Wanderer
from agents.types import Cast, is_privileged
from social_rl.cli import main
from social_rl.episodes.casting import policies_of, read_cast
from tests.my_lab import my_lab_in
from worlds.scenario import make_scenario
from worlds.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
TOOLS = """
import numpy as np
from worlds.state import FORWARD, WAIT

class Base:
    def __init__(self, acts=None): self.acts = acts
    def start(self, sim, agents): return 0
    def act(self, sim, agents, memory): return self.acts(sim, agents), memory + 1

class Oracle(Base):
    privileged = True

class Seeded(Base):
    def __init__(self, seed): self.seed = seed

class Nothing: pass

ready = Base(lambda sim, agents: np.full((sim.worlds, len(agents)), WAIT))
number = 5
def floats(): return Base(lambda sim, agents: np.zeros((sim.worlds, len(agents))))
def narrow(): return Base(lambda sim, agents: np.zeros(sim.worlds, np.int64))
def beyond(): return Base(lambda sim, agents: np.full((sim.worlds, len(agents)), 8))
def below(): return Base(lambda sim, agents: np.full((sim.worlds, len(agents)), -1))
def nobody(): return Nothing()

class Alone(Base):
    def act(self, sim, agents, memory): return np.full((sim.worlds, len(agents)), FORWARD)
"""


@pytest.fixture
def my_lab(tmp_path, monkeypatch):
    """The package of docs/extending.md, and one more module."""
    with my_lab_in(tmp_path, monkeypatch):
        (tmp_path / "my_lab/tools.py").write_text(TOOLS, encoding="utf-8")
        yield tmp_path


def test_the_command_runs_a_scenario_and_a_policy_of_another_package(my_lab):
    file = my_lab / "run.json"
    words = (
        "run my_lab.kitchen --set every=6 --cast ann=my_lab.policies:Greedy:5 bob=still --episodes 4 --json"
    )
    done = subprocess.run(
        [sys.executable, "-m", "social_rl.cli", *words.split(), str(file)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(my_lab)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(file.read_text())
    assert record["agents"]["Ann"]["return"] == 0, "stirred in time"
    assert record["agents"]["Ann"]["policy"] == "my_lab.policies:Greedy:5"
    assert record["agents"]["Ann"]["privileged"] is False


def test_short_names_of_an_installed_package(my_lab, tmp_path):
    for patience, paid in ((5, 0), (9, -4)):  # stirred at 9, 18, 27 and 36, it boils over at 5, 14, 23 and 32
        file = tmp_path / "run.json"
        words = f"run kitchen --cast ann=greedy:{patience} bob=expert --worlds 2 --episodes 2 --json {file}"
        assert main(words.split()) == 0
        record = json.loads(file.read_text())["agents"]
        assert record["Ann"]["return"] == paid
        assert record["Bob"]["privileged"] is True


def test_what_is_offered_is_listed_and_suggested(my_lab, capsys):
    assert main(["scenarios"]) == 0
    assert "kitchen  A pot boils over" in capsys.readouterr().out
    assert main(["run", "kitchen", "--cast", "ann=gredy"]) == 2
    assert (
        "no policy is called 'gredy'; did you mean 'greedy'?; one of your own is MODULE:NAME"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("my_lab.policies:Gredy", "my_lab.policies has no 'Gredy'; did you mean 'Greedy'?"),
        (
            "my_lab.polices:Greedy",
            "no module is called 'my_lab.polices'; install its package, or add its folder to",
        ),
        ("my_lab.policies:", "'my_lab.policies:' is no MODULE:NAME, such as my_lab.policies:Greedy"),
        ("my_lab.policies", "no policy is called 'my_lab.policies'"),
        ("my_lab.tools:Nothing", "my_lab.tools:Nothing has no functions start and act"),
        ("my_lab.tools:number", "my_lab.tools:number is an int, no policy and nothing that makes one"),
    ],
)
def test_a_policy_that_is_not_there_is_refused_before_anything_is_played(my_lab, policy, message):
    with pytest.raises(ValueError) as refusal:
        read_cast([f"ann={policy}"], ["Ann"])
    assert str(refusal.value).startswith(f"--cast ann={policy}: ") and message in str(refusal.value)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("my_lab.tools:nobody", "an object of type Nothing was made, which has no functions start and act"),
        ("my_lab.tools:ready:5", "it is ready made and takes no text"),
        (
            "my_lab.tools:Seeded:5",
            "multiple values for argument 'seed'; it takes (seed), write a text for it as",
        ),
        ("my_lab.tools:floats:5", "too many positional arguments; it takes ()"),
    ],
)
def test_a_policy_that_cannot_be_made_says_what_it_takes(my_lab, policy, message):
    with pytest.raises(ValueError) as refusal:
        outside_policy(policy, 0)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("floats", "policy my_lab.tools:floats returned acts float64[2, 1]: [2, 1] whole numbers are needed"),
        ("narrow", "policy my_lab.tools:narrow returned acts int64[2]"),
        ("beyond", "policy my_lab.tools:beyond chose act 8, allowed are 0 to 7"),
        ("below", "policy my_lab.tools:below chose act -1"),
        ("Alone", "policy my_lab.tools:Alone returned an object of type ndarray, not (acts, memory)"),
    ],
)
def test_acts_that_do_not_exist_are_refused_in_the_name_of_the_policy(my_lab, name, message):
    sim = Simulator(make_scenario("maze", side=7), 2, levels=2)
    players = Cast(sim, policies_of({"Ann": f"my_lab.tools:{name}"}))
    with pytest.raises(ValueError) as refusal:
        sim.step(players.act())
    assert message in str(refusal.value)
    assert sim.state.step.tolist() == [0, 0]


def test_policies_are_made_as_asked_for(my_lab):
    assert outside_policy("my_lab.tools:Seeded", 7).policy.seed == 7
    assert outside_policy("my_lab.policies:Greedy:12", 0).policy.patience == 12
    assert outside_policy("greedy", 0).policy.patience == 5
    assert (
        outside_policy("my_lab.tools:ready", 0).act(
            Simulator(make_scenario("maze", side=7)), np.array([0]), 0
        )[1]
        == 1
    )
    assert not is_outside("mind:runs/first.2") and not is_outside("expert") and is_outside("my_lab.x:Y")


def test_who_reads_the_whole_state_says_so(my_lab):
    sees_all = (Planner(), Decoy(), Noisy(Planner()), outside_policy("my_lab.tools:Oracle", 0))
    perceives = (Planner("seen"), Noisy(Random()), Random(), Wanderer(), Still(), outside_policy("greedy", 0))
    assert [is_privileged(policy) for policy in sees_all] == [True] * 4
    assert [is_privileged(policy) for policy in perceives] == [False] * 6
