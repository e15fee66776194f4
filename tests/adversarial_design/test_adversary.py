"""Does the learned adversary draw mazes, end its episodes, learn what pays, and leave alone what it did not draw?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from adversarial_design.buffer import Buffer, rank_priority
from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.designer import Scores
from adversarial_design.drawing_board import Adversary, Board, BoardConfig, paid
from adversarial_design.kinds import boards_of
from adversarial_design.minimax import Minimax
from adversarial_design.paired import flexible_paired, paired, population_paired
from adversarial_design.repaired import Repaired
from agents.training.learner import LearnerConfig
from agents.training.ppo import PPOConfig, ValueScale, prepared
from tests.small import SMALL_MAZES, same, small_student
from worlds.generators.mazes import bank_of_mazes
from worlds.objects import FLOOR, WALL

KIND = SMALL_MAZES.kind
BOARD = BoardConfig(
    side=5,
    walls=6,
    hidden=32,
    learner=LearnerConfig(minibatches=2, epochs=2, learning_rate=3e-3, last_learning_rate=3e-3),
)


def adversary(seed=0, config=BOARD):
    return Adversary(config, lambda boards: bank_of_mazes(*boards, 20).house, seed)


def scores_of(value):
    n = len(value)
    return Scores(np.asarray(value, float), np.zeros(n), np.zeros(n), np.ones(n, int))


def test_goal_start_and_walls_are_placed_one_after_another():
    """Board 0: goal at 2, start at 2, which goes to 3; walls at 2 and 3 stand nowhere, at 4 and 4 there is one."""
    board = Board(2, 3)
    for cells in ((2, 8), (2, 0), (2, 1), (3, 1), (4, 7), (4, 5)):
        board.place(np.array(cells))
    ground, spots, _ = board.boards(np.random.default_rng(0))
    assert spots.tolist() == [[0 << 8 | 2, 1 << 8 | 0], [2 << 8 | 2, 0]]
    assert np.flatnonzero(ground[0] == WALL).tolist() == [4]
    assert np.flatnonzero(ground[1] == WALL).tolist() == [1, 5, 7]


def test_what_an_adversary_draws_is_a_maze():
    drawn = adversary().draw(64, np.random.default_rng(0))
    ground, spots, headings = boards_of(SMALL_MAZES.bank(drawn.levels))
    n = np.arange(64)[:, None]
    assert (ground[n, spots >> 8, spots & 255] == FLOOR).all() and (spots[:, 0] != spots[:, 1]).all()
    assert ((ground == WALL).sum((1, 2)) <= 6).all() and set(headings.ravel()) == {0, 1, 2, 3}
    assert len(set(KIND.ids(drawn.levels))) > 60  # noise makes them differ


def test_trap_10_the_episode_of_the_adversary_ends():
    """Its last act is worth what it is paid, at gamma 1: nothing is expected beyond, whatever the value there."""
    drawn = adversary().draw(4, np.random.default_rng(0))
    batch = paid(drawn.batch, np.array([1.0, 0.0, 2.0, np.nan]))
    went = batch.transition
    assert went.terminated[-1].all() and not went.terminated[:-1].any() and not went.truncated.any()
    assert went.reward[-1, :, 0].tolist() == [1, 0, 2, 0] and (went.reward[:-1] == 0).all()
    assert not went.active[:, 3].any()  # unknown is not learned from
    batch.label("value")[-1] = 1e6  # what comes after the last act
    scale = ValueScale()
    done = prepared([batch], PPOConfig(gamma=1.0, lam=1.0), scale, torch.nn.Linear(1, 1))[0]
    returns = scale.real(done.label("returns"))[:, :3, 0]
    assert returns.tolist() == [pytest.approx([1, 0, 2], abs=1e-4)] * BOARD.steps


def test_an_adversary_learns_what_it_is_paid_for():
    """Paid where the goal is in the first of five rows, it puts most goals there."""
    one, rng = adversary(), np.random.default_rng(0)

    def is_above(drawn):
        return (boards_of(SMALL_MAZES.bank(drawn.levels)).spots[:, 0] < 256).astype(float)

    assert is_above(one.draw(256, rng)).mean() < 0.4
    for _ in range(40):
        drawn = one.draw(128, rng)
        one.learn(drawn, is_above(drawn))
    assert is_above(one.draw(256, rng)).mean() > 0.6


@pytest.mark.parametrize("rate", [0.0, 1e-3])
def test_trap_11_the_adversary_learns_at_the_rate_that_it_is_given(rate):
    """Not at all at rate 0; Adam's first step moves a parameter by the rate itself."""
    learner = LearnerConfig(minibatches=1, epochs=1, learning_rate=rate, last_learning_rate=rate)
    one = adversary(config=replace(BOARD, learner=learner))
    # Of the head, PopArt moves the value with its scale, at any rate.
    parts = [p for name, p in one.painter.named_parameters() if not name.startswith("head")]
    before = torch.nn.utils.parameters_to_vector(parts).detach()
    one.learn(one.draw(8, np.random.default_rng(0)), np.arange(8.0))
    moved = torch.nn.utils.parameters_to_vector(parts).detach() - before
    assert moved.abs().max().item() == pytest.approx(rate, rel=0.02)


def test_all_players_of_paired_play_the_same_levels_and_train():
    rng = np.random.default_rng(0)
    for designer, players in (
        (paired(KIND, adversary(), 8), ("student", "rival")),
        (flexible_paired(KIND, adversary(), 8), ("student", "rival")),
        (population_paired(KIND, adversary(), 8, 2), ("student", "rival1", "rival2")),
        (Minimax(KIND, adversary(), 8), ("student",)),
    ):
        proposal = designer.propose(rng)
        assert proposal.players == players and proposal.trains
        assert list(proposal.ids) == KIND.ids(proposal.levels)
        assert designer.learn(proposal, scores_of(np.arange(8)))
        assert designer.drawer.updates == 1
        assert designer.learn(proposal, scores_of([np.nan] * 8)) == {}
    with pytest.raises(ValueError, match="rivals is 0"):
        population_paired(KIND, adversary(), 8, 0)


class Watched:
    """A student that notes which levels it played."""

    def __init__(self, student):
        self.student, self.played = student, []

    def play(self, levels, trains):
        self.played.append((KIND.ids(levels), trains))
        return self.student.play(levels, trains)


def test_trap_08_both_students_play_the_same_levels_and_replay_leaves_the_adversary_alone():
    designer = Repaired(KIND, adversary(), Buffer(16, rank_priority(0.3)), 8, chance=0.6, least=0.25)
    players = {who: Watched(small_student(seed)) for seed, who in enumerate(("student", "rival"))}
    cycle = Cycle(designer, players, Curriculum(KIND))
    replays = 0
    for _ in range(12):
        before = {k: v.tobytes() for k, v in designer.drawer.save()[0].items()}
        cycle.advance()
        (ids, trains), other = players["student"].played[-1], players["rival"].played[-1]
        assert (ids, trains) == other
        changed = before != {k: v.tobytes() for k, v in designer.drawer.save()[0].items()}
        assert changed != trains  # new levels teach the adversary, old ones the students
        replays += trains
    assert 2 < replays < 11
    assert players["student"].student.frames == players["rival"].student.frames > 0


@pytest.mark.parametrize("make", [lambda: paired(KIND, adversary(), 8), lambda: Minimax(KIND, adversary(), 8),
                                  lambda: Repaired(KIND, adversary(), Buffer(16, rank_priority(0.3)), 8, least=0.1)],
                         ids=["paired", "minimax", "repaired"])  # fmt: skip
def test_trap_15_adversaries_go_on_bit_for_bit(make):
    def cycle():
        return Cycle(make(), {"student": small_student(1), "rival": small_student(2)}, Curriculum(KIND))

    straight, again = cycle(), cycle()
    for _ in range(3):
        straight.advance()
    again.restore(*straight.save())
    for _ in range(3):
        straight.advance()
        again.advance()
    assert same(straight, again)


def test_minimax_soon_draws_what_nobody_can_solve():
    """Paid for failure, it walls the goal in: the share of mazes that can be solved falls."""
    one, rng = adversary(), np.random.default_rng(0)
    shares = []
    for _ in range(110):
        drawn = one.draw(128, rng)
        solvable = KIND.facts(drawn.levels).solvable
        shares.append(solvable.mean())
        one.learn(drawn, -solvable.astype(float))
    assert np.mean(shares[-5:]) < np.mean(shares[:5]) - 0.5


def test_the_painter_tells_boards_times_and_noise_apart():
    torch.manual_seed(0)
    one = adversary()
    view, own, heard = (
        torch.zeros(3, 3, 25, dtype=torch.uint8),
        torch.zeros(3, 8, dtype=torch.uint8),
        torch.zeros(3, 16, dtype=torch.uint8),
    )
    view[1, 0, 3], own[2, 0] = 1, 1
    logits, value = one.painter(view, own, heard)
    assert logits.shape == (3, 25) and value.shape == (3,)
    assert len({tuple(row) for row in logits.tolist()}) == 3
