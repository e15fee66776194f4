"""Which rules has a melody, and how does the music break them that its style is learned from?

Tokens, rules and their amounts are those of RL Tuner (arXiv 1611.02796, section 4): notes are sixteenths of two bars,
36 pitches, "no event" holds the note before and "note off" ends it. The amount of `repeats` is 20 and not 100: with a
loss that is linear far out both end at a probability of nothing, and 100 crowds the other rules out of a small network.
The style is made here: a tune that wanders over the white keys, gets stuck on one token, leaps, and leaves its key.
"""

import numpy as np

from social_rl.human_feedback.tutor.task import NEVER, Task

NOTE_OFF, NO_EVENT, FIRST_PITCH, PITCHES = 0, 1, 2, 36
LENGTH, BAR, LAST_BAR = 32, 8, 4
TONIC = 14  # the middle C
KEY = (0, 2, 4, 5, 7, 9, 11)  # C major, in semitones above C
LEAP = 7  # semitones: a fifth and more
GAP = 6  # steps after which a leap back resolves a leap
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
LAGS = (1, 2, 3)

# What an interval of so many semitones gives, times 5; more than an octave gives the last one.
INTERVALS = np.array([0, 0, 0.08, 0, 0.09, 0.07, 0, 0.02, 0, 0.05, 0, -0.3, 0, -1.0])
SCALE = 5.0


def is_pitch(token_BT: np.ndarray) -> np.ndarray:
    """Which tokens begin a note."""
    return token_BT >= FIRST_PITCH


def degree(token_BT: np.ndarray) -> np.ndarray:
    """Semitones above the C below, 0 to 11; of tokens that begin a note."""
    return (token_BT - FIRST_PITCH) % 12


# ---- rules: tokens [B, T] in, what each token gets [B, T] out --------------------------------------------


def off_key(token_BT: np.ndarray) -> np.ndarray:
    """Which tokens are notes outside C major."""
    return is_pitch(token_BT) & ~np.isin(degree(token_BT), KEY)


def key(token_BT: np.ndarray) -> np.ndarray:
    """-1 for a note outside the key."""
    return np.where(off_key(token_BT), -1.0, 0.0)


def tonic(token_BT: np.ndarray) -> np.ndarray:
    """3 for the tonic at the beginning, and for the tonic that is held, or held and let go, over the last half bar."""
    reward_BT, last = np.zeros(token_BT.shape), LENGTH - LAST_BAR
    for t in (0, last):
        reward_BT[:, t : t + 1] = 3.0 * (token_BT[:, t : t + 1] == TONIC)
    reward_BT[:, last + 1 : last + 2] = 3.0 * (token_BT[:, last + 1 : last + 2] == NO_EVENT)
    reward_BT[:, last + 2 :] = 3.0 * (token_BT[:, last + 2 :] < FIRST_PITCH)
    return reward_BT


def repeated(token_BT: np.ndarray) -> np.ndarray:
    """Which tokens repeat themselves too often.

    Of the tokens before, back to the nearest other note, more than 4 are the same: more than 6 where others between
    them hold or end the note, and more than 1 for a note off.
    """
    B, T = token_BT.shape
    found_BT = np.zeros((B, T), bool)
    for t in range(T):
        now_B1, before_BS = token_BT[:, t : t + 1], token_BT[:, :t][:, ::-1]
        same_BS = before_BS == now_B1
        reached_BS = np.logical_and.accumulate(same_BS | (before_BS < FIRST_PITCH), axis=1)
        times_B = (same_BS & reached_BS).sum(1)
        is_loose_B = (~same_BS & reached_BS).any(1)
        is_off_B = (now_B1[:, 0] == NOTE_OFF) & (times_B > 1)
        found_BT[:, t] = is_off_B | (times_B > np.where(is_loose_B, 6, 4))
    return found_BT


def repeats(token_BT: np.ndarray) -> np.ndarray:
    """-20 for a token that repeats itself too often."""
    return -20.0 * repeated(token_BT)


def autocorrelations(token_BT: np.ndarray, lag: int) -> np.ndarray:
    """Autocorrelation of each sequence at a lag: 1 of one that never changes; [B]."""
    apart_BT = token_BT - token_BT.mean(1, keepdims=True)
    variance_B = apart_BT.var(1)
    both_B = (apart_BT[:, lag:] * apart_BT[:, : token_BT.shape[1] - lag]).sum(1) / token_BT.shape[1]
    return np.where(variance_B > 0, both_B / np.where(variance_B > 0, variance_B, 1), 1.0)


def autocorrelation(token_BT: np.ndarray) -> np.ndarray:
    """-3 times the autocorrelation of what has been played, where that is above .15 either way, at lags 1 to 3."""
    reward_BT = np.zeros(token_BT.shape)
    for t in range(1, token_BT.shape[1]):
        for lag in LAGS:
            if t >= lag:
                size_B = np.abs(autocorrelations(token_BT[:, : t + 1], lag))
                reward_BT[:, t] -= 3.0 * np.where(size_B > 0.15, size_B, 0)
    return reward_BT


def bar_pitches(token_BT: np.ndarray) -> np.ndarray:
    """How many different pitches the bar that ends with each token has; 0 before there is a whole bar; [B, T]."""
    count_BT = np.zeros(token_BT.shape, int)
    for t in range(BAR - 1, token_BT.shape[1]):
        bar_BN = np.sort(token_BT[:, t - BAR + 1 : t + 1], axis=1)
        is_new_BN = np.diff(bar_BN, axis=1, prepend=-1) != 0
        count_BT[:, t] = (is_new_BN & is_pitch(bar_BN)).sum(1)
    return count_BT


def motif(token_BT: np.ndarray) -> np.ndarray:
    """3 for a token that ends a bar of at least 3 pitches, and .3 for each pitch more."""
    count_BT = bar_pitches(token_BT)
    return np.where(count_BT >= 3, 3.0 + 0.3 * (count_BT - 3), 0.0)


def in_repeated_motif(token_BT: np.ndarray) -> np.ndarray:
    """Which tokens end a bar of at least 3 pitches that has been played before; bool [B, T]."""
    found_BT = np.zeros(token_BT.shape, bool)
    if token_BT.shape[1] < BAR:
        return found_BT
    bar_BNK = np.lib.stride_tricks.sliding_window_view(token_BT, BAR, axis=1)
    for n in range(BAR, bar_BNK.shape[1]):  # bars that do not overlap
        found_BT[:, n + BAR - 1] = (bar_BNK[:, : n - BAR + 1] == bar_BNK[:, n : n + 1]).all(2).any(1)
    return found_BT & (bar_pitches(token_BT) >= 3)


def repeated_motif(token_BT: np.ndarray) -> np.ndarray:
    """4 for a token that ends a repeated motif, and 1 for each pitch above 3."""
    return np.where(in_repeated_motif(token_BT), 1.0 + bar_pitches(token_BT), 0.0)


def pitch_before(token_BT: np.ndarray) -> np.ndarray:
    """The last pitch before each token, NEVER where there is none; [B, T]."""
    before_BT = np.full(token_BT.shape, NEVER)
    for t in range(1, token_BT.shape[1]):
        last_B = token_BT[:, t - 1]
        before_BT[:, t] = np.where(is_pitch(last_B), last_B, before_BT[:, t - 1])
    return before_BT


def intervals(token_BT: np.ndarray) -> np.ndarray:
    """Up to 1.5 for small and pure intervals, and for holding C and G; -5 for more than an octave."""
    before_BT = pitch_before(token_BT)
    step_BT = np.where(is_pitch(token_BT), np.abs(token_BT - before_BT), 0)
    from_BT = degree(before_BT)
    reward_BT = INTERVALS[np.minimum(step_BT, len(INTERVALS) - 1)]
    is_stable_BT = np.isin(from_BT, (0, 7))
    reward_BT = np.where((step_BT == 7) & is_stable_BT, 0.1, reward_BT)
    reward_BT = np.where((step_BT == 4) & np.isin(from_BT, (0, 4)), 0.15, reward_BT)
    reward_BT = np.where(token_BT == NO_EVENT, np.where(is_stable_BT, 0.3, 0.075), reward_BT)
    reward_BT = np.where(token_BT == NOTE_OFF, np.where(is_stable_BT, 0.15, 0.05), reward_BT)
    return SCALE * np.where(before_BT == NEVER, 0.0, reward_BT)


def leap_outcomes(token_BT: np.ndarray) -> np.ndarray:
    """1 where a leap is resolved, -1 where a second one goes the same way, else 0; [B, T].

    A leap of a fifth and more is resolved by going back to where it came from step by step, or by a leap back after
    more than 6 steps.
    """
    B, T = token_BT.shape
    before_BT, outcome_BT = pitch_before(token_BT), np.zeros((B, T), int)
    way_B, from_B, since_B = np.zeros(B, int), np.full(B, NEVER), np.zeros(B, int)
    for t in range(T):
        now_B, before_B = token_BT[:, t], before_BT[:, t]
        moves_B = is_pitch(now_B) & (before_B != NEVER)
        leap_B = moves_B & (np.abs(now_B - before_B) >= LEAP)
        way_now_B = np.sign(now_B - before_B)
        back_B, again_B = leap_B & (way_B == -way_now_B), leap_B & (way_B == way_now_B)
        is_first_B = leap_B & (way_B == 0)
        home_B = moves_B & ~leap_B & (way_B != 0) & (way_B * (now_B - from_B) <= 0)
        resolved_B = home_B | (back_B & (since_B > GAP))
        outcome_BT[:, t] = resolved_B.astype(int) - again_B
        from_B = np.where(is_first_B, before_B, from_B)
        way_B = np.where(back_B | home_B, 0, np.where(is_first_B, way_now_B, way_B))
        since_B = np.where(leap_B, 0, since_B + 1)
    return outcome_BT


def leaps(token_BT: np.ndarray) -> np.ndarray:
    """5 for a leap that is resolved, -5 for a second one the same way."""
    return 5.0 * leap_outcomes(token_BT)


def unique_highest(token_BT: np.ndarray) -> np.ndarray:
    """Whether the highest note of each sequence is played once; [B]."""
    return (token_BT == token_BT.max(1, keepdims=True)).sum(1) == 1


def unique_lowest(token_BT: np.ndarray) -> np.ndarray:
    """Whether the lowest note of each sequence is played once; [B]."""
    pitch_BT = np.where(is_pitch(token_BT), token_BT, FIRST_PITCH + PITCHES)
    lowest_B1 = pitch_BT.min(1, keepdims=True)
    return ((pitch_BT == lowest_B1).sum(1) == 1) & is_pitch(token_BT).any(1)


def extremes(token_BT: np.ndarray) -> np.ndarray:
    """3 at the last token for a highest note that is played once, and 3 for such a lowest note."""
    reward_BT = np.zeros(token_BT.shape)
    if token_BT.shape[1] == LENGTH:
        reward_BT[:, -1] = 3.0 * unique_highest(token_BT) + 3.0 * unique_lowest(token_BT)
    return reward_BT


# ---- the style, and what is measured ---------------------------------------------------------------------

# How often a tune that is not stuck does what, and how long it stays stuck.
HOLDS, RESTS, LEAPS, WANDERS, STICKS, STAYS = 0.20, 0.05, 0.08, 0.02, 0.30, 0.97


def data(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw melodies of the style: [n, 32]. Some 60 % of their tokens repeat themselves too often."""
    token_NT = np.empty((n, LENGTH), int)
    step_N = rng.integers(7, 14, n)  # on the white keys: the middle octave
    stuck_N = rng.random(n) < STICKS
    token_NT[:, 0] = white_keys(step_N)
    for t in range(1, LENGTH):
        drawn_N = rng.random(n)
        walk_N = rng.choice((-2, -1, 1, 2), n)
        leap_N = rng.choice((-6, -5, -4, 4, 5, 6), n)
        is_leap_N = drawn_N < LEAPS
        step_N = np.clip(step_N + np.where(stuck_N, 0, np.where(is_leap_N, leap_N, walk_N)), 0, 20)
        note_N = white_keys(step_N)
        note_N = np.minimum(note_N + (rng.random(n) < WANDERS), FIRST_PITCH + PITCHES - 1)
        quiet_N = (drawn_N > LEAPS) & (drawn_N < LEAPS + HOLDS + RESTS)
        quiet = np.where(drawn_N < LEAPS + HOLDS, NO_EVENT, NOTE_OFF)
        token_NT[:, t] = np.where(stuck_N, token_NT[:, t - 1], np.where(quiet_N, quiet, note_N))
        stuck_N = rng.random(n) < np.where(stuck_N, STAYS, STICKS)
    return token_NT


def white_keys(step: np.ndarray) -> np.ndarray:
    """The token of the white key so many above the lowest C, 0 to 20."""
    return FIRST_PITCH + step // 7 * 12 + np.asarray(KEY)[step % 7]


def statistics(token_BT: np.ndarray) -> dict[str, float]:
    """The quantities of the paper's table 1, as shares and means."""
    outcome_BT = leap_outcomes(token_BT)
    is_outcome_BT = outcome_BT != 0
    found = {f"autocorrelation_{lag}": autocorrelations(token_BT, lag).mean() for lag in LAGS}
    found |= {
        "repeated": repeated(token_BT).mean(),
        "off_key": off_key(token_BT).mean(),
        "starts_with_tonic": (token_BT[:, 0] == TONIC).mean(),
        "leaps_resolved": (outcome_BT == 1).sum() / max(int(is_outcome_BT.sum()), 1),
        "unique_highest": unique_highest(token_BT).mean(),
        "unique_lowest": unique_lowest(token_BT).mean(),
        "in_motif": (bar_pitches(token_BT) >= 3).mean(),
        "in_repeated_motif": in_repeated_motif(token_BT).mean(),
    }
    return {name: float(value) for name, value in found.items()}


def names() -> tuple[str, ...]:
    """What each token is called: C4 is the middle C."""
    pitches = (f"{NAMES[i % 12]}{3 + i // 12}" for i in range(PITCHES))
    return ("note off", "no event", *pitches)


MELODY = Task(
    name="melody",
    tokens=names(),
    length=LENGTH,
    end=NEVER,
    is_over_at_length=True,
    data=data,
    rules={
        "key": key, "tonic": tonic, "repeats": repeats, "autocorrelation": autocorrelation, "motif": motif,
        "repeated_motif": repeated_motif, "intervals": intervals, "leaps": leaps, "extremes": extremes,
    },
    statistics=statistics,
    breaks="repeated",
)  # fmt: skip
