"""Do agents map what they see, and do landmarks tell the nearest of each kind and the shortest paths there?"""

import numpy as np
import pytest

from agents.spatial_memory import egocentric_map
from agents.spatial_memory.bitboard import SIDE
from agents.spatial_memory.egocentric_map import (
    FACED,
    LANDMARKS,
    NOTHING_INSIDE,
    OUT_OF_REACH,
    PATH_BANDS,
    REACHED,
    UNDER_ME,
)
from worlds.objects import DOOR_KIND, FLOOR, KIND, OPAQUE, PLACE_KIND, SHUT, WALL, place
from worlds.objects import PLACE_FLOOR as IS_FLOOR
from worlds.objects import PLACE_STATE as STATE
from worlds.objects import PLACE_WALKABLE as IS_WALKABLE
from worlds.rules.space import COL_STEP, ROW_STEP
from worlds.scenario import make_scenario
from worlds.simulator import SAME_STEP, Simulator
from worlds.state import FORWARD, OK, SENSE_ACT, SENSE_HEADING, SENSE_OUTCOME, TURN_LEFT, TURN_RIGHT, USE

GO, RIGHT, LEFT = 1, 2, 4
BED, FRIDGE_SHUT, FRIDGE_OPEN = (
    place(KIND["bed"], 0, 0),
    place(KIND["fridge"], 0, 0),
    place(KIND["fridge"], 1, 0),
)
DOOR = place(DOOR_KIND, SHUT, 0)


def band(length):
    return min(length.bit_length() - 1, PATH_BANDS - 1)


def landmarks_of(view, own, keep, map_, at):
    """The landmarks of one column as a dictionary: (place, item, beside) -> way."""
    landmarks = np.full((1, LANDMARKS, 4), 255, np.uint8)
    egocentric_map.find_landmarks(view[None], own[None], np.array([keep], np.float32), map_, at, landmarks)
    found = {}
    for what in landmarks[0].astype(int):
        if what[3] == 0:
            return found
        key = (*what[:3], "under") if what[3] == UNDER_ME else tuple(what[:3])
        assert key not in found or what[3] == OUT_OF_REACH
        found.setdefault(key, int(what[3]))
    return found


def by_hand(place_at, item_at, here, heading, width):
    """The same by search from stance to stance, in plain Python; way by key, and by key the length."""
    start, lengths, moves = (*here, heading), {}, {}

    def ahead(r, c, h):
        return (r + ROW_STEP[h]) % SIDE, (c + COL_STEP[h]) % SIDE

    layers, d = {0: {start: 0}}, 0
    while any(layers.get(d + k) for k in range(2)):
        for stance, begins in layers.pop(d, {}).items():
            if stance in lengths:
                if lengths[stance] == d:
                    moves[stance] |= begins
                continue
            lengths[stance], moves[stance] = d, begins
        for (r, c, h), length in list(lengths.items()):
            if length != d:
                continue
            for move, there in (
                (RIGHT, (r, c, (h + 1) % 4)), (LEFT, (r, c, (h + 3) % 4)), (GO, (*ahead(r, c, h), h)),
            ):  # fmt: skip
                cost = 1
                if move == GO:
                    p = place_at[there[:2]]
                    is_door = PLACE_KIND[p] == DOOR_KIND and STATE[p] == SHUT
                    if item_at[there[:2]] or p == 0 or not (IS_WALKABLE[p] or is_door):
                        continue
                    cost = 2 if is_door else 1
                begins = move if d == 0 else moves[r, c, h]
                layer = layers.setdefault(d + cost, {})
                layer[there] = layer.get(there, 0) | begins
        d += 1

    def sees_new(r, c, h):
        for turn, far in ((0, width - 1), (1, width // 2), (3, width // 2)):
            path, cell = (h + turn) % 4, (r, c)
            for _ in range(far):
                cell = ahead(*cell, path)
                if place_at[cell] == 0:
                    return True
                if place_at[cell] >= OPAQUE:
                    break
        return False

    nearest = {}

    def listed(key, length, begins):
        if key not in nearest or length < nearest[key][0]:
            nearest[key] = [length, begins]
        elif length == nearest[key][0]:
            nearest[key][1] |= begins

    arrival = {}
    for stance, length in lengths.items():
        other = ahead(*stance)
        arrival[other] = min(arrival.get(other, 999), length)
    for (r, c, h), length in lengths.items():
        other = ahead(r, c, h)
        p, item = int(place_at[other]), int(item_at[other])
        if sees_new(r, c, h):
            listed((0, 0, 0), length, moves[r, c, h])
        if p in (0, WALL) or arrival[other] < length:
            continue
        if not (IS_FLOOR[p] or item or PLACE_KIND[p]):
            continue
        beside = int(place_at[r, c]) if IS_FLOOR[place_at[r, c]] and not IS_FLOOR[p] else 0
        listed((p, item, beside), length, moves[r, c, h])
    return {
        key: FACED if length == 0 else REACHED * (1 + band(length)) + begins
        for key, (length, begins) in nearest.items()
    }


def test_landmarks_are_those_of_a_search_by_hand():
    """Through whole episodes of agents who wander about, and among others."""
    sim = Simulator(make_scenario("house", agents=2, step_limit=120), 4, seed=4, autoreset=SAME_STEP)
    chance, (map_, at) = np.random.default_rng(0), egocentric_map.empty_maps(8)
    compared = several = 0
    for step in range(150):
        seen = sim.observation
        view, own = seen.view.reshape(8, 3, 49).copy(), seen.own.reshape(8, 8).copy()
        keep = np.repeat(sim.state.step > 0, 2).astype(np.float32)
        for b in range(8):
            mine = landmarks_of(view[b], own[b], keep[b], map_[b : b + 1], at[b : b + 1])
            if step % 6:
                continue
            here = (int(at[b, 0]), int(at[b, 1]))
            wanted = by_hand(map_[b, 0], map_[b, 1], here, int(own[b, SENSE_HEADING]), 7)
            reached = {k: v for k, v in mine.items() if len(k) == 3 and v != OUT_OF_REACH}
            # Where a thing is as near from several floors, either may be told as the one beside it.
            assert {(p, i) for p, i, _ in reached} == {(p, i) for p, i, _ in wanted}
            for key, path in reached.items():
                assert (
                    path & ~7 == wanted[key] & ~7 and (path & 7) & (wanted[key] & 7) == path & 7 & wanted[key]
                )
                several += path & 7 not in (0, 1, 2, 4)
            compared += len(reached)
        sim.state.action[:] = chance.choice([1, 2, 3, 3, 3, 3, 4, 5, 6], (4, 2))
        sim.advance()
    assert compared > 1000 and several > 50


def test_agents_know_where_they_are():
    """Through whole episodes among others, what is on a map stands in the house at the same offset."""
    sim = Simulator(make_scenario("house", agents=3, step_limit=60), 16, seed=4, autoreset=SAME_STEP)
    chance, B = np.random.default_rng(0), 48
    (map_, at), landmarks = egocentric_map.empty_maps(B), np.empty((B, LANDMARKS, 4), np.uint8)
    offset, compared = np.zeros((B, 2), np.int64), 0
    for _ in range(150):
        begins, seen = np.repeat(sim.state.step == 0, 3), sim.observation
        view, own = (part.reshape(B, *part.shape[2:]).copy() for part in (seen.view, seen.own))
        egocentric_map.find_landmarks(
            view.reshape(B, 3, -1), own, 1 - begins.astype(np.float32), map_, at, landmarks
        )
        cell = sim.state.agent_cell.reshape(B).astype(np.int64)
        true = np.stack([cell >> 8, cell & 255], 1)
        offset[begins] = (at - true)[begins]
        assert ((at - true - offset) % SIDE == 0).all()
        compared += int((~begins).sum())
        sim.state.action[:] = chance.choice([1, 2, 3, 3, 3, 4, 5, 6], (16, 3))
        sim.advance()
    assert compared > 5000


def corridor(*ahead):
    """The view of one who looks along a corridor of these (place, item), walled in on both sides and behind."""
    view = np.zeros((3, 49), np.uint8)
    for f, (what, item) in enumerate(ahead):
        for s in (2, 4):
            view[0, f * 7 + s] = WALL
        view[0, f * 7 + 3], view[1, f * 7 + 3] = what, item
    return view


def facing(heading, act=0):
    own = np.zeros(8, np.uint8)
    own[SENSE_HEADING], own[SENSE_ACT], own[SENSE_OUTCOME] = heading, act, OK
    return own


def test_ways_are_counted_in_acts():
    """Two steps to a door that must be opened (2 + 1 act to be in it), a bed behind it; the orange lies on the bed."""
    hall, room = FLOOR + 1, FLOOR + 2
    map_, at = egocentric_map.empty_maps(1)
    view = corridor((hall, 0), (hall, 0), (DOOR, 0))
    landmarks = landmarks_of(view, facing(1), 0, map_, at)
    assert landmarks[hall, 0, 0, "under"] == UNDER_ME
    assert landmarks[hall, 0, 0] == FACED
    assert landmarks[DOOR, 0, hall] == REACHED * (1 + band(1)) + GO
    # What lies behind the door was not seen; what is behind its back neither, for which it turns either way.
    assert landmarks[0, 0, 0] == REACHED * (1 + band(1)) + (RIGHT | LEFT)
    map_[0, 0, 0, 3], map_[0, 2, 0, 3] = room, egocentric_map.TRAITS[room]
    map_[0, 0, 0, 4], map_[0, 1, 0, 4], map_[0, 2, 0, 4] = (
        BED,
        5,
        egocentric_map.TRAITS[BED] | egocentric_map.THING,
    )
    landmarks = landmarks_of(view, facing(1), 1, map_, at)
    # One act to stand before the door, two into it, one into the room: four acts, then the bed is faced.
    assert landmarks[BED, 5, room] == REACHED * (1 + band(4)) + GO
    assert landmarks[room, 0, 0] == REACHED * (1 + band(3)) + GO


def test_what_cannot_be_reached_is_listed_as_such():
    map_, at = egocentric_map.empty_maps(1)
    landmarks = landmarks_of(corridor((FLOOR + 1, 0), (FLOOR + 1, 9), (BED, 0)), facing(1), 0, map_, at)
    assert landmarks[FLOOR + 1, 9, 0] == FACED  # an item lies in the way
    assert landmarks[BED, 0, 0] == OUT_OF_REACH


def test_what_was_in_a_container_is_remembered():
    """Seen open it held an orange, then it is shut; another one was empty, a third was never open."""
    map_, at = egocentric_map.empty_maps(1)
    look = [(FLOOR + 1, 0), (FRIDGE_OPEN, 9)]
    assert landmarks_of(corridor(*look), facing(1), 0, map_, at)[FRIDGE_OPEN, 9, FLOOR + 1] == FACED
    look[1] = (FRIDGE_SHUT, 0)
    assert landmarks_of(corridor(*look), facing(1), 1, map_, at)[FRIDGE_SHUT, 9, FLOOR + 1] == FACED
    look[1] = (FRIDGE_OPEN, 0)
    landmarks_of(corridor(*look), facing(1), 1, map_, at)
    look[1] = (FRIDGE_SHUT, 0)
    assert (FRIDGE_SHUT, NOTHING_INSIDE, FLOOR + 1) in landmarks_of(corridor(*look), facing(1), 1, map_, at)
    assert (FRIDGE_SHUT, 0, FLOOR + 1) in landmarks_of(corridor(*look), facing(1), 0, map_, at)


def test_what_lies_behind_is_known_and_where():
    """It sees a bed two ahead, turns left, and walks: the bed is then to its right and behind."""
    map_, at = egocentric_map.empty_maps(1)
    landmarks_of(corridor((FLOOR + 1, 0), (FLOOR + 1, 0), (BED, 0)), facing(1), 0, map_, at)
    nothing = np.zeros((3, 49), np.uint8)
    nothing[0, 3] = FLOOR + 1
    landmarks = landmarks_of(nothing, facing(0, TURN_LEFT), 1, map_, at)
    assert landmarks[BED, 0, FLOOR + 1] == REACHED * (1 + band(2)) + RIGHT
    nothing[0, 3] = FLOOR + 2
    landmarks = landmarks_of(nothing, facing(0, FORWARD), 1, map_, at)
    assert tuple(at[0]) == (SIDE - 1, 0)
    # Right or left twice to turn round, a step, a turn, a step: five acts.
    assert landmarks[BED, 0, FLOOR + 1] == REACHED * (1 + band(5)) + (RIGHT | LEFT)


def test_one_looks_round_through_doors_and_until_nothing_is_left_to_be_seen():
    """Behind its back is what it does not know; once that is a wall, it is behind the door; then nothing."""
    map_, at = egocentric_map.empty_maps(1)
    view, own = corridor((FLOOR + 1, 0), (DOOR, 0))[None], facing(1)[None]
    landmarks = np.zeros((1, LANDMARKS, 4), np.uint8)
    looked = []
    for change in (None, (0, SIDE - 1, WALL), (0, 2, WALL)):
        if change:
            row, col, what = change
            map_[0, 0, row, col], map_[0, 2, row, col] = what, egocentric_map.TRAITS[what]
        egocentric_map.find_landmarks(
            view, own, np.array([change is not None], np.float32), map_, at, landmarks
        )
        looked.append(int(egocentric_map.acts_to_explore(landmarks, view)[0]))
    assert looked[0] == 1 << TURN_RIGHT | 1 << TURN_LEFT
    assert looked[1:] == [1 << USE, 0]


@pytest.mark.parametrize("moves", range(1, 8))
def test_ways_belong_to_the_blocks_of_their_moves(moves):
    table = egocentric_map.blocks_of_paths()
    assert table[REACHED * 3 + moves].sum() == bin(moves).count("1")
    assert [table[REACHED * 3 + moves, 3 + 2 * 3 + m] for m in range(3)] == [moves >> m & 1 for m in range(3)]
