"""Is a clip what the agent perceived, no more, and do labels say of clips what raters meant?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.training.rollout import RolloutWorker
from social_rl.human_feedback.behaviour.clips import Clip, Seen, batched, reader, seen_in
from social_rl.human_feedback.behaviour.experience import gains
from social_rl.human_feedback.behaviour.judged import groups_of, split_kinds
from social_rl.human_feedback.behaviour.model import ClipReward, read_clip_rewards, write_clip_rewards
from social_rl.human_feedback.reward.fitting import Group, fitted
from social_rl.human_feedback.tuning.asked import draw_asked, plainly
from tests.social_rl.human_feedback.behaviour.made_up import small_mind
from tests.social_rl.human_feedback.preferences.records import comparison, item, label
from worlds.replay import ReplayError, record
from worlds.simulator import DISABLED, Simulator

STEPS = 10


@pytest.fixture(scope="module")
def mind():
    return small_mind()


@pytest.fixture(scope="module")
def played(mind):
    """One episode of each of four agents as a worker perceives it, and replays of their two worlds."""
    asked = plainly(draw_asked(2, 3, "S0"), STEPS)
    asked.bank.step_limit[1] = STEPS - 4
    sim = Simulator(asked.scenario, 2, bank=asked.bank, seed=5, autoreset=DISABLED)
    sim.assign(np.arange(2)[None])
    sim.reset()
    recorders = [record(sim, w) for w in range(2)]
    batch = RolloutWorker(sim, mind, steps=STEPS + 1, seed=1).collect()
    return batch, [recorder.replay for recorder in recorders], [sim.names(w) for w in range(2)]


def test_a_replay_shows_an_agent_what_it_perceived_when_it_played(mind, played):
    """Else a reward model would be fitted to one thing and asked about another."""
    batch, replays, names = played
    member = ClipReward(mind, 3)
    with torch.inference_mode():
        potential = member.potentials(batch.percept, batch.contexts)
        steps = batch.transition.active.sum(0)
        assert steps.max() == STEPS and len(steps.unique()) > 1, "some end before others"
        for w, replay in enumerate(replays):
            for a, name in enumerate(names[w]):
                seen = seen_in(replay, mind)[name]
                assert seen.steps == steps[w, a], "up to its own end"
                for end in (0, min(3, seen.steps), seen.steps):
                    assert torch.allclose(member([Clip(seen, end)])[0], potential[end, w, a], atol=1e-5)


def test_frames_after_the_end_of_a_clip_have_no_part(mind, played):
    _, replays, names = played
    seen = seen_in(replays[0], mind)[names[0][0]]
    other = seen_in(replays[1], mind)[names[1][0]]
    member, end = ClipReward(mind, 3), 4
    cut = Seen(
        seen.percept._replace(**{n: p[: end + 1] for n, p in seen.percept._asdict().items()}), seen.contexts
    )
    spoilt = seen.percept.view.clone()
    spoilt[end + 1 :] = 7
    last = Seen(seen.percept._replace(view=spoilt), seen.contexts)
    clips = [Clip(seen, end), Clip(cut, end), Clip(last, end), Clip(last, seen.steps), Clip(other, 2)]
    with torch.inference_mode():
        together, alone = member(clips), torch.cat([member([clip]) for clip in clips])
    assert torch.allclose(together, alone, atol=1e-5), "whatever stands beside it"
    assert torch.allclose(together[:2], together[2], atol=1e-5)
    assert not torch.allclose(together[3], member([Clip(seen, seen.steps)])[0], atol=1e-5), (
        "what is in it counts"
    )
    percept, contexts = batched([seen, other])
    assert percept.view.shape[:2] == (seen.steps + 1, 2) and len(contexts.tokens) == len(contexts.begun)


def test_steps_earn_the_rise_of_the_score_and_all_of_them_what_the_clip_did():
    potential = torch.tensor([[1.0, 0.0], [1.5, 2.0], [0.5, 9.0], [4.0, 9.0]])
    active = torch.tensor([[True, True], [True, False], [True, False], [False, False]])
    found = gains(potential, active)
    assert found.tolist() == [[0.5, 2.0], [-1.0, 0.0], [3.5, 0.0], [0.0, 0.0]]
    assert found.sum(0).tolist() == [4.0 - 1.0, 2.0 - 0.0]


def test_marks_of_progress_are_pairs_of_a_moment_and_the_one_marked_before_it():
    seen = Seen(None, None)  # nothing of it is read
    asked = comparison(kind="progress")

    def clip_of(_):
        return Clip(seen, 20)

    marks = [[2, 1], [7, -1], [9, 0], [20, 1], [31, -1]]
    (group,) = groups_of([(asked, label(answer={"marks": marks}))], clip_of)
    clips = [clip.end for clip in group.texts]
    assert clips == [0, 3, 8, 10], "after each marked step; those after its end have no part"
    ordered = [(clips[i], clips[j], tie) for i, j, tie in group.pairs]
    assert ordered == [(3, 0, False), (3, 8, False), (10, 8, True)]
    assert groups_of([(asked, label(answer={"marks": []}))], clip_of) == []


def test_a_choice_is_of_whole_clips_and_kinds_are_told_apart():
    one, other = Clip(Seen(None, None), 5), Clip(Seen(None, None), 9)
    first, second = item("a"), item("b")
    asked = comparison(items=(first, second))
    given = [(asked, label(answer={"best": best})) for best in (1, "tie", "skip")]
    found = groups_of(given, lambda i: one if i is first else other)
    assert [(g.texts, g.pairs) for g in found] == [
        ((one, other), ((1, 0, False),)),
        ((one, other), ((0, 1, True),)),
    ]
    moments = Group("l", (Clip(one.seen, 0), Clip(one.seen, 3)), ((1, 0, False),))
    assert split_kinds([*found, moments]) == (found, [moments])


def test_it_learns_what_was_preferred_and_the_opposite_of_opposite_labels(mind, played, tmp_path):
    _, replays, _ = played
    clips = [Clip(seen, seen.steps) for r in replays for seen in seen_in(r, mind).values()]
    before = {name: part.clone() for name, part in mind.state_dict().items()}

    def fit(sign):
        pairs = ((0, 2, False), (1, 3, False)) if sign > 0 else ((2, 0, False), (3, 1, False))
        groups = [Group(f"level {i}", tuple(clips), pairs) for i in range(24)]
        return fitted(ClipReward(mind, 0), groups, 0, rate=3e-3, batch=2)[0]

    good, bad = fit(1)(clips), fit(-1)(clips)
    assert good[0] > good[2] and good[1] > good[3] and bad[0] < bad[2] and bad[1] < bad[3]
    assert float(good.detach().mean()) == pytest.approx(0, abs=1e-4), "normalised"
    assert all(torch.equal(part, before[name]) for name, part in mind.state_dict().items()), "a copy learns"
    frozen, _ = fitted(ClipReward(mind, 0, freezes=True), [Group("l", tuple(clips), ((0, 2, False),))], 0)
    assert all(torch.equal(part, before[name]) for name, part in frozen.trunk.state_dict().items())
    write_clip_rewards(tmp_path / "reward", [frozen, frozen], {})
    again = read_clip_rewards(tmp_path / "reward")
    assert len(again) == 2 and torch.equal(again[1](clips), frozen(clips).detach())
    with pytest.raises(ValueError, match="holds no clip reward model"):
        read_clip_rewards(tmp_path)


def test_what_cannot_be_read_is_refused(mind, played, tmp_path):
    _, replays, _ = played
    with pytest.raises(ValueError, match="no replay"):
        reader(tmp_path, mind)(item()._replace(replay=""))
    narrow = type(mind)(replace(mind.config, view=5))
    with pytest.raises(ReplayError, match="shows 7 cells"):
        seen_in(replays[0], narrow)
