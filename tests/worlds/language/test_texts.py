"""Does each word know its clause, and is a goal left half done as judging leaves it?"""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import goals
from worlds.generators.houses import HouseConfig, house_bank
from worlds.goal import (
    FIELDS,
    MAX_CLAUSES,
    NEXT_TO,
    NO_GOAL,
    NO_VERB,
    PUT_NEXT,
    ROWS,
    STAGE,
    VERB,
    A,
    Clause,
    Goal,
    Ref,
    decode,
    decode_clause,
    encode,
)
from worlds.language import phrasing
from worlds.language.grammar import GERUNDS, TOKEN, VOCABULARY
from worlds.language.instructions import (
    FREE,
    PLAIN,
    RESERVED,
    canonical,
    fits,
    parse,
    phrase,
    tokens_of,
    words_of,
)
from worlds.language.texts import TEXT_STREAM, clause_due, random_progress, texts
from worlds.objects import KIND
from worlds.rules.chance import episode_key
from worlds.state import MAX_TOKENS

VERB_OF = {gerund: verb for verb, gerund in GERUNDS.items()}


@pytest.fixture(scope="module")
def long_goals() -> np.ndarray:
    """Goals of three and four clauses, half of them with a constraint: uint8[400, ROWS, FIELDS]."""
    bank = house_bank(200, 3, HouseConfig(clauses=(3, 4), constraints=0.5))
    return bank.goal.reshape(-1, ROWS, FIELDS)


def rows_of(*instructions: str) -> np.ndarray:
    return np.stack([encode(parse(text)) for text in instructions])


def many_texts(instruction: str, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    return texts(np.repeat(rows_of(instruction), n, 0), 0)


def spelt(tokens: np.ndarray, rows: np.ndarray, label: int) -> str:
    """The words with a label, which are one run; a gerund counts as its verb."""
    at = np.flatnonzero(rows == label)
    assert len(at) and at[-1] - at[0] == len(at) - 1, words_of(tokens.tolist())
    first, *rest = (VOCABULARY[token] for token in tokens[at])
    return " ".join((VERB_OF.get(first, first), *rest))


def joints(tokens: np.ndarray, rows: np.ndarray) -> list[str]:
    """The runs of words that belong to no clause."""
    words = zip(tokens[tokens > 0].tolist(), rows[tokens > 0].tolist(), strict=True)
    runs = itertools.groupby(words, lambda word: word[1])
    return [" ".join(VOCABULARY[token] for token, _ in run) for label, run in runs if label == 0]


def check_labels(goal: np.ndarray, tokens: np.ndarray, rows: np.ndarray) -> None:
    """Every clause is spelt by the words with its label, and no other label occurs."""
    labels = {1 + r for r in range(ROWS) if goal[r, VERB] != NO_VERB}
    assert set(rows.tolist()) - {0} == labels
    assert not rows[tokens == 0].any()
    for label in labels:
        words, clause = spelt(tokens, rows, label), decode_clause(goal[label - 1])
        if label <= MAX_CLAUSES:
            assert parse(words) == Goal(((clause,),)), words
        else:
            assert parse(f"meet Ann, {words}").constraints == (clause,), words
    assert set(joints(tokens, rows)) <= JOINTS


def _joints() -> set[str]:
    """All that is said between, before and after clauses."""
    said = set()
    for sayings in (
        phrasing.FRAMES, phrasing.TWO_STAGES, phrasing.STAGE_JOINS, phrasing.CLAUSE_JOINS,
        phrasing.CONSTRAINT_JOINS,
    ):  # fmt: skip
        for text in sum(sayings, ()):
            words = ["{}" if word.startswith("{") else word for word in text.split()]
            said.update(part.strip() for part in " ".join(words).split("{}") if part.strip())
    return said


JOINTS = _joints()


# ---- which clause a word belongs to --------------------------------------------------------------------
def test_each_word_is_of_its_clause():
    instruction = "pick up the cup and open the fridge, then meet Ann without entering the hall"
    tokens, rows = texts(rows_of(instruction), 0, PLAIN)
    assert words_of(tokens[0].tolist()) == instruction
    clauses = [[1, 1, 1, 1], [2, 2, 2], [3, 3], [5, 5, 5, 5]]  # the first constraint is row 4
    labels = [*clauses[0], 0, *clauses[1], 0, 0, *clauses[2], *clauses[3]]  # "and" joins, and ", then"
    n = len(labels)
    assert rows[0, :n].tolist() == labels
    assert not tokens[0, n:].any() and not rows[0, n:].any()


def test_what_is_said_first_need_not_be_done_first():
    tokens, rows = many_texts("pick up the cup, then meet Ann")
    cup, ann = (rows == 1).argmax(1), (rows == 2).argmax(1)
    assert 0.1 < (ann < cup).mean() < 0.9
    joining = [TOKEN[word] for word in ("after", "before", "then", ",", "first")]
    assert not rows[np.isin(tokens, joining)].any()
    assert (rows[tokens == TOKEN["cup"]] == 1).all() and (rows[tokens == TOKEN["ann"]] == 2).all()
    before = text_and_labels(tokens, rows, "before you meet Ann, pick up the cup")
    assert before == [0, 0, 2, 2, 0, 1, 1, 1, 1]
    after = text_and_labels(tokens, rows, "meet Ann after taking the cup")
    assert after == [2, 2, 0, 1, 1, 1]


def text_and_labels(tokens: np.ndarray, rows: np.ndarray, text: str) -> list[int]:
    """The labels of the words of a text that is among these."""
    words = tokens_of(text)
    padded = np.array(words + [0] * (MAX_TOKENS - len(words)))
    at = np.flatnonzero((tokens == padded).all(1))[0]
    return rows[at, : len(words)].tolist()


def test_frames_belong_to_no_clause():
    tokens, rows = many_texts("pick up the cup without entering the kitchen")
    asked = text_and_labels(tokens, rows, "could you grab the cup without entering the kitchen?")
    assert asked == [0, 0, 1, 1, 1, 5, 5, 5, 5, 0]
    stated = text_and_labels(tokens, rows, "grab the cup, but avoid the kitchen")
    assert stated == [1, 1, 1, 0, 0, 5, 5, 5]


def test_a_goal_without_clauses_has_no_words():
    tokens, rows = texts(encode(NO_GOAL)[None], 0)
    assert not tokens.any() and not rows.any()


@pytest.mark.parametrize("style", [PLAIN, FREE, RESERVED])
def test_every_word_of_long_goals_is_of_its_clause(long_goals, style):
    tokens, rows = texts(long_goals, 1, style)
    for goal, text, labels in zip(long_goals, tokens, rows, strict=True):
        check_labels(goal, text, labels)
    assert (rows > MAX_CLAUSES).any(1).sum() > 50


@settings(max_examples=100, deadline=None)
@given(goals(), st.sampled_from((PLAIN, FREE, RESERVED)), st.integers(0, 2**64 - 1))
def test_every_word_of_any_goal_is_of_its_clause(goal, style, seed):
    assume(fits(goal))
    rows = encode(goal)
    tokens, labels = texts(rows[None], seed, style)
    check_labels(rows, tokens[0], labels[0])


# ---- the words -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("style", [PLAIN, FREE, RESERVED])
def test_words_are_those_of_phrase(long_goals, style):
    tokens, _ = texts(long_goals, 7, style)
    for i, goal in enumerate(long_goals):
        key = int(episode_key(np.uint64(7), np.uint64(i), np.uint64(TEXT_STREAM)))
        assert words_of(tokens[i].tolist()) == phrase(decode(goal), style, key)


def test_a_text_depends_on_goal_seed_and_number():
    goal = np.repeat(rows_of("take the cup, then put the ball in the box"), 100, 0)
    tokens, rows = texts(goal, 0)
    again = texts(goal[:50], 0)
    assert np.array_equal(again[0], tokens[:50]) and np.array_equal(again[1], rows[:50])
    assert len(np.unique(tokens, axis=0)) > 80
    assert (texts(goal, 1)[0] != tokens).any(1).sum() > 80


def test_a_free_text_that_does_not_fit_is_plain():
    red = Ref(KIND["cup"], 1, A, NEXT_TO, KIND["ball"], 1)
    goal = Goal(((Clause(PUT_NEXT, red, Ref(KIND["box"], 1)),) * MAX_CLAUSES,))  # 62 words
    tokens, rows = texts(np.repeat(encode(goal)[None], 200, 0), 0)
    plain = [words_of(text.tolist()) == canonical(goal) for text in tokens]
    assert any(plain)
    for text, labels in zip(tokens, rows, strict=True):
        check_labels(encode(goal), text, labels)


def test_views_and_what_is_read_only_are_taken():
    goal = np.repeat(rows_of("take the cup", "meet Ann"), 2, 0)
    goal.flags.writeable = False
    tokens, rows = texts(goal[::2], 0)
    assert (rows > 0).any(1).all() and tokens.dtype == np.uint16 and rows.dtype == np.uint8


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1]], 0), r"goal is list, allowed is uint8\[n, 6, 14\]: stack what encode"),
        ((np.zeros((ROWS, FIELDS), np.uint8), 0), r"goal is uint8\[6, 14\], allowed is uint8\[n, 6, 14\]"),
        ((np.zeros((1, ROWS, FIELDS)), 0), r"goal is float64\[1, 6, 14\], allowed is uint8"),
        ((np.zeros((1, ROWS, FIELDS), np.uint8), -1), "seed is -1, allowed are 0 to "),
        ((np.zeros((1, ROWS, FIELDS), np.uint8), 0.5), "seed is 0.5, allowed are whole numbers"),
        ((np.zeros((1, ROWS, FIELDS), np.uint8), 0, 3), "style is 3, allowed are 0 to 2"),
    ],
)
def test_what_is_no_goal_no_seed_and_no_style_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        texts(*arguments)


def test_a_goal_of_too_many_words_is_refused_by_its_number():
    cup = Ref(KIND["cup"], 1, A, NEXT_TO, KIND["ball"], 1)
    goal = np.stack([rows_of("take the cup")[0], encode(Goal(((Clause(PUT_NEXT, cup, cup),) * 3,)))])
    with pytest.raises(ValueError, match=r"goal\[1\] exceed 64, even plain"):
        texts(goal, 0, PLAIN)


# ---- how far a goal may be done ------------------------------------------------------------------------
THREE_STAGES = "take the cup and open the fridge, then meet Ann, then go to the hall"  # rows 0 1 | 2 | 3


def test_each_stage_is_as_likely_as_all_done_and_so_is_what_is_done_of_it():
    goal = np.repeat(rows_of(THREE_STAGES), 12_000, 0)
    done, stage = random_progress(goal, np.random.default_rng(0))
    assert done.dtype == stage.dtype == np.uint8
    found = Counter(zip(stage.tolist(), done.tolist(), strict=True))
    quarter = 12_000 / 4
    expected = {
        (0, 0b0): 1 / 3,
        (0, 0b1): 1 / 3,
        (0, 0b10): 1 / 3,
        (1, 0b11): 1,
        (2, 0b111): 1,
        (2, 0b1111): 1,
    }
    assert found.keys() == expected.keys()
    for at, share in expected.items():
        assert abs(found[at] - share * quarter) < 5 * np.sqrt(share * quarter), at


def test_progress_is_as_a_reading_of_it_row_by_row(long_goals):
    goal = np.repeat(np.concatenate([long_goals, rows_of("meet Ann"), encode(NO_GOAL)[None]]), 3, 0)
    done, stage = random_progress(goal, np.random.default_rng(1))
    due = clause_due(goal, done, stage)
    assert due.dtype == np.int64
    for rows, bits, now, first in zip(goal, done.tolist(), stage.tolist(), due.tolist(), strict=True):
        clauses = [row for row in rows[:MAX_CLAUSES] if row[VERB] != NO_VERB]
        is_done = [bool(bits >> r & 1) for r in range(8)]
        assert not any(is_done[len(clauses) :])
        for r, clause in enumerate(clauses):
            if clause[STAGE] != now:
                assert is_done[r] == (clause[STAGE] < now)
        open_clauses = [r for r, clause in enumerate(clauses) if clause[STAGE] == now and not is_done[r]]
        assert first == (open_clauses[0] if open_clauses else len(clauses))
        if not open_clauses:  # then all is done, and the last stage stays the present one
            assert bits == 2 ** len(clauses) - 1
            assert now == (clauses[-1][STAGE] if clauses else 0)
    assert (due[-3:] == 0).all()


def test_the_clause_that_is_due_is_of_the_present_stage():
    goal = np.repeat(rows_of(THREE_STAGES), 6, 0)
    done = np.array([0b0, 0b1, 0b10, 0b11, 0b111, 0b1111], np.uint8)
    stage = np.array([0, 0, 0, 1, 2, 2], np.uint8)
    assert clause_due(goal, done, stage).tolist() == [0, 1, 0, 2, 3, 4]


def test_of_no_goals_there_is_nothing_to_say():
    none = np.zeros((0, ROWS, FIELDS), np.uint8)
    assert [part.shape for part in texts(none, 0)] == [(0, MAX_TOKENS)] * 2
    done, stage = random_progress(none, np.random.default_rng(0))
    assert done.shape == stage.shape == clause_due(none, done, stage).shape == (0,)


def test_progress_of_what_is_no_goal_is_refused():
    with pytest.raises(ValueError, match=r"goal is uint8\[4, 14\]"):
        random_progress(np.zeros((MAX_CLAUSES, FIELDS), np.uint8), np.random.default_rng(0))
