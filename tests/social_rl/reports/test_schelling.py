"""Does the diagram say who earns what beside how many others? On episodes made up, and on a game that is known."""

import json
import math

import numpy as np
import pytest

from social_rl.cli import main
from social_rl.episodes.playing import Episodes
from social_rl.reports.schelling import diagram_of


def episodes(*returns: list[float]) -> Episodes:
    """Episodes of so many levels with these returns of agents."""
    return_EA = np.array(returns, np.float64)
    flat = np.zeros(return_EA.shape, np.int64)
    return Episodes(flat.astype(bool), return_EA, flat, np.arange(len(return_EA)))


def test_cooperators_and_defectors_are_told_apart():
    """Two agents, five levels: the first one cooperates where one does."""
    diagram = diagram_of([episodes(*[[1, 3]] * 5), episodes(*[[0, 7]] * 5), episodes(*[[5, 4]] * 5)])
    assert [c.value for c in diagram.cooperator] == [
        0,
        4.5,
    ]  # beside none: the first of [0, 7]; beside one: [5, 4]
    assert [d.value for d in diagram.defector] == [
        2,
        7,
    ]  # beside none: [1, 3]; beside one: the second of [0, 7]
    assert diagram.gain == [2, 2.5]
    assert (diagram.all_cooperate.value, diagram.all_defect.value) == (9, 4)
    assert diagram.cooperator[0].n == 5 and diagram.defector[0].n == 10


def test_agents_of_one_level_count_once():
    """Within a level all earn the same: the interval is that of five means, not of ten values."""
    alike = [[float(i), float(i)] for i in range(5)]
    diagram = diagram_of([episodes(*alike), episodes(*alike), episodes(*alike)])
    both, one = diagram.defector[0], diagram.defector[1]
    assert math.isclose(both.high - both.low, one.high - one.low, rel_tol=1e-9)


def test_the_stag_hunt_is_one(tmp_path, capsys):
    """Who hunts hares alone loses nothing, and who is alone before the stag does; together they earn most."""
    out, picture = tmp_path / "stag.json", tmp_path / "stag.png"
    words = [
        "schelling",
        "stag_hunt",
        "--episodes",
        "16",
        "--set",
        "steps=60",
        "--json",
        str(out),
        "--to",
        str(picture),
    ]
    assert main(words) == 0
    record = json.loads(out.read_text())
    first, last = record["rows"]
    assert first["gain"] > 0 > last["gain"]
    assert record["together"]["all_cooperate"] > record["together"]["all_defect"] > 0
    assert record["settings"]["cooperate"] == "script:cooperate"
    assert {"command", "commit", "machine"} <= set(record)
    assert picture.read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert f"{last['defector']:.2f}" in printed and f"{first['gain']:+.2f}" in printed


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ("schelling stag_hunt --to stag.jpg", "--to stag.jpg: a diagram ends in .png, .svg, .pdf"),
        ("schelling stag_hunt --episodes 0", "--episodes is 0, allowed are 1 and more"),
        ("schelling maze", "scenario maze has one agent: choose more, as in --set agents=3"),
        ("schelling stag_hunt --cooperate expart", "--cooperate expart: no policy is called 'expart'"),
        ("schelling stag_hunt --defect script:", "--defect script:: name a script of the scenario"),
        ("schelling berry_bush --set steps=4", "berry_bush has no script 'cooperate'"),
        ("schelling coins --set agents=3", "agents is 3, allowed are 1 to 2"),
        ("schelling dirty_kitchen --set fine=-1", "fine is -1.0, allowed are 0 to 1000"),
        ("schelling dirty_kitchen --set side=22", "side is 22, allowed are 6 to 21"),
        ("schelling stag_hunt --set stags=5", "stags is 5, allowed are 1 to 4"),
    ],
)
def test_what_is_wrong_is_said(arguments, remedy, capsys):
    assert main(arguments.split()) == 2
    assert remedy in capsys.readouterr().err
