"""Is it counted right how soon and how surely it shows what agents were told? On made-up guesses; by the command."""

import json

import numpy as np
import pytest

from social_rl.cli import main
from social_rl.evaluation.guessing import Watched, calibration_error, figures, held, joined


def watched(hits: list[list[float]], tops: list[list[float]], steps: list[int]) -> Watched:
    """One agent: a list over steps for each episode."""
    hit, top = (np.array(x, np.float64).T[:, :, None] for x in (hits, tops))
    done = np.ones((len(steps), 1), np.bool_)
    return Watched(hit, top, top, np.array(steps)[:, None], done, 0.5)


def test_goals_held_equally_likely_share_a_hit():
    posterior = np.array([[[0.4, 0.4, 0.2]], [[0.1, 0.6, 0.3]], [[0.25, 0.25, 0.5]]])
    hit, top, own = held(posterior, np.array([[1], [1], [0]]))
    assert hit[:, 0].tolist() == [0.5, 1, 0]
    assert top[:, 0].tolist() == [0.4, 0.6, 0.5] and own[:, 0].tolist() == [0.4, 0.6, 0.25]


def test_half_of_a_trajectory_is_half_of_the_agents_own():
    """Four acts: the guess after two; five acts: the guess after two, too."""
    seen = watched([[0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0]], [[0.5] * 6] * 2, [4, 5])
    assert seen.at(0.5)[0][:, 0].tolist() == [1, 1] and seen.at(1.0)[0][:, 0].tolist() == [0, 0]
    assert figures(seen, 0)["top1_0.5"] == 1


def test_shorter_batches_keep_their_last_guess():
    short, long = watched([[0, 1]], [[0.5, 1]], [1]), watched([[0, 0, 1]], [[0.5, 0.5, 1]], [2])
    both = joined([short, long])
    assert both.hit_TEA[:, :, 0].T.tolist() == [[0, 1, 1], [0, 0, 1]]
    assert both.steps_EA[:, 0].tolist() == [1, 2] and both.seconds == 1.0


def test_calibration_error_is_the_distance_of_sure_from_right():
    """Four guesses at .95, three of them right; two at .5, one right: (4 x .2 + 2 x 0) / 6."""
    top, hit = np.array([0.95] * 4 + [0.5] * 2), np.array([1, 1, 1, 0, 1, 0], np.float64)
    assert calibration_error(top, hit) == pytest.approx(4 * 0.2 / 6)
    assert calibration_error(np.ones(3), np.ones(3)) == 0


def test_the_command_tells_how_soon_it_shows(tmp_path, capsys):
    path = tmp_path / "guess.json"
    words = ["guess", "house", "--by", "costs", "acts", "sight", "--episodes", "3", "--worlds", "2"]
    assert main([*words, "--candidates", "4", "--seed", "1", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert [(row["agent"], row["by"]) for row in found["rows"]] == [
        (agent, by) for agent in ("Ann", "Bob") for by in ("costs", "acts", "sight")
    ]
    assert all(row["n"] == 3 and row["top1_1"] > 0.5 for row in found["rows"])
    assert found["chance"] == 0.25 and found["milliseconds_per_act"]["costs"] > 0
    assert "half" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--candidates 1", "--candidates is 1"),
        ("--beta 0", "--beta is 0.0"),
        ("--by acts --error 1", "--error is 1.0"),
        ("--episodes 0", "--episodes is 0"),
    ],
)
def test_wrong_options_are_told_by_name(words: str, message: str, capsys):
    assert main(["guess", "house", *words.split()]) == 2
    assert message in capsys.readouterr().err


def test_scenarios_without_costs_are_refused(capsys):
    assert main(["guess", "coins"]) == 2
    assert "coins has mechanics of its own" in capsys.readouterr().err
