"""Does a reward model learn what was preferred, never from levels kept for validation, and is it checked honestly?"""

import math

import numpy as np
import pytest
import torch

from social_rl.human_feedback.preferences.comparison import Comparison, Item, Label
from social_rl.human_feedback.reward import check
from social_rl.human_feedback.reward.fitting import (
    Group,
    by_level,
    fit,
    group_of,
    is_validation,
    loss_of,
)
from social_rl.human_feedback.reward.model import (
    RewardModel,
    ends_of,
    normalise,
    read_ensemble,
    scores,
    together,
    write_ensemble,
)
from tests.agents.language.model.small_models import a_model, full_logits

GOOD, BAD = "put the orange on the bed", "go to the cup"


def groups(n, noise=0.0, seed=0):
    """Comparisons of a good and a bad text, in an order drawn by chance, some of them turned round."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        texts = (f"{GOOD} {i % 7}", f"{BAD} {i % 5}")
        best = int(rng.random() < noise)
        found.append(Group(f"level {i}", texts, ((best, 1 - best, False),), "ann"))
    return found


def item(text):
    return Item("sft", "", "words", text, "", {})


def test_a_label_says_which_pairs_were_judged_and_how():
    choice = Comparison("c", 0, "level", "choice", (item("a"), item("b")), (1, 0), {})
    ranking = choice._replace(kind="ranking", items=tuple(map(item, "abcd")), shown=(3, 2, 1, 0))
    label = Label("c", "ann", False, {}, "", 0.0, "", False, "")

    def pairs(comparison, answer):
        group = group_of(comparison, label._replace(answer=answer))
        return group and group.pairs

    assert pairs(choice, {"best": 1}) == ((1, 0, False),), "by item, whatever side it stood on"
    assert pairs(choice, {"best": "tie"}) == ((0, 1, True),)
    assert pairs(choice, {"best": "skip"}) is None
    found = pairs(ranking, {"order": [[2], [0, 1], [3]]})
    assert set(found) == {
        (0, 1, True), (2, 0, False), (2, 1, False), (2, 3, False), (0, 3, False), (1, 3, False),
    }  # fmt: skip
    assert pairs(choice._replace(kind="vote", items=(item("a"),)), {"vote": 1}) is None


def test_trap_15_a_level_is_on_one_side_and_all_its_pairs_are_one_element():
    levels = [f"level {i}" for i in range(2000)]
    share = np.mean([is_validation(level) for level in levels])
    assert 0.16 < share < 0.24 and is_validation(levels[3]) == is_validation(levels[3])
    some = [groups(1)[0]._replace(texts=("a", f"b{i}")) for i in range(5)]
    assert [len(level) for level in by_level([*some, *groups(1)[:0]])] == [5]
    member = RewardModel(a_model("llama"))
    once, log = loss_of(member, [some])
    each = [float(loss_of(member, [[one]])[0].detach()) for one in some]
    assert float(once.detach()) == pytest.approx(np.mean(each), abs=1e-5) and 0 <= float(log["accuracy"]) <= 1


def test_a_tie_is_never_wrong_and_identical_texts_do_not_crash():
    member = RewardModel(a_model("llama"))
    tie = Group("level", ("a", "a"), ((0, 1, True),))
    loss, log = loss_of(member, [[tie]])
    assert float(loss.detach()) == pytest.approx(math.log(2)) and float(log["accuracy"]) == 1


def test_trap_9_the_score_is_read_at_the_end_whatever_stands_beside_it():
    """At <eos>, which is no pad; and of short texts in a batch as alone."""
    language_model = a_model("llama")
    assert language_model.pad not in language_model.ends
    together_, alone = (
        ends_of(language_model, [GOOD, "go"]), torch.cat([ends_of(language_model, [text]) for text in (GOOD, "go")]),
    )  # fmt: skip
    assert torch.allclose(together_, alone, atol=1e-5)
    row = [*language_model.encode(["go"])[0], language_model.ends[0]]
    logits = alone[1] @ language_model.model.get_output_embeddings().weight.T
    assert torch.allclose(logits.detach(), full_logits(language_model, row)[-1], atol=1e-4)


def test_it_learns_what_was_preferred_and_is_normalised():
    language_model = a_model("llama")
    before = [p.clone() for p in language_model.model.parameters()]
    member, log = fit(language_model, groups(96), 0, rate=3e-3, batch=8)
    assert all(torch.equal(a, b) for a, b in zip(before, language_model.model.parameters(), strict=True))
    assert np.mean([line["accuracy"] for line in log[-3:]]) > 0.9 > log[0]["accuracy"] - 0.3
    found = scores([member], [f"{GOOD} 1", f"{BAD} 1"])[0]
    assert found[0] > found[1]
    texts = sorted({text for group in groups(96) for text in group.texts})
    score = scores([member], texts)[0]
    assert float(score.mean()) == pytest.approx(0, abs=1e-4)
    assert float(score.std(correction=0)) == pytest.approx(1, abs=1e-4)
    again, _ = fit(language_model, groups(96), 0, rate=3e-3, batch=8)
    assert torch.equal(scores([again], texts), scores([member], texts)), "the same seed, the same bits"
    with pytest.raises(ValueError, match="0 judged comparisons"):
        fit(language_model, [], 0)


def test_an_ensemble_is_written_and_read_and_its_caution_is_what_it_disagrees_about(tmp_path):
    members = [RewardModel(a_model("llama"), seed) for seed in range(3)]
    normalise(members[0], [GOOD, BAD, "go"])
    write_ensemble(tmp_path / "reward", members, {"comparisons": 5})
    again = read_ensemble(tmp_path / "reward")
    found = scores(members, [GOOD, BAD])
    assert torch.equal(scores(again, [GOOD, BAD]), found) and found.shape == (3, 2)
    assert torch.allclose(together(found, 2.0), found.mean(0) - 2 * found.std(0, correction=0))
    with pytest.raises(ValueError, match="holds no reward model"):
        read_ensemble(tmp_path)
    with pytest.raises(ValueError, match="no spread"):
        normalise(members[0], [GOOD])


def test_health_is_refused_where_it_may_be_chance():
    member, _ = fit(a_model("llama"), groups(96), 0, rate=3e-3, batch=8)
    good = check.health([member], groups(60, seed=1), ceiling=1.0)
    assert good["accuracy"] > 0.9 and check.refusal(good) == "" and good["of_ceiling"] == good["accuracy"]
    assert good["by_rater"] == {"ann": good["accuracy"]}
    poor = check.health([member], groups(60, noise=0.5, seed=2))
    assert "may be chance" in check.refusal(poor) and poor["interval"][0] <= 0.5
    ties = [group._replace(pairs=((0, 1, True),)) for group in groups(4)]
    with pytest.raises(ValueError, match="no judged pair but ties"):
        check.health([member], ties)


def test_health_tells_raters_policies_and_ties_apart():
    """A model that has learned what is good, on raters who say the opposite, other policies, and pairs of the same."""
    member, _ = fit(a_model("llama"), groups(96), 0, rate=3e-3, batch=8)
    some = [group._replace(policies=("sft", "ppo")) for group in groups(40, seed=1)]
    against = [
        group._replace(rater="bob", pairs=((1, 0, False),), policies=("ppo", "ppo"), level=f"bob's {i}")
        for i, group in enumerate(groups(20, seed=2))
    ]
    tied = [group._replace(texts=group.texts[:1] * 2, pairs=((0, 1, True),)) for group in some[:8]]
    found = check.health([member], [*some, *against, *tied], learned_from={"ann"})
    assert found["pairs"] == 60 and found["ties"]["pairs"] == 8 and found["ties"]["told"] == 1
    by_ann, by_bob = found["by_rater"]["ann"], found["by_rater"]["bob"]
    assert (
        by_ann > 0.9 and by_bob < 0.1 and found["accuracy"] == pytest.approx((40 * by_ann + 20 * by_bob) / 60)
    )
    assert found["by_policy"] == {"ppo": by_bob, "ppo and sft": by_ann} and found["other_raters"] == by_bob
    whole = check.health([member], some, learned_from=["ann"])
    assert whole["other_raters"] is None is whole["ties"] is whole["best_of_four"]
    assert check.health([member], against)["other_raters"] is None, "who it learned from is not known"


def test_ties_by_hand():
    pair = np.zeros(3)
    found = check.Judged(np.array([1.0, -2.0, 3.0]), pair, pair, pair, pair, pair, pair)
    tied = found._replace(apart_N=np.array([-1.0, 2.5]))
    # against 1: 1/2 and 0; against 2: 1 and 0; against 3: 1 and 1
    assert check.ties_told(tied, found) == pytest.approx((0.5 + 1 + 2) / 6)


def test_calibration_by_hand():
    error, brier = check.calibration(np.array([0.75, 0.75, 0.75, 0.25]))
    assert error == pytest.approx(0) and brier == pytest.approx((3 * 0.0625 + 0.5625) / 4)
    error, _ = check.calibration(np.array([0.95, 0.25]))
    assert error == pytest.approx((0.05 + 0.75) / 2)


def test_best_of_four_and_length():
    score = np.array([[1.0, 2.0, 0.0, 0.0], [3.0, 0.0, 0.0, 0.0]])
    truth = np.array([[0.0, 5.0, 5.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    assert check.best_of(score, truth) == 0.5
    apart = np.array([1.0, -2.0, 3.0])
    found = check.Judged(apart, apart, np.array([2, -4, 6]), np.arange(3), apart > 9, apart, apart)
    assert check.length_correlation(found) == pytest.approx(1)
    assert math.isnan(check.length_correlation(found._replace(longer_N=np.zeros(3, np.int64))))
