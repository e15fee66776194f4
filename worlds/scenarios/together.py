"""together: two in a house have one task, which takes both: a gift, a meeting, a common way. Are both told of it?

    give      "bring Bob the red cup": the task of both is that Bob holds it; Ann must find it, Bob be there to take it
    meet      "go to the kitchen, then meet Bob"; of Bob, "go to the kitchen, then meet Ann"
    go        "go to the kitchen": both are to
    follow    "follow Bob"; of Bob, "follow Ann": keep near each other for some steps

Each is paid when its own task is done. With `told` "first", the second agent is told nothing, though its task is the
same: only the first one's way of acting, or what it says, tells what they are about. The planner knows all tasks, told
or not. Levels have the words of both: it is as an episode begins that the second one's are kept from it.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_choice, check_number, suggest
from worlds.compiler.compile import entry, rule
from worlds.compiler.handle import handle
from worlds.goal import (
    FIELDS,
    FOLLOW,
    GIVE,
    GO_TO,
    KIND_,
    MEET,
    P_KIND,
    P_QUANTITY,
    QUANTITY,
    ROWS,
    STAGE,
    THE,
    VERB,
)
from worlds.objects import FIRST_NAME, FIRST_ROOM, NAMES, ROOMS
from worlds.rules.chance import below, draw, episode_key
from worlds.rules.goals import bind_goal, room_of
from worlds.rules.mechanics import mechanics
from worlds.scenario import Rewards, Scenario
from worlds.state import State

if TYPE_CHECKING:
    from worlds.generators.houses import HouseConfig

TASKS = ("give", "meet", "go", "follow")
TASK_GIVE, TASK_MEET, TASK_GO, TASK_FOLLOW = range(len(TASKS))
TOLD = ("both", "first")
LEAST_ROOMS = 3  # so that there is one in which neither starts
# What the generator is asked for: to each an item that it can fetch. The first one's is what is given.
DRAWN = {"kinds": ("pick up",), "clauses": (1, 1), "constraints": 0.0, "crossed": False}
_TASKS = np.uint64(1 << 34)  # counter of the draws for tasks, beyond those of houses and words


def together_bank(n: int, seed: int, config: "HouseConfig", tasks: tuple[int, ...]) -> State:
    """Houses with a task for two, and its words."""
    from worlds.generators.houses import house_bank, write_words

    bank = house_bank(n, seed, config)
    share_tasks(handle(bank), np.array(tasks, np.int64), np.uint64(seed))
    write_words(handle(bank), np.uint64(seed), np.uint64(0), config.style)
    return bank


@mechanics
def first_is_told(state, w):
    """As an episode begins: whoever is not the first agent is told nothing."""
    for a in range(1, state.tokens.shape[1]):
        for t in range(state.tokens.shape[2]):
            state.tokens[w, a, t] = 0


@entry
def share_tasks(bank, tasks, seed):
    """Draw one of these tasks for each level, and make it the goal of both agents."""
    for level in range(bank.goal.shape[0]):
        key = episode_key(seed, np.uint64(level), _TASKS)
        task = tasks[below(draw(key, 0, 0), tasks.shape[0])]
        room = empty_room(bank, level, draw(key, 0, 1))
        for a in range(2):
            other = FIRST_NAME + np.int64(bank.name[level, 1 - a])
            if task == TASK_GIVE:
                share_gift(bank, level, a)
            else:
                clear_goal(bank, level, a)
            if task == TASK_MEET or task == TASK_GO:
                write_clause(bank, level, a, 0, GO_TO, FIRST_ROOM + room)
            if task == TASK_MEET:
                write_clause(bank, level, a, 1, MEET, other)
            if task == TASK_FOLLOW:
                write_clause(bank, level, a, 0, FOLLOW, other)
            bind_goal(bank, level, a)


@rule
def empty_room(bank, level, bits):
    """A kind of room that the house has, drawn from those in which nobody starts."""
    rooms = 0
    for row in range(bank.room_at.shape[1]):
        for col in range(bank.room_at.shape[2]):
            rooms |= 1 << np.int64(bank.room_at[level, row, col])
    for a in range(bank.agent_cell.shape[1]):
        rooms &= ~(1 << room_of(bank, level, bank.agent_cell[level, a]))
    n = 0
    for room in range(len(ROOMS)):
        n += rooms >> (room + 1) & 1
    left = below(bits, n)
    for room in range(len(ROOMS)):
        if rooms >> (room + 1) & 1:
            if left == 0:
                return np.int64(room)
            left -= 1
    return np.int64(0)


@rule
def clear_goal(bank, level, a):
    """No clauses."""
    for r in range(ROWS):
        for k in range(FIELDS):
            bank.goal[level, a, r, k] = 0


@rule
def write_clause(bank, level, a, r, verb, kind):
    """Clause `r`, in a stage of its own, asks for this of the one thing of a kind."""
    row = bank.goal[level, a, r]
    row[VERB], row[STAGE], row[QUANTITY], row[KIND_] = verb, r, THE, kind


@rule
def share_gift(bank, level, a):
    """What the first agent was to pick up is to be given to the second; the goal of both."""
    for r in range(ROWS):
        for k in range(FIELDS):
            bank.goal[level, a, r, k] = bank.goal[level, 0, r, k]
    row = bank.goal[level, a, 0]
    row[VERB], row[P_QUANTITY], row[P_KIND] = GIVE, THE, FIRST_NAME + bank.name[level, 1]


def scenario(
    agents: int = 2,  # always two
    kinds: tuple[str, ...] = (),  # of give, meet, go and follow; none: all
    told: str = "both",  # both, or first: the second is told nothing
    split: str = "S0",  # what is held out; `social-rl splits` lists them
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    occluded: bool = True,  # walls and shut doors hide what is behind them
    message_tokens: int = 0,  # bytes that an agent can say at a step; 0: nobody talks
    **house: object,
) -> Scenario:
    """`kinds` of tasks (none: all), `told` to both or to the first; further choices are fields of a HouseConfig."""
    from worlds.generators.houses import split_config

    check_number("agents", agents, 2, 2)
    check_choice("told", told, TOLD)
    for kind in kinds:
        if kind not in TASKS:
            raise ValueError(f"one of kinds is {kind!r}: {suggest(kind, TASKS)}")
    for name, value in DRAWN.items():
        if name in house and house[name] != value:
            raise ValueError(f"{name} is {house[name]!r}: here it is always {value!r}, leave it out")
    config = split_config(split, agents=agents, **{"rooms": (LEAST_ROOMS, 4), **house, **DRAWN})
    if config.rooms[0] < LEAST_ROOMS:
        raise ValueError(
            f"rooms is {config.rooms}: give {LEAST_ROOMS} or more, so that there is one to go to"
        )
    return Scenario(
        name="together",
        summary="Two in a house have one task, which takes both.",
        agents=NAMES[:agents],
        draw=partial(together_bank, config=config, tasks=tuple(map(TASKS.index, kinds or TASKS))),
        rewards=Rewards(success=1.0, slowness=0.9),
        view=view,
        occluded=occluded,
        message_tokens=message_tokens,
        begins=first_is_told if told == "first" else None,
        needs_done=False,
    )
