"""whom_to_trust: chores in a hidden circle, and neighbours of whom not all know it.

The rules are those of routine_cycle. Each neighbour has a role, drawn anew for every episode, so that nobody can be
known by name: an *expert* knows the circle, a *noisy* one takes any chore half of the time, a *decoy* goes the wrong
way round, confidently. `neighbours` says which roles there are. Hats show prestige (`shown`), are not worn (`hidden`),
or lie (`spoofed`): experts wear red and decoys blue ones, whatever they earn. With `comes`, experts are not there at
first and enter at that step, on a free cell; with `leaves` they go away, half-way through the episode (`half`) or at a
step that is drawn for each (`drawn`, the expert dropout of Bhoopchand et al. 2023).
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_choice, check_number
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.levels.company import side_without, with_cells_apart
from worlds.objects import MAX_SIDE, NAMES
from worlds.rules.acts import nth, order_of
from worlds.rules.chance import below, draw, unit
from worlds.rules.mechanics import mechanics
from worlds.rules.presence import await_turn, come, go_away
from worlds.rules.space import fixture_on
from worlds.scenario import Rewards, Scenario
from worlds.scenarios.routine_cycle import (
    AT,
    CHORES,
    FEWEST_CHORES,
    HAT,
    HATS,
    LAST,
    LEAST_SIDE,
    MOST_CHORES,
    PRESTIGE,
    do_routine,
    first_chore,
    go_to_chore,
    predecessor,
    routine_level,
    successor,
)
from worlds.state import OPTION_2, OPTION_3, ROLE, TO_COME, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

LEARNER, EXPERT, NOISY, DECOY = range(4)
ROLES = ("learner", "expert", "noisy", "decoy")
# The steps at which experts come (its higher bits) and leave, 0 never; roles, 2 bits for each neighbour.
PRESENCE, COMPANY = OPTION_2, OPTION_3
# Of PRESENCE: the bit from which on the step of coming stands, and the one that says that leaving is drawn.
COMES, DRAWN = 21, 20
LEAVES = ("no", "half", "drawn")
AIM = 6  # register of the noisy one: 1 + the chore it is about
HIDDEN, SHOWN, SPOOFED = range(3)
WORN = {"hidden": HIDDEN, "shown": SHOWN, "spoofed": SPOOFED}
ERRS = 0.5  # how often the noisy one takes any chore
DRAW_ROLES, DRAW_AIM, DRAW_ENTRY, DRAW_LEAVES = 2100, 2101, 2300, 2400


@rule
def role_of(state, w, a):
    """The role of an agent in this episode; the first one learns."""
    neighbours = state.agent_cell.shape[1] - 1
    if a == 0:
        return np.int64(LEARNER)
    place = nth(order_of(draw(state.key[w], 0, DRAW_ROLES), neighbours), a - 1)
    return state.option[COMPANY] >> 2 * place & 3


@rule
def comes_at(state):
    """The step at which experts come, 0 if they are there from the beginning."""
    return state.option[PRESENCE] >> COMES


@rule
def leaves_at(state, w):
    """The step at which experts leave, 0 if they stay: as set, or drawn of those after their coming up to it."""
    step = state.option[PRESENCE] & ((1 << DRAWN) - 1)
    if state.option[PRESENCE] >> DRAWN & 1:
        first = comes_at(state) + 1
        return first + below(draw(state.key[w], 0, DRAW_LEAVES), step + 1 - first)
    return step


@mechanics
def gathering(state, w):
    """As an episode begins: experts who are to come wait out of the way."""
    if comes_at(state) > 0:
        for a in range(1, state.agent_cell.shape[1]):
            if role_of(state, w, a) == EXPERT:
                await_turn(state, w, a, a - 1)


@mechanics
def trusting(state, w):
    """Chores and prestige as in routine_cycle; roles, hats that lie, and the experts' coming and leaving."""
    do_routine(state, w)
    step = np.int64(state.step[w]) + 1
    for a in range(state.agent_cell.shape[1]):
        role = role_of(state, w, a)
        state.own_memory[w, a, ROLE] = role
        if state.option[HATS] == SPOOFED and (role == EXPERT or role == DECOY):
            state.item_look[w, state.hand[w, a] - 1] = HAT[2 if role == DECOY else 0]
        if role == EXPERT and step == leaves_at(state, w):
            go_away(state, w, a, a - 1)
        elif state.finished[w, a] == TO_COME and step >= comes_at(state):
            come(state, w, a, draw(state.key[w], step, DRAW_ENTRY + a))


@script
def neighbour(state, w, a, scratch):
    """Plays the role that was drawn: expert, noisy or decoy."""
    role = role_of(state, w, a)
    last = np.int64(state.own_memory[w, a, LAST]) - 1
    at = np.int64(state.own_memory[w, a, AT]) - 1
    if role == DECOY:
        chore = first_chore(state, w, a) if at < 0 else predecessor(state, w, at)
    elif role == NOISY:
        chore = aim_of(state, w, a, last, at)
    else:
        chore = first_chore(state, w, a) if last < 0 else successor(state, w, last)
    return go_to_chore(state, w, a, scratch, chore)


@rule
def aim_of(state, w, a, last, at):
    """What the noisy one is about: drawn when it begins, and after each chore that it came to."""
    aim = np.int64(state.own_memory[w, a, AIM]) - 1
    here = fixture_on(state, w, state.agent_cell[w, a]) - 1
    if aim >= 0 and here != aim:
        return aim
    bits = draw(state.key[w], state.step[w], DRAW_AIM + a)
    aim = first_chore(state, w, a) if last < 0 else successor(state, w, last)
    if unit(bits) < ERRS:
        aim = below(draw(state.key[w], state.step[w], DRAW_AIM + 100 + a), state.option[CHORES])
        if aim == here:
            aim = (aim + 1) % state.option[CHORES]
    state.own_memory[w, a, AIM] = aim + 1
    return aim


def trust_level(seed: int, agents: int, chores: int, side: int, hats: bool, steps: int, view: int) -> "Level":
    """A level of routine_cycle with a cell out of the way for each neighbour."""
    from dataclasses import replace

    level = routine_level(seed, agents, chores, side, "room", hats, steps)
    return replace(level, ground=with_cells_apart(level.ground, agents - 1, view)[0])


def trust_levels(
    n: int, seed: int, agents: int, chores: int, side: int, hats: bool, steps: int, view: int
) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side_without(side, agents - 1, view), agents, agents if hats else 0, chores, 5)
    levels = [trust_level(seed * 1_000_003 + i, agents, chores, side, hats, steps, view) for i in range(n)]
    return bank_of(levels, sizes=sizes)


def scenario(
    neighbours: tuple[str, ...] = ("expert", "noisy", "decoy"),  # their roles, each expert, noisy or decoy
    chores: int = 4,  # in the circle
    side: int = 9,  # cells from edge to edge
    penalty: float = 1.5,  # what a chore costs that is not due
    hats: str = "shown",  # shown, hidden or spoofed
    comes: int = 0,  # step at which experts come; 0: they are there
    leaves: str = "no",  # no; half: experts leave half-way; drawn: at a step drawn for each episode
    steps: int = 100,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`neighbours` are their roles; `hats` shown, hidden or spoofed.

    Experts come at the step `comes`, and are there from the beginning if it is 0; `leaves` no, half (way through) or
    drawn: at any later step but the last, each as likely.
    """
    from worlds.levels.level import MAX_STEPS

    check_choice("hats", hats, WORN)
    check_choice("leaves", leaves, LEAVES)
    for role in neighbours:
        check_choice("a neighbour", role, ROLES[1:])
    for name, value, least, most in (
        ("neighbours, their number,", len(neighbours), 1, 4), ("chores", chores, FEWEST_CHORES, MOST_CHORES),
        ("side", side, LEAST_SIDE, MAX_SIDE), ("steps", steps, 2, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    leaving = {"no": 0, "half": steps // 2, "drawn": steps - 1}[leaves]
    check_number("comes", comes, 0, (leaving or steps) - 1)
    agents = 1 + len(neighbours)
    company = sum(ROLES.index(role) << 2 * i for i, role in enumerate(neighbours))
    return Scenario(
        name="whom_to_trust",
        summary="Chores in a hidden circle, and neighbours of whom not all know it.",
        agents=NAMES[:agents],
        draw=partial(
            trust_levels,
            agents=agents,
            chores=chores,
            side=side,
            hats=hats != "hidden",
            steps=steps,
            view=view,
        ),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        pass_through=True,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward"),
        mechanics=trusting,
        begins=gathering,
        scripts=(neighbour,),
        cast=tuple((name, "script:neighbour") for name in NAMES[1:agents]),
        roles=ROLES,
        prestige=PRESTIGE,
        options=(chores, WORN[hats], comes << COMES | (leaves == "drawn") << DRAWN | leaving, company),
        rates=(1.0, -penalty),
    )
