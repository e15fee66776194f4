"""Are episodes of runs written down, checked, and told as one agent saw them, with nothing that it did not see?"""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from social_rl.cli import main
from social_rl.replays.agent_view import agent_view, load_view, save_view
from tests.houses import level, scenario_of
from worlds.events import Acts
from worlds.replay import ReplayError, check, record
from worlds.replay_files import load, save
from worlds.simulator import DISABLED, Simulator

HOUSE = """
A..#c
...#.
...#B

A Ann facing east
B Bob facing north
c {colour} cup
"""


def record_maze(folder: Path) -> None:
    """One episode of somebody who acts at random."""
    words = "run maze --cast ann=random --worlds 1 --episodes 1 --record"
    assert main([*words.split(), str(folder)]) == 0


def test_a_run_writes_each_episode_and_each_goes_as_it_went(tmp_path, capsys):
    folder = tmp_path / "episodes"
    command = ["run", "maze", "--set", "agents=2", "side=7", "--cast", "bob=random", "--worlds", "3"]
    assert main([*command, "--episodes", "5", "--record", str(folder)]) == 0
    assert f"Wrote 5 replays to {folder}" in capsys.readouterr().out
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"maze-{episode:05}.jsonl.gz" for episode in range(5)]
    replays = [load(path) for path in files]
    assert [replay.cast for replay in replays] == [("expert", "random")] * 5
    assert [(replay.world, replay.episode) for replay in replays] == [(0, 2), (1, 2), (2, 2), (0, 3), (1, 3)]
    assert main(["replay", "check", *map(str, files)]) == 0
    assert capsys.readouterr().out.endswith("5 of 5 replays go as they went\n")
    assert main([*command, "--episodes", "1", "--record", str(folder)]) == 2
    assert "it holds files already; name a new folder" in capsys.readouterr().err


def test_who_plays_as_a_mind_is_known_by_its_checkpoint(tmp_path):
    main(
        [
            "run",
            "house",
            "--cast",
            "ann=mind",
            "--worlds",
            "1",
            "--episodes",
            "1",
            "--record",
            str(tmp_path / "r"),
        ]
    )
    replay = load(tmp_path / "r" / "house-00000.jsonl.gz")
    assert len(replay.minds[0]) == 12 and set(replay.minds[1:]) <= {""}


def test_a_replay_that_goes_otherwise_is_named_with_step_and_field(tmp_path, capsys):
    record_maze(tmp_path / "r")
    path = tmp_path / "r" / "maze-00000.jsonl.gz"
    replay = load(path)
    acts = replay.entries[2].event
    changed = replay.entries[2]._replace(event=Acts((1 if acts.acts[0] != 1 else 2,)))
    save(replace(replay, entries=(*replay.entries[:2], changed, *replay.entries[3:])), path)
    capsys.readouterr()
    assert main(["replay", "check", str(path), str(tmp_path / "none.jsonl")]) == 1
    said = capsys.readouterr().out
    assert f"{path}: step 3, after Acts" in said and "last_act" in said
    assert "none.jsonl" in said and "0 of 2 replays go as they went" in said


def played(colour: str):
    """Ann stays on her side of the wall; beyond it, there is a cup, and Bob takes it."""
    sim = Simulator(
        scenario_of([level(HOUSE.format(colour=colour), 30, ann="go to the cup")]),
        levels=1,
        autoreset=DISABLED,
    )
    recorder = record(sim)
    for acts in ([2, 3], [3, 3], [2, 4], [3, 1], [7, 3]):
        if acts == [2, 4]:
            sim.speak(0, "person", "Ann", "over here")
            sim.speak(0, "person", "Bob", "not for Ann's ears")
        sim.step(np.array([acts]))
    assert check(recorder.replay, sim.scenario) is None
    return recorder.replay, sim


def test_an_agent_view_has_what_the_agent_perceived(tmp_path):
    replay, sim = played("red")
    view = agent_view(replay, "ann", sim.scenario)
    assert view.agent == "Ann" and len(view.glimpses) == 6
    assert [one.act for one in view.glimpses] == [2, 3, 2, 3, 7, -1]
    assert {one.words for one in view.glimpses} == {"go to the cup"}
    assert [turn for one in view.glimpses for turn in one.talk] == [("person", "Ann", "over here")]
    assert (view.glimpses[-1].view == sim.observation.view[0, 0]).all()
    for name in ("view.jsonl", "view.jsonl.gz"):
        save_view(view, tmp_path / name)
        again = load_view(tmp_path / name)
        assert again.agent == "Ann"
        for one, other in zip(view.glimpses, again.glimpses, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one[:3], other[:3], strict=True))
            assert one[3:] == other[3:]


def test_nothing_that_the_agent_could_not_perceive_is_in_its_view(tmp_path):
    """Beyond the wall the cup has another colour: Ann's file is the same byte by byte, Bob's is not."""
    files = {}
    for colour in ("red", "blue"):
        replay, sim = played(colour)
        for name in ("ann", "bob"):
            save_view(agent_view(replay, name, sim.scenario), tmp_path / f"{colour}-{name}.jsonl")
            files[colour, name] = (tmp_path / f"{colour}-{name}.jsonl").read_bytes()
    assert files["red", "ann"] == files["blue", "ann"]
    assert files["red", "bob"] != files["blue", "bob"]
    header, *moments = map(json.loads, files["red", "ann"].splitlines())
    assert set(header) == {"agent_view", "agent", "cells", "heard"}
    assert all(moment["others"] == [] for moment in moments), "who is out of sight has no name"
    assert "ears" not in files["red", "ann"].decode()


@pytest.mark.parametrize(
    ("line", "change", "match"),
    [
        (0, {"agent_view": 2}, "reads version 1"), (0, {"agent": "Zoe!"}, "no name of an agent"),
        (0, {"cells": 99}, "cells is 99"), (0, {"seed": 1}, "this is no agent view"),
        (1, {"view": [0]}, "view is no list of 75"), (1, {"own": [0] * 7 + [300]}, r"own\[7\] is 300"),
        (1, {"act": 8}, "act is 8"), (1, {"reward": "1"}, "reward is 1, no number"),
        (1, {"talk": [["a", "b"]]}, "talk has"), (1, {"seed": 1}, "a moment is an object with the fields"),
    ],
)  # fmt: skip
def test_a_wrong_agent_view_is_refused_by_line(tmp_path, line, change, match):
    replay, sim = played("red")
    save_view(agent_view(replay, "Ann", sim.scenario), tmp_path / "view.jsonl")
    lines = [json.loads(text) for text in (tmp_path / "view.jsonl").read_text().splitlines()]
    lines[line] |= change
    (tmp_path / "view.jsonl.gz").write_bytes(
        gzip.compress("".join(json.dumps(one) + "\n" for one in lines).encode())
    )
    with pytest.raises(ReplayError, match=f"line {line + 1}: .*{match}"):
        load_view(tmp_path / "view.jsonl.gz")


def test_an_agent_view_by_command(tmp_path, capsys):
    record_maze(tmp_path / "r")
    path, to = tmp_path / "r" / "maze-00000.jsonl.gz", tmp_path / "ann.jsonl.gz"
    assert main(["replay", "view", str(path), "--agent", "ann", "--to", str(to)]) == 0
    assert len(load_view(to).glimpses) == load(path).steps + 1
    capsys.readouterr()
    assert main(["replay", "view", str(path), "--agent", "bob", "--to", str(to)]) == 2
    assert "this replay has no agent 'bob'" in capsys.readouterr().err
