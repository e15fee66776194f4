"""What is the state of all running worlds? Named arrays with a leading world axis.

Axes: W worlds, A agents, I items, F fixtures, N rows or columns of the house, R goal rows, T tokens, M message
tokens, K senses of self, V view side. A cell is one integer, `row * 256 + col`, so that taking it apart costs
nothing; a level smaller than N stands in the upper left corner and everything beyond it is wall.

A Bank is the same record with one row for each *level*: a reset copies a row of the bank to a row of the worlds.

An agent has two goals. Its *task* is judged and rewarded. Its *instruction* is what it is told and follows now: the
task, until it is told otherwise (`is_instructed`). Both have the same fields, those of the instruction with `told_`
before their names. Rules never ask which of the two they are about: `instructed(state)` is the same worlds with the
instructions where the tasks were. While the two are one, only the task's fields are kept up to date at each step;
`Simulator.instructed` copies them when it is asked for.
"""

from typing import NamedTuple

import numpy as np

from worlds.goal import FIELDS, ROWS
from worlds.objects import HEADINGS, MAX_AGENTS, MAX_FIXTURES, MAX_ITEMS, MAX_SIDE, WALL

ABSENT = -1000  # cell of an item or fixture that this level does not have; a carried item has -1 - agent
MAX_TOKENS = 64  # longest instruction, in words and marks
N_PLANES, PLACE_PLANE, ITEM_PLANE, AGENT_PLANE = 3, 0, 1, 2

# Acts.
WAIT, TURN_LEFT, TURN_RIGHT, FORWARD, TAKE, PUT, USE, DONE = range(8)
ACTS = ("wait", "turn left", "turn right", "forward", "pick up", "put down", "use", "done")

# Outcomes of the last act.
(
    OK, BLOCKED, CONTEST_LOST, HAND_FULL, HAND_EMPTY, NOTHING_THERE, SHUT_AWAY, OCCUPIED, NO_ROOM,
    IS_LOCKED, NO_USE, THEIR_HAND_FULL, FROZEN, RESTING, TOO_EARLY,
) = range(15)  # fmt: skip
OUTCOMES = (
    "done as asked", "the way is blocked", "someone else got there first", "your hand is full",
    "your hand is empty", "nothing there to pick up", "it is shut away", "that place is taken",
    "nothing can be put there", "it is locked and you lack the key", "that cannot be used",
    "their hand is full", "you are frozen for now", "you have finished", "you said done too early",
)  # fmt: skip

# What changed during a step, as bits: bit a says that agent a turned; beyond them, that somebody moved, and that a
# thing did (an item, a hand, a door). Who saw or judged it before need not look again if nothing changed.
MOVED, THINGS, EVERYTHING = 1 << MAX_AGENTS, 2 << MAX_AGENTS, (4 << MAX_AGENTS) - 1

# Finished: how an agent's own episode ended. LEFT: it went away. TO_COME: it is not there yet (rules/presence.py).
ACTIVE, SUCCEEDED, FAILED, LEFT, TO_COME = range(5)
AWAY = {LEFT: "has left", TO_COME: "is to come"}

# Bits of `progress`, one byte for each goal row. MET: holds now or was reached; LATCHED: reached, and that
# counts for good; ARMED: seen unmet since its stage began; BROKEN: a constraint was violated; PAID: rewarded. In what
# an agent believes, TOLD_UNMET: the judge says so, whatever it seems.
MET, LATCHED, ARMED, BROKEN, PAID, TOLD_UNMET = 1, 2, 4, 8, 16, 32

# What an agent senses of itself: bytes of `obs_self`.
(
    SENSE_HAND, SENSE_HEADING, SENSE_OUTCOME, SENSE_ACT, SENSE_CLAUSES_DONE, SENSE_STAGE, SENSE_BROKEN,
    SENSE_FROZEN,
) = range(8)  # fmt: skip
N_SENSES = 8

# Scenario settings that rules read, as integers and as floats. FOCAL: the world ends with its first FOCAL agents,
# 0 for all. FORBIDDEN: bit i says that act i does nothing here.
(
    OCCLUDED, PASS_THROUGH, NEEDS_DONE, EARSHOT, MECHANICS, SHARED_GOAL, FOCAL, FORBIDDEN,
    OPTION_0, OPTION_1, OPTION_2, OPTION_3,
) = range(12)  # fmt: skip
N_OPTIONS = 12
(
    R_SUCCESS, R_CLAUSE, R_STEP, R_FAILURE, R_SLOWNESS,
    RATE_0, RATE_1, RATE_2, RATE_3, RATE_4, RATE_5, RATE_6, RATE_7,
) = range(13)  # fmt: skip
N_RATES = 13


ROLE = 7  # of `own_memory`: the number of an agent's role, in scenarios that name roles

# Copied from the bank at a reset; all other per-world fields start at zero or are counters.
LEVEL_FIELDS = (
    "planes", "item_at", "fixture_at", "room_at", "agent_at", "ground_at", "item_look", "item_cell", "fixture_cell",
    "agent_cell", "heading", "hand", "name", "goal", "bound", "tokens", "step_limit",
)  # fmt: skip


EPISODE_FIELDS = (
    "key", "step", "over", "last_act", "outcome", "finished", "frozen", "act_cell", "is_instructed", "stage",
    "clauses_done", "broken", "stale", "goal_met", "active", "terminated", "truncated", "success", "reward", "progress",
    "streak", "memory", "own_memory", "message", "said", "world_id", "episode", "seed", "level", "next_level",
)  # fmt: skip


# What the task and the instruction of an agent have each of its own: what it says, and what was made of it.
WISH_FIELDS = ("goal", "bound")
VERDICT_FIELDS = ("progress", "streak", "stage", "clauses_done", "broken", "stale", "goal_met")
GOAL_FIELDS = WISH_FIELDS + VERDICT_FIELDS


class State(NamedTuple):
    """All running worlds (or, as a bank, all levels)."""

    # ---- all fields below, one record a world; the fields are views of these -------------------
    house: np.ndarray  # uint64[W, words] what a level gives: a reset copies a row of the bank
    life: np.ndarray  # uint64[W, words] what happens in an episode, and its results
    # ---- the house -------------------------------------------------------------------------
    # uint8[W, 4, (N + 2 MARGIN) * stride]: what shows of places, by rows and by columns; of items likewise
    planes: np.ndarray
    item_at: np.ndarray  # uint8[W, N, N] 1 + item lying there (seen or shut away), 0 none
    fixture_at: np.ndarray  # uint8[W, N, N] 1 + fixture standing there, 0 none
    room_at: np.ndarray  # uint8[W, N, N] 1 + room of ROOMS, 0 none (walls, doors)
    agent_at: np.ndarray  # uint8[W, N, N] 1 + agent standing there (the last of several), 0 none
    ground_at: np.ndarray  # uint8[W, N, N] the floor or wall, under any fixture
    item_look: np.ndarray  # uint8[W, I] kind and colour, 0 absent
    item_cell: np.ndarray  # int32[W, I] cell, or -1 - agent that carries it, or ABSENT
    fixture_cell: np.ndarray  # int32[W, F] cell or ABSENT
    # ---- the agents ------------------------------------------------------------------------
    agent_cell: np.ndarray  # int32[W, A]
    heading: np.ndarray  # uint8[W, A] 0 north, clockwise
    hand: np.ndarray  # uint8[W, A] 1 + item carried, 0 none
    name: np.ndarray  # uint8[W, A] index of NAMES
    goal: np.ndarray  # uint8[W, A, R, FIELDS]
    bound: np.ndarray  # uint64[W, A, R, 2] items or fixtures (or agents) that the thing, the place may be
    tokens: np.ndarray  # uint16[W, A, T] the instruction in words, 0 padding (of a level: its task)
    step_limit: np.ndarray  # int32[W]
    # ---- what agents do at this step, written by the caller ------------------------------------
    action: np.ndarray  # uint8[W, A] index of ACTS
    message: np.ndarray  # uint8[W, A, M] tokens, 0 silence
    # ---- what changes, zero at the start of an episode -----------------------------------------
    outcome: np.ndarray  # uint8[W, A] OUTCOMES index of the last act
    last_act: np.ndarray  # uint8[W, A]
    act_cell: np.ndarray  # int32[W, A] the cell that this step's act is about, -1 none (scratch of acts.py)
    finished: np.ndarray  # uint8[W, A] ACTIVE, SUCCEEDED, FAILED, LEFT, TO_COME
    frozen: np.ndarray  # int32[W, A] steps left during which this agent can only wait
    progress: np.ndarray  # uint8[W, A, R] MET | LATCHED | ARMED | BROKEN | PAID
    streak: np.ndarray  # uint8[W, A, R] steps in a row near whom one follows; or: was in the room to avoid
    stage: np.ndarray  # uint8[W, A] stage of the goal being worked on
    clauses_done: np.ndarray  # uint8[W, A] bits of the clauses that are met, or were in stages now past
    broken: np.ndarray  # uint8[W, A] 1 once a constraint is broken
    stale: np.ndarray  # bool[W, A] must the goal be judged anew even if nothing changed
    goal_met: np.ndarray  # bool[W, A] does the whole goal hold now
    is_instructed: np.ndarray  # bool[W, A] was the agent told anything but its task
    said: np.ndarray  # uint8[W, A, M] message of the last step, 0 silence
    memory: np.ndarray  # int32[W, 8] registers of a scenario's own mechanics
    own_memory: np.ndarray  # int32[W, A, 8] the same of each agent
    step: np.ndarray  # int32[W] steps taken in this episode
    # ---- chance ------------------------------------------------------------------------------
    world_id: np.ndarray  # uint64[W] global number of this world
    episode: np.ndarray  # uint64[W] episodes begun
    key: np.ndarray  # uint64[W] chance stream of this episode
    seed: np.ndarray  # uint64[W]
    level: np.ndarray  # int32[W] row of the bank
    next_level: np.ndarray  # int32[W] row of the bank to take next, or -1: drawn by chance
    # ---- results of the last step ------------------------------------------------------------
    reward: np.ndarray  # float32[W, A]
    terminated: np.ndarray  # bool[W, A] this agent's episode ended at this step by its own doing
    truncated: np.ndarray  # bool[W, A] this agent's episode was cut at this step by the step limit
    over: np.ndarray  # bool[W] the world ended at this step
    success: np.ndarray  # bool[W, A] with terminated: the goal held and, where asked for, done was said
    active: np.ndarray  # bool[W, A] was the agent still in its episode when this step began
    # ---- instructions: each as the field of the task of the same name ---------------------------
    told_goal: np.ndarray
    told_bound: np.ndarray
    told_progress: np.ndarray
    told_streak: np.ndarray
    told_stage: np.ndarray
    told_clauses_done: np.ndarray
    told_broken: np.ndarray
    told_stale: np.ndarray
    told_goal_met: np.ndarray
    task_tokens: (
        np.ndarray
    )  # uint16[W, A, T] the task in words, where `is_instructed`: `tokens` are other ones
    # ---- observations --------------------------------------------------------------------------
    obs_view: np.ndarray  # uint8[W, A, 3, V, V] planes by (cells ahead, cells from left to right)
    view_bytes: np.ndarray  # uint8[W, A * 3 * V * V] the memory of obs_view, one row for a world
    obs_self: np.ndarray  # uint8[W, A, K]
    obs_heard: np.ndarray  # uint8[W, A, A, M] what each other agent said, 0 silence or out of earshot
    final_view: np.ndarray  # as obs_view: the last observation of worlds that ended at this step
    final_self: np.ndarray
    final_heard: np.ndarray
    final_tokens: np.ndarray  # uint16[W, A, T] the instruction that went with them
    # ---- settings ------------------------------------------------------------------------------
    option: np.ndarray  # int64[N_OPTIONS]
    rate: np.ndarray  # float64[N_RATES]

    # What holds for every State: which fields lie equally far apart, and how many of their last axes have fixed length.
    # The fields of goals are named apart, since in `instructed(state)` they lie in another record.
    record_of = (
        dict.fromkeys(LEVEL_FIELDS, "house") | dict.fromkeys(EPISODE_FIELDS, "life")
        | dict.fromkeys(WISH_FIELDS, "wish") | dict.fromkeys(VERDICT_FIELDS, "verdict")
        | dict.fromkeys((f"told_{name}" for name in GOAL_FIELDS), "told")
    )  # fmt: skip
    same_axes = {  # noqa: RUF012
        "goal": 2, "bound": 2, "tokens": 1, "progress": 1, "streak": 1, "memory": 1, "own_memory": 1, "obs_self": 1,
        "told_goal": 2, "told_bound": 2, "told_progress": 1, "told_streak": 1, "task_tokens": 1,
    }  # fmt: skip


class Sizes(NamedTuple):
    """Capacities of a State."""

    side: int
    agents: int
    items: int
    fixtures: int
    view: int = 7
    message: int = 0


MARGIN = 6  # rows of wall before the first and after the last row of a plane: as far as a view of 7 reaches


def stride(side: int) -> int:
    """Bytes from one row of a plane to the next: 4 bytes of margin on each side, a multiple of 8."""
    return (side + 16) // 8 * 8


def empty_state(worlds: int, sizes: Sizes) -> State:
    """A State of walls, without agents' places; the one place where shapes and dtypes are decided.

    Raises:
        ValueError: a capacity is out of range.
    """
    side, agents, items, fixtures, view, message = sizes
    for name, value, low, high in (
        ("side", side, 1, MAX_SIDE), ("agents", agents, 1, MAX_AGENTS), ("items", items, 0, MAX_ITEMS),
        ("fixtures", fixtures, 0, MAX_FIXTURES), ("message tokens", message, 0, 16),
    ):  # fmt: skip
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}, allowed are {low} to {high}")
    if view not in (5, 7, 9, 11):
        raise ValueError(f"view is {view}, allowed are 5, 7, 9 and 11 cells")
    A, N, P = agents, side, (side + 2 * MARGIN) * stride(side)
    u8, i32, u64, truth = np.uint8, np.int32, np.uint64, np.bool_
    # In the order of their use, so that what a step needs lies side by side.
    house, of_level = _records(worlds, {
        "agent_cell": (i32, A), "heading": (u8, A), "hand": (u8, A), "name": (u8, A), "step_limit": (i32,),
        "goal": (u8, A, ROWS, FIELDS), "bound": (u64, A, ROWS, 2), "item_look": (u8, items),
        "item_cell": (i32, items), "fixture_cell": (i32, fixtures), "planes": (u8, 4, P), "item_at": (u8, N, N),
        "agent_at": (u8, N, N), "fixture_at": (u8, N, N), "room_at": (u8, N, N), "ground_at": (u8, N, N),
        "tokens": (np.uint16, A, MAX_TOKENS),
    })  # fmt: skip
    life, of_episode = _records(worlds, {
        "key": (u64,), "step": (i32,), "over": (truth,), "last_act": (u8, A),
        "outcome": (u8, A), "finished": (u8, A), "frozen": (i32, A), "act_cell": (i32, A),
        "is_instructed": (truth, A), "stage": (u8, A),
        "clauses_done": (u8, A), "broken": (u8, A), "stale": (truth, A), "goal_met": (truth, A), "active": (truth, A),
        "terminated": (truth, A), "truncated": (truth, A), "success": (truth, A), "reward": (np.float32, A),
        "progress": (u8, A, ROWS), "streak": (u8, A, ROWS), "memory": (i32, 8), "own_memory": (i32, A, 8),
        "message": (u8, A, message), "said": (u8, A, message), "world_id": (u64,), "episode": (u64,),
        "seed": (u64,), "level": (i32,), "next_level": (i32,),
    })  # fmt: skip
    of_told = _goals_apart(worlds, A)
    view_shape, own_shape, heard_shape = (A, N_PLANES, view, view), (A, N_SENSES), (A, A, message)
    view_bytes = np.zeros((worlds, int(np.prod(view_shape))), u8)
    state = State(
        house=house, life=life, **of_level, **of_episode, action=np.zeros((worlds, A), u8),
        **{f"told_{name}": field for name, field in of_told.items()},
        task_tokens=np.zeros((worlds, A, MAX_TOKENS), np.uint16),
        obs_view=view_bytes.reshape((worlds, *view_shape)), view_bytes=view_bytes,
        obs_self=np.zeros((worlds, *own_shape), u8),
        obs_heard=np.zeros((worlds, *heard_shape), u8), final_view=np.zeros((worlds, *view_shape), u8),
        final_self=np.zeros((worlds, *own_shape), u8), final_heard=np.zeros((worlds, *heard_shape), u8),
        final_tokens=np.zeros((worlds, A, MAX_TOKENS), np.uint16),
        option=np.zeros(N_OPTIONS, np.int64), rate=np.zeros(N_RATES, np.float64),
    )  # fmt: skip
    assert {*of_level} == {*LEVEL_FIELDS} and {*of_episode} == {*EPISODE_FIELDS}
    state.planes[:, :2] = WALL
    state.ground_at[:] = WALL
    state.item_cell[:] = ABSENT
    state.fixture_cell[:] = ABSENT
    state.world_id[:] = np.arange(worlds)
    state.next_level[:] = -1
    return state


def instructed(state: State) -> State:
    """The same worlds, but the goals are the instructions that agents follow; no copies."""
    return state._replace(**{name: getattr(state, f"told_{name}") for name in GOAL_FIELDS})


def just_came(state: State) -> np.ndarray:
    """Who came into a running episode at the last step, bool[W, A]: what they remember is of no use to them.

    Who rested after it had finished, and is taken in again (`Simulator.rejoin`), goes on.
    """
    is_new = (state.finished == ACTIVE) & ~state.active & (state.outcome == OK)
    return is_new & ((state.step > 0) & ~state.over)[:, None]


def beginners(state: State) -> np.ndarray:
    """For whom does an episode begin at this step, with the world's or as it comes into one? bool[W, A]."""
    return (state.step == 0)[:, None] | just_came(state)


def with_goals_apart(state: State) -> State:
    """The same worlds with goals of their own: copies, that may be changed without changing anything in `state`."""
    copies = _goals_apart(*state.agent_cell.shape)
    for name, field in copies.items():
        field[...] = getattr(state, name)
    return state._replace(**copies)


def _goals_apart(worlds: int, agents: int) -> dict[str, np.ndarray]:
    """The fields of goals, in a record of their own."""
    u8, truth = np.uint8, np.bool_
    return _records(worlds, {
        "goal": (u8, agents, ROWS, FIELDS), "bound": (np.uint64, agents, ROWS, 2), "progress": (u8, agents, ROWS),
        "streak": (u8, agents, ROWS), "stage": (u8, agents), "clauses_done": (u8, agents), "broken": (u8, agents),
        "stale": (truth, agents), "goal_met": (truth, agents),
    })[1]  # fmt: skip


def _records(rows: int, fields: dict[str, tuple]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A record of `fields` (dtype, shape) for each row, as words uint64[rows, size / 8], and the fields as views of it.

    All of a world in one place: as arrays of their own, fifty fields meet in the same few lines of the cache.
    """
    offsets, size = {}, 0
    for name, (dtype, *shape) in fields.items():
        offsets[name] = size
        size += -(-int(np.prod(shape)) * np.dtype(dtype).itemsize // 8) * 8
    size = -(-size // 64) * 64 + 64 * (size % 4096 == 0)
    records = np.zeros((rows, size // 8), np.uint64)
    views = {}
    for name, (dtype, *shape) in fields.items():
        inner = np.empty(shape, dtype).strides
        views[name] = np.ndarray((rows, *shape), dtype, records, offsets[name], (size, *inner))
    return records, views


def empty_bank(levels: int, sizes: Sizes, view: int = 5) -> State:
    """A State to hold levels: without instructions and observations, which would be `view` cells across."""
    bank = empty_state(levels, sizes._replace(view=5, message=0))
    shape = 0, sizes.agents, N_PLANES, view, view
    nothing = np.zeros((0, int(np.prod(shape[1:]))), np.uint8)
    told = {f"told_{name}": getattr(bank, f"told_{name}")[:0] for name in GOAL_FIELDS}
    return bank._replace(
        obs_view=nothing.reshape(shape), view_bytes=nothing, final_view=np.zeros(shape, np.uint8),
        task_tokens=np.zeros((0, *bank.tokens.shape[1:]), np.uint16), **told,
    )  # fmt: skip


assert len(HEADINGS) == 4
