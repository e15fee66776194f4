"""set_table: two cook and lay the table: fetch, cut, cook, plate, serve. Each has but one hand.

A kitchen as in Overcooked (Carroll et al. 2019, arXiv 1910.05789), with a longer recipe, all of it in view:
    a red apple      lies in the basket; the next one comes when it was taken
    a yellow apple   is cut: `use` before the board (the blue table) on which a red apple lies
    a yellow bowl    is cooked: a yellow apple on the hot plate (the red table) while the stove beside it is on; `use`
                     switches the stove, which goes off by itself when the meal is done
    a white plate    lies on the shelf; the next one comes when it was taken
    a yellow plate   is a dish: `use` with a white plate before a yellow bowl
A dish that is put down on the dining table (brown) is served: everybody earns 1. Grey tables are counters. There are
never more than FOODS apples and bowls, and PLATES plates, lying or carried; a bowl becomes an apple of the basket again
when it was plated, a plate one of the shelf when it was served.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_choice, check_number
from worlds.objects import HEADINGS, NAMES
from worlds.scenario import Rewards, Scenario
from worlds.scenarios.set_table.cooks import expert, solo
from worlds.scenarios.set_table.recipe import FOODS, PLATES, kitchen
from worlds.state import Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

# Kitchens: "a" and "b" are floors on which only the first, only the second agent starts.
FIXTURES = {
    "B": ("basket", "brown", ""), "C": ("table", "blue", ""), "H": ("table", "red", ""), "P": ("shelf", "white", ""),
    "S": ("stove", "", "switched-off"), "T": ("table", "brown", ""), "X": ("table", "grey", ""),
}  # fmt: skip
KITCHENS = {
    "open": ("##B#C##", "X.....#", "P.....S", "X.....H", "#.....#", "##XTX##"),
    "divided": ("##C####", "BaaXbb#", "#aaXbbS", "PaaXbbH", "#aaXbb#", "#####T#"),
    "ring": ("##B#C##", "#.....#", "#.XXX.P", "#.X#X.#", "S.XXX.#", "H.....#", "###T###"),
}
EXCHANGED = {"open": "BCPT", "divided": "BCP", "ring": "BCPT"}  # change places in kitchens that are drawn
SIDE = 7


def table_level(seed: int, agents: int, layout: str, drawn: bool, steps: int) -> "Level":
    """A kitchen with an apple in the basket and a plate on the shelf."""
    from worlds.levels.level import AgentStart, Fixture, Item, Level

    rng = np.random.default_rng(seed)
    cells = np.array([list(row) for row in KITCHENS[layout]])
    if drawn:
        kinds = list(EXCHANGED[layout])
        found = [tuple(np.argwhere(cells == kind)[0]) for kind in kinds]
        for i, cell in zip(rng.permutation(len(kinds)), found, strict=True):
            cells[cell] = kinds[i]
        cells = np.rot90(cells, int(rng.integers(4)))
        cells = cells.T if rng.integers(2) else cells
        if rng.integers(2):
            cells = np.select([cells == "a", cells == "b"], ["b", "a"], cells)
    starts: list[AgentStart] = []
    for a in range(agents):
        taken = [(start.row, start.col) for start in starts]
        free = np.argwhere(cells == ("ab"[a] if layout == "divided" else ".")).tolist()
        row, col = [cell for cell in map(tuple, free) if cell not in taken][rng.integers(len(free) - a)]
        starts.append(AgentStart(NAMES[a], row, col, HEADINGS[int(rng.integers(4))]))
    fixtures = [
        Fixture(*FIXTURES[str(symbol)], *cell) for cell, symbol in np.ndenumerate(cells) if symbol in FIXTURES
    ]
    things = {"basket": ("apple", "red"), "shelf": ("plate", "white")}
    items = [Item(*things[f.kind], f.row, f.col) for f in fixtures if f.kind in things]
    ground = np.where(cells == "#", "#", ".")
    return Level(
        tuple("".join(row) for row in ground), tuple(starts), tuple(fixtures), tuple(items), step_limit=steps
    )


def table_bank(n: int, seed: int, agents: int, layout: str, drawn: bool, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    fixtures = sum(symbol in FIXTURES for row in KITCHENS[layout] for symbol in row)
    sizes = Sizes(SIDE, agents, FOODS + PLATES, fixtures, 5)
    return bank_of(
        [table_level(seed * 1_000_003 + i, agents, layout, drawn, steps) for i in range(n)], sizes=sizes
    )


def scenario(
    agents: int = 2,  # cooks, one or two
    layout: str = "open",  # open, divided or ring
    drawn: bool = False,  # stations change places, kitchens are turned
    cooking: int = 10,  # steps that a meal takes
    shaping: float = 0.0,  # paid to both for each step towards a dish
    steps: int = 200,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`layout` is open, divided or ring; `drawn` kitchens differ; `shaping` is earned by each step towards a dish."""
    from worlds.levels.level import MAX_STEPS

    check_choice("layout", layout, KITCHENS)
    for name, value, least, most in (
        ("agents", agents, 1, 2), ("cooking", cooking, 1, MAX_STEPS), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    if agents == 1 and layout == "divided":
        raise ValueError("agents is 1 with layout divided: no one can cook there alone, choose open or ring")
    return Scenario(
        name="set_table",
        summary="Two cook and lay the table: fetch, cut, cook, plate, serve.",
        agents=NAMES[:agents],
        draw=partial(table_bank, agents=agents, layout=layout, drawn=drawn, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward", "pick up", "put down", "use"),
        mechanics=kitchen,
        scripts=(expert, solo),
        options=(cooking,),
        rates=(1.0, shaping),
    )
