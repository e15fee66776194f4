"""How do levels become rows of a bank, and rows levels? A bank holds many levels, of equal capacities.

Capacities (Sizes) may exceed what a level needs: beyond its edge a row is wall. A running State takes levels
only from a bank of its own capacities, so give `sizes` where levels come from several places.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from worlds.checks import count
from worlds.compiler.compile import entry
from worlds.compiler.handle import handle
from worlds.goal import FIELDS, ROWS, decode, encode
from worlds.language.instructions import canonical, tokens_of, words_of
from worlds.levels.build import (
    clear_level,
    set_agent,
    set_fixture,
    set_ground,
    set_hand,
    set_item,
)
from worlds.levels.level import (
    GROUND_BYTE,
    STATES,
    AgentStart,
    Fixture,
    Item,
    Level,
    place_of,
)
from worlds.objects import (
    COLOURS,
    HEADINGS,
    KIND,
    KINDS,
    NAMES,
    PLACE_COLOUR,
    PLACE_KIND,
    PLACE_STATE,
    WALL,
    colour_of_look,
    colours_of,
    kind_of_look,
    look,
)
from worlds.rules.goals import bind_goal
from worlds.state import LEVEL_FIELDS, MARGIN, MAX_TOKENS, Sizes, State, empty_bank, stride

_GROUND_BYTES = bytes(GROUND_BYTE.get(chr(i), 0) for i in range(256))
_GROUND_SYMBOLS = bytes(next((ord(s) for s, b in GROUND_BYTE.items() if b == i), 35) for i in range(256))


def sizes_of(levels: Iterable[Level]) -> Sizes:
    """The smallest capacities that hold all these levels.

    Raises:
        ValueError: no levels, or levels with different numbers of agents.
    """
    side = agents = items = fixtures = 0
    for number, level in enumerate(levels):
        if agents and len(level.agents) != agents:
            raise ValueError(
                f"level {number} has {count(len(level.agents), 'agent')}, level 0 has {agents}: "
                "make a bank for each number of agents"
            )
        agents = len(level.agents)
        side = max(side, level.height, level.width)
        items, fixtures = max(items, len(level.items)), max(fixtures, len(level.fixtures))
    if not agents:
        raise ValueError("a bank of no levels: give at least one")
    return Sizes(side, agents, items, fixtures)


def capacities(bank: State) -> Sizes:
    """The capacities of a bank (its view and messages are those of no observation)."""
    side, agents = bank.item_at.shape[1], bank.agent_cell.shape[1]
    return Sizes(side, agents, bank.item_cell.shape[1], bank.fixture_cell.shape[1])


def bank_of(levels: Sequence[Level], sizes: Sizes | None = None) -> State:
    """A bank with a row for each level, in these capacities or the smallest.

    Raises:
        ValueError: no levels, different numbers of agents, or a level exceeds a capacity.
    """
    bank = empty_bank(len(levels), sizes or sizes_of(levels))
    write_levels(bank, 0, levels)
    return bank


def write_levels(bank: State, first: int, levels: Sequence[Level]) -> None:
    """Write levels into the rows of a bank from `first` on, over what was there.

    Raises:
        ValueError: as `bank_of`, or there are not as many rows. Nothing is written then.
    """
    if not levels:
        return
    if not 0 <= first <= bank.step_limit.shape[0] - len(levels):
        raise ValueError(
            f"{count(len(levels), 'level')} from row {first} on exceed "
            f"the {count(len(bank.step_limit), 'row')} of the bank"
        )
    _check_fit(levels, capacities(bank))
    rows = slice(first, first + len(levels))
    bank.step_limit[rows] = [level.step_limit for level in levels]
    ground = np.frombuffer(
        b"".join(row.encode("ascii").translate(_GROUND_BYTES) for level in levels for row in level.ground),
        np.uint8,
    )
    fixtures = [(f.row << 8 | f.col, place_of(f)) for level in levels for f in level.fixtures]
    items = [
        (i.row << 8 | i.col if i.holder < 0 else -1 - i.holder, _look_of(i)) for v in levels for i in v.items
    ]
    agents = [
        (a.row << 8 | a.col, HEADINGS.index(a.heading), NAMES.index(a.name))
        for level in levels
        for a in level.agents
    ]
    counts = [(level.height, level.width, len(level.fixtures), len(level.items)) for level in levels]
    tables = (_table(counts, 4), _table(fixtures, 2), _table(items, 2), _table(agents, 3))
    write_tables(handle(bank), first, ground, *tables, *_words_of(levels))


def _check_fit(levels: Sequence[Level], sizes: Sizes) -> None:
    for number, level in enumerate(levels):
        if len(level.agents) != sizes.agents:
            raise ValueError(
                f"level {number} has {count(len(level.agents), 'agent')}, the bank has {sizes.agents}: "
                "make a bank for each number of agents"
            )
        for what, needed, held in (
            ("a side of", max(level.height, level.width), sizes.side),
            ("items:", len(level.items), sizes.items),
            ("fixtures:", len(level.fixtures), sizes.fixtures),
        ):
            if needed > held:
                raise ValueError(
                    f"level {number} has {what} {needed}, the bank holds {held}: give larger sizes, "
                    "or leave them out"
                )


def _look_of(item: Item) -> int:
    return look(KIND[item.kind], COLOURS.index(item.colour) if item.colour else 0)


def _table(rows: list[tuple[int, ...]], width: int) -> np.ndarray:
    return np.array(rows, np.int64).reshape(len(rows), width)


def _words_of(levels: Sequence[Level]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Different instructions as tokens and as encoded goals, and which of them each agent is told."""
    number: dict[str, int] = {}
    tokens: list[list[int]] = []
    goals: list[np.ndarray] = []
    told: list[int] = []
    for level in levels:
        for agent, goal in zip(level.agents, level.goals, strict=True):
            if agent.instruction not in number:
                number[agent.instruction] = len(number)
                words = tokens_of(agent.instruction)
                tokens.append(words + [0] * (MAX_TOKENS - len(words)))
                goals.append(encode(goal))
            told.append(number[agent.instruction])
    return np.array(told, np.int64), np.array(tokens, np.uint16), np.array(goals, np.uint8)


@entry
def write_tables(bank, first, ground, counts, fixtures, items, agents, told, tokens, goals):
    """Write levels, whose cells, things and agents come one after another in tables; bind their goals."""
    n_agents = bank.agent_cell.shape[1]
    at_ground = 0
    at_fixture = 0
    at_item = 0
    for i in range(counts.shape[0]):
        level = first + i
        clear_level(bank, level)
        for row in range(counts[i, 0]):
            for col in range(counts[i, 1]):
                set_ground(bank, level, row << 8 | col, ground[at_ground])
                at_ground += 1
        for f in range(counts[i, 2]):
            set_fixture(bank, level, f, fixtures[at_fixture, 0], fixtures[at_fixture, 1])
            at_fixture += 1
        for a in range(n_agents):
            start = i * n_agents + a
            set_agent(bank, level, a, agents[start, 0], agents[start, 1], agents[start, 2])
            for t in range(MAX_TOKENS):
                bank.tokens[level, a, t] = tokens[told[start], t]
            for r in range(ROWS):
                for k in range(FIELDS):
                    bank.goal[level, a, r, k] = goals[told[start], r, k]
        for k in range(counts[i, 3]):
            if items[at_item, 0] >= 0:
                set_item(bank, level, k, items[at_item, 0], items[at_item, 1])
            else:
                set_hand(bank, level, -1 - items[at_item, 0], k, items[at_item, 1])
            at_item += 1
        for a in range(n_agents):
            bind_goal(bank, level, a)


def level_of(bank: State, row: int) -> Level:
    """The level in a row of a bank.

    Walls beyond the last floor are not kept, but for one row and column where the house has a border. A task without
    words, of an agent that is not told it, is put into plain ones.
    """
    side = bank.item_at.shape[1]
    ground = _trimmed(bank.ground_at[row])
    places = bank.planes[row, 0].reshape(-1, stride(side))[MARGIN : MARGIN + side, 4 : 4 + side]
    fixtures = [_fixture_at(places, int(cell)) for cell in bank.fixture_cell[row] if cell >= 0]
    items = []
    for byte, cell in zip(bank.item_look[row].tolist(), bank.item_cell[row].tolist(), strict=True):
        if byte:
            where = divmod(cell, 256) if cell >= 0 else (-1, -1, -1 - cell)
            kind = kind_of_look(byte)
            items.append(Item(KINDS[kind], _colour(kind, colour_of_look(byte)), *where))
    agents = tuple(
        AgentStart(
            NAMES[bank.name[row, a]],
            *divmod(int(bank.agent_cell[row, a]), 256),
            HEADINGS[bank.heading[row, a]],
            words_of(bank.tokens[row, a].tolist()) or canonical(decode(bank.goal[row, a])),
        )
        for a in range(bank.agent_cell.shape[1])
    )
    return Level(
        tuple(bytes(line).translate(_GROUND_SYMBOLS).decode("ascii") for line in ground),
        agents,
        tuple(fixtures),
        tuple(items),
        int(bank.step_limit[row]),
    )


def _trimmed(ground: np.ndarray) -> np.ndarray:
    free = ground != WALL
    if not free.any():
        return ground[:1, :1]
    has_border = not free[0].any() and not free[:, 0].any()
    height, width = (int(np.flatnonzero(free.any(axis)).max()) + 1 + has_border for axis in (1, 0))
    return ground[:height, :width]


def _fixture_at(places: np.ndarray, cell: int) -> Fixture:
    row, col = divmod(cell, 256)
    byte = places[row, col]
    kind = KINDS[PLACE_KIND[byte]]
    state = STATES[kind][PLACE_STATE[byte]]
    return Fixture(kind, _colour(int(PLACE_KIND[byte]), int(PLACE_COLOUR[byte])), state, row, col)


def _colour(kind: int, colour: int) -> str:
    return COLOURS[colour] if colours_of(kind) else ""


def take(bank: State, rows: Sequence[int] | np.ndarray) -> State:
    """A bank of some rows of a bank, in this order; a row may be taken more than once."""
    taken = empty_bank(len(rows), capacities(bank))
    for name in LEVEL_FIELDS:
        getattr(taken, name)[:] = getattr(bank, name)[np.asarray(rows, np.int64)]
    return taken


def concat(banks: Sequence[State]) -> State:
    """A bank of all rows of some banks.

    Raises:
        ValueError: no banks, or banks of different capacities.
    """
    if not banks:
        raise ValueError("no banks to join: give at least one")
    sizes = capacities(banks[0])
    for number, bank in enumerate(banks):
        if capacities(bank) != sizes:
            raise ValueError(
                f"bank {number} holds {capacities(bank)}, bank 0 holds {sizes}: make all with the same sizes"
            )
    joined = empty_bank(sum(bank.step_limit.shape[0] for bank in banks), sizes)
    for name in LEVEL_FIELDS:
        np.concatenate([getattr(bank, name) for bank in banks], out=getattr(joined, name))
    return joined
