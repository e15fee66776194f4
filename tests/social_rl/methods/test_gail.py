"""Is a learner paid for being taken for another, by what was done alone and never by who it is?"""

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from agents.training.methods import learn
from social_rl.methods.gail import gail, held_for_expert, nameless
from tests.social import Doing, circle, paid, pupil
from worlds.objects import AGENT_MARK
from worlds.state import AGENT_PLANE, FORWARD, ITEM_PLANE, TURN_LEFT

BESIDE = {"learners": np.array([0]), "others": {1: Doing(TURN_LEFT)}}


def view_with(own, other, hats):
    """A view of 7 x 7: who looks stands in the middle of the first row, another one two cells ahead."""
    view = torch.zeros(3, 49, dtype=torch.uint8)
    view[0] = 5
    for cell, agent, hat in ((3, own, hats[0]), (17, other, hats[1])):
        view[AGENT_PLANE, cell] = AGENT_MARK | agent << 2 | (2 if cell == 17 else 0)
        view[ITEM_PLANE, cell] = hat
    view[ITEM_PLANE, 30] = 9
    return view


def test_frames_do_not_tell_who_looks_nor_who_is_seen():
    mine, its = view_with(0, 1, (4, 7)), view_with(1, 0, (7, 4))
    assert not torch.equal(mine, its) and torch.equal(nameless(mine), nameless(its))
    shown = nameless(mine)
    assert shown[AGENT_PLANE, 17] == AGENT_MARK | 2 and shown[ITEM_PLANE, 30] == 9
    assert mine[AGENT_PLANE, 3] == AGENT_MARK, "the view itself is left alone"


def test_frames_of_both_are_of_the_same_step():
    worker, _ = pupil(circle(2), [gail()], **BESIDE)
    seen, advance = [], worker.sim.advance

    def noted():
        seen.append(worker.sim.observation.view[:, 1:].copy())
        advance()

    worker.sim.advance = noted
    batch = worker.collect()
    told = batch.label("its_view").numpy()
    assert np.array_equal(told, np.stack(seen).reshape(told.shape))
    assert (batch.label("its_act") == TURN_LEFT).all() and batch.label("both").all()


def test_the_world_s_reward_is_not_heard_of():
    """What is paid is -log(1 - D) of the frame itself, whatever the world pays."""
    method = gail(2.0)
    worker, learner = pupil(circle(2), [method], **BESIDE)
    batch = worker.collect()
    logit = held_for_expert(worker.network, batch.percept.view, batch.act)
    for reward in (batch.transition.reward, torch.full_like(batch.transition.reward, -3.0)):
        (ready,) = method.prepare([paid(batch, reward)], learner)
        assert torch.allclose(ready.transition.reward, 2 * softplus(logit).detach(), atol=1e-5)


def test_who_does_otherwise_is_told_apart_and_who_does_the_same_is_not():
    apart = []
    for act in (FORWARD, TURN_LEFT):
        worker, learner = pupil(
            circle(2, hats=False), [gail()], 0xFF & ~(1 << act), worlds=16, epochs=4, levels=256, **BESIDE
        )
        for _ in range(12):
            figures = learn(learner, [worker.collect()], [gail()])
        apart.append(figures["gail/told_apart"])
    assert apart[0] > 0.95 and apart[1] < 0.85


def test_where_nobody_is_to_be_like_it_is_refused():
    with pytest.raises(ValueError, match="gail needs somebody in the same worlds"):
        pupil(circle(2), [gail()])
