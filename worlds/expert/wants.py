"""What must be fetched, moved or opened first? From a wish ("one of these items") to the aim of the next walk.

Each function here fills AIM of the pad and the NOTE of what to do on arrival, and returns 1, or returns 0 if there
is nothing it can do. None of them remembers anything: the same state gives the same wish, and every act it leads to
brings the agent nearer to the end, so that plans never go in circles.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.paths import (
    AIM,
    FACE,
    FROM,
    HIDDEN,
    ITEM_IN_WAY,
    LOCKED_IN_WAY,
    NEEDED_IN_WAY,
    NOTE,
    ON_FLOOR,
    ON_FURNITURE,
    REACH,
    UNKNOWN,
    UNLOCKED,
    WALK,
    aim_at,
    cell_of,
    clear_aim,
    first_obstacle,
    is_beside_marked,
    is_harmless,
    mark_from,
    room_for_item,
    search,
    spot_of,
    step_to,
    widen,
)
from worlds.goal import (
    AVOID_ROOM,
    KIND_,
    LEAVE_ALONE,
    MAX_CLAUSES,
    NO_VERB,
    P_KIND,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    ROWS,
    STAGE,
    VERB,
    VERB_LASTS,
)
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM, KEY_KIND, PLACE_HIDES, look
from worlds.rules.chance import draw
from worlds.rules.goals import has, is_placed, items_placed, needed
from worlds.rules.space import distance, fixture_on, place_at
from worlds.state import ACTIVE, ARMED, LATCHED, MET, PUT, SHARED_GOAL, TAKE, USE, WAIT

# Numbers of the NOTE, at the end of the pad.
(
    DO, DO_VERB, CLAUSE, IS_FINAL, LIMITED, STANCE, LENGTH, N_AIMED, PATIENT, KEY_RANKS,
) = range(10)  # fmt: skip
# Arguments are typed numbers: of a plain 1 or True numba compiles another version of the function.
NO_DO, REACH_IT, TAKE_IT, PUT_IT, GIVE_IT, USE_IT, LOOK_ROUND, SEE_IT = (np.int64(i) for i in range(8))
ANY_DOOR = np.int64(99)
NO_CLAUSE = np.int32(-1)
FINAL, NOT_YET = np.int64(1), np.int64(0)
YES, NO = np.bool_(True), np.bool_(False)
NO_VERB_YET, LAY_DOWN = np.int64(NO_VERB), np.int64(PUT_DOWN)
DRAW_WINDOW = 0x5000  # numbers of draws, within a step, from here to + 8 * 16
NEAR_DROP = 4
_KEY_LOOK = look(KEY_KIND, 0)
_NONE = np.uint64(0)


@rule
def note(pad, do, verb, is_final):
    """Note what to do on arrival; returns 1."""
    pad[NOTE, DO] = do
    pad[NOTE, DO_VERB] = verb
    pad[NOTE, IS_FINAL] = is_final
    return 1


@rule
def shares_goal(state, w, a):
    """Do others do the same as this agent? Not while it is told something else."""
    return state.option[SHARED_GOAL] != 0 and not state.is_instructed[w, a]


@rule
def window_draw(state, w, length, number):
    """Random bits that stay the same for 2 ** length steps."""
    return draw(state.key[w], np.int64(state.step[w]) >> length, DRAW_WINDOW + number)


@apart
def avoided_rooms(state, w, a):
    """The rooms that an agent must not enter."""
    rooms = _NONE
    for r in range(MAX_CLAUSES, ROWS):
        if state.goal[w, a, r, VERB] == AVOID_ROOM:
            rooms |= state.bound[w, a, r, 0]
    return rooms


@apart
def untouchable_items(state, w, a):
    """The items that an agent must not pick up."""
    items = _NONE
    for r in range(MAX_CLAUSES, ROWS):
        if state.goal[w, a, r, VERB] == LEAVE_ALONE:
            items |= state.bound[w, a, r, 0]
    return items


@rule
def is_known(state, pad, cell):
    """Has the planning agent seen this cell? Never that of what is nowhere."""
    return cell >= 0 and pad[WALK, spot_of(state, cell)] != UNKNOWN


@rule
def is_hidden(state, w, pad, cell):
    """Is there a shut container at this cell that the planning agent has not looked into?"""
    return pad[HIDDEN, spot_of(state, cell)] != 0 and PLACE_HIDES[place_at(state, w, cell)]


@apart
def serves(state, w, a, r, i):
    """Does item `i`, where it lies, serve clause `r` of agent `a`, without one to spare?"""
    verb = state.goal[w, a, r, VERB]
    if verb == NO_VERB or state.goal[w, a, r, P_KIND] == 0 or not VERB_LASTS[verb]:
        return False
    if state.goal[w, a, r, STAGE] != state.stage[w, a] or not has(state.bound[w, a, r, 0], i):
        return False
    places, place_class = state.bound[w, a, r, 1], CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    if not is_placed(state, w, verb, state.item_cell[w, i], place_class, places):
        return False
    things = state.bound[w, a, r, 0]
    n = items_placed(state, w, verb, things, place_class, places)
    return n <= needed(state.goal[w, a, r, QUANTITY], things) and state.progress[w, a, r] & ARMED != 0


@rule
def is_about_to_finish(state, w, a, b):
    """Has another agent just reached its goal, so that `done` comes next? `a` waits a step to see.

    It waits longer for one that did it by an act; whoever walks or waits may have done so by chance.
    """
    if not state.goal_met[w, b] or state.finished[w, b] != ACTIVE:
        return False
    act = state.last_act[w, b]
    if act == TAKE or act == PUT or act == USE or state.last_act[w, a] != WAIT:
        return True
    return act != WAIT and window_draw(state, w, np.int64(3), np.int64(64 + b)) & np.uint64(3) != _NONE


@apart
def is_needed(state, w, a, i, but):
    """Must an item stay where it lies, for a clause other than `but` or for another agent about to finish?"""
    for r in range(MAX_CLAUSES):
        if r != but and serves(state, w, a, r, i):
            return True
    if not shares_goal(state, w, a):
        for b in range(state.agent_cell.shape[1]):
            if b != a and state.finished[w, b] == ACTIVE:
                if is_about_to_finish(state, w, a, b) or window_draw(state, w, 4, a) & np.uint64(3) != _NONE:
                    for r in range(MAX_CLAUSES):
                        if serves(state, w, b, r, i):
                            return True
    return False


@apart
def may_take(state, w, a, pad, i, untouchable):
    """Does agent `a` know where item `i` lies, and may it pick it up?"""
    cell = state.item_cell[w, i]
    if cell < 0 or has(untouchable, i) or not is_known(state, pad, cell):
        return False
    if is_hidden(state, w, pad, cell):
        return False
    return not is_needed(state, w, a, i, pad[NOTE, CLAUSE])


@apart
def aim_at_items(state, w, a, pad, items):
    """Aim at the items of a set that may be taken; returns how many are in reach.

    Who shares a goal with others takes every n-th of them first.
    """
    clear_aim(state, pad)
    untouchable = untouchable_items(state, w, a)
    agents = state.agent_cell.shape[1]
    known = 0
    near = 0
    for part in range(2):
        rank = 0
        for i in range(state.item_cell.shape[1]):
            if has(items, i) and may_take(state, w, a, pad, i, untouchable):
                mine = not shares_goal(state, w, a) or rank % agents == a or part == 1
                rank += 1
                if mine:
                    known += 1
                    near += aim_at(state, pad, state.item_cell[w, i], FACE)
        if near > 0:
            break
    pad[NOTE, N_AIMED] = known
    return near


@apart
def is_target(state, w, a, cell):
    """Does an open clause of the agent want things put on or in what stands at a cell?"""
    f = fixture_on(state, w, cell) - 1
    for q in range(MAX_CLAUSES):
        verb = state.goal[w, a, q, VERB]
        if (verb == PUT_ON or verb == PUT_IN) and has(state.bound[w, a, q, 1], f):
            if state.goal[w, a, q, STAGE] >= state.stage[w, a]:
                return True
    return False


@apart
def is_anyones_target(state, w, a, cell):
    """Does an open clause of the agent, or of another one who is active, want things put there?"""
    for b in range(state.agent_cell.shape[1]):
        if (b == a or state.finished[w, b] == ACTIVE) and is_target(state, w, b, cell):
            return True
    return False


@apart
def holds_landmark(state, w, a, r):
    """Does the agent hold what clause `r` wants other things put beside?"""
    item = np.int64(state.hand[w, a]) - 1
    is_beside_items = (
        state.goal[w, a, r, VERB] == PUT_NEXT and CLASS_OF_KIND[state.goal[w, a, r, P_KIND]] == ITEM
    )
    return is_beside_items and has(state.bound[w, a, r, 1], item) and not has(state.bound[w, a, r, 0], item)


@apart
def has_space_around(state, w, a, pad, spot):
    """Is there floor without anything on it on three sides of a spot at least?"""
    wide = state.item_at.shape[1] + 2
    n = 0
    for d in range(4):
        beside = spot + step_to(wide, d)
        if pad[REACH, beside] != 0 and room_for_item(state, w, a, cell_of(state, beside)) == ON_FLOOR:
            n += 1
    return n >= 3


@apart
def drop(state, w, a, pad):
    """Put down what the hand holds where it is in nobody's way, and does not satisfy CLAUSE if that must be undone."""
    r = pad[NOTE, CLAUSE]
    verb = state.goal[w, a, r, VERB]
    undo = state.progress[w, a, r] & ARMED == 0 and state.goal[w, a, r, P_KIND] != 0
    places, place_class = state.bound[w, a, r, 1], CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    own = state.agent_cell[w, a]
    is_landmark = holds_landmark(state, w, a, r)
    side = state.item_at.shape[1]
    near = 0
    for level in range(5):
        clear_aim(state, pad)
        for row in range(side):
            for col in range(side):
                cell = row << 8 | col
                spot = spot_of(state, cell)
                is_floor = pad[REACH, spot] != 0
                if is_floor == (level == 2) or pad[WALK, spot] == UNKNOWN:
                    continue
                if level == 0 and distance(cell, own) > NEAR_DROP:
                    continue
                if level != 2 and not is_floor:
                    continue
                kind = room_for_item(state, w, a, cell)
                if kind != (ON_FURNITURE if level == 2 else ON_FLOOR):
                    continue
                if (
                    (undo or verb == PUT_NEXT)
                    and level < 4
                    and is_placed(state, w, verb, cell, place_class, places)
                ):
                    continue
                if level == 2 and is_anyones_target(state, w, a, cell):
                    continue
                if level < 3 and is_landmark and not has_space_around(state, w, a, pad, spot):
                    continue
                if level < 2 and not is_harmless(state, w, pad, pad[REACH], spot):
                    continue
                near += aim_at(state, pad, cell, FACE)
        if near > 0:
            if level > 2:
                aim_where_least_is_lost(state, w, a, pad)
            return note(pad, PUT_IT, LAY_DOWN, NOT_YET)
    return look_round(state, w, a, pad, NO) if pad[NOTE, LIMITED] else 0


# ---- what an item would cut off ------------------------------------------------------------------------
OWN_LOSS, OTHERS_LOSS, ANY_LOSS = np.int64(1 << 40), np.int64(1 << 24), np.int64(1 << 12)


@apart
def aim_where_least_is_lost(state, w, a, pad):
    """Of the cells to put an item at, keep those, and those sides of them, from where it cuts off least.

    Returns what is lost: OWN_LOSS and more if the agent's other open clauses of this stage have need of it.
    """
    wide = state.item_at.shape[1] + 2
    least = np.int64(-1)
    whole = worth_of_reach(state, w, a, pad, spot_of(state, state.agent_cell[w, a]), -1)
    for spot in range(wide * wide):
        if pad[AIM, spot] & FACE == 0:
            continue
        for d in range(4):
            side = spot + step_to(wide, d)
            if pad[REACH, side] != 0:
                lost = np.int64(0)
                if pad[WALK, spot] > 0:
                    lost = whole - worth_of_reach(state, w, a, pad, side, spot)
                if least < 0 or lost < least:
                    least = lost
                    for other in range(wide * wide):
                        pad[AIM, other] &= FACE
                if lost == least:
                    pad[AIM, side] |= FROM << ((d + 2) & 3)
    for spot in range(wide * wide):
        pad[AIM, spot] &= ~FACE
    return least


@apart
def worth_of_reach(state, w, a, pad, start, barred):
    """What can be got at from a spot while another one is barred: things by who needs them, then cells to
    put at and cells that have not been seen."""
    wide = state.item_at.shape[1] + 2
    mark_from(pad, wide, start, barred)
    marks = pad[UNLOCKED]
    worth = np.int64(0)
    for thing_class in (ITEM, FIXTURE):
        mine = things_needed(state, w, a, pad[NOTE, CLAUSE], thing_class)
        theirs = things_needed(state, w, a, NO_CLAUSE, thing_class)
        for b in range(state.agent_cell.shape[1]):
            if b != a and state.finished[w, b] == ACTIVE:
                theirs |= things_needed(state, w, b, NO_CLAUSE, thing_class)
        cells = state.item_cell[w] if thing_class == ITEM else state.fixture_cell[w]
        for i in range(cells.shape[0]):
            if cells[i] >= 0 and is_beside_marked(state, marks, cells[i]):
                worth += OWN_LOSS if has(mine, i) else OTHERS_LOSS if has(theirs, i) else ANY_LOSS
    for b in range(state.agent_cell.shape[1]):
        if (
            b != a
            and state.finished[w, b] == ACTIVE
            and is_beside_marked(state, marks, state.agent_cell[w, b])
        ):
            worth += OTHERS_LOSS
    for spot in range(wide * wide):
        if pad[AIM, spot] & FACE or pad[WALK, spot] == UNKNOWN:
            worth += is_beside_marked(state, marks, cell_of(state, spot))
    return worth


@apart
def things_needed(state, w, a, but, thing_class):
    """The items or fixtures that open clauses speak of: of the present stage but for one, or (NO_CLAUSE) any."""
    things = _NONE
    for r in range(MAX_CLAUSES):
        verb, stage = state.goal[w, a, r, VERB], state.goal[w, a, r, STAGE]
        if verb == NO_VERB or r == but or stage < state.stage[w, a] or state.progress[w, a, r] & LATCHED:
            continue
        if but != NO_CLAUSE and (stage > state.stage[w, a] or state.progress[w, a, r] & MET):
            continue
        if CLASS_OF_KIND[state.goal[w, a, r, KIND_]] == thing_class:
            things |= state.bound[w, a, r, 0]
        if CLASS_OF_KIND[state.goal[w, a, r, P_KIND]] == thing_class:
            things |= state.bound[w, a, r, 1]
    return things


# ---- getting hold of things ----------------------------------------------------------------------------
@apart
def take_or_drop(state, w, a, pad, is_final):
    """The aim is what to take: take it, after emptying the hand."""
    if state.hand[w, a] > 0:
        return drop(state, w, a, pad)
    return note(pad, TAKE_IT, NO_VERB_YET, is_final)


@apart
def keys_of(state, w, a, pad, colour):
    """The keys of a colour that may be taken, as a set."""
    keys = _NONE
    untouchable = untouchable_items(state, w, a)
    for i in range(state.item_cell.shape[1]):
        if state.item_look[w, i] == _KEY_LOOK + colour and may_take(state, w, a, pad, i, untouchable):
            keys |= np.uint64(1) << np.uint64(i)
    return keys


@rule
def holds_key(state, w, a, colour):
    """Does the agent hold a key of this colour?"""
    hand = np.int64(state.hand[w, a])
    return hand > 0 and state.item_look[w, hand - 1] == _KEY_LOOK + colour


@apart
def rank_keys(state, w, a, pad, move_items):
    """In which order can keys be had? Writes 8 ranks into NOTE: 1 at once, 2 behind doors of rank 1, ..., 0 never.

    Leaves in UNLOCKED what is within reach after all that.
    """
    ranks = pad[NOTE, KEY_RANKS : KEY_RANKS + 8]
    untouchable = untouchable_items(state, w, a)
    for colour in range(8):
        ranks[colour] = 0
    for rank in range(1, 10):
        widen(state, w, pad, ranks, move_items)
        found = False
        for colour in range(8):
            if ranks[colour] == 0 and holds_key(state, w, a, colour):
                ranks[colour] = rank
                found = True
        for i in range(state.item_cell.shape[1]):
            colour = np.int64(state.item_look[w, i]) - _KEY_LOOK
            if colour >= 0 and colour < 8 and ranks[colour] == 0:
                if may_take(state, w, a, pad, i, untouchable):
                    if is_beside_marked(state, pad[UNLOCKED], state.item_cell[w, i]):
                        ranks[colour] = rank
                        found = True
        if not found:
            break


@apart
def unblock(state, w, a, pad, before):
    """The aim is out of reach: remove the first thing on the way, or get what that takes."""
    rank_keys(state, w, a, pad, YES)
    for i in range(state.item_cell.shape[1]):
        if state.item_cell[w, i] >= 0 and pad[WALK, spot_of(state, state.item_cell[w, i])] == ITEM_IN_WAY:
            if is_needed(state, w, a, i, NO_CLAUSE):
                pad[WALK, spot_of(state, state.item_cell[w, i])] = NEEDED_IN_WAY
    ranks = pad[NOTE, KEY_RANKS : KEY_RANKS + 8]
    for _ in range(9):
        spot = first_obstacle(state, w, pad, ranks, before)
        if spot < 0:
            return 0
        v = np.int64(pad[WALK, spot])
        clear_aim(state, pad)
        pad[AIM, spot] = FACE
        if v == ITEM_IN_WAY or v == NEEDED_IN_WAY:
            return take_or_drop(state, w, a, pad, NOT_YET)
        colour = np.int64(LOCKED_IN_WAY - v)
        if holds_key(state, w, a, colour):
            return note(pad, USE_IT, NO_VERB_YET, NOT_YET)
        if aim_at_items(state, w, a, pad, keys_of(state, w, a, pad, colour)) > 0:
            return take_or_drop(state, w, a, pad, NOT_YET)
        before = np.int64(ranks[colour])
    return 0


@apart
def fetch(state, w, a, pad, items, is_final):
    """Get one of these items into the hand."""
    if aim_at_items(state, w, a, pad, items) > 0:
        return take_or_drop(state, w, a, pad, is_final)
    if pad[NOTE, LIMITED] and look_round(state, w, a, pad, YES):
        return 1
    if aim_at_items(state, w, a, pad, items) == 0 and pad[NOTE, N_AIMED] > 0:
        return unblock(state, w, a, pad, ANY_DOOR)
    return look_behind(state, w, a, pad)


@apart
def look_round(state, w, a, pad, into_containers):
    """Go where something new comes into view, or open a container that is shut."""
    clear_aim(state, pad)
    if into_containers:
        for f in range(state.fixture_cell.shape[1]):
            cell = state.fixture_cell[w, f]
            if cell >= 0 and is_known(state, pad, cell) and is_hidden(state, w, pad, cell):
                aim_at(state, pad, cell, FACE)
    stance = search(state, w, a, pad, YES)
    if stance < 0:
        return 0
    pad[NOTE, STANCE] = stance
    return note(pad, LOOK_ROUND, NO_VERB_YET, NOT_YET)


@apart
def look_behind(state, w, a, pad):
    """Remove what keeps one from what has not been seen, or look for the key to it."""
    if not pad[NOTE, LIMITED]:
        return 0
    clear_aim(state, pad)
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            spot = spot_of(state, row << 8 | col)
            if pad[WALK, spot] == UNKNOWN:
                pad[AIM, spot] = FACE
    if unblock(state, w, a, pad, ANY_DOOR):
        return 1
    return look_round(state, w, a, pad, YES)


@rule
def thing_class(state, w, a, r):
    """Class of the thing of a clause."""
    return CLASS_OF_KIND[state.goal[w, a, r, KIND_]]


@rule
def front_of(state, stance):
    """The cell that one faces in a stance."""
    wide = state.item_at.shape[1] + 2
    heading = stance & 3
    step = -wide if heading == 0 else 1 if heading == 1 else wide if heading == 2 else -1
    return cell_of(state, (stance >> 2) + step)
