"""Do chances climb as the formula says, keep every level alive, and follow what the student cannot do yet?"""

import json
from dataclasses import replace

import numpy as np
import pytest

from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.designer import Facts, Scores
from adversarial_design.ncc import NCC, NCCConfig, ascended, gradient_of, onto_simplex, perplexity
from adversarial_design.scores import by_exact_regret, by_learnability
from tests.small import SMALL_MAZES, same, small_student
from tests.toys import LADDERS, Climber, play_of

KIND = SMALL_MAZES.kind
SMALL = NCCConfig(n=8, capacity=16, candidates=8, tries=2, every=3, floor=1e-3)
ALL_CLIMB = by_exact_regret(lambda levels: Facts(np.ones(len(levels), bool), np.ones(len(levels)), {}))


# ---- the ascent -----------------------------------------------------------------------------------------
def test_a_point_falls_onto_the_simplex_as_computed_by_hand():
    """[.5, .8, -.2]: two stay above 0 and fall by (.5 + .8 - 1) / 2 = .15. No less than .1 each: by .2."""
    assert onto_simplex(np.array([0.5, 0.8, -0.2])) == pytest.approx([0.35, 0.65, 0])
    assert onto_simplex(np.array([0.5, 0.8, -0.2]), 0.1) == pytest.approx([0.3, 0.6, 0.1])
    assert onto_simplex(np.array([0.2, 0.3, 0.5])) == pytest.approx([0.2, 0.3, 0.5])  # it is there already
    assert onto_simplex(np.array([7.0, 7.0])) == pytest.approx([0.5, 0.5])
    assert onto_simplex(np.array([9.0, 0.0]), 0.5) == pytest.approx([0.5, 0.5])
    with pytest.raises(ValueError, match=r"least is 0.6 for 2 levels, allowed are 0 to 0.5"):
        onto_simplex(np.array([1.0, 0.0]), 0.6)


def test_it_is_the_nearest_point_of_the_simplex():
    rng = np.random.default_rng(0)
    others = 0.02 + (1 - 5 * 0.02) * rng.dirichlet(np.ones(5), 4000)
    for point in rng.normal(size=(20, 5)):
        nearest = onto_simplex(point, 0.02)
        assert nearest.sum() == pytest.approx(1) and nearest.min() >= 0.02
        assert ((point - nearest) ** 2).sum() <= ((point - others) ** 2).sum(1).min() + 1e-12


def test_one_step_up_by_hand():
    """Chances .5 and .5, scores 1 and 0: the gradient is .5 and -.5, squares .1 + .25; .1 * .5 / .35 ** .4 = .0761."""
    half = np.array([0.5, 0.5])
    assert gradient_of(half, np.array([1.0, 0.0]), 0.0).tolist() == [0.5, -0.5]
    chance, squares = ascended(half, np.full(2, 0.1), np.array([1.0, 0.0]), 0.1, 0.0, 0.0)
    assert squares == pytest.approx([0.35, 0.35])
    assert chance == pytest.approx([0.5761, 0.4239], abs=1e-4)
    # Entropy pulls a rare level up: -.2 * log .1 = .46052, -.2 * log .9 = .02107, their mean under y .06502.
    assert gradient_of(np.array([0.1, 0.9]), np.zeros(2), 0.2) == pytest.approx([0.3955, -0.04394], abs=1e-4)


def climbed(score, entropy, least, steps=6000):
    chance, squares = np.full(len(score), 1 / len(score)), np.full(len(score), 0.1)
    for _ in range(steps):
        chance, squares = ascended(chance, squares, score, 0.02, entropy, least)
    return chance


def test_chances_climb_to_the_only_best_reply():
    """It is softmax(score / entropy): of scores .6, .5 and 0 at .2, e^3, e^2.5 and 1 of their sum 33.27."""
    chance = climbed(np.array([0.6, 0.5, 0.0]), 0.2, 1e-6)
    assert chance == pytest.approx([20.086 / 33.268, 12.182 / 33.268, 1 / 33.268], abs=2e-3)


def test_entropy_keeps_every_level_in_the_game():
    """Without entropy all chance that need not be kept for others goes to the highest score; with it, it does not."""
    score = np.array([0.6, 0.5, 0.4, 0.0])
    alone, several = climbed(score, 0.0, 1e-3), climbed(score, 0.5, 1e-3)
    assert alone == pytest.approx([1 - 3e-3, 1e-3, 1e-3, 1e-3]) and perplexity(alone) < 1.05
    assert several.min() > 0.1 and perplexity(several) > 3.5
    assert perplexity(np.full(7, 1 / 7)) == pytest.approx(7) and perplexity(np.array([1.0, 0.0])) == 1


# ---- the designer ---------------------------------------------------------------------------------------
def ncc(config=SMALL, climber=None, score=ALL_CLIMB):
    """A designer of ladders, whose search a climber pays for."""
    climber = climber or Climber(3.0)

    def try_each(levels):
        play = climber.play(levels, trains=False)
        won = np.random.default_rng(0).random(len(levels)) < play.success[:, 0].mean(1)
        return play_of(won.astype(float)[:, None].tolist())

    return NCC(LADDERS, try_each, config, score)


def scores_for(proposal, value):
    n = len(proposal.levels)
    return Scores(np.asarray(value, float), np.full(n, 0.5), np.full(n, 0.5), np.full(n, 2))


def filled(config=SMALL, score=0.5):
    """A designer whose buffer is full of levels with this score."""
    designer, rng = ncc(replace(config, every=10**6)), np.random.default_rng(0)
    while not designer.is_full:
        proposal = designer.propose(rng)
        assert proposal.trains and proposal.note == "new"
        designer.learn(proposal, scores_for(proposal, np.full(len(proposal.levels), score)))
    return designer, rng


def test_levels_are_new_until_there_are_enough_and_then_drawn_by_chance():
    designer, rng = filled()
    designer.chance[:] = 0.02 / 15
    designer.chance[4] = 0.98
    drawn = [name for _ in range(30) for name in designer.propose(rng).ids]
    assert drawn.count(designer.buffer.ids[4]) > 0.9 * len(drawn)
    assert designer.propose(rng).trains and designer.propose(rng).note == "replay"


def test_what_the_student_does_worst_is_drawn_more_and_what_it_has_learned_less():
    designer, rng = filled(replace(SMALL, climb=0.05))
    worst = designer.buffer.ids[3]
    for score in (1.0, 0.0):  # it fails; then it has learned it
        before = designer.chance[3]
        for _ in range(20):
            proposal = designer.propose(rng)
            value = [score if name == worst else 0.5 for name in proposal.ids]
            designer.buffer.score[3] = score  # whether it is drawn or not
            designer.learn(proposal, scores_for(proposal, value))
        assert (designer.chance[3] > 4 * before) if score else (designer.chance[3] < before * 2 / 3)
    assert designer.chance.min() >= SMALL.floor - 1e-12 and designer.chance.sum() == pytest.approx(1)


def test_a_newcomer_takes_the_place_of_the_lowest_score_and_its_chance():
    designer, rng = filled()
    designer.buffer.score[:] = np.linspace(0.1, 0.9, 16)
    lowest, chance = designer.buffer.ids[0], designer.chance.copy()
    designer.config = replace(designer.config, every=1)
    designer.score = lambda proposal, plays: np.where(np.arange(len(proposal.levels)) == 0, 0.95, np.nan)
    designer.search(rng)
    assert lowest not in designer.buffer.slot and designer.buffer.score[0] == 0.95
    assert np.array_equal(designer.chance, chance)
    assert designer.buffer.score[1:] == pytest.approx(np.linspace(0.1, 0.9, 16)[1:])  # unknown: as it was


def test_a_search_tries_new_levels_and_those_that_were_not_played_for_longest():
    designer, rng = filled()
    designer.buffer.visited[:] = np.arange(16)[::-1]
    tried = []
    designer.try_each = lambda levels: tried.append(levels) or play_of(np.ones((len(levels), 1)).tolist())
    designer.search(rng)
    rows = tried[0].reshape(16, 2, -1)
    assert (rows[:, 0] == rows[:, 1]).all()  # each of them twice
    assert LADDERS.ids(rows[8:, 0]) == designer.buffer.ids[:7:-1]
    assert designer.buffer.score[8:].tolist() == [0] * 8  # regret towards 1 of who has 1


@pytest.mark.parametrize("score", [ALL_CLIMB, by_learnability])
def test_ladders_that_are_drawn_become_those_that_the_climber_cannot_climb_yet(score):
    """By regret the highest of all; by learnability those about its strength."""
    climber = Climber(3.0)
    config = NCCConfig(n=32, capacity=64, candidates=32, tries=4, every=5, floor=1e-4)
    cycle = Cycle(ncc(config, climber, score), {"student": climber}, Curriculum(LADDERS))
    for _ in range(80):
        log = cycle.advance()
    designer = cycle.designer
    height = designer.buffer.levels.max(1)
    drawn = float(designer.chance @ height)
    assert np.isfinite(list(log.values())).all() and 1 < log["buffer/perplexity"] < 64
    if score is by_learnability:
        assert abs(drawn - climber.strength) < 2
    else:
        assert drawn > climber.strength + 2 and log["buffer/drawn"] > 0.9


def test_trap_12_the_search_is_paid_for_and_trap_15_it_goes_on_bit_for_bit():
    def cycle(seed):
        student = small_student(seed)
        designer = NCC(KIND, student.try_each, SMALL, by_exact_regret(KIND.facts))
        return Cycle(designer, {"student": student}, Curriculum(KIND), seed)

    straight, again = cycle(0), cycle(7)
    searched = []
    for _ in range(5):
        straight.advance()
        searched.append(straight.players["student"].counts.searched)
    assert searched[2] == 0 < searched[3] == searched[4]
    arrays, facts = straight.save()
    again.restore(arrays, json.loads(json.dumps(facts)))
    assert same(straight, again)
    for _ in range(3):
        assert straight.advance() == again.advance()
    assert same(straight, again) and straight.designer.is_full
    assert (straight.designer.chance != 1 / 16).any()


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("chance", lambda part: part * 2, "chance sums to 2"),
        ("chance", lambda part: part[:-1], r"chance is float64\[15\], needed are 16"),
        ("squares", lambda part: part * np.nan, "squares is"),
    ],
)
def test_damaged_chances_are_refused(name, damage, said):
    arrays, facts = filled()[0].save()
    with pytest.raises(ValueError, match=said):
        ncc().restore(arrays | {name: damage(arrays[name])}, facts)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"tries": 1}, {"climb": 0.0}, {"spread": -1.0}, {"floor": 0.1}])
def test_wrong_settings_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NCCConfig(**{"capacity": 16, **wrong})
