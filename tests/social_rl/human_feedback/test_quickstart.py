"""Does the quickstart go through all its steps, go on where it was, and stop where a reward model may be chance?"""

import json
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from agents.language.model.language_model import write_model
from agents.training.checkpoint import read_manifest
from social_rl.commands.rlhf.quickstart import Quickstart
from social_rl.human_feedback import quickstart as steps
from social_rl.human_feedback.preferences.store import open_store
from social_rl.human_feedback.preferences.utilities import QUANTITIES
from social_rl.human_feedback.quickstart import quickstart
from social_rl.human_feedback.reward import start
from social_rl.human_feedback.tuning import asked
from tests.agents.language.model.small_models import a_model
from tests.social_rl.human_feedback.made_up import made_up


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Short episodes where they are played, and made-up ones where they are compared."""
    monkeypatch.setattr(asked, "STEPS", 20)
    monkeypatch.setattr(steps, "BATCH", 4)
    monkeypatch.setattr(steps, "_play", made_up)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return Quickstart(
        runs=tmp_path_factory.mktemp("quick"), examples=8, comparisons=48, rounds=1, members=1, updates=1, worlds=3,
        tests=2,
    )  # fmt: skip


def test_it_stops_at_a_reward_model_that_may_be_chance_and_goes_on_from_there(small, monkeypatch, capsys):
    monkeypatch.setattr(steps, "refusal", lambda _: "it may be chance")
    assert quickstart(small) == 1
    said = capsys.readouterr().out
    assert "may be chance" in said and "1 of 5" in said and "4 of 5" not in said
    path = small.runs / small.name
    store = open_store(path / "labels.sqlite")
    assert len(store.comparisons()) == 48 == len(store.labels(human=False))
    monkeypatch.setattr(steps, "sft", lambda _: pytest.fail("demonstrations were learned from already"))
    monkeypatch.setattr(steps, "reward", lambda _: pytest.fail("a reward model was fitted already"))
    assert quickstart(small) == 1, "the reward model is not fitted anew, and not trusted by having been there"


def test_with_a_reward_model_it_ends_with_a_table_a_page_and_the_window(small, monkeypatch, capsys):
    monkeypatch.setattr(start, "refusal", lambda _: "")
    monkeypatch.setattr(steps, "refusal", lambda _: "")
    wanted = replace(small, name="whole")
    assert quickstart(wanted) == 0
    said = capsys.readouterr().out
    path = wanted.runs / wanted.name
    found = json.loads((path / "results.json").read_text())
    assert found["episodes"] == 4 and {*QUANTITIES, "utility"} <= found["means"].keys()
    assert 0 <= found["win_rate"] <= 1 and "preferred" in said and f"ann=lm:{path / 'ppo'}" in said
    page = (path / "page.html").read_text()
    assert page.count('class="talk"') == 4 and "http" not in page and "<script" not in page
    monkeypatch.setattr(steps, "ppo", lambda _: pytest.fail("it was tuned already"))
    assert quickstart(wanted) == 0


def test_each_round_compares_what_the_one_before_gave_and_fits_to_all(small, monkeypatch, capsys):
    monkeypatch.setattr(start, "refusal", lambda _: "")
    monkeypatch.setattr(steps, "refusal", lambda _: "")
    wanted = replace(small, name="rounds", rounds=2)
    assert quickstart(wanted) == 0
    path = wanted.runs / wanted.name
    store = open_store(path / "labels.sqlite")
    by_round = [store.comparisons(round=n).values() for n in range(2)]
    assert [len(some) for some in by_round] == [24, 24]
    assert [{item.policy for one in some for item in one.items} for some in by_round] == [{"sft"}, {"ppo-1"}]
    first, last = (read_manifest(path / name / "member-0") for name in ("reward-1", "reward"))
    assert first["comparisons"] < last["comparisons"], "the later one learns from both rounds"
    assert "round 2 of 2" in capsys.readouterr().out and (path / "ppo").is_dir()
    with pytest.raises(ValueError, match="--rounds is 49, allowed are 1 to 48"):
        quickstart(replace(small, rounds=49))


def test_other_options_need_another_name(small):
    steps.begun(small)
    with pytest.raises(ValueError, match="was begun with worlds 3, not 5"):
        quickstart(replace(small, worlds=5))
    with pytest.raises(ValueError, match="--rater"):
        quickstart(replace(small, rater="nobody"))


def test_who_always_does_the_same_has_nothing_to_be_preferred(small, tmp_path, monkeypatch):
    def alike(asked, *given, **options):
        one = asked._replace(words=asked.words[: len(asked.words) // steps.PLAYS])
        played = made_up(one, None, 0, greedy=False)
        return [replace(played[b % len(played)], column=b) for b in range(len(asked.words))]

    monkeypatch.setattr(steps, "_play", alike)
    with pytest.raises(ValueError, match="no two of 4 plays differed"):
        quickstart(replace(small, runs=tmp_path))


def test_gathering_goes_on_where_it_was_cut_and_plays_no_house_again(small, tmp_path, monkeypatch):
    """The houses of two draws give enough; it is cut while it plays in the second ones."""
    played, is_whole = [], False

    def play(asked, language_model, seed, *, greedy, records=False):
        if played and seed not in played and not is_whole:
            raise KeyboardInterrupt
        played.append(seed)
        return made_up(asked, language_model, seed, greedy=greedy)

    command, console = replace(small, comparisons=40), Console(quiet=True)
    for name in ("whole", "cut"):
        write_model(tmp_path / name / "sft", a_model())
    assert steps.gathered(command, tmp_path / "whole", console)
    monkeypatch.setattr(steps, "_play", play)
    with pytest.raises(KeyboardInterrupt):
        steps.gathered(command, tmp_path / "cut", console)
    before, played[:], is_whole = [*played], [], True
    assert steps.gathered(command, tmp_path / "cut", console)
    assert len(before) == 1 == len(played) and before != played, "the first houses are not played in again"
    whole, cut = (open_store(tmp_path / name / "labels.sqlite") for name in ("whole", "cut"))
    assert whole.asked() == cut.asked() and whole.given(human=False) == cut.given(human=False)


STAGES = ("demonstrations begun", "demonstrations", "gathering", "labels", "reward", "tuning", "table")


@pytest.mark.slow
def test_killed_at_every_stage_it_ends_with_the_same_bits(tmp_path):
    """Once in each; the same command goes on each time. A precision that is measured would not always be the same."""
    for stage in STAGES:
        killed = run_killed(tmp_path / "cut", stage)
        assert killed.returncode == -signal.SIGKILL, f"{stage}: {killed.stdout[-2000:]}"
    for name in ("cut", "whole"):
        ended = run_killed(tmp_path / name, "never")
        assert ended.returncode == 0, ended.stdout[-2000:]
    cut, whole = (tmp_path / name / "quickstart" for name in ("cut", "whole"))
    stores = [open_store(path / "labels.sqlite") for path in (cut, whole)]
    assert stores[0].asked() == stores[1].asked()
    assert stores[0].given(human=False) == stores[1].given(human=False)
    for pattern in (
        "sft/**/*.safetensors",
        "reward/**/*.safetensors",
        "ppo/**/*.safetensors",
        "results.json",
    ):
        files = [
            {file.relative_to(path): file.read_bytes() for file in path.glob(pattern)}
            for path in (cut, whole)
        ]
        assert files[0] == files[1] and files[0], pattern


def run_killed(runs, stage):
    words = (sys.executable, "-m", "tests.social_rl.human_feedback.killed", str(runs), stage)
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)


def test_people_label_first(small, capsys):
    wanted = replace(small, name="people", human=True)
    assert quickstart(wanted) == 0
    assert "social-rl label" in capsys.readouterr().out and not (wanted.runs / "people" / "reward").exists()
