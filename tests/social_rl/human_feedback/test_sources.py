"""Are pairs drawn as their generator and weights say, and examples cut into steps as their number says?"""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from agents.language.answers import Cannot, Meaning, Question, read_meaning
from agents.language.model.generation import fitted
from agents.language.prompt import meaning_prompt
from social_rl.human_feedback import examples
from social_rl.human_feedback.ahead import Ahead, other_process
from social_rl.human_feedback.examples import (
    KEEP_FIRST,
    pairs_of,
    step,
    steps_of,
    tokenizer_of,
)
from social_rl.human_feedback.fine_tuning import loss_of
from social_rl.human_feedback.sources import SOURCES, Pair, answer_to, drawn, read_data
from tests.agents.language.model.small_models import a_model
from worlds.language.wordings import ASK, CANNOT, wordings

PAIRS = [Pair(f"{'very ' * (i % 5)}good {i}", f"go to the {'bed' * (1 + i % 3)}") for i in range(24)]


def letters(letter):
    return lambda rng, n: [Pair(letter, str(number)) for number in rng.integers(100, size=n)]


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setitem(SOURCES, "a", letters("a"))
    monkeypatch.setitem(SOURCES, "b", letters("b"))


def test_handwritten_pairs_are_those_of_the_train_split_and_no_other():
    pairs = SOURCES["wordings"](np.random.default_rng(0), 20_000)
    prompts = {
        split: {meaning_prompt(row.text) for row in wordings(split)} for split in ("train", "development")
    }
    assert {pair.prompt for pair in pairs} == prompts["train"]
    assert not prompts["train"] & prompts["development"]


def test_an_answer_is_plain_words_a_question_or_a_reason():
    assert answer_to("turn the light off") == "switch off the lamp"
    assert isinstance(read_meaning(answer_to(ASK)), Question)
    assert isinstance(read_meaning(answer_to(CANNOT)), Cannot)
    for pair in SOURCES["wordings"](np.random.default_rng(1), 200):
        meant = read_meaning(pair.answer)
        assert meant is not None and (not isinstance(meant, Meaning) or meant.text == pair.answer)


def test_every_source_draws_the_same_from_the_same_generator():
    for name, source in SOURCES.items():
        one, same, other = (source(np.random.default_rng(seed), 20) for seed in (3, 3, 4))
        assert one == same != other and len(one) == 20, name
        assert source(np.random.default_rng(0), 0) == [], name


def test_sources_are_mixed_by_their_weights(two):
    pairs = drawn({"a": 1, "b": 3}, np.random.default_rng(0), 4000)
    assert len(pairs) == 4000
    share = sum(pair.prompt == "b" for pair in pairs) / 4000
    assert abs(share - 3 / 4) < 4 * (0.75 * 0.25 / 4000) ** 0.5, "four standard errors"
    assert len({pair.prompt for pair in pairs[:20]}) == 2, "their order is drawn, too"
    assert pairs == drawn({"a": 1, "b": 3}, np.random.default_rng(0), 4000)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["wording"], "--data wording: there is no source 'wording'; did you mean 'wordings'?"),
        (["a", "a=2"], "--data a=2: a is named twice"),
        (["a=much"], "--data a=much: 'much' is no weight; write a number above 0"),
        (["a="], "'' is no weight"),
        (["a=0"], "'0' is no weight"),
        (["a=-1"], "'-1' is no weight"),
        (["a=nan"], "'nan' is no weight"),
        (["a=inf"], "'inf' is no weight"),
        ([], "--data names no source: name some of wordings"),
    ],
)
def test_what_is_no_mixture_is_refused(two, texts, said):
    with pytest.raises(ValueError) as raised:
        read_data(texts)
    assert said in str(raised.value)


def test_a_mixture_is_read(two):
    assert read_data(["a", "wordings=0.5"]) == {"a": 1, "wordings": 0.5}


# ---- chunks and steps ----
def test_a_chunk_is_decided_by_its_number_and_seed():
    language_model = a_model()
    language_model = replace(language_model, context=512)

    def made(seed, number):
        pairs = pairs_of({"wordings": 1}, seed, 24, 1, number)
        steps = steps_of(language_model, pairs, 8, 2, seed, number)
        return [part.batch.token_BS.tolist() for parts in steps for part in parts]

    assert made(0, 5) == made(0, 5)
    assert made(0, 5) != made(0, 6) and made(0, 5) != made(1, 5)
    assert len(made(0, 5)) == 3 * 2


def test_parts_of_a_step_together_are_the_whole_step():
    """Whoever learns from two halves learns what one would from both, however their answers differ in length."""
    language_model = a_model()
    some = examples.examples(language_model, PAIRS)
    gradients = []
    for workers in (1, 2, 3):
        parts = step(language_model, some, workers, np.random.default_rng(0))
        assert [len(part.batch.token_BS) for part in parts] == [24 // workers] * workers
        assert sum(float(part.share) for part in parts) == pytest.approx(workers)
        language_model.model.zero_grad()
        losses = [loss_of(language_model, part, is_half=False)[0] / workers for part in parts]
        torch.stack(losses).sum().backward()
        gradients.append([p.grad.clone() for p in language_model.model.parameters()])
    for other in gradients[1:]:
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(gradients[0], other, strict=True))


def test_a_prompt_that_is_too_long_keeps_its_beginning_and_its_end():
    language_model = a_model()  # a context of 64 tokens
    (example,) = examples.examples(language_model, [Pair("go " * 100 + "now\nmeaning:", "go to the bed")])
    whole = language_model.encode(["go " * 100 + "now\nmeaning:"])[0]
    assert len(example.prompt) + len(example.answer) == 64
    assert example.prompt[:KEEP_FIRST] == whole[:KEEP_FIRST] and example.prompt[-9:] == whole[-9:]
    assert example.prompt == fitted(whole, 64 - len(example.answer), KEEP_FIRST)
    assert language_model.decode([example.answer]) == [" go to the bed"]


def test_an_answer_that_is_too_long_is_refused():
    with pytest.raises(
        ValueError, match=r"the answer 'zzz.*tokens, allowed are 64 less 16: choose a longer --context"
    ):
        examples.examples(a_model(), [Pair("a", "z" * 64)])


def test_a_tokenizer_knows_the_words_of_answers():
    tokenizer = tokenizer_of({"wordings": 1}, 0, 1024)
    assert tokenizer.get_vocab_size() == 1024
    assert tokenizer.to_str() == tokenizer_of({"wordings": 1}, 0, 1024).to_str()
    words = ["orange", "bed", "kitchen", "blue", "switch", "on", "cup", "cups"]
    assert [len(tokenizer.encode(f" {word}").ids) for word in words] == [1] * len(words)


def test_the_next_one_is_made_while_the_present_one_is_used():
    made, is_begun = [], threading.Event()

    def make(number):
        made.append(number)
        if number == 8:
            is_begun.set()
        return number * number

    with ThreadPoolExecutor(1) as pool:
        ahead = Ahead(make, pool)
        assert ahead.take(7) == 49
        assert is_begun.wait(10), "nobody asked for 8"
        assert ahead.take(8) == 64 and ahead.take(2) == 4
    assert made[:2] == [7, 8] and made.count(8) == 1


def test_rows_of_ones_own_are_a_source(tmp_path):
    file = tmp_path / "mine.tsv"
    file.write_text("lights out\tswitch off every lamp\nthe usual\task\n", encoding="utf-8")
    weights = read_data([f"{file}=2", "wordings"])
    assert weights == {str(file): 2.0, "wordings": 1.0}
    answers = {pair.answer for pair in drawn({str(file): 1.0}, np.random.default_rng(0), 50)}
    assert answers == {answer_to("switch off every lamp"), answer_to("ask")}
    file.write_text("lights out\tswitch of every lamp\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.tsv line 1"):
        read_data([str(file)])


def test_what_goes_wrong_while_it_is_made_comes_to_who_takes_it():
    def make(number):
        raise ValueError(f"no {number}")

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="no 3"):
        Ahead(make, pool).take(3)


def test_another_process_draws_the_same():
    """Whatever order its sets have, and although it was told to be interrupted: that is for its parent to hear."""
    every = dict.fromkeys(SOURCES, 1.0)
    with other_process() as pool:
        ahead = Ahead(partial(pairs_of, every, 3, 50, 1), pool)
        assert ahead.take(2) == pairs_of(every, 3, 50, 1, 2)
        (number,) = pool._processes
        os.kill(number, signal.SIGINT)
        assert ahead.take(7) == pairs_of(every, 3, 50, 1, 7)


def test_chunks_of_several_passes_have_the_same_pairs():
    chunks = [pairs_of({"wordings": 1}, 0, 20, 3, number) for number in range(6)]
    assert chunks[0] == chunks[1] == chunks[2] != chunks[3] == chunks[5]


def test_a_process_that_draws_ends_with_its_parent():
    """Also where the parent is killed and can say nothing."""
    code = (
        "import os\n"
        "from social_rl.human_feedback.ahead import other_process\n"
        "if __name__ == '__main__':\n"
        "    pool = other_process()\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL and done.stdout.strip(), done.stderr
    child = int(done.stdout)
    for _ in range(200):
        if not is_alive(child):
            return
        time.sleep(0.05)
    raise AssertionError("it is an orphan")


def is_alive(number):
    """Is there such a process, and is it no zombie?"""
    try:
        state = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
