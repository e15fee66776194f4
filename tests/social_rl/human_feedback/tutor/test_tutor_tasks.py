"""Do the rules of melodies and routines find what they should, in sequences made by hand?"""

import numpy as np
import pytest

from social_rl.human_feedback.tutor import melody, routine
from social_rl.human_feedback.tutor.melody import MELODY, NO_EVENT, NOTE_OFF, TONIC
from social_rl.human_feedback.tutor.routine import DONE, ROUTINE
from social_rl.human_feedback.tutor.task import NEVER, ended, real_tokens, rewards

C, D, E, F, G, A = (TONIC + step for step in (0, 2, 4, 5, 7, 9))
C_SHARP, LOW_C, HIGH_C = TONIC + 1, TONIC - 12, TONIC + 12


def tune(*tokens: int) -> np.ndarray:
    """One melody, held to the end."""
    return np.array([[*tokens, *[NO_EVENT] * (melody.LENGTH - len(tokens))]])


def act(*texts: str) -> np.ndarray:
    """One routine, done after its subgoals, or cut if they are as many as it may have."""
    tokens = [routine.TOKENS.index(text) for text in texts]
    return np.array([[*tokens, *[DONE] * (routine.LENGTH - len(tokens))]])


def test_a_melody_has_38_tokens_and_the_tonic_is_the_middle_c():
    assert len(MELODY.tokens) == 38
    assert [MELODY.tokens[t] for t in (NOTE_OFF, NO_EVENT, 2, TONIC, 37)] == [
        "note off", "no event", "C3", "C4", "B5",
    ]  # fmt: skip


def test_a_black_key_is_outside_the_key():
    assert melody.key(np.array([[C, C_SHARP, NO_EVENT, LOW_C, HIGH_C]])).tolist() == [[0, -1, 0, 0, 0]]


def test_the_tonic_is_rewarded_at_the_beginning_and_held_at_the_end():
    tokens = [D] * 28
    tokens[0] = C
    held = np.array([[*tokens, C, NO_EVENT, NOTE_OFF, NO_EVENT]])
    assert np.flatnonzero(melody.tonic(held)[0] == 3).tolist() == [0, 28, 29, 30, 31]
    let_go = np.array([[*tokens, C, NOTE_OFF, NOTE_OFF, D]])
    assert np.flatnonzero(melody.tonic(let_go)[0] == 3).tolist() == [0, 28, 30], "it is held first"


def test_the_sixth_of_equal_notes_is_one_too_many_and_the_eighth_with_a_hold_between():
    assert melody.repeated(np.array([[C] * 7]))[0].tolist() == [False] * 5 + [True] * 2
    loose = np.array([[C, C, C, NO_EVENT, C, C, C, C, C]])
    assert melody.repeated(loose)[0].tolist() == [False] * 8 + [True], "seven came before the last one"
    broken = np.array([[C, C, C, C, C, D, C]])
    assert not melody.repeated(broken).any(), "another note ends the count"
    assert melody.repeats(np.array([[C] * 6]))[0, -1] == -20


def test_a_third_note_off_is_one_too_many():
    assert melody.repeated(np.array([[C, NOTE_OFF, NOTE_OFF, NOTE_OFF]]))[0].tolist() == [False] * 3 + [True]


def test_autocorrelation_is_that_of_the_published_formula():
    # 1 2 3 4: mean 2.5, apart -1.5 -.5 .5 1.5, variance 1.25; lag 1: (.75 - .25 + .75) / 4 / 1.25
    assert melody.autocorrelations(np.array([[1, 2, 3, 4]]), 1) == pytest.approx([0.25])
    assert melody.autocorrelations(np.array([[5, 5, 5]]), 1).tolist() == [1]
    # at the fourth token: lag 1 .25, lag 2 (-.75 - .75) / 5 = -.3, lag 3 -2.25 / 5 = -.45; -3 (.25 + .3 + .45)
    assert melody.autocorrelation(np.array([[1, 2, 3, 4]]))[0, 3] == pytest.approx(-3.0)


def test_a_bar_of_three_pitches_is_a_motif_and_more_when_it_comes_again():
    bar = [C, NO_EVENT, D, NO_EVENT, E, NO_EVENT, NO_EVENT, NO_EVENT]
    tokens = np.array([[*bar, *bar]])
    assert melody.bar_pitches(tokens)[0, 6:8].tolist() == [0, 3], "before there is a bar there is no motif"
    assert melody.motif(tokens)[0, 7] == 3
    assert np.flatnonzero(melody.in_repeated_motif(tokens)[0]).tolist() == [15]
    assert melody.repeated_motif(tokens)[0, 15] == 4
    four = np.array([[C, D, E, F, NO_EVENT, NO_EVENT, NO_EVENT, NO_EVENT]])
    assert melody.motif(four)[0, 7] == pytest.approx(3.3)
    two = np.array([[C, D, C, D, NO_EVENT, NOTE_OFF, C, D]])
    assert melody.motif(two)[0, 7] == 0


def test_intervals_are_counted_from_the_last_note_through_holds():
    # a second 5 × .08; a fifth from C 5 × .1; holding G 5 × .3; more than an octave -5; holding E 5 × .075
    tokens = np.array([[C, NO_EVENT, D, C, G, NO_EVENT, G - 13 + 26, E, NO_EVENT]])
    found = melody.intervals(tokens)[0]
    assert found.tolist() == pytest.approx([0, 1.5, 0.4, 0.4, 0.5, 1.5, -5, -5, 0.375])


def test_a_leap_is_resolved_by_going_back_and_doubled_by_going_on():
    back = np.array([[C, G, E, C]])  # up a fifth, back to where it came from
    assert melody.leap_outcomes(back)[0].tolist() == [0, 0, 0, 1]
    on = np.array([[LOW_C, LOW_C + 7, LOW_C + 14]])  # two fifths up
    assert melody.leap_outcomes(on)[0].tolist() == [0, 0, -1]
    soon = np.array([[C, G, C]])  # leaps back at once
    assert melody.leap_outcomes(soon)[0].tolist() == [0, 0, 0]
    late = np.array([[C, G, *[NO_EVENT] * 7, C]])  # and after seven steps
    assert melody.leap_outcomes(late)[0].tolist() == [0] * 9 + [1]
    assert melody.leaps(on)[0, 2] == -5 and melody.leaps(back)[0, 3] == 5


def test_highest_and_lowest_notes_count_where_they_are_played_once():
    once, twice = tune(C, D, E), tune(C, C, E, E)
    assert (melody.extremes(once)[0, -1], melody.extremes(twice)[0, -1]) == (6, 0)
    assert not melody.extremes(once)[0, :-1].any()


def test_what_comes_later_changes_no_reward_of_a_melody_before():
    rng = np.random.default_rng(0)
    one_BT = MELODY.data(20, rng)
    other_BT = one_BT.copy()
    other_BT[:, 20:] = rng.integers(38, size=(20, 12))
    for name, rule in MELODY.rules.items():
        assert (rule(one_BT)[:, :20] == rule(other_BT)[:, :20]).all(), name


def test_the_style_breaks_rules_as_the_music_of_the_paper_did():
    found = MELODY.statistics(MELODY.data(2000, np.random.default_rng(1)))
    assert 0.55 < found["repeated"] < 0.7 and found["off_key"] < 0.02
    assert found["in_motif"] < 0.2 and found["in_repeated_motif"] < 0.01


def test_a_routine_that_leaves_all_as_it_was_breaks_no_rule():
    good = act("open cupboard", "pick up cup", "shut cupboard", "put cup")
    found = ROUTINE.statistics(good)
    assert found["broken"] == 0 and found["put_away"] == 1 and found["done"] == 1 and found["tokens"] == 5
    assert rewards(ROUTINE, good)[0].tolist() == [0, 0, 0, 2, 5] + [0] * 15


@pytest.mark.parametrize(
    ("texts", "rule", "at"),
    [
        (("open fridge", "open fridge", "shut fridge"), "done_twice", 1),
        (("shut fridge",), "ended_unbegun", 0),
        (("open fridge", "put milk", "shut fridge"), "ended_unbegun", 1),
        (("pick up shirt", "put shirt"), "reached_into_shut", 0),
        (("open fridge", "open cupboard", "pick up milk", "pick up cup"), "full_hand", 3),
        (("switch on lamp",), "left_begun", 1),
    ],
)
def test_a_broken_rule_is_found_where_it_is_broken(texts, rule, at):
    token_BT = act(*texts)
    found_BT = routine.BREAKS[rule](token_BT) & real_tokens(token_BT, DONE)
    assert np.flatnonzero(found_BT[0]).tolist() == [at]
    assert ROUTINE.rules[rule](token_BT)[0, at] == -5
    assert ROUTINE.statistics(token_BT)["broken"] == 1


def test_putting_away_is_rewarded_once():
    texts = ("open cupboard", "pick up cup", "put cup", "pick up cup", "put cup", "shut cupboard")
    assert rewards(ROUTINE, act(*texts))[0, :6].tolist() == [0, 0, 2, 0, 0, 0]


def test_a_routine_that_is_never_done_is_broken_and_doing_nothing_earns_nothing():
    never = np.array([[routine.TOKENS.index(f"open {name}") for name in ("fridge", "cupboard", "wardrobe")]])
    assert not any(breaks(never).any() for breaks in routine.BREAKS.values())
    assert ROUTINE.statistics(never)["broken"] == 1
    assert rewards(ROUTINE, act()).sum() == 0 and routine.finished(act()).sum() == 0
    left = act("open fridge", "pick up milk", "put milk")
    assert routine.finished(left).sum() == 0 and rewards(ROUTINE, left)[0, 3] == -5


def test_nothing_counts_after_the_end():
    token_BT = np.array([[0, DONE, 0, 0]])
    assert real_tokens(token_BT, DONE).tolist() == [[True, True, False, False]]
    assert real_tokens(np.array([[1, 2]]), NEVER).all()
    assert not rewards(ROUTINE, token_BT)[0, 2:].any()


def test_done_is_an_end_and_the_full_length_only_a_cut_but_a_melody_is_over():
    cut = np.array([[0] * routine.LENGTH])
    assert not ended(cut, ROUTINE).any()
    assert np.flatnonzero(ended(act("open fridge"), ROUTINE)[0]).tolist() == [1]
    assert np.flatnonzero(ended(tune(C), MELODY)[0]).tolist() == [melody.LENGTH - 1]


def test_the_style_of_routines_breaks_rules():
    found = ROUTINE.statistics(ROUTINE.data(2000, np.random.default_rng(1)))
    assert 0.5 < found["broken"] < 0.7 and found["done"] == 1
