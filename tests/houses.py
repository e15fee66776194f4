"""How do tests tell stories? A house as text, an act, a house as text; and a check that a state is sound.

sim = house('''
    A.c

    A Ann facing east
    c red cup
''', ann="pick up the red cup")
act(sim, ann="forward")
assert picture(sim) == drawn('''
    .Ac

    A Ann facing east
    c red cup
''')
"""

import re
from textwrap import dedent

import numpy as np

from worlds.levels.bank import bank_of, level_of
from worlds.levels.level import Level
from worlds.levels.level_text import level_from_text, level_to_text
from worlds.objects import PLACE_HIDES, PLACE_HOLDS, PLACE_KIND, PLACE_WALKABLE, WALL
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ABSENT, ACTIVE, ACTS, MARGIN, OUTCOMES, PASS_THROUGH, WAIT, stride

# Sixteen agents in a small house with everything in it.
CROWD = """
    ########
    #A1B2C3#
    #d.E4F,#
    #G5HDI.#
    #J.K.L6#
    #M7N.O8#
    #P.c.ke#
    ########

    A Ann facing east
    B Bob facing south
    C Cleo facing west
    D shut blue door
    E Eve facing north
    F Finn facing east
    G Gia facing east
    H Hugo facing south
    I Ida facing west
    J Jon facing north
    K Kim facing east
    L Leo facing east
    M Mia facing south
    N Ned facing west
    O Oda facing north
    P Pia facing east
    d Dan facing north
    1 red cup on brown table
    2 orange in shut fridge
    3 shut brown cupboard
    4 red rug
    5 locked red door
    6 switched-off sink
    7 blue box
    8 green ball on red rug
    , grass
    c blue cup
    k red key
    e open green bin
"""


def level(text: str, steps: int = 128, **told: str) -> Level:
    """The Level of a picture and, below an empty line, its legend; `ann="..."` is what Ann is told."""
    picture, _, legend = dedent(text).strip("\n").partition("\n\n")
    parts = [f"level 1 · {steps} steps", picture]
    if legend:
        parts.append("\n".join(["legend", *(f"  {line}" for line in legend.splitlines() if line)]))
    if told:
        parts.append(
            "\n".join(["instructions", *(f"  {who.title()}: {words}" for who, words in told.items())])
        )
    return level_from_text("\n\n".join(parts))


def scenario_of(levels: list[Level], **settings: object) -> Scenario:
    """A scenario that plays these levels; `settings` are fields of Scenario."""
    names = tuple(agent.name for agent in levels[0].agents)
    return Scenario(
        "test", "A house of a test.", names, draw=lambda n, seed: bank_of(levels), **{"view": 5, **settings}
    )


def house(
    text: str, *, steps: int = 128, worlds: int = 1, seed: int = 0, rules: dict | None = None, **told: str
) -> Simulator:
    """Worlds that begin in this house and stay over when they are; `rules` are fields of Scenario."""
    scenario = scenario_of([level(text, steps, **told)], **(rules or {}))
    return Simulator(scenario, worlds, levels=1, seed=seed, autoreset=DISABLED)


def act(sim: Simulator, **acts: str) -> dict[str, str]:
    """One step in all worlds: these acts, by name, all others wait; returns outcomes in the first world."""
    names = [name.lower() for name in sim.names()]
    action = np.full((sim.worlds, sim.agents), WAIT)
    for name, words in acts.items():
        action[:, names.index(name)] = ACTS.index(words)
    sim.step(action)
    return {name: OUTCOMES[sim.state.outcome[0, names.index(name)]] for name in acts}


def play(sim: Simulator, *, say: str = "", **acts: str) -> None:
    """Steps one after another: `ann="forward, pick up"`; who has no more acts waits. All must succeed."""
    lists = {name: [a.strip() for a in words.split(",")] for name, words in acts.items()}
    for step in range(max(map(len, lists.values()))):
        now = {name: words[step] for name, words in lists.items() if step < len(words)}
        outcomes = act(sim, **now)
        assert set(outcomes.values()) == {"done as asked"}, f"{say} step {step}: {now} gives {outcomes}"


def picture(sim: Simulator, w: int = 0) -> str:
    """What stands where in a world, as canonical text: a picture and its legend."""
    return _house_part(level_to_text(level_of(sim.state, w)))


def drawn(text: str) -> str:
    """A house of a test as the canonical text that `picture` returns."""
    return _house_part(level_to_text(level(text)))


def _house_part(text: str) -> str:
    return re.split(r"\n\ninstructions\n", text.partition("\n\n")[2])[0].strip("\n")


def met(sim: Simulator, a: int = 0) -> bool:
    """Does the goal of an agent of the first world hold?"""
    return bool(sim.state.goal_met[0, a])


# ---- soundness -----------------------------------------------------------------------------------------
def assert_sound(sim: Simulator) -> None:
    """Fail unless planes, their copies and the truth arrays of all worlds say the same."""
    s = sim.state
    side = s.item_at.shape[1]
    by_rows, by_cols = (
        s.planes[:, first::2].reshape(sim.worlds, 2, side + 2 * MARGIN, stride(side)) for first in (0, 1)
    )
    inner = (slice(MARGIN, MARGIN + side), slice(4, 4 + side))
    place, item = (by_rows[:, plane][:, *inner] for plane in (0, 1))
    place_by_cols, item_by_cols = (by_cols[:, plane][:, *inner].transpose(0, 2, 1) for plane in (0, 1))
    assert (place == place_by_cols).all() and (item == item_by_cols).all(), "the copies of the planes differ"
    margin = np.ones(by_rows.shape[2:], np.bool_)
    margin[inner] = False
    for planes in (by_rows, by_cols):
        assert (planes[:, 0][:, margin] == WALL).all(), "the margin is no longer wall"
        assert (planes[:, 1][:, margin] == 0).all(), "something lies in the margin"
    _assert_fixtures(s, place)
    _assert_items(s)
    _assert_agents(s, place)
    _assert_item_plane(s, place, item)


def shown_at(sim: Simulator, row: int, col: int, w: int = 0) -> tuple[int, int]:
    """The place byte and the item byte that a cell shows."""
    side = sim.state.item_at.shape[1]
    planes = sim.state.planes[w].reshape(4, side + 2 * MARGIN, stride(side))
    return int(planes[0, row + MARGIN, col + 4]), int(planes[2, row + MARGIN, col + 4])


def _assert_fixtures(s, place) -> None:
    bare = s.fixture_at == 0
    assert (place[bare] == s.ground_at[bare]).all(), "the ground shown is not the ground there"
    assert (PLACE_KIND[place[~bare]] > 0).all(), "a fixture is not shown"
    for w, f in np.argwhere(s.fixture_cell != ABSENT):
        row, col = divmod(int(s.fixture_cell[w, f]), 256)
        assert s.fixture_at[w, row, col] == f + 1, "a fixture is not where it says"
    assert (~bare).sum() == (s.fixture_cell != ABSENT).sum()


def _assert_items(s) -> None:
    exists = s.item_look > 0
    assert (exists == (s.item_cell != ABSENT)).all(), "an item is nowhere, or somewhere without being"
    lying, carried = exists & (s.item_cell >= 0), exists & (s.item_cell < 0)
    w, i = np.nonzero(lying)
    cell = s.item_cell[w, i]
    assert (s.item_at[w, cell >> 8, cell & 255] == i + 1).all(), "an item does not lie where it says"
    assert (s.item_at > 0).sum() == lying.sum(), "a cell has an item that lies elsewhere"
    w, i = np.nonzero(carried)
    assert (s.hand[w, -1 - s.item_cell[w, i]] == i + 1).all(), "an item is not in the hand it says"
    assert (s.hand > 0).sum() == carried.sum(), "a hand has an item that is elsewhere"


def _assert_agents(s, place) -> None:
    worlds = np.arange(len(place))[:, None]
    row, col = s.agent_cell >> 8, s.agent_cell & 255
    standing = np.zeros_like(s.agent_at)
    for a in range(s.agent_cell.shape[1]):
        standing[worlds[:, 0], row[:, a], col[:, a]] = a + 1
    assert (s.agent_at == standing).all(), "agents are not where their cells say"
    assert PLACE_WALKABLE[place[worlds, row, col]].all(), "somebody stands where nobody can"
    assert (s.item_at[worlds, row, col] == 0).all(), "somebody stands on an item"
    if not s.option[PASS_THROUGH]:
        for w, cells in enumerate(s.agent_cell):
            active = cells[s.finished[w] == ACTIVE]
            assert len(set(active.tolist())) == len(active), "two agents share a cell"


def _assert_item_plane(s, place, item) -> None:
    look = np.concatenate([np.zeros((len(place), 1), np.uint8), s.item_look], axis=1)
    lying = look[np.arange(len(place))[:, None, None], s.item_at]
    assert (item == np.where(PLACE_HIDES[place], 0, lying)).all(), "the items shown are not those there"
    can_lie = (PLACE_HOLDS[place] > 0) | (place == s.ground_at)
    assert can_lie[s.item_at > 0].all(), "an item lies where none can"
