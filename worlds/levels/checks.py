"""Can these arrays be handed to kernels? Every number that a kernel follows is checked; compiled code trusts them.

A bank's rows say where levels begin, a State's also what is going on. Both may come from a file.
"""

from collections.abc import Callable, Mapping

import numpy as np

from worlds.checks import suggest
from worlds.goal import (
    COLOUR,
    EVERY,
    IN_ROOM,
    KIND_,
    MAX_CLAUSES,
    OTHER_COLOUR,
    OTHER_KIND,
    P_COLOUR,
    P_KIND,
    P_OTHER_COLOUR,
    P_OTHER_KIND,
    P_QUANTITY,
    P_RELATION,
    QUANTITY,
    RELATION,
    STAGE,
    VERB,
    VERBS,
)
from worlds.language.grammar import VOCABULARY
from worlds.levels.level import MAX_STEPS
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    COLOURS,
    FIXTURE,
    HEADINGS,
    ITEM,
    KINDS,
    NAMES,
    NOTHING,
    ROOM,
    ROOMS,
    WALL,
    colours_of,
    look,
)
from worlds.state import ABSENT, ACTS, GOAL_FIELDS, MARGIN, OUTCOMES, TO_COME, Sizes, State, stride

Check = Callable[[np.ndarray, Sizes], np.ndarray]  # which entries are wrong, bool of the shape of the array
INT32 = 2**31 - 1
_LOOKS = np.zeros(256, np.bool_)  # item bytes that there are
_LOOKS[0] = True
for _kind in np.flatnonzero(CLASS_OF_KIND == ITEM).tolist():
    _LOOKS[[look(_kind, colour) for colour in colours_of(_kind) or (0,)]] = True
_THING = np.array([verb.thing for verb in VERBS])  # class of the thing of each verb, NOTHING for any
_PLACE = np.array([verb.place for verb in VERBS])
_IS_CONSTRAINT = np.array([verb.constraint for verb in VERBS])
_MOST = {
    VERB: len(VERBS) - 1, STAGE: MAX_CLAUSES - 1, QUANTITY: EVERY, P_QUANTITY: EVERY, RELATION: IN_ROOM,
    P_RELATION: IN_ROOM, **dict.fromkeys((KIND_, P_KIND, OTHER_KIND, P_OTHER_KIND), len(KINDS) - 1),
    **dict.fromkeys((COLOUR, P_COLOUR, OTHER_COLOUR, P_OTHER_COLOUR), len(COLOURS)),
}  # fmt: skip
_MOST_OF_FIELD = np.array([_MOST[field] for field in range(len(_MOST))])


def between(low: int, high: int | Callable[[Sizes], int]) -> Check:
    """Numbers from `low` to `high`, both included."""

    def check(array: np.ndarray, sizes: Sizes) -> np.ndarray:
        return (array < low) | (array > (high if isinstance(high, int) else high(sizes)))

    return check


def anything(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Nothing follows these numbers."""
    return np.zeros(array.shape, np.bool_)


def truths(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Zeros and ones: a bool may hold other bytes if it comes from a file."""
    return array.view(np.uint8) > 1


def _is_cell(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    return (array >= 0) & (array >> 8 < sizes.side) & (array & 255 < sizes.side)


def cells(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Cells of the house."""
    return ~_is_cell(array, sizes)


def cells_or(other: int) -> Check:
    """Cells of the house, or one more number."""
    return lambda array, sizes: ~_is_cell(array, sizes) & (array != other)


def item_cells(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Cells, who carries it, or nowhere."""
    return ~_is_cell(array, sizes) & (array != ABSENT) & ((array >= 0) | (array < -sizes.agents))


def looks(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Kinds and colours of items."""
    return ~_LOOKS[array]


def margins(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Planes whose margin is wall, without things in it."""
    side = sizes.side
    planes = array.reshape(len(array), 4, side + 2 * MARGIN, stride(side))
    rows, columns = slice(MARGIN, MARGIN + side), slice(4, 4 + side)
    wrong = np.zeros(planes.shape, np.bool_)
    for above, across in (
        (slice(0, rows.start), slice(None)),
        (slice(rows.stop, None), slice(None)),
        (rows, slice(0, columns.start)),
        (rows, slice(columns.stop, None)),
    ):
        for which, byte in ((slice(0, 2), WALL), (slice(2, 4), 0)):
            np.not_equal(planes[:, which, above, across], byte, out=wrong[:, which, above, across])
    return wrong.reshape(array.shape)


def goals(array: np.ndarray, sizes: Sizes) -> np.ndarray:
    """Rows of goals: fields in range, and things of the class that their verb is about."""
    wrong = array > _MOST_OF_FIELD
    verb, kind, place = (np.where(wrong[..., field], 0, array[..., field]) for field in (VERB, KIND_, P_KIND))
    rows = np.arange(array.shape[-2]) >= MAX_CLAUSES
    wrong[..., VERB] |= (verb > 0) & (_IS_CONSTRAINT[verb] != rows)
    for field, said, asked in ((KIND_, kind, _THING[verb]), (P_KIND, place, _PLACE[verb])):
        wrong[..., field] |= (verb > 0) & (asked != NOTHING) & (CLASS_OF_KIND[said] != asked)
    return wrong


# Those below are enough for fields of levels; NO_GOAL rows and bits of `bound` depend on another field.
OF_LEVELS: dict[str, Check] = {
    "planes": margins, "item_at": between(0, lambda sizes: sizes.items),
    "fixture_at": between(0, lambda sizes: sizes.fixtures), "room_at": between(0, len(ROOMS)),
    "agent_at": between(0, lambda sizes: sizes.agents), "ground_at": anything, "item_look": looks,
    "item_cell": item_cells, "fixture_cell": cells_or(ABSENT), "agent_cell": cells,
    "heading": between(0, len(HEADINGS) - 1), "hand": between(0, lambda sizes: sizes.items),
    "name": between(0, len(NAMES) - 1), "goal": goals, "bound": anything, "tokens": between(0, len(VOCABULARY) - 1),
    "step_limit": between(1, MAX_STEPS),
}  # fmt: skip
_SOME = between(0, INT32)
OF_EPISODES: dict[str, Check] = {
    **dict.fromkeys(("terminated", "truncated", "over", "success", "active"), truths),
    **dict.fromkeys(("stale", "goal_met", "is_instructed"), truths),
    **dict.fromkeys(("action", "last_act"), between(0, len(ACTS) - 1)),
    **dict.fromkeys(("frozen", "step", "level"), _SOME),
    "outcome": between(0, len(OUTCOMES) - 1), "finished": between(0, TO_COME), "progress": between(0, 31),
    "stage": between(0, MAX_CLAUSES), "broken": between(0, 1), "act_cell": cells_or(-1),
    "next_level": between(-1, INT32),
}  # fmt: skip
OF_EPISODES |= {"task_tokens": OF_LEVELS["tokens"]}
_OF_GOALS = OF_LEVELS | OF_EPISODES
OF_EPISODES |= {f"told_{name}": _OF_GOALS[name] for name in GOAL_FIELDS if name in _OF_GOALS}
FREE = frozenset((
    "house", "life", "message", "said", "streak", "clauses_done", "memory", "own_memory", "world_id", "episode",
    "key", "seed", "reward", "obs_view", "view_bytes", "obs_self", "obs_heard", "final_view", "final_self",
    "final_heard", "final_tokens", "option", "rate", "told_streak", "told_clauses_done",
))  # fmt: skip # nothing is looked up by what they hold; settings are compared by whoever restores


def check_levels(bank: State, what: str = "the bank") -> None:
    """Raise a ValueError that names field, row and value, unless kernels can begin episodes with all rows."""
    _check(bank, OF_LEVELS, what)
    _check_bound(bank, what)


def check_worlds(state: State, what: str = "the worlds") -> None:
    """Raise a ValueError that names field, world and value, unless kernels can go on with all worlds."""
    _check(state, OF_LEVELS | OF_EPISODES, what)
    _check_bound(state, what)
    _check_bound(state, what, "told_")


def check_shapes(saved: Mapping[str, np.ndarray], like: State, what: str) -> State:
    """Saved arrays as a State, if each has the shape and type of the one in `like`.

    Raises:
        ValueError: an array is missing, unknown or another.
    """
    for name in saved:
        if name not in like._fields:
            raise ValueError(f"{what} has an unknown array {name!r}: {suggest(name, like._fields)}")
    for name, expected in like._asdict().items():
        if name not in saved:
            raise ValueError(f"{what} lacks the array {name!r}")
        array = saved[name]
        if not isinstance(array, np.ndarray) or (array.dtype, array.shape) != (
            expected.dtype,
            expected.shape,
        ):
            got = (
                f"{array.dtype}{list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
            )
            raise ValueError(
                f"{what}: {name} is {got}, {expected.dtype}{list(expected.shape)} is needed: "
                "it was made for other worlds"
            )
    return State(**{name: saved[name] for name in like._fields})


def _sizes(state: State) -> Sizes:
    items, fixtures = state.item_cell.shape[1], state.fixture_cell.shape[1]
    return Sizes(state.item_at.shape[1], state.agent_cell.shape[1], items, fixtures)


def _check(state: State, checks: Mapping[str, Check], what: str) -> None:
    sizes = _sizes(state)
    for name, check in checks.items():
        array = getattr(state, name)
        wrong = check(array, sizes)
        if wrong.any():
            _refuse(what, name, array, wrong)


def _check_bound(state: State, what: str, whose: str = "") -> None:
    """Sets of things hold only things that there are: those of tasks, or of instructions (`told_`)."""
    sizes = _sizes(state)
    goal, bound = (getattr(state, whose + name) for name in ("goal", "bound"))
    most = np.zeros(5, np.uint64)
    for kind, n in (
        (ITEM, sizes.items),
        (FIXTURE, sizes.fixtures),
        (ROOM, len(ROOMS)),
        (AGENT, sizes.agents),
    ):
        most[kind] = (1 << n) - 1
    classes = np.stack([CLASS_OF_KIND[goal[..., field]] for field in (KIND_, P_KIND)], -1)
    wrong = (bound & ~most[classes]) != 0
    if wrong.any():
        _refuse(what, f"{whose}bound", bound, wrong)


def _refuse(what: str, name: str, array: np.ndarray, wrong: np.ndarray) -> None:
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    value = array.view(np.uint8)[at] if array.dtype == np.bool_ else array[at]
    raise ValueError(
        f"{what}: {name}{list(at)} is {value}, which no world has: it is damaged, or of another version"
    )
