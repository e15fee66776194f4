"""Which rules has a household routine, and how do people break them from whom its style is learned?

A routine is a sequence of subgoals that ends with "done": errands that fetch something out of where it is kept and put
it away, lights and taps between them. People forget to shut and to switch off, do things twice, and reach into what is
shut; the rules say that they should not.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from social_rl.human_feedback.tutor.task import Task, real_tokens

LENGTH = 20
KEPT = ("fridge", "cupboard", "wardrobe")  # opened and shut
ITEMS = ("milk", "cup", "shirt")  # picked up and put; each is kept in the one of the same place in KEPT
SWITCHED = ("lamp", "tap")  # switched on and off
TOKENS = (
    *(f"open {name}" for name in KEPT), *(f"shut {name}" for name in KEPT),
    *(f"pick up {name}" for name in ITEMS), *(f"put {name}" for name in ITEMS),
    *(f"switch on {name}" for name in SWITCHED), *(f"switch off {name}" for name in SWITCHED),
    "done",
)  # fmt: skip
OPEN, SHUT, PICK, PUT, ON, OFF, DONE = 0, 3, 6, 9, 12, 14, 16
# What can be begun and ended: the first token of each kind that begins, that ends, and how many there are.
PAIRS = ((OPEN, SHUT, 3), (PICK, PUT, 3), (ON, OFF, 2))
COUNT = sum(pair[2] for pair in PAIRS)


class House(NamedTuple):
    """How things are before each token, bool [B, T, thing]; things as in PAIRS."""

    begun_BTK: np.ndarray
    """open, in the hand, or on"""
    was_put_BTK: np.ndarray
    """items that have been put away"""


def begins(token_BT: np.ndarray) -> np.ndarray:
    """Which thing each token begins, bool [B, T, thing]."""
    return np.stack([token_BT == first + i for first, _, n in PAIRS for i in range(n)], axis=2)


def ends(token_BT: np.ndarray) -> np.ndarray:
    """Which thing each token ends, bool [B, T, thing]."""
    return np.stack([token_BT == last + i for _, last, n in PAIRS for i in range(n)], axis=2)


def house(token_BT: np.ndarray) -> House:
    """How things are before each token: at first all is shut, put away and off."""
    begins_BTK, ends_BTK = begins(token_BT), ends(token_BT)
    state_BTK, put_BTK = np.zeros_like(begins_BTK), np.zeros_like(begins_BTK[:, :, :3])
    items = slice(len(KEPT), len(KEPT) + len(ITEMS))
    for t in range(1, token_BT.shape[1]):
        before_BK = state_BTK[:, t - 1]
        state_BTK[:, t] = (before_BK | begins_BTK[:, t - 1]) & ~ends_BTK[:, t - 1]
        put_BTK[:, t] = put_BTK[:, t - 1] | (ends_BTK[:, t - 1] & before_BK)[:, items]
    return House(state_BTK, put_BTK)


# ---- rules as breaks: tokens [B, T] in, which tokens break the rule [B, T] out ------------------------------


def done_twice(token_BT: np.ndarray) -> np.ndarray:
    """Begins what is begun: opens what is open, picks up what is in the hand."""
    return np.logical_or.reduce(begins(token_BT) & house(token_BT).begun_BTK, axis=2)


def ended_unbegun(token_BT: np.ndarray) -> np.ndarray:
    """Ends what is not begun: shuts what is shut, puts what was not picked up."""
    return np.logical_or.reduce(ends(token_BT) & ~house(token_BT).begun_BTK, axis=2)


def reached_into_shut(token_BT: np.ndarray) -> np.ndarray:
    """Picks up an item while that is shut in which it is kept."""
    picks_BTK = np.stack([token_BT == PICK + i for i in range(len(ITEMS))], axis=2)
    return np.logical_or.reduce(picks_BTK & ~house(token_BT).begun_BTK[:, :, : len(KEPT)], axis=2)


def full_hand(token_BT: np.ndarray) -> np.ndarray:
    """Picks up an item with another one in the hand."""
    held_BTI = house(token_BT).begun_BTK[:, :, len(KEPT) : len(KEPT) + len(ITEMS)]
    picks_BTI = np.stack([token_BT == PICK + i for i in range(len(ITEMS))], axis=2)
    others_BTI = held_BTI.sum(2, keepdims=True) - held_BTI > 0
    return np.logical_or.reduce(picks_BTI & others_BTI, axis=2)


def left_begun(token_BT: np.ndarray) -> np.ndarray:
    """Is done while something is open, in the hand or on."""
    return (token_BT == DONE) & house(token_BT).begun_BTK.any(2)


BREAKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "done_twice": done_twice, "ended_unbegun": ended_unbegun, "reached_into_shut": reached_into_shut,
    "full_hand": full_hand, "left_begun": left_begun,
}  # fmt: skip


def _penalty(breaks: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda token_BT: -5.0 * breaks(token_BT)


def put_away(token_BT: np.ndarray) -> np.ndarray:
    """2 for each item the first time that it is put away."""
    now = house(token_BT)
    items = slice(len(KEPT), len(KEPT) + len(ITEMS))
    is_first_BTI = ends(token_BT)[:, :, items] & now.begun_BTK[:, :, items] & ~now.was_put_BTK
    return np.where(np.logical_or.reduce(is_first_BTI, axis=2), 2.0, 0.0)


def finished(token_BT: np.ndarray) -> np.ndarray:
    """5 for "done" when all is shut, put and off and at least one item has been put away.

    Without it, never to be done would be the safest way to leave nothing open when done.
    """
    now = house(token_BT)
    is_clean_BT = ~now.begun_BTK.any(2) & now.was_put_BTK.any(2)
    return np.where((token_BT == DONE) & is_clean_BT, 5.0, 0.0)


# ---- the style, and what is measured ---------------------------------------------------------------------

FORGETS, TWICE, SWITCHES = 0.07, 0.04, 0.25


def data(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw routines of the style, [n, 20]: one to three errands; some 60 % of them break a rule."""
    routine_NT = np.full((n, LENGTH), DONE)
    for i in range(n):
        routine = _routine(rng)[: LENGTH - 1]
        routine_NT[i, : len(routine)] = routine
    return routine_NT


def _routine(rng: np.random.Generator) -> list[int]:
    """One routine without its end."""
    meant: list[int] = []
    switch = int(rng.integers(len(SWITCHED))) if rng.random() < SWITCHES else None
    if switch is not None:
        meant.append(ON + switch)
    for item in rng.permutation(len(ITEMS))[: rng.integers(1, len(ITEMS) + 1)]:
        ways = ((OPEN, PICK, SHUT, PUT), (OPEN, PICK, PUT, SHUT))
        meant += [kind + int(item) for kind in ways[rng.integers(2)]]
    if switch is not None:
        meant.append(OFF + switch)
    did: list[int] = []
    for token in meant:
        if rng.random() >= FORGETS:
            did += [token, token] if rng.random() < TWICE else [token]
    return did


def statistics(token_BT: np.ndarray) -> dict[str, float]:
    """Shares of routines that break each rule, and of those that say "done"; means of tokens and of items put away.

    Broken is a routine that breaks any rule or is never done.
    """
    real_BT = real_tokens(token_BT, DONE)
    broken = {name: (breaks(token_BT) & real_BT).any(1) for name, breaks in BREAKS.items()}
    found = {name: float(broken_B.mean()) for name, broken_B in broken.items()}
    done_B = (token_BT == DONE).any(1)
    return {
        "broken": float(np.any([*broken.values(), ~done_B], axis=0).mean()),
        **found,
        "done": float(done_B.mean()),
        "tokens": float(real_BT.sum(1).mean()),
        "put_away": float(((put_away(token_BT) > 0) & real_BT).sum(1).mean()),
    }


ROUTINE = Task(
    name="routine",
    tokens=TOKENS,
    length=LENGTH,
    end=DONE,
    is_over_at_length=False,
    data=data,
    rules={
        **{name: _penalty(breaks) for name, breaks in BREAKS.items()},
        "put_away": put_away,
        "finished": finished,
    },
    statistics=statistics,
    breaks="broken",
)
