"""What does an agent believe of its world? The world as it last saw it, which experts of limited knowledge plan in.

A belief is one more world of a State, row `v` for agent `a` of world `w`. Cells that were not seen are wall, things
that were not seen are absent, and whoever was not seen has no part in it; what was seen stays as it was until it is
looked at again. Told, not seen, are what everybody was asked for and the agent's own progress, as the judge has it.
Descriptions ("the cup on the desk") mean what fits them of all that is known, as it lay when it was first seen.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.maps import LOOKED_INTO, SEEN
from worlds.goal import FIELDS, KIND_, MAX_CLAUSES, NO_VERB, P_KIND, P_QUANTITY, QUANTITY, ROWS, STAGE, VERB
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM, PLACE_HIDES, UNSEEN, WALL
from worlds.rules.goals import bind, bit, fixture_fits, item_fits, needed, size
from worlds.rules.space import COL_STEP, ROW_STEP, agent_at, col_of, enter, leave, paint, place_at, row_of
from worlds.state import ABSENT, ARMED, LATCHED, PLACE_PLANE, SUCCEEDED, TOLD_UNMET, WAIT

_NONE = np.uint64(0)


@apart
def observe(state, w, a, belief, v, seen, moved):
    """Take in what agent `a` sees and is told now; begins anew where an episode does.

    seen[v, N, N] says of each cell whether it is SEEN and LOOKED_INTO; moved[v] which items lay elsewhere when they
    were first seen, as bits.
    """
    if state.step[w] == 0:
        forget_all(state, w, belief, v, seen, moved)
    news = take_goals(state, w, belief, v, moved)
    belief.step[v] = state.step[w]
    take_self(state, w, a, belief, v, moved)
    for b in range(state.agent_cell.shape[1]):
        if b != a:
            news |= see_agent(state, w, a, b, belief, v, moved)
    news |= see_cells(state, w, a, belief, v, seen, moved)
    if news:
        bind_known(belief, v, moved)
    take_progress(state, w, a, belief, v)


@apart
def forget_all(state, w, belief, v, seen, moved):
    """Know nothing but who lives here."""
    side = belief.item_at.shape[1]
    moved[v] = _NONE
    belief.key[v] = state.key[w]
    belief.step_limit[v] = state.step_limit[w]
    for row in range(side):
        for col in range(side):
            seen[v, row, col] = 0
            belief.item_at[v, row, col] = 0
            belief.fixture_at[v, row, col] = 0
            belief.room_at[v, row, col] = 0
            belief.agent_at[v, row, col] = 0
            paint(belief, v, PLACE_PLANE, row << 8 | col, np.uint8(WALL))
    for i in range(belief.item_cell.shape[1]):
        belief.item_cell[v, i] = ABSENT
        belief.item_look[v, i] = 0
    for f in range(belief.fixture_cell.shape[1]):
        belief.fixture_cell[v, f] = ABSENT
    for b in range(belief.agent_cell.shape[1]):
        belief.name[v, b] = state.name[w, b]
        belief.goal[v, b, 0, VERB] = NO_VERB
        lose_agent(belief, v, b)
        for r in range(ROWS):
            belief.bound[v, b, r, 0] = _NONE
            belief.bound[v, b, r, 1] = _NONE


@rule
def lose_agent(belief, v, b):
    """Nobody knows where agent `b` is: it has no part in any plan."""
    belief.agent_cell[v, b] = ABSENT
    belief.finished[v, b] = SUCCEEDED
    belief.hand[v, b] = 0
    belief.last_act[v, b] = WAIT
    belief.outcome[v, b] = 0
    belief.goal_met[v, b] = False
    for r in range(ROWS):
        belief.progress[v, b, r] = 0


# ---- what is told ------------------------------------------------------------------------------------
@apart
def take_goals(state, w, belief, v, moved):
    """Note what everybody is asked for; returns whether that is new. What is new is bound anew."""
    news = False
    for b in range(state.agent_cell.shape[1]):
        belief.is_instructed[v, b] = state.is_instructed[w, b]
        differs = False
        for r in range(ROWS):
            for k in range(FIELDS):
                if belief.goal[v, b, r, k] != state.goal[w, b, r, k]:
                    belief.goal[v, b, r, k] = state.goal[w, b, r, k]
                    differs = True
        if differs:
            news = True
            moved[v] = _NONE
            for r in range(ROWS):
                belief.bound[v, b, r, 0] = _NONE
                belief.bound[v, b, r, 1] = _NONE
    return news


@apart
def take_progress(state, w, a, belief, v):
    """Note the judge's verdict on the agent's own clauses."""
    belief.stage[v, a] = state.stage[w, a]
    belief.clauses_done[v, a] = state.clauses_done[w, a]
    belief.goal_met[v, a] = state.goal_met[w, a]
    for r in range(ROWS):
        told = state.progress[w, a, r] & (ARMED | LATCHED)
        if r < MAX_CLAUSES and state.goal[w, a, r, STAGE] == state.stage[w, a]:
            told |= LATCHED if state.clauses_done[w, a] >> r & 1 else TOLD_UNMET
        belief.progress[v, a, r] = told


# ---- what is seen ------------------------------------------------------------------------------------
@apart
def take_self(state, w, a, belief, v, moved):
    """Note where the agent itself is, and what it holds."""
    stand(belief, v, a, np.int64(state.agent_cell[w, a]))
    belief.heading[v, a] = state.heading[w, a]
    belief.finished[v, a] = state.finished[w, a]
    belief.frozen[v, a] = state.frozen[w, a]
    belief.last_act[v, a] = state.last_act[w, a]
    belief.outcome[v, a] = state.outcome[w, a]
    hold(state, w, a, belief, v, moved)


@rule
def stand(belief, v, b, cell):
    """Note that an agent stands at a cell, and at no other."""
    old = np.int64(belief.agent_cell[v, b])
    if old != cell:
        belief.agent_cell[v, b] = cell
        if old >= 0:
            leave(belief, v, b, old)
        enter(belief, v, b, cell)


@rule
def hold(state, w, b, belief, v, moved):
    """Note what an agent in sight holds; returns whether that item was not known before."""
    hand = np.int64(state.hand[w, b])
    old = np.int64(belief.hand[v, b])
    if old == hand:
        return False
    if old > 0 and belief.item_cell[v, old - 1] == -1 - b:
        belief.item_cell[v, old - 1] = ABSENT
    belief.hand[v, b] = hand
    return hand > 0 and place_item(state, w, hand - 1, -1 - b, belief, v, moved)


@rule
def place_item(state, w, i, cell, belief, v, moved):
    """Note that item `i` is at a cell, or (below 0) in a hand; returns whether it was not known before."""
    is_new = belief.item_look[v, i] == 0
    old = np.int64(belief.item_cell[v, i])
    if old >= 0:
        belief.item_at[v, row_of(old), col_of(old)] = 0
    if not is_new and old != cell:
        moved[v] |= bit(i)
    belief.item_look[v, i] = state.item_look[w, i]
    belief.item_cell[v, i] = cell
    if cell >= 0:
        belief.item_at[v, row_of(cell), col_of(cell)] = i + 1
    return is_new


@rule
def in_view(state, w, a, cell):
    """Does agent `a` see this cell now?"""
    width = state.obs_view.shape[4]
    own, heading = np.int64(state.agent_cell[w, a]), np.int64(state.heading[w, a])
    right = (heading + 1) & 3
    rows, cols = row_of(cell) - row_of(own), col_of(cell) - col_of(own)
    f = rows * ROW_STEP[heading] + cols * COL_STEP[heading]
    s = rows * ROW_STEP[right] + cols * COL_STEP[right] + width // 2
    if np.uint64(f) >= np.uint64(width) or np.uint64(s) >= np.uint64(width):
        return False
    return state.obs_view[w, a, PLACE_PLANE, f, s] != UNSEEN


@apart
def see_agent(state, w, a, b, belief, v, moved):
    """Note where another agent is and what it does, if it is in sight; returns whether it holds something new."""
    cell = np.int64(state.agent_cell[w, b])
    if in_view(state, w, a, cell):
        stand(belief, v, b, cell)
        belief.heading[v, b] = state.heading[w, b]
        belief.finished[v, b] = state.finished[w, b]
        belief.frozen[v, b] = state.frozen[w, b]
        belief.last_act[v, b] = state.last_act[w, b]
        belief.outcome[v, b] = state.outcome[w, b]
        belief.goal_met[v, b] = state.goal_met[w, b]
        belief.stage[v, b] = state.stage[w, b]
        for r in range(ROWS):
            belief.progress[v, b, r] = state.progress[w, b, r]
        return hold(state, w, b, belief, v, moved)
    believed = np.int64(belief.agent_cell[v, b])
    if believed >= 0 and in_view(state, w, a, believed):
        leave_unseen(belief, v, b, believed)
    return False


@rule
def leave_unseen(belief, v, b, cell):
    """An agent is no longer where it was, and took along what it held."""
    belief.agent_cell[v, b] = ABSENT
    leave(belief, v, b, cell)
    held = np.int64(belief.hand[v, b])
    if held > 0 and belief.item_cell[v, held - 1] == -1 - b:
        belief.item_cell[v, held - 1] = ABSENT
    lose_agent(belief, v, b)


@apart
def see_cells(state, w, a, belief, v, seen, moved):
    """Note what stands and lies at the cells in view; returns whether a thing is new."""
    side, width = belief.item_at.shape[1], state.obs_view.shape[4]
    half = width // 2
    own, heading = np.int64(state.agent_cell[w, a]), np.int64(state.heading[w, a])
    right = (heading + 1) & 3
    news = False
    for ahead in range(width):
        for across in range(width):
            place = state.obs_view[w, a, PLACE_PLANE, ahead, across]
            row = row_of(own) + ahead * ROW_STEP[heading] + (across - half) * ROW_STEP[right]
            col = col_of(own) + ahead * COL_STEP[heading] + (across - half) * COL_STEP[right]
            if place == UNSEEN or row < 0 or row >= side or col < 0 or col >= side:
                continue
            cell = row << 8 | col
            news |= see_place(state, w, belief, v, cell, place, seen[v, row, col] == 0)
            if PLACE_HIDES[place]:
                seen[v, row, col] |= SEEN
                continue
            seen[v, row, col] |= SEEN | LOOKED_INTO
            if agent_at(state, w, cell) < 0:  # what lies under an agent does not show
                news |= see_item(state, w, belief, v, cell, moved)
    return news


@rule
def see_place(state, w, belief, v, cell, place, is_first):
    """Note the ground, door or furniture at a cell; returns whether furniture or a door is new."""
    if place_at(belief, v, cell) != place:
        paint(belief, v, PLACE_PLANE, cell, place)
    if not is_first:
        return False
    row, col = row_of(cell), col_of(cell)
    belief.room_at[v, row, col] = state.room_at[w, row, col]
    fixture = np.int64(state.fixture_at[w, row, col])
    belief.fixture_at[v, row, col] = fixture
    if fixture > 0:
        belief.fixture_cell[v, fixture - 1] = cell
    return fixture > 0


@rule
def see_item(state, w, belief, v, cell, moved):
    """Note what lies at a cell; returns whether it was not known before."""
    row, col = row_of(cell), col_of(cell)
    lies, believed = np.int64(state.item_at[w, row, col]), np.int64(belief.item_at[v, row, col])
    if lies == believed:
        return False
    if believed > 0:
        belief.item_at[v, row, col] = 0
        belief.item_cell[v, believed - 1] = ABSENT
        moved[v] |= bit(believed - 1)
    return lies > 0 and place_item(state, w, lies - 1, cell, belief, v, moved)


@apart
def bind_known(belief, v, moved):
    """Add to what descriptions mean the things that fit them, items where they lay when they were first seen."""
    for b in range(belief.agent_cell.shape[1]):
        for r in range(ROWS):
            row = belief.goal[v, b, r]
            if row[VERB] == NO_VERB:
                continue
            things = bind(belief, v, row[QUANTITY:P_QUANTITY])
            belief.bound[v, b, r, 0] |= things & ~moved[v] if CLASS_OF_KIND[row[KIND_]] == ITEM else things
            if row[P_KIND] != 0:
                places = bind(belief, v, row[P_QUANTITY:])
                belief.bound[v, b, r, 1] |= (
                    places & ~moved[v] if CLASS_OF_KIND[row[P_KIND]] == ITEM else places
                )


@apart
def doubt(belief, v, a, seen):
    """All was seen and there is nothing to be done: somebody must have moved what is looked for.

    Look at everything once more; and where too few things fit what was said, take those that fit but for where they
    lie: the cup that lay beside the apple may be any cup, once the apple is gone.
    """
    seen[v] = 0
    for r in range(MAX_CLAUSES):
        row = belief.goal[v, a, r]
        if row[VERB] == NO_VERB:
            break
        for part in range(2):
            ref = row[QUANTITY:P_QUANTITY] if part == 0 else row[P_QUANTITY:]
            if size(belief.bound[v, a, r, part]) < needed(ref[0], _NONE):
                belief.bound[v, a, r, part] |= alike(belief, v, np.int64(ref[1]), np.int64(ref[2]))


@rule
def alike(belief, v, kind, colour):
    """The known items or fixtures of a kind and (0: any) colour, wherever they are."""
    things = _NONE
    if CLASS_OF_KIND[kind] == ITEM:
        for i in range(belief.item_look.shape[1]):
            if item_fits(belief, v, i, kind, colour):
                things |= bit(i)
    elif CLASS_OF_KIND[kind] == FIXTURE:
        for f in range(belief.fixture_cell.shape[1]):
            if fixture_fits(belief, v, f, kind, colour):
                things |= bit(f)
    return things
