"""How is a level changed by hand? A draft, which may be no level yet, and edits of it that return another one."""

from typing import NamedTuple, TypeVar

from worlds.checks import an
from worlds.levels.level import (
    FIXTURE_KINDS,
    GROUNDS,
    ITEM_KINDS,
    MAX_STEPS,
    STATES,
    AgentStart,
    Fixture,
    Item,
    Level,
)
from worlds.objects import (
    COLOURS,
    DOOR,
    FIXTURES,
    HEADINGS,
    KIND,
    MAX_AGENTS,
    MAX_FIXTURES,
    MAX_ITEMS,
    MAX_SIDE,
    NAMES,
    colours_of,
)

Cell = tuple[int, int]
Thing = TypeVar("Thing", AgentStart, Fixture, Item)
WALL, PLAIN = "#", "."
LEAST_SIDE = 3
AGENT = "agent"
SYMBOL = {name: symbol for symbol, name in GROUNDS.items()}
HOLDS = frozenset(kind.name for kind in FIXTURES if kind.holds)
EMPTY_SIZE, EMPTY_STEPS = (9, 11), 128


class EditError(ValueError):
    """This cannot be done to the draft; nothing has changed."""


class Draft(NamedTuple):
    """The fields of a Level, unchecked."""

    ground: tuple[str, ...]
    agents: tuple[AgentStart, ...] = ()
    fixtures: tuple[Fixture, ...] = ()
    items: tuple[Item, ...] = ()
    step_limit: int = EMPTY_STEPS

    @property
    def rows(self) -> int:
        """How many rows of cells there are."""
        return len(self.ground)

    @property
    def cols(self) -> int:
        """How many columns of cells there are."""
        return len(self.ground[0])

    def agent_at(self, cell: Cell) -> int:
        """The number of the agent that starts in a cell, else -1."""
        return next((a for a, agent in enumerate(self.agents) if (agent.row, agent.col) == cell), -1)

    def fixture_at(self, cell: Cell) -> Fixture | None:
        """What stands in a cell."""
        return next((f for f in self.fixtures if (f.row, f.col) == cell), None)

    def item_at(self, cell: Cell) -> Item | None:
        """What lies in a cell."""
        return next((i for i in self.items if (i.row, i.col) == cell), None)


def draft_of(level: Level) -> Draft:
    """A level, to be changed."""
    return Draft(level.ground, level.agents, level.fixtures, level.items, level.step_limit)


def ordered(draft: Draft) -> Draft:
    """The same with its things in the order that a Level has them in, so that equal drafts are equal."""
    return draft._replace(
        fixtures=tuple(sorted(draft.fixtures, key=lambda f: (f.row, f.col))),
        items=tuple(sorted(draft.items, key=lambda i: (i.holder, i.row, i.col))),
    )


def level_of(draft: Draft) -> Level:
    """The level that a draft is.

    Raises:
        LevelError: it is none yet: says why, and in which cell.
    """
    return Level(draft.ground, draft.agents, draft.fixtures, draft.items, draft.step_limit)


def empty(rows: int = EMPTY_SIZE[0], cols: int = EMPTY_SIZE[1]) -> Draft:
    """One room without anything, and the first agent in its corner."""
    inner = WALL + PLAIN * (cols - 2) + WALL
    ground = (WALL * cols, *[inner] * (rows - 2), WALL * cols)
    return Draft(ground, (AgentStart(NAMES[0], 1, 1, "east"),))


# ---- one cell ------------------------------------------------------------------------------------------
def painted(draft: Draft, cell: Cell, kind: str, colour: str = "", state: str = "") -> Draft:
    """With a kind of ground, a fixture, an item or an agent in a cell, in place of what cannot be there with it.

    Raises:
        EditError: it cannot be there, or there are as many as a level may have.
    """
    if kind in SYMBOL:
        return _with_ground(draft, cell, kind)
    if kind in FIXTURE_KINDS:
        return _with_fixture(draft, Fixture(kind, colour, state, *cell))
    if kind in ITEM_KINDS:
        return _with_item(draft, Item(kind, colour, *cell))
    if kind == AGENT:
        return _with_agent(draft, cell)
    raise EditError(f"there is nothing to paint that is called {kind!r}")


def erased(draft: Draft, cell: Cell) -> Draft:
    """Without any thing or agent in a cell; what an agent held goes with it. Its ground stays."""
    a = draft.agent_at(cell)
    draft = _without_agent(draft, a) if a >= 0 else draft
    return draft._replace(
        fixtures=tuple(f for f in draft.fixtures if (f.row, f.col) != cell),
        items=tuple(i for i in draft.items if (i.row, i.col) != cell),
    )


def moved(draft: Draft, first: Cell, last: Cell) -> Draft:
    """What is uppermost in one cell (an agent, an item, a fixture with its item) is in another one.

    Raises:
        EditError: there is nothing, or it cannot be there.
    """
    a, item, fixture = draft.agent_at(first), draft.item_at(first), draft.fixture_at(first)
    if first == last:
        return draft
    if a >= 0:
        if draft.agent_at(last) >= 0:
            raise EditError(f"{draft.agents[draft.agent_at(last)].name} starts there already")
        return _with_start(draft, a, draft.agents[a]._replace(row=last[0], col=last[1]))
    if item is not None and not (
        fixture is not None and fixture.kind in HOLDS and not _takes_item(draft, last)
    ):
        rest = draft._replace(items=tuple(i for i in draft.items if i != item))
        return _with_item(rest, item._replace(row=last[0], col=last[1]))
    if fixture is not None:
        rest = draft._replace(fixtures=tuple(f for f in draft.fixtures if f != fixture))
        return _with_fixture(rest, fixture._replace(row=last[0], col=last[1]))
    raise EditError("there is nothing to move in this cell")


def picked(draft: Draft, cell: Cell) -> tuple[str, str, str]:
    """Kind, colour and state of what is uppermost in a cell: an agent, an item, a fixture, else the ground."""
    item, fixture = draft.item_at(cell), draft.fixture_at(cell)
    if draft.agent_at(cell) >= 0:
        return AGENT, "", ""
    if item is not None:
        return item.kind, item.colour, ""
    if fixture is not None:
        return fixture.kind, fixture.colour, fixture.state
    return GROUNDS[draft.ground[cell[0]][cell[1]]], "", ""


def colours_for(kind: str) -> tuple[str, ...]:
    """The colours that a kind comes in; none for ground and agents."""
    return tuple(COLOURS[c] for c in colours_of(KIND[kind])) if kind in KIND else ()


def states_for(kind: str) -> tuple[str, ...]:
    """The states that a kind may be in; none where it has only one."""
    return tuple(state for state in STATES.get(kind, ()) if state)


def _with_ground(draft: Draft, cell: Cell, kind: str) -> Draft:
    if kind == "wall":
        draft = draft._replace(
            fixtures=tuple(f for f in draft.fixtures if (f.row, f.col) != cell),
            items=tuple(i for i in draft.items if (i.row, i.col) != cell),
        )
    return draft._replace(ground=_set(draft.ground, cell, SYMBOL[kind]))


def _set(ground: tuple[str, ...], cell: Cell, symbol: str) -> tuple[str, ...]:
    row, col = cell
    line = ground[row][:col] + symbol + ground[row][col + 1 :]
    return (*ground[:row], line, *ground[row + 1 :])


def _on_floor(draft: Draft, cell: Cell) -> Draft:
    """With floor in a cell where a wall was: that of a cell beside it."""
    row, col = cell
    if draft.ground[row][col] != WALL:
        return draft
    beside = ((row, col - 1), (row, col + 1), (row - 1, col), (row + 1, col))
    symbols = (draft.ground[r][c] for r, c in beside if 0 <= r < draft.rows and 0 <= c < draft.cols)
    return draft._replace(ground=_set(draft.ground, cell, next((s for s in symbols if s != WALL), PLAIN)))


def _with_fixture(draft: Draft, fixture: Fixture) -> Draft:
    cell = fixture.row, fixture.col
    others = tuple(f for f in draft.fixtures if (f.row, f.col) != cell)
    _check_room(len(others), MAX_FIXTURES, "fixtures")
    draft = _on_floor(draft, cell)._replace(fixtures=(*others, fixture))
    if fixture.kind not in HOLDS:
        draft = draft._replace(items=tuple(i for i in draft.items if (i.row, i.col) != cell))
    return draft


def _with_item(draft: Draft, item: Item) -> Draft:
    """An item in its cell; in the hand of who starts there."""
    cell, a = (item.row, item.col), draft.agent_at((item.row, item.col))
    if a >= 0:
        others = tuple(i for i in draft.items if i.holder != a)
        item = item._replace(row=-1, col=-1, holder=a)
    else:
        others = tuple(i for i in draft.items if (i.row, i.col) != cell)
        if not _takes_item(draft, cell):
            fixture = draft.fixture_at(cell)
            raise EditError(f"nothing lies on {an(fixture.kind if fixture else 'thing')}: take another cell")
        draft = _on_floor(draft, cell)
    _check_room(len(others), MAX_ITEMS, "items")
    return draft._replace(items=(*others, item))


def _takes_item(draft: Draft, cell: Cell) -> bool:
    fixture = draft.fixture_at(cell)
    return fixture is None or fixture.kind in HOLDS


def _with_agent(draft: Draft, cell: Cell) -> Draft:
    """A new agent in a cell; who starts there already turns to its right."""
    a = draft.agent_at(cell)
    if a >= 0:
        return turned(draft, a)
    _check_room(len(draft.agents), MAX_AGENTS, "agents")
    names = {agent.name for agent in draft.agents}
    name = next(name for name in NAMES if name not in names)
    draft = _on_floor(draft, cell)
    fixture = draft.fixture_at(cell)
    if fixture is not None and (fixture.kind == DOOR or not _is_walkable(fixture.kind)):
        raise EditError(f"nobody can stand on {an(fixture.kind)}: take another cell")
    if draft.item_at(cell) is not None:
        raise EditError("an item lies there: nobody starts on one")
    return draft._replace(agents=(*draft.agents, AgentStart(name, *cell, "east")))


def _is_walkable(kind: str) -> bool:
    return any(f.walkable for f in FIXTURES if f.name == kind)


def _without_agent(draft: Draft, a: int) -> Draft:
    items = (i for i in draft.items if i.holder != a)
    return draft._replace(
        agents=(*draft.agents[:a], *draft.agents[a + 1 :]),
        items=tuple(i._replace(holder=i.holder - 1) if i.holder > a else i for i in items),
    )


def _check_room(there: int, most: int, what: str) -> None:
    if there >= most:
        raise EditError(f"a level has at most {most} {what}: erase one first")


# ---- agents --------------------------------------------------------------------------------------------
def turned(draft: Draft, a: int) -> Draft:
    """An agent heads to its right."""
    heading = HEADINGS[(HEADINGS.index(draft.agents[a].heading) + 1) % len(HEADINGS)]
    return _with_start(draft, a, draft.agents[a]._replace(heading=heading))


def told(draft: Draft, a: int, words: str) -> Draft:
    """An agent is told other words."""
    return _with_start(draft, a, draft.agents[a]._replace(instruction=words))


def renamed(draft: Draft, a: int) -> Draft:
    """An agent has the next name that nobody has."""
    taken = {agent.name for agent in draft.agents}
    first = NAMES.index(draft.agents[a].name) + 1
    free = [name for name in (*NAMES[first:], *NAMES[:first]) if name not in taken]
    if not free:
        raise EditError("all names are given")
    return _with_start(draft, a, draft.agents[a]._replace(name=free[0]))


def _with_start(draft: Draft, a: int, start: AgentStart) -> Draft:
    return draft._replace(agents=(*draft.agents[:a], start, *draft.agents[a + 1 :]))


# ---- the whole -----------------------------------------------------------------------------------------
def resized(draft: Draft, rows: int, cols: int) -> Draft:
    """With so many more rows and columns (below 0: fewer); the last row and column stay the outer ones.

    Raises:
        EditError: it would be smaller or larger than a level may be.
    """
    for side in (draft.rows + rows, draft.cols + cols):
        if not LEAST_SIDE <= side <= MAX_SIDE:
            raise EditError(f"a side has {LEAST_SIDE} to {MAX_SIDE} cells")
    for _ in range(abs(rows)):
        draft = _resized_once(draft, rows > 0, 0)
    for _ in range(abs(cols)):
        draft = _resized_once(draft, cols > 0, 1)
    return draft


def _resized_once(draft: Draft, grows: bool, axis: int) -> Draft:
    """A row (axis 0) or a column before the last one comes, or goes with all that is in it."""
    last = (draft.rows, draft.cols)[axis] - 1
    if not grows:
        lost = (cell for cell in _cells(draft) if cell[axis] == last - 1)
        for cell in lost:
            draft = erased(draft, cell)
    lines = draft.ground if axis == 0 else tuple(map("".join, zip(*draft.ground, strict=True)))
    lines = (*lines[:last], lines[last - 1], lines[last]) if grows else (*lines[: last - 1], lines[last])
    ground = lines if axis == 0 else tuple(map("".join, zip(*lines, strict=True)))

    by = 1 if grows else -1
    return draft._replace(
        ground=ground,
        agents=_shifted(draft.agents, axis, last, by),
        fixtures=_shifted(draft.fixtures, axis, last, by),
        items=_shifted(draft.items, axis, last, by),
    )


def _shifted(things: tuple[Thing, ...], axis: int, last: int, by: int) -> tuple[Thing, ...]:
    """Things in the last row or column go with it."""
    if axis == 0:
        return tuple(t._replace(row=t.row + by) if t.row == last else t for t in things)
    return tuple(t._replace(col=t.col + by) if t.col == last else t for t in things)


def _cells(draft: Draft) -> list[Cell]:
    return [(row, col) for row in range(draft.rows) for col in range(draft.cols)]


def with_steps(draft: Draft, by: int) -> Draft:
    """With a step limit so much higher, as far as one may go."""
    return draft._replace(step_limit=min(max(draft.step_limit + by, 1), MAX_STEPS))
