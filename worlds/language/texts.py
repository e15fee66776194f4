"""What can be said of goals? Many texts for each, which clause every word belongs to, and how far a goal may be done.

All that an instruction reader needs to be taught from words alone. In arrays, axis 0 is the goals; clauses are
in the first rows of a goal, in order of their stages, as `goal.encode` leaves them.
"""

import numpy as np

from worlds.checks import check_number
from worlds.compiler.compile import entry
from worlds.goal import FIELDS, MAX_CLAUSES, NO_VERB, ROWS, STAGE, VERB
from worlds.language.words import FREE, PLAIN, RESERVED, render
from worlds.rules.chance import episode_key
from worlds.state import MAX_TOKENS

TEXT_STREAM = 1 << 33  # third counter of a text's key, beyond those of houses and of their words


def texts(goal: np.ndarray, seed: int, style: int = FREE) -> tuple[np.ndarray, np.ndarray]:
    """Words for goals: tokens uint16[n, MAX_TOKENS], and rows uint8[n, MAX_TOKENS], whose words they are.

    `rows` is 1 + the row of the goal whose phrase a word is part of (constraints are rows MAX_CLAUSES and on), 0
    for words that join or frame clauses, and for padding. A text depends on goal, seed, style and its number
    alone; it is plain where one in the style would exceed MAX_TOKENS.

    Args:
        goal: uint8[n, ROWS, FIELDS].
        seed: chooses among the wordings.
        style: PLAIN, FREE or RESERVED.

    Raises:
        ValueError: an argument is not of its kind, or even the plain words of a goal exceed MAX_TOKENS.
    """
    _check_goals(goal)
    check_number("seed", seed, 0, 2**64 - 1)
    check_number("style", style, PLAIN, RESERVED)
    tokens = np.zeros((len(goal), MAX_TOKENS), np.uint16)
    rows = np.zeros((len(goal), MAX_TOKENS), np.uint8)
    rows_of_goal = goal.copy()  # whose layout is always the same, so that the loop is compiled once
    written = _write_texts(rows_of_goal, np.uint64(seed), int(style), tokens, rows)
    if written < len(goal):
        raise ValueError(
            f"the words of goal[{written}] exceed {MAX_TOKENS}, even plain: use fewer clauses or relations"
        )
    return tokens, rows


def random_progress(goal: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How far goals may be done: clauses_done uint8[n] (bits) and stage uint8[n], as `rules.goals.judge` leaves them.

    Each stage is as likely the present one as that everything is done. Of the present stage any clauses may be
    done but not all, those of earlier stages are, those of later ones are not.

    Raises:
        ValueError: `goal` is not uint8[n, ROWS, FIELDS].
    """
    _check_goals(goal)
    is_clause, stage_of = _clauses(goal)
    stages = np.where(is_clause, stage_of + 1, 0).max(1)
    now = rng.integers(stages + 1)  # as many as there are stages: all done
    before = (is_clause & (stage_of < now[:, None])).sum(1)
    present = (is_clause & (stage_of == now[:, None])).sum(1)
    # Any subset of the present clauses but the last, which is all of them; of none, there is one.
    subset = rng.integers(np.maximum((1 << present) - 1, 1))
    done = (1 << before) - 1 | subset << before
    return done.astype(np.uint8), np.minimum(now, np.maximum(stages - 1, 0)).astype(np.uint8)


def clause_due(goal: np.ndarray, clauses_done: np.ndarray, stage: np.ndarray) -> np.ndarray:
    """The first clause of the present stage that is not done, the number of a goal's clauses if none is due: int64[n].

    `clauses_done` (bits) and `stage` are uint8[n], as in the State, `goal` is uint8[n, ROWS, FIELDS].
    """
    is_clause, stage_of = _clauses(goal)
    done = (clauses_done[:, None] >> np.arange(MAX_CLAUSES)) & 1
    due = is_clause & (stage_of == stage[:, None]) & (done == 0)
    return np.where(due.any(1), due.argmax(1), is_clause.sum(1))


def _clauses(goal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the rows are clauses, bool[n, MAX_CLAUSES], and their stages, int64[n, MAX_CLAUSES]."""
    return goal[:, :MAX_CLAUSES, VERB] != NO_VERB, goal[:, :MAX_CLAUSES, STAGE].astype(np.int64)


def _check_goals(goal: object) -> None:
    found = f"{goal.dtype}{list(goal.shape)}" if isinstance(goal, np.ndarray) else type(goal).__name__
    if not isinstance(goal, np.ndarray) or goal.dtype != np.uint8 or goal.shape[1:] != (ROWS, FIELDS):
        raise ValueError(
            f"goal is {found}, allowed is uint8[n, {ROWS}, {FIELDS}]: stack what encode(goal) gives"
        )


@entry
def _write_texts(goal, seed, style, out_tokens, out_rows):
    """Write the words of goals and whose they are; returns the first goal that does not fit, n if all do."""
    for i in range(goal.shape[0]):
        key = episode_key(seed, np.uint64(i), np.uint64(TEXT_STREAM))
        written, wanted = -1, style
        while written < 0:
            written = render(goal[i], wanted, key, out_tokens[i], out_rows[i])
            if written < 0 and wanted == PLAIN:
                return i
            wanted = PLAIN
    return goal.shape[0]
