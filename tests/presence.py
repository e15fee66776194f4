"""A house into which somebody comes while an episode runs, and leaves again: for tests of all that looks at it."""

from worlds.rules.chance import draw
from worlds.rules.mechanics import mechanics
from worlds.rules.presence import await_turn, come, go_away

HOUSE = """
    ###########
    #A..#####.#
    #.c.#######
    #..B#####.#
    ###########

    A Ann facing south
    B Bob facing west
    c red cup
"""
WAITING = """
    ###########
    #A..#####B#
    #.c.#######
    #...#####.#
    ###########

    A Ann facing south
    B Bob facing west
    c red cup
"""
COMES, LEAVES = 3, 6


@mechanics
def bob_waits(state, w):
    """Bob is to come."""
    await_turn(state, w, 1, 0)


@mechanics
def all_wait(state, w):
    """Everybody is to come."""
    for a in range(state.agent_cell.shape[1]):
        await_turn(state, w, a, a)


@mechanics
def coming_and_going(state, w):
    """After COMES steps who was to come does so, after LEAVES steps Bob leaves."""
    step = state.step[w] + 1
    for a in range(state.agent_cell.shape[1]):
        if step == COMES:
            come(state, w, a, draw(state.key[w], step, 5000 + a))
    if step == LEAVES:
        go_away(state, w, 1, 0)


RULES = {"mechanics": coming_and_going, "begins": bob_waits}
