"""Does the automaton accept every canonical answer and nothing that does not parse, and do masks say the same?"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from agents.language import grammar
from agents.language.answers import (
    CONSTRAINTS,
    DEMANDS,
    Meaning,
    questions,
    read_meaning,
    reasons,
    which,
    write_answer,
)
from agents.language.grammar import DEAD, TokenAutomaton, meaning_grammar
from tests.strategies import clauses, goals
from worlds.goal import Goal
from worlds.language.instructions import canonical, fits, phrase, phrase_clause

GRAMMAR = meaning_grammar()
WORDS = (
    "go to",
    " the",
    " kitchen",
    "put",
    " cup",
    " red",
    " on",
    " table",
    " in",
    "what do you",
    " which",
    " or",
    "one?",
)
TEXTS = ("", "\n", *GRAMMAR.alphabet, *WORDS, "é", "zebra", "the the", " the red", "put down a")
EOS, NEWLINE = 0, 1


@settings(max_examples=2000)
@given(clauses(DEMANDS))
def test_every_plain_demand_is_accepted(clause):
    assert GRAMMAR.accepts(phrase_clause(clause))


@settings(max_examples=300)
@given(clauses(DEMANDS), st.lists(clauses(CONSTRAINTS), min_size=1, max_size=2))
def test_constraints_may_follow(clause, constraints):
    assert GRAMMAR.accepts(phrase(Goal(((clause,),), tuple(constraints))))


def test_all_else_that_can_be_said_is_accepted():
    options = ("red one", "one on the blue table", "one in the kitchen")
    for text in (" what do you mean?", *reasons(), *questions(), which("cup", options).text):
        assert GRAMMAR.accepts(text), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "  I cannot do that",
        "I cannot do that ",
        "done",
        "go",
        "go to the red orange",
        "pick up the table",
        "put the cup in the table",
        "put the cup on the table in the kitchen that is red",
        "put down the cup on the table",
        "pick up a orange",
        "pick up every orange",
        "go to the bed, then go to the hall and open the fridge, then close the fridge and go to the bed",
        "go to Bob",
        "which cup: the red one?",
        "there is no green apple pie here",
    ],
)
def test_what_is_no_answer_is_not_accepted(text):
    assert not GRAMMAR.accepts(text)


def test_everything_accepted_is_read_and_written_the_same():
    chance, instructions = np.random.default_rng(0), 0
    begins = ("", "put", "bring", "go to", "open", "switch o", "pick up")
    for walk in range(2000):
        said = begins[walk % len(begins)]
        state = GRAMMAR.step(GRAMMAR.start(), said)
        while not (GRAMMAR.may_end(state) and (chance.random() < 0.5 or not GRAMMAR.allowed(state))):
            said += chance.choice(list(GRAMMAR.allowed(state)))
            state = GRAMMAR.step(state, said[-1])
        answer = read_meaning(said)
        assert answer is not None, said
        assert write_answer(answer) == said.strip(), said
        instructions += isinstance(answer, Meaning)
    assert instructions > 1000


@settings(max_examples=200, deadline=None)
@given(goals())
def test_every_instruction_is_a_meaning(goal):
    assume(fits(goal))
    words = canonical(goal)
    assert GRAMMAR.accepts(words) and GRAMMAR.accepts(f" {words}")


def test_masks_allow_what_the_automaton_allows_and_are_never_empty():
    tokens, chance = TokenAutomaton(GRAMMAR, TEXTS, (EOS, NEWLINE)), np.random.default_rng(0)
    states, said, spoken = [tokens.start()] * 50, [""] * 50, 0
    for _ in range(150):
        masks = tokens.mask(states).numpy()
        assert masks.any(1).all()
        for i, (state, mask) in enumerate(zip(states, masks, strict=True)):
            by_hand = [bool(text) and GRAMMAR.step(state, text) != DEAD for text in TEXTS]
            by_hand[EOS] = by_hand[NEWLINE] = GRAMMAR.may_end(state)
            assert mask.tolist() == by_hand
            token = int(chance.choice(np.flatnonzero(mask)))
            states[i], said[i] = tokens.step(state, token), said[i] + TEXTS[token]
            if token in (EOS, NEWLINE):
                assert states[i] == DEAD and read_meaning(said[i].strip()) is not None
                states[i], said[i], spoken = tokens.start(), "", spoken + 1
    assert spoken > 100


@pytest.fixture(scope="module")
def byte_pairs() -> Tokenizer:
    """A byte-level tokenizer that has learned some answers."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*reasons(), *questions()], trainer)
    return tokenizer


@settings(max_examples=300)
@given(clauses(DEMANDS), st.booleans())
def test_masks_allow_answers_as_a_tokenizer_cuts_them(byte_pairs, clause, is_spaced):
    texts = [byte_pairs.decode([token]) for token in range(byte_pairs.get_vocab_size())]
    tokens = TokenAutomaton(GRAMMAR, texts, (EOS,))
    state = tokens.start()
    for token in (*byte_pairs.encode(" " * is_spaced + phrase_clause(clause)).ids, EOS):
        assert tokens.mask([state])[0, token]
        state = tokens.step(state, token)


def test_masks_are_right_however_few_are_kept(monkeypatch):
    monkeypatch.setattr(grammar, "MOST_KEPT", 2 * len(TEXTS))
    few, all_ = (TokenAutomaton(GRAMMAR, TEXTS, (EOS,)) for _ in range(2))
    states = [
        GRAMMAR.step(GRAMMAR.start(), "put the red cup on the table"[:n]) for n in (0, 3, 4, 8, 3, 28, 0)
    ]
    one_by_one = [few.mask([state])[0].tolist() for state in states]
    monkeypatch.undo()
    assert all_.mask(states).tolist() == one_by_one


def test_after_an_end_comes_an_end_only():
    tokens = TokenAutomaton(GRAMMAR, TEXTS, (EOS, NEWLINE))
    over = tokens.step(GRAMMAR.step(tokens.start(), "I cannot do that"), EOS)
    assert np.flatnonzero(tokens.mask([over])[0].numpy()).tolist() == [EOS, NEWLINE]


def test_tokenizers_that_cannot_spell_answers_are_refused():
    with pytest.raises(ValueError, match="no token stands for 'A', 'x' alone"):
        TokenAutomaton(GRAMMAR, [text for text in TEXTS if text not in ("x", "A")], (EOS,))
    with pytest.raises(ValueError, match="pass the number of <eos>"):
        TokenAutomaton(GRAMMAR, TEXTS, ())
