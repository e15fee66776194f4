"""Is a batched answer with a cache the one that a model gives alone, token by token, and does a grammar hold it?"""

from dataclasses import replace

import pytest
import torch

from agents.language.grammar import DEAD, TokenAutomaton, meaning_grammar
from agents.language.model import decoder as decoding
from agents.language.model.generation import fitted, generate
from tests.agents.language.model.small_models import KINDS, a_model, full_logits, step_by_step

PROMPTS = [
    "", "go", "put the orange on the bed", "is the cup on the table?", "go", "is the cup on the bed? \U0001f34a",
]  # fmt: skip


def some_stop(language_model):
    """Tokens that two of the prompts come to end an answer, so that rows finish at different times."""
    language_model = replace(language_model, stop_V=torch.zeros_like(language_model.stop_V))
    free = generate(language_model, PROMPTS, 12)
    stop_V = language_model.stop_V.clone()
    stop_V[[int(free.token_BT[2, 0]), int(free.token_BT[3, 2])]] = True
    return replace(language_model, stop_V=stop_V)


def said(answers, row):
    return answers.token_BT[row, : answers.length_B[row]].tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk", [1, 40, 512])
def test_a_batch_with_pads_and_a_cache_is_each_prompt_alone_with_whole_forwards(kind, chunk, monkeypatch):
    monkeypatch.setattr(decoding, "CHUNK", chunk)
    language_model = some_stop(a_model(kind))
    answers = generate(language_model, PROMPTS, 12)
    assert len(set(answers.length_B.tolist())) > 1, "some finish early"
    for row, prompt in enumerate(language_model.encode(PROMPTS)):
        tokens, log_probs = step_by_step(language_model, prompt, 12)
        assert said(answers, row) == tokens
        assert answers.log_prob_BT[row, : len(tokens)].tolist() == pytest.approx(log_probs, abs=1e-5)
        assert answers.is_finished_B[row] == language_model.stop_V[tokens[-1]]
        assert not answers.log_prob_BT[row, len(tokens) :].any()
        assert (answers.token_BT[row, len(tokens) :] == language_model.pad).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_does_not_depend_on_the_others(kind):
    language_model = some_stop(a_model(kind))
    draws = torch.rand(len(PROMPTS), 12, generator=torch.Generator().manual_seed(1))
    together = generate(language_model, PROMPTS, 12, chance=draws)
    assert not torch.equal(together.token_BT[1], together.token_BT[4]), "the same prompt, other draws"
    for row, prompt in enumerate(PROMPTS):
        alone = generate(language_model, [prompt], 12, chance=draws[row : row + 1])
        assert said(alone, 0) == said(together, row)
        assert torch.allclose(alone.log_prob_BT[0], together.log_prob_BT[row], atol=1e-5)


def test_who_hears_only_so_many_tokens_back_hears_tokens_and_no_pads():
    """What prompts have in common would be read first, and pads come between it and what is left of short ones."""
    language_model = a_model("gemma3")
    assert decoding.window_of(language_model.model) == 6
    prompts = [f"go to the orange {rest}" for rest in ("x", "on the bed", "cup on the table?")]
    answers = generate(language_model, prompts, 8)
    for row, prompt in enumerate(language_model.encode(prompts)):
        assert len(prompt) > 6
        tokens, log_probs = step_by_step(language_model, prompt, 8)
        assert said(answers, row) == tokens
        assert answers.log_prob_BT[row, : len(tokens)].tolist() == pytest.approx(log_probs, abs=1e-5)


def counted(monkeypatch):
    """The rows and columns of each forward."""
    shapes, real = [], decoding.hidden

    def spy(network, token_BS, *rest, **named):
        shapes.append(tuple(token_BS.shape))
        return real(network, token_BS, *rest, **named)

    monkeypatch.setattr(decoding, "hidden", spy)
    return shapes


def test_what_prompts_have_in_common_is_read_once(monkeypatch):
    """<bos> is 1 token. 8 rows are 2 prompts, which differ in their last token."""
    language_model, shapes = a_model(), counted(monkeypatch)
    language_model = replace(language_model, stop_V=torch.zeros_like(language_model.stop_V))
    answers = generate(language_model, ["go to the 1", "go to the 2"] * 4, 2)
    first, second = language_model.encode(["go to the 1", "go to the 2"])
    assert first[:-1] == second[:-1]
    assert shapes == [(1, len(first) - 1), (2, 1), (8, 1)]
    assert torch.equal(answers.token_BT[::2], answers.token_BT[:1].expand(4, -1))


def test_rows_that_are_finished_leave_the_batch(monkeypatch):
    """The third token ends all answers but those to the last of four prompts."""
    language_model, shapes = a_model(), counted(monkeypatch)
    prompts = ["go", "put", "the cup", "is the cup on the table?"]

    def allowed(rows):
        mask = torch.zeros(len(rows), len(language_model.stop_V), dtype=torch.bool)
        for i, tokens in enumerate(rows):
            mask[i, 2 if len(tokens) == 2 and i < 3 else slice(20, 60)] = True
        return mask

    answers = generate(language_model, prompts, 6, allowed=allowed)
    assert answers.length_B.tolist() == [3, 3, 3, 6]
    assert answers.is_finished_B.tolist() == [True, True, True, False]
    assert [rows for rows, columns in shapes if columns == 1][-5:] == [4, 4, 1, 1, 1]


def test_the_same_draws_say_the_same_and_others_something_else():
    language_model = a_model()

    def drawn(seed):
        return generate(language_model, PROMPTS, 8, chance=torch.Generator().manual_seed(seed)).token_BT

    assert torch.equal(drawn(0), drawn(0))
    assert not torch.equal(drawn(0), drawn(1))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_as_often_as_they_are_likely(temperature):
    """Of 4,096 draws that lie evenly side by side, each token gets its share, to within one draw at either end."""
    language_model = a_model()
    n = 4096
    draws = ((torch.arange(n) + 0.5) / n)[:, None]
    answers = generate(language_model, ["go"] * n, 1, temperature=temperature, chance=draws)
    share = torch.bincount(answers.token_BT[:, 0], minlength=280) / n
    logits_V = full_logits(language_model, language_model.encode(["go"])[0])[-1]
    assert torch.allclose(share, (logits_V / temperature).softmax(0), atol=1.01 / n)
    expected = logits_V.log_softmax(0)[answers.token_BT[:, 0]]
    assert torch.allclose(answers.log_prob_BT[:, 0], expected, atol=1e-5), "at temperature 1"


class Alternating:
    """Tokens 30 and 40 in turn, and from the fourth on also the end."""

    def start(self):
        return 0

    def step(self, state, token):
        assert token in self.tokens(state)
        return state + 1

    def tokens(self, state):
        return [30 + 10 * (state % 2)] + [2] * (state >= 3)

    def mask(self, states):
        mask = torch.zeros(len(states), 280, dtype=torch.bool)
        for i, state in enumerate(states):
            mask[i, self.tokens(state)] = True
        return mask


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chance", [None, 3])
def test_a_grammar_is_never_left_and_log_probabilities_are_the_models_own(kind, chance):
    language_model = a_model(kind)
    drawn = None if chance is None else torch.Generator().manual_seed(chance)
    answers = generate(language_model, PROMPTS, 9, chance=drawn, temperature=3.0, allowed=Alternating())
    for row, prompt in enumerate(language_model.encode(PROMPTS)):
        tokens = said(answers, row)
        body = tokens[:-1] if tokens[-1] == 2 else tokens
        assert body == [30, 40, 30, 40, 30, 40, 30, 40, 30][: len(body)]
        assert bool(answers.is_finished_B[row]) == (tokens[-1] == 2)
        log_prob_SV = full_logits(language_model, prompt + tokens)[len(prompt) - 1 : -1].log_softmax(1)
        expected = log_prob_SV[range(len(tokens)), tokens]
        assert torch.allclose(answers.log_prob_BT[row, : len(tokens)], expected, atol=1e-5)


def test_a_grammar_may_be_a_function_of_the_tokens_so_far_of_each_prompt():
    states = Alternating()

    def allowed(rows):
        assert len(rows) == len(PROMPTS)
        return states.mask([len(tokens) for tokens in rows])

    language_model = a_model()
    by_function = generate(language_model, PROMPTS, 9, allowed=allowed)
    assert torch.equal(by_function.token_BT, generate(language_model, PROMPTS, 9, allowed=states).token_BT)


def test_a_grammar_that_leads_nowhere_is_refused_by_row():
    def nowhere(rows):
        mask = torch.ones(len(rows), 280, dtype=torch.bool)
        mask[1] = False
        return mask

    with pytest.raises(ValueError, match="allows no token at all for prompt 1"):
        generate(a_model(), PROMPTS, 4, allowed=nowhere)
    with pytest.raises(ValueError, match=r"shape \[6, 7\], needed is \[6, 280\]"):
        generate(a_model(), PROMPTS, 4, allowed=lambda rows: torch.ones(len(rows), 7, dtype=torch.bool))


@pytest.mark.parametrize("chance", [None, 0])
def test_the_grammar_of_meanings_holds_a_model_that_has_learned_nothing(chance):
    language_model, grammar = a_model(), meaning_grammar()
    texts = language_model.token_texts()
    assert texts[:3] == ["", "", ""] and " the" in texts
    automaton = TokenAutomaton(grammar, texts, language_model.ends)
    drawn = None if chance is None else torch.Generator().manual_seed(chance)
    answers = generate(language_model, PROMPTS, 48, chance=drawn, allowed=automaton)
    for text, finished in zip(answers.texts, answers.is_finished_B.tolist(), strict=True):
        assert grammar.step(grammar.start(), text) != DEAD
        assert not finished or grammar.accepts(text)


def forced(language_model, text):
    """A grammar of one sentence."""
    tokens = language_model.encode_answers([text])[0]

    def allowed(rows):
        mask = torch.zeros(len(rows), 280, dtype=torch.bool)
        for i, row in enumerate(rows):
            mask[i, tokens[min(len(row), len(tokens) - 1)]] = True
        return mask

    return allowed


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("go to the bed", True),
        ("go\n", True),
        ("\n", True),
        ("", True),
        ("put the orange on the bed \U0001f34a", False),
    ],
)
def test_texts_end_before_the_end_or_the_line_break(text, finished):
    language_model = a_model()
    answers = generate(language_model, ["what?"], 8, allowed=forced(language_model, text))
    assert answers.is_finished_B.tolist() == [finished]
    assert text.startswith(answers.texts[0].rstrip("\ufffd"))
    if finished:
        assert answers.texts == [text.split("\n")[0]]


def test_a_prompt_that_is_too_long_is_refused_or_cut_where_it_is_said():
    language_model = a_model()
    long = "put the orange on the bed " * 20
    with pytest.raises(ValueError, match=r"prompt 1 has \d+ tokens, allowed are 1 to 54"):
        generate(language_model, ["go", long], 10)
    assert fitted([1, 2, 3, 4, 5, 6], 4, keep_first=1) == [1, 4, 5, 6]
    assert fitted([1, 2, 3, 4, 5, 6], 4, keep_first=0) == [3, 4, 5, 6]
    assert fitted([1, 2, 3], 4, keep_first=0) == [1, 2, 3]
    answers = generate(language_model, [long], 10, keep_first=1)
    row = language_model.encode([long])[0]
    assert said(answers, 0) == step_by_step(language_model, row[:1] + row[-53:], 10)[0]


def test_nothing_to_answer_and_nothing_to_read():
    language_model = a_model()
    nothing = generate(language_model, [], 4)
    assert nothing.texts == [] and nothing.token_BT.shape == (0, 4)
    assert len(generate(language_model, [""], 4).texts) == 1
    with pytest.raises(ValueError, match="prompt 0 is empty and the model has no token that begins a text"):
        generate(replace(language_model, begin=()), [""], 4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tokens": 0}, "tokens is 0, allowed are 1 to 63"),
        ({"tokens": 64}, "tokens is 64, allowed are 1 to 63"),
        ({"temperature": 0.0}, r"temperature is 0.0, allowed are numbers above 0"),
        ({"keep_first": 60}, "keep_first is 60, allowed are 0 to 59"),
        ({"chance": torch.zeros(2, 4)}, r"chance has shape \[2, 4\], needed is \[1, 4\]"),
        ({"chance": torch.ones(1, 4)}, r"chance has numbers that are not in \[0, 1\)"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        generate(a_model(), ["go"], **{"tokens": 4, **arguments})
