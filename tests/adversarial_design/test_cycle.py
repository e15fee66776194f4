"""Do designers propose what they should, and does a cycle go on from where it was?"""

import json

import numpy as np
import pytest

from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.designer import Proposal, Scores
from adversarial_design.random_design import RandomDesign
from adversarial_design.replay import ReplayConfig, accel, plr, robust_plr
from tests.small import SMALL_MAZES, same, small_student
from tests.toys import LADDERS, Climber

REPLAYS = ReplayConfig(n=8, capacity=32, least=0.25, chance=0.8)
CHILDREN = ReplayConfig(n=8, capacity=32, least=0.25, chance=0.8, edits=2)


def scores_for(proposal, value):
    n = len(proposal.levels)
    return Scores(np.full(n, value), np.full(n, 0.5), np.full(n, 0.5), np.full(n, 2))


def propose_many(designer, rounds=60):
    rng = np.random.default_rng(0)
    for i in range(rounds):
        proposal = designer.propose(rng)
        yield proposal
        designer.learn(proposal, scores_for(proposal, 1 + i / 100))


def test_plr_trains_on_everything_and_robust_plr_on_what_it_kept():
    notes = [(p.note, p.trains) for p in propose_many(plr(LADDERS, REPLAYS))]
    assert set(notes) == {("new", True), ("replay", True)} and notes[0] == ("new", True)
    notes = [(p.note, p.trains) for p in propose_many(robust_plr(LADDERS, REPLAYS))]
    assert set(notes) == {("new", False), ("replay", True)}
    replays = sum(note == "replay" for note, _ in notes)
    assert 0.6 < replays / len(notes) < 0.95


def test_accel_judges_children_after_each_replay_and_does_not_train_on_them():
    before = None
    for proposal in propose_many(accel(LADDERS, CHILDREN)):
        assert (proposal.note == "edited") == (before is not None)
        assert proposal.trains == (proposal.note == "replay")
        if before is not None:
            assert list(proposal.parents) == list(before.ids)
            assert (abs(proposal.levels - before.levels).sum(1) <= 2).all()
            assert all("rung" in edit for edit in proposal.edits)
        before = proposal if proposal.note == "replay" else None


def test_trap_11_every_parent_has_its_own_child_however_few_there_are():
    """Children are of the levels that were just replayed, row by row, not of the first row or of other ids."""
    designer = accel(LADDERS, ReplayConfig(n=2, capacity=8, least=0.25, chance=1.0, edits=1))
    for proposal in propose_many(designer, 20):
        if proposal.note == "edited":
            slots = [designer.buffer.slot[name] for name in proposal.parents]
            assert (abs(proposal.levels - designer.buffer.levels[slots]).sum(1) <= 1).all()
    with pytest.raises(ValueError, match="edits is 0"):
        accel(LADDERS, REPLAYS)


@pytest.mark.parametrize("make", [lambda: RandomDesign(LADDERS, 16), lambda: plr(LADDERS, REPLAYS),
                                  lambda: accel(LADDERS, CHILDREN)])  # fmt: skip
def test_a_world_without_a_grid_is_designed(make):
    """A row of numbers, a generator and an editor are all that a new kind of world brings."""
    cycle = Cycle(make(), {"student": Climber()}, Curriculum(LADDERS))
    for _ in range(200):
        log = cycle.advance()
    assert np.isfinite(list(log.values())).all() and cycle.players["student"].strength > 2
    records = cycle.curriculum.records()
    assert records and all(LADDERS.ids(LADDERS.read([r["level"]])) == [r["id"]] for r in records[:20])


def test_accel_finds_ladders_that_are_just_beyond_the_climber():
    """Ladders by chance have rungs up to 10; those that are kept are about as high as the climber can reach."""
    config = ReplayConfig(n=32, capacity=64, least=0.5, chance=0.8, edits=1)
    cycle = Cycle(accel(LADDERS, config), {"student": Climber(3.0)}, Curriculum(LADDERS))
    for _ in range(100):
        cycle.advance()
    buffer, strength = cycle.designer.buffer, cycle.players["student"].strength
    assert abs(np.median(buffer.levels.max(1)) - strength) < 1.5
    assert any(parent for parent in buffer.parents)


def test_trap_15_a_cycle_goes_on_bit_for_bit():
    """Minds, moments, value scale, streams of chance, buffer, children that are due, and the record of levels."""

    def make(seed):
        designer = accel(SMALL_MAZES.kind, CHILDREN)
        return Cycle(designer, {"student": small_student(seed)}, Curriculum(SMALL_MAZES.kind), seed)

    straight, again = make(0), make(7)
    for _ in range(5):
        straight.advance()
    arrays, facts = straight.save()
    again.restore(arrays, json.loads(json.dumps(facts)))
    assert same(straight, again)
    for _ in range(6):
        assert straight.advance() == again.advance()
    assert same(straight, again) and straight.curriculum.records() == again.curriculum.records()
    assert straight.designer.buffer.replays.sum() > 0


def test_two_runs_of_a_seed_are_the_same_and_of_two_seeds_are_not():
    runs = []
    for seed in (0, 0, 1):
        cycle = Cycle(
            plr(SMALL_MAZES.kind, REPLAYS),
            {"student": small_student(seed)},
            Curriculum(SMALL_MAZES.kind),
            seed,
        )
        for _ in range(2):
            cycle.advance()
        runs.append(cycle)
    assert same(runs[0], runs[1]) and not same(runs[0], runs[2])


def test_a_proposal_of_uneven_columns_is_refused():
    with pytest.raises(ValueError, match="proposal of 2 levels"):
        Proposal(np.zeros((2, 4), int), ["a"])
