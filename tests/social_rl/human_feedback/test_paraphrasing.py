"""Is kept what a goal means, and nothing else? The language model is a function here, or a tiny one made for a test."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from social_rl.human_feedback import paraphrasing
from social_rl.human_feedback.paraphrasing import (
    asking,
    asking_back,
    attempt,
    counts,
    first_fate,
    instructions,
    like,
    means,
    one_of_each,
    tidy,
)
from worlds.goal import EVERY
from worlds.language.instructions import canonical, goal_problem, parse
from worlds.language.wordings import SEVERAL, Wording, split_of
from worlds.objects import colours_of

ROWS = [Wording("pop the mug on the table", "put the cup on the table", "put on")]


def a_wording(begin):
    """Words with this beginning that are in the train split."""
    return next(text for n in range(99) if split_of(text := f"{begin} {'please ' * n}".strip()) == "train")


@pytest.mark.parametrize(
    ("text", "meaning", "fate"),
    [
        ("", "go to the bed", "no wording"),
        ("bed", "go to the bed", "no wording"),
        ("plain: mosey to the bed", "go to the bed", "no wording"),
        ("mosey to the bed " * 9, "go to the bed", "no wording"),
        ("mosey to the lit", "go to the bed", "says other things"),
        ("mosey to the bed in the kitchen", "go to the bed", "says other things"),
        ("mosey to the red bed", "go to the bed", "says other things"),
        ("don't mosey to the bed", "go to the bed", "says other things"),
        ("the lamp is on", "switch on the lamp", "says other things"),
        ("get the lamp off", "switch on the lamp", "says other things"),
        ("I switch the lamp on", "switch on the lamp", "says other things"),
        ("go to the bed, please", "go to the bed", "understood by the grammar"),
        (a_wording("I want the lamp lit"), "switch on the lamp", "kept"),
        (a_wording("mosey on over to the bed"), "go to the bed", "kept"),
    ],
)
def test_what_becomes_of_words_before_they_are_read_back(text, meaning, fate):
    seen = set()
    assert first_fate(text, meaning, seen) == fate
    assert len(seen) == (fate == "kept")


def test_words_are_kept_once_and_never_from_another_split():
    text, seen = a_wording("mosey on over to the bed"), set()
    assert first_fate(text, "go to the bed", seen) == "kept"
    assert first_fate(text.upper() + "!!", "go to the bed", seen) == "said before"
    texts = [f"mosey {'on ' * n}over to the bed" for n in range(30)]
    fates = {split_of(text): first_fate(text, "go to the bed", set()) for text in texts}
    assert fates == {"train": "kept", "development": "of another split", "test": "of another split"}


def test_curly_marks_become_plain_and_quotation_marks_go():
    assert tidy(" “get  the door’s lamp” ") == "get the door's lamp"


def test_goals_are_of_the_same_form_about_other_things():
    rng = np.random.default_rng(0)
    goal = parse("put every red cup on the table, then follow Ann without entering the kitchen")
    drawn = [like(goal, rng) for _ in range(20)]
    assert len({canonical(one) for one in drawn}) > 10
    for one in drawn:
        assert not goal_problem(one)
        assert [[c.verb for c in stage] for stage in one.stages] == [
            [c.verb for c in stage] for stage in goal.stages
        ]
        cup = one.stages[0][0].thing
        assert cup.quantity == EVERY and bool(cup.colour) == bool(colours_of(cup.kind))


def test_a_goal_for_which_no_other_makes_sense_stays(monkeypatch):
    monkeypatch.setattr(paraphrasing, "goal_problem", lambda goal: "none will do")
    goal = parse("go to the bed")
    assert like(goal, np.random.default_rng(0)) is goal


def test_examples_are_of_the_train_split_and_ask_for_one_demand():
    rows = instructions()
    assert {split_of(row.text) for row in rows} == {"train"}
    assert SEVERAL not in {row.kind for row in rows}
    shown = one_of_each(rows, np.random.default_rng(0))
    assert Counter(row.kind for row in shown) == Counter({row.kind for row in rows})


def test_prompts_are_as_they_are_written_here():
    assert asking(ROWS, "go to the bed") == (
        "plain: put the cup on the table\nsaid: pop the mug on the table\n\nplain: go to the bed\nsaid:"
    )
    assert asking_back(ROWS, "hit the sack") == (
        "said: pop the mug on the table\nplain: put the cup on the table\n\nsaid: hit the sack\nplain:"
    )


def test_what_is_read_back_otherwise_is_not_kept():
    """The model says the same of every goal, and reads back every second one rightly, in words of its own."""
    asked = []

    def answer(prompts, temperature):
        asked.append((temperature, len(prompts)))
        if temperature:
            plain = [prompt.rsplit("plain: ", 1)[1].split("\n")[0] for prompt in prompts]
            return [f" {words.replace('go to', 'mosey over to')} " for words in plain]
        said = [prompt.rsplit("said: ", 1)[1].split("\n")[0] for prompt in prompts]
        right = [words.replace("mosey over", "walk") for words in said]
        return [words if i % 2 else "walk to the hall" for i, words in enumerate(right)]

    rows = [row for row in instructions() if row.kind == "go to"]
    seen = set()
    tried = attempt(answer, rows, seen, 40, 0.7, np.random.default_rng(1))
    kept = [one for one in tried if one.fate == "kept"]
    assert len(tried) == 40 and kept and asked == [(0.7, 40), (0.0, len(seen))]
    for one in kept:
        assert one.text == one.meaning.replace("go to", "mosey over to")
        assert means(one.text.replace("mosey over", "walk"), one.meaning) and split_of(one.text) == "train"
    again = attempt(answer, rows, seen, 40, 0.7, np.random.default_rng(1))
    assert not [one for one in again if one.fate == "kept"], "the same words are not kept twice"
    assert sum(counts(tried)["go to"].values()) == 40 and counts(tried)["go to"]["kept"] == len(kept)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks/long"))
    yield __import__("paraphrases")
    sys.modules.pop("paraphrases", None)


def test_a_log_goes_on_after_half_a_line_and_not_with_other_settings(script, tmp_path):
    log = tmp_path / "log.jsonl"
    assert script.read_log(log, {"seed": 0}) == []
    script.append(log, {"batch": 0, "seconds": 1.0, "tried": [["hit the sack", "go to the bed", "kept"]]})
    with log.open("a", encoding="utf-8") as file:
        file.write('{"batch": 1, "tri')
    assert script.read_log(log, {"seed": 0}) == [[("hit the sack", "go to the bed", "kept")]]
    assert len(log.read_text(encoding="utf-8").splitlines()) == 2
    with pytest.raises(ValueError, match=r"log\.jsonl was begun with .*name another --log"):
        script.read_log(log, {"seed": 1})
