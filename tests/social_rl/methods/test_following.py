"""Is following told from other moves, paid for the step in which it was done, and less and less?"""

import numpy as np
import pytest
import torch

from agents.policies.simple import Still
from social_rl.methods.following import FADES, FRESH, NOWHERE, Tracks, following, follows
from tests.social import circle, only, played, pupil, training


def stood(*tracks: list[int]) -> np.ndarray:
    """Where agents of one world stood, the newest first: int32[1, A, S]."""
    return np.array([[track + [NOWHERE] * (FRESH - len(track)) for track in tracks]], np.int32)


@pytest.mark.parametrize(
    ("mine", "theirs", "now", "is_following"),
    [
        ([5], [8, 7, 6], 6, True),  # where the other was three steps ago
        ([5], [8, 7, 6], 8, True),  # where it was just now
        ([5], [8, 7, 6], 4, False),  # where it never was
        ([5, 6], [8, 7, 6], 6, False),  # back to where oneself was
        ([6], [8, 7, 6], 6, False),  # one did not move
        ([5], [], NOWHERE + 1, False),  # nobody has a track
    ],
)
def test_a_move_follows_a_fresh_track_of_another_one(mine, theirs, now, is_following):
    well = np.ones((1, 2), np.bool_)
    assert follows(stood(mine, theirs), np.array([[now, 100]]), well)[0].tolist() == [is_following, False]


def test_nobody_is_paid_for_following_who_fares_badly():
    tracks, now = stood([5], [8, 7, 6]), np.array([[6, 100]])
    assert not follows(tracks, now, np.array([[True, False]])).any()
    assert follows(tracks, now, np.array([[False, True]]))[0, 0], "how one fares oneself does not matter"


def test_how_others_fare_fades_and_is_forgotten_at_the_end_of_an_episode():
    worker, _ = pupil(circle(2, steps=4), only("following"), worlds=1, steps=1)
    recorder, state = worker.recorders["following"], worker.sim.state
    recorder.begin(0.0)
    for paid in (1.0, -1.5):
        worker.keep_W[:] = 1
        recorder.before(0, None)
        state.reward[...] = [[paid, 0]]
        recorder.after(0, None)
    assert recorder.memory.lately[0].tolist() == [0.95 - 1.5, 0]
    worker.keep_W[:] = 0
    recorder.before(0, None)
    assert not recorder.memory.lately.any()


def test_it_pays_for_the_step_in_which_somebody_was_followed_and_forgets_at_the_end_of_an_episode():
    scenario = circle(2, steps=4)
    worker, _ = pupil(
        scenario, only("following:2"), worlds=1, steps=6, learners=np.array([0]), others={1: Still()}
    )
    recorder = worker.recorders["following"]
    batch = worker.collect(0.0)
    paid, rate = batch.label("following_reward"), batch.label("follows")
    assert torch.equal(paid, 2 * rate)
    assert rate[3].item() == 0, "the step that ends an episode leads to the next one's first cell"
    assert isinstance(recorder.memory, Tracks)
    assert (recorder.memory.cells[0, 0, 2:] == NOWHERE).all(), (
        "two steps of the new episode are known, no more"
    )


def test_what_it_pays_falls_to_nothing():
    one = training("following:0.5")
    for share, paid in ((0.0, 0.5), (FADES / 2, 0.25), (FADES, 0.0), (1.0, 0.0)):
        for batch in played(one, share)[0]:
            follows = batch.label("follows")
            assert torch.allclose(batch.label("following_reward"), follows * paid)
    assert batch.label("follows").any(), "somebody follows somebody, by chance"


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="following has a weight of -1"):
        following(-1)
