"""Is the ceiling that of the raters in the store, is the best of four found by true worth, and are both told?"""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from agents.language.model.language_model import write_model
from social_rl.commands.rlhf.reward import CheckReward, Reward
from social_rl.human_feedback.preferences.comparison import Comparison, Item, Label
from social_rl.human_feedback.preferences.raters import RATERS, probability, rate
from social_rl.human_feedback.preferences.store import open_store
from social_rl.human_feedback.preferences.utilities import QUANTITIES, utility
from social_rl.human_feedback.reward import model as written
from social_rl.human_feedback.reward.fitting import is_validation
from social_rl.human_feedback.reward.standard import ceiling_of, fours_of
from social_rl.human_feedback.reward.start import HEALTH, check_reward, reward
from tests.agents.language.model.small_models import a_model
from tests.social_rl.human_feedback.preferences.records import VERSIONS


def item(text, policy="sft", **known):
    return Item(policy, "", "words", text, "", dict.fromkeys(QUANTITIES, 0.0) | known)


def choice(*items, level="level", id="c", kind="choice"):
    return Comparison(id, 0, level, kind, items, tuple(range(len(items))), VERSIONS)


def label(rater, answer, of="c", is_human=False):
    return Label(of, rater, is_human, answer, "1970-01-01T00:00:00+00:00", 0.0, "", False, "")


GOOD, FAIR, BAD = item("go to bed", success=1.0), item("go", success=0.5), item("a b c d e")


def test_the_ceiling_is_the_mean_over_judged_pairs_of_each_rater_s_own():
    """Worth 3, 1.5 and 0; the longer of the last two has 4 words more, which one rater likes."""
    first, second = choice(GOOD, FAIR), choice(FAIR, BAD)
    judged = [
        (first, label("boltzmann", {"best": 1})), (second, label("length-biased", {"best": 0})),
        (second, label("erring", {"best": "tie"})), (first, label("spammer", {"best": "skip"})),
    ]  # fmt: skip
    longer = 1 / (1 + math.exp(-(1.5 - 0.05 * 4)))
    assert ceiling_of(judged) == pytest.approx((1 / (1 + math.exp(-1.5)) + longer) / 2)
    three = choice(BAD, GOOD, FAIR, kind="ranking")
    p = [probability(RATERS["erring"], difference) for difference in (3.0, 1.5, 1.5)]
    assert ceiling_of([(three, label("erring", {"order": [[0], [2], [1]]}))]) == pytest.approx(sum(p) / 3)


def test_the_ceiling_is_not_known_of_people_nor_of_who_tires_weighs_steps_or_is_nobody_s_table():
    pair = choice(GOOD, BAD)
    known = (pair, label("boltzmann", {"best": 0}))
    for rater in ("drifting", "myopic", "somebody"):
        assert ceiling_of([known, (pair, label(rater, {"best": 0}))]) is None, rater
    assert ceiling_of([known, (pair, label("boltzmann", {"best": 0}, is_human=True))]) is None
    unmeasured = choice(GOOD._replace(features={}), BAD)
    assert ceiling_of([(unmeasured, label("boltzmann", {"best": 0}))]) is None
    ranked = choice(GOOD, FAIR, BAD, kind="ranking")
    assert ceiling_of([(ranked, label("lazy", {"order": [[0], [1], [2]]}))]) is None
    assert ceiling_of([]) is None


def test_four_of_a_level_are_compared_where_not_all_are_worth_the_same():
    others = [item(f"text {i}", success=float(i == 1)) for i in range(5)]
    pairs = [choice(others[i], others[i + 1]) for i in range(4)]
    alike = [choice(item(f"x {i}"), item(f"y {i}"), level="alike") for i in range(4)]
    few = [choice(GOOD, BAD, level="few"), choice(GOOD, FAIR, level="few")]
    unmeasured = [choice(*(item(f"z {i}")._replace(features={}) for i in range(2)), level="unmeasured")]
    found = fours_of([(one, label("ann", {"best": 0})) for one in [*pairs, *alike, *few, *unmeasured]])
    assert found.texts == ["text 0", "text 1", "text 2", "text 3"]
    assert found.worth_GK.tolist() == [[0, 3, 0, 0]]
    assert fours_of([]).worth_GK.shape == (0, 4)


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A store of 80 levels, four plays each, three pairs of which two raters judged; and a small model."""
    folder = tmp_path_factory.mktemp("checked")
    write_model(folder / "model", a_model("llama"))
    store = open_store(folder / "labels.sqlite")
    rng = np.random.default_rng(0)
    for i in range(80):
        plays = [
            item(
                f"{'put the orange on the bed' if n == best else 'go to the cup'} {n}",
                success=float(n == best),
            )
            for best in [int(rng.integers(4))]
            for n in range(4)
        ]
        asked = [choice(plays[n], plays[n + 1], level=f"level {i}", id=f"{i} {n}") for n in range(3)]
        store.ask(asked)
        for one in asked:
            for rater in ("boltzmann", "noiseless"):
                store.answer(f"{one.id} {rater}", rate(one, rater, utility, rng), (0, 1))
    asked = Reward(
        str(store.name), folder / "reward", folder / "model", members=2, learning_rate=3e-3, batch=8,
        held_out=("noiseless",),
    )  # fmt: skip
    return folder, asked


def test_a_reward_model_is_written_whole_checked_and_checked_again(begun, monkeypatch, capsys):
    folder, asked = begun
    keep, kept = written.write_checkpoint, []

    def cut(path, *given):
        if kept:
            raise KeyboardInterrupt
        kept.append(keep(path, *given))

    monkeypatch.setattr(written, "write_checkpoint", cut)
    with pytest.raises(KeyboardInterrupt):
        reward(asked)
    assert kept and not asked.to.exists(), "what was cut while it was written is not there"
    monkeypatch.undo()
    assert reward(asked) == 0
    said = capsys.readouterr().out
    figures = json.loads((asked.to / HEALTH).read_text())
    judged = open_store(asked.store).judged(human=False)
    mine = [one for one in judged if is_validation(one[0].level)]
    assert figures["ceiling"] == ceiling_of(mine) and 0.7 < figures["ceiling"] < 1
    assert figures["of_ceiling"] == figures["accuracy"] / figures["ceiling"]
    assert set(figures["by_rater"]) == {"boltzmann", "noiseless"} and set(figures["by_policy"]) == {"sft"}
    assert figures["other_raters"] == figures["by_rater"]["noiseless"]
    four = figures["best_of_four"]
    assert four["levels"] == len({one.level for one, _ in mine}) and four["by_chance"] == 0.25
    assert four["right"] > 0.9, "it has learned what is good"
    for row in ("raters' ceiling", "best of four", "by raters that it did not learn from", "by policy sft"):
        assert row in said
    assert check_reward(CheckReward(asked.to, json=folder / "again.json")) == 0
    assert json.loads((folder / "again.json").read_text()) == figures


def test_who_is_held_out_must_have_judged(begun, tmp_path):
    with pytest.raises(ValueError, match="--held-out is 'nobody', allowed are boltzmann, noiseless"):
        reward(replace(begun[1], to=tmp_path / "reward", held_out=("nobody",)))
