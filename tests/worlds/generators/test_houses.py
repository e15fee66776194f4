"""Are generated houses fair? The same every time, in reach, and told in words that fit."""

from collections import Counter
from functools import cache
from itertools import combinations

import numba
import numpy as np
import pytest

from worlds.compiler.compile import COMPILED
from worlds.generators.houses import WEIGHTS, HouseConfig, house_bank, split_config
from worlds.generators.splits import held_out_pairs, held_out_shades
from worlds.goal import (
    BRING,
    EVERY,
    FOLLOW,
    GIVE,
    GO_TO,
    IN,
    MAX_CLAUSES,
    MEET,
    ON,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    STAGE,
    THE,
    THREE,
    TWO,
    VERB,
    VERBS,
    decode,
)
from worlds.language.instructions import goal_problem, parse, words_of
from worlds.objects import (
    CLASS_OF_KIND,
    COLOURS,
    DOOR_KIND,
    FIXTURE,
    GOAL_KIND,
    ITEM,
    KIND,
    KINDS,
    LOCKED,
    PLACE_COLOUR,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    ROOM,
    look,
)
from worlds.render.draw import plane
from worlds.state import LEVEL_FIELDS, PLACE_PLANE

# Uncompiled, a house takes a thousand times longer: few are drawn, and rare words need not occur.
MANY, SOME = (20_000, 300) if COMPILED else (100, 20)
needs_compiler = pytest.mark.skipif(not COMPILED, reason="needs many houses")
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))


@cache
def bank_of(split: str, n: int = MANY, **fields):
    return house_bank(min(n, MANY), 7, split_config(split, **fields))


def goals_of(bank):
    for w, a in np.ndindex(bank.agent_cell.shape):
        yield decode(bank.goal[w, a])


def distinct_rows(bank) -> np.ndarray:
    """All clauses and constraints of a bank, one row each."""
    rows = bank.goal.reshape(-1, bank.goal.shape[-1])
    return np.unique(rows[rows[:, 0] > 0], axis=0)


def shades_in(row) -> set[tuple[int, int]]:
    """Kinds that a goal row mentions with a colour."""
    mentions = ((row[3], row[4]), (row[6], row[7]), (row[9], row[10]), (row[12], row[13]))
    return {(int(kind), int(colour) - 1) for kind, colour in mentions if colour}


def pair_of(row) -> tuple[int, int]:
    return (int(row[3]), int(row[9])) if row[0] in (PUT_ON, PUT_IN) else (0, 0)


def bits(things) -> list[int]:
    return [i for i in range(64) if int(things) >> i & 1]


# ---- the same every time -----------------------------------------------------------------------------
def test_a_level_depends_on_seed_number_and_config_alone():
    config = HouseConfig(locked=0.3)
    whole = house_bank(48, 3, config)
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        alone = house_bank(48, 3, config)
    finally:
        numba.set_num_threads(threads)
    parts = house_bank(31, 3, config), house_bank(17, 3, config, first_level=31)
    for field in LEVEL_FIELDS:
        assert np.array_equal(getattr(whole, field), getattr(alone, field)), field
        joined = np.concatenate([getattr(part, field) for part in parts])
        assert np.array_equal(getattr(whole, field), joined), field
    assert not np.array_equal(whole.item_cell, house_bank(48, 4, config).item_cell)


# ---- houses ------------------------------------------------------------------------------------------
def test_all_is_in_reach_once_doors_are_open():
    bank = house_bank(SOME, 1, HouseConfig(locked=0.4))
    locked = 0
    for w in range(SOME):
        place = plane(bank, w, PLACE_PLANE)
        shut = (PLACE_KIND[place] == DOOR_KIND) & (PLACE_STATE[place] == LOCKED)
        locked += shut.sum()
        starts = [divmod(int(cell), 256) for cell in bank.agent_cell[w]]
        near = reach(bank, w, starts[0], shut)
        for start in starts:
            assert start in near, f"level {w}: agents are parted by a locked door"
        for door in place[shut]:
            key = look(KIND["key"], int(PLACE_COLOUR[door]))
            cells = bank.item_cell[w][bank.item_look[w] == key]
            assert any(c < 0 or beside(divmod(int(c), 256), near) for c in cells), f"level {w}: no key"
        far = reach(bank, w, starts[0], np.zeros_like(shut))
        things = [c for c in (*bank.item_cell[w], *bank.fixture_cell[w]) if c >= 0]
        assert all(beside(divmod(int(c), 256), far) for c in things), f"level {w}"
        assert all(beside(cell, far) for cell in np.argwhere(bank.room_at[w] > 0).tolist())
    assert locked > SOME // 6


def reach(bank, w, start, closed):
    """Cells that can be walked to, through all doors but those that are closed."""
    place = plane(bank, w, PLACE_PLANE)
    free = (PLACE_WALKABLE[place] | (PLACE_KIND[place] == DOOR_KIND)) & (bank.item_at[w] == 0) & ~closed
    found, queue = {start}, [start]
    for row, col in queue:
        for down, right in STEPS:
            cell = row + down, col + right
            if free[cell] and cell not in found:
                found.add(cell)
                queue.append(cell)
    return found


def beside(cell, found) -> bool:
    row, col = cell
    return (row, col) in found or any((row + down, col + right) in found for down, right in STEPS)


def test_nothing_stands_beside_a_door():
    bank = house_bank(SOME, 2, HouseConfig(rooms=(3, 3), distractors=(4, 8)))
    for w in range(SOME):
        place = plane(bank, w, PLACE_PLANE)
        doors = np.argwhere(PLACE_KIND[place] == DOOR_KIND)
        assert len(doors) >= 2
        for row, col in doors:
            assert not bank.room_at[w, row, col]
            for down, right in STEPS:
                cell = row + down, col + right
                assert not bank.item_at[w][cell] and PLACE_KIND[place[cell]] in (0, DOOR_KIND)


# ---- instructions ------------------------------------------------------------------------------------
def test_instructions_make_sense_and_are_told_in_words():
    for split in ("S0", "S4", "S7"):
        bank = house_bank(SOME, 5, split_config(split, constraints=0.5))
        for (w, a), goal in zip(np.ndindex(bank.agent_cell.shape), goals_of(bank), strict=True):
            words = words_of(bank.tokens[w, a].tolist())
            assert goal_problem(goal) == "", words
            assert parse(words) == goal, words
            for b in range(a):
                gifts = [c for c in decode(bank.goal[w, b]).clauses + goal.clauses if c.verb == GIVE]
                assert len(gifts) <= 1


def test_the_promises_one_and_counts_are_there():
    bank = bank_of("S0")
    for w, a, r in np.argwhere(bank.goal[:, :, :, 0] > 0)[:20_000]:
        for part, at in ((0, 2), (1, 8)):
            quantity, kind = (int(v) for v in bank.goal[w, a, r, at : at + 2])
            things = bits(bank.bound[w, a, r, part])
            if CLASS_OF_KIND[kind] == ITEM:
                assert len(things) >= {TWO: 2, THREE: 3, EVERY: 2}.get(quantity, 1)
                assert quantity != THE or len(things) == 1
            elif CLASS_OF_KIND[kind] == FIXTURE and quantity == THE:
                cells = [int(bank.fixture_cell[w, f]) for f in things]
                rows, cols = {c >> 8 for c in cells}, {c & 255 for c in cells}
                assert min(len(rows), len(cols)) == 1, "the cells of one piece of furniture are in line"
                assert len(cells) == max(cells[-1] - cells[0] & 255, cells[-1] - cells[0] >> 8) + 1


def test_agents_leave_each_other_alone():
    bank = bank_of("S0", 2000, agents=3, rooms=(2, 3))
    for w in range(len(bank.step_limit)):
        for a, b in combinations(range(3), 2):
            assert not claims(bank, w, a) & claims(bank, w, b), f"level {w}, agents {a} and {b}"


def test_crossed_agents_want_the_same_and_neither_keeps_it():
    bank = house_bank(SOME, 5, HouseConfig(crossed=True))
    assert all(claims(bank, w, 0) & claims(bank, w, 1) for w in range(SOME))
    for w in range(SOME):
        assert not kept(bank, w, 0) & claims(bank, w, 1) and not kept(bank, w, 1) & claims(bank, w, 0), w


def kept(bank, w, a):
    """Items that are in somebody's hand when an agent is done: what it was to pick up at last, or to give."""
    rows = [r for r in bank.goal[w, a, :MAX_CLAUSES] if r[VERB]]
    last = max(r[STAGE] for r in rows)
    held = [i for i, r in enumerate(rows) if r[VERB] == GIVE or (r[VERB] == PICK_UP and r[STAGE] == last)]
    return {(int(ITEM), i) for r in held for i in bits(bank.bound[w, a, r, 0])}


def claims(bank, w, a):
    """Things that an agent moves, sets or needs to stay."""
    found = set()
    for r in range(MAX_CLAUSES):
        verb = bank.goal[w, a, r, 0]
        for part, at in ((0, 3), (1, 9)):
            kind_class = CLASS_OF_KIND[bank.goal[w, a, r, at]]
            if kind_class == ITEM or (kind_class == FIXTURE and verb != GO_TO):
                found |= {(int(kind_class), i) for i in bits(bank.bound[w, a, r, part])}
    return found


def test_one_picks_up_last_and_puts_down_what_is_in_hand():
    bank = bank_of("S0")
    verbs = bank.goal[:, :, :MAX_CLAUSES, 0]
    last = np.maximum((verbs > 0).sum(2) - 1, 0)
    for w, a, r in np.argwhere(verbs == PICK_UP):
        assert r == last[w, a]
    for w, a, r in np.argwhere(verbs == PUT_DOWN):
        assert bits(bank.bound[w, a, r, 0]) == [bank.hand[w, a] - 1]


# ---- splits ------------------------------------------------------------------------------------------
def test_training_never_mentions_what_is_held_out():
    pairs, shades = held_out_pairs(), held_out_shades()
    assert (KIND["orange"], KIND["bed"]) in pairs
    assert len(pairs) == round(0.20 * 18 * 12)
    for split in ("S0", "S4", "S5", "S6", "S7"):
        for row in distinct_rows(bank_of(split, MANY if split == "S0" else 1000)):
            assert pair_of(row) not in pairs
            assert not shades_in(row) & shades
            if row[5] in (ON, IN):
                assert (int(row[3]), int(row[6])) not in pairs


def test_s1_and_s2_mention_it_every_time():
    pairs, shades = held_out_pairs(), held_out_shades()
    for w, a in np.ndindex(bank_of("S1", 5000).agent_cell.shape):
        assert any(pair_of(row) in pairs for row in bank_of("S1", 5000).goal[w, a])
    for w, a in np.ndindex(bank_of("S2", 5000).agent_cell.shape):
        assert any(shades_in(row) & shades for row in bank_of("S2", 5000).goal[w, a])
    assert not any(shades_in(row) & shades for row in distinct_rows(bank_of("S1", 5000)))
    assert not any(pair_of(row) in pairs for row in distinct_rows(bank_of("S2", 5000)))


@needs_compiler
def test_every_word_occurs_in_training():
    rows = distinct_rows(bank_of("S0"))
    kinds = set(rows[:, [3, 6, 9, 12]].ravel().tolist())
    expected = {kind for kind in range(1, len(KINDS)) if CLASS_OF_KIND[kind] in (ITEM, FIXTURE, ROOM)}
    missing = [KINDS[kind] for kind in sorted(expected - kinds - {GOAL_KIND})]
    assert not missing
    assert {colour for _, colour in set().union(*map(shades_in, rows))} == set(range(len(COLOURS)))
    assert set(rows[:, 2].tolist()) >= {1, TWO, THREE, THE, EVERY}
    assert set(rows[:, 5].tolist()) >= {0, 1, 2, 3, 4}


@needs_compiler
def test_every_verb_occurs_in_training():
    verbs = bank_of("S0").goal[..., 0]
    counts = Counter(
        {VERBS[v].name: int(n) for v, n in zip(*np.unique(verbs[verbs > 0], return_counts=True), strict=True)}
    )
    total = sum(counts[name] for name in WEIGHTS)
    for name, weight in WEIGHTS.items():
        share = counts[name] / total
        assert share > 0.3 * weight / sum(WEIGHTS.values()), f"{name}: {share:.4f} of {counts}"


def test_splits_change_what_they_say():
    clauses = (bank_of("S4", 1000).goal[:, :, :MAX_CLAUSES, 0] > 0).sum(2)
    assert clauses.min() == 3 and clauses.max() == 4
    assert ((bank_of("S0").goal[:, :, :MAX_CLAUSES, 0] > 0).sum(2) <= 2).all()
    items = (bank_of("S5", 1000).item_look > 0).sum(1)
    assert items.min() >= 18
    place = [plane(bank_of("S6", 1000), w, PLACE_PLANE) for w in range(20)]
    assert min((PLACE_KIND[p] == DOOR_KIND).sum() for p in place) >= 4, "5 rooms have 4 doors and more"


# ---- configs -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"side": 4}, "side is 4, allowed are 5 to 64"),
        ({"rooms": (1, 10)}, r"rooms\[1\] is 10, allowed are 1 to 9"),
        ({"rooms": (3, 2)}, r"rooms\[1\] is 2, allowed are 3 to 9"),
        ({"agents": 17}, "agents is 17, allowed are 1 to 16"),
        ({"clauses": (0, 2)}, r"clauses\[0\] is 0, allowed are 1 to 4"),
        ({"shut": 1.5}, "shut is 1.5, allowed are 0 to 1"),
        ({"split": "S3"}, "split is 'S3', allowed are S0, S1"),
        ({"kinds": ("juggle",)}, "one of kinds is 'juggle', allowed are go to"),
        ({"rooms": 3}, r"rooms is 3: give the lowest and the highest, such as \(1, 9\)"),
        ({"rooms": "abc"}, "rooms is 'abc': give the lowest and the highest"),
        ({"rooms": (1, "x")}, r"rooms\[1\] is 'x', allowed are whole numbers from 1 to 9"),
        ({"side": "13"}, "side is '13', allowed are whole numbers from 5 to 64"),
        ({"shut": "often"}, "shut is 'often', allowed are 0 to 1"),
        ({"shut": float("nan")}, "shut is nan, allowed are 0 to 1"),
        ({"split": 1}, "split is 1, allowed are S0"),
        ({"kinds": "open"}, "kinds is 'open': give a tuple"),
        ({"crossed": True, "agents": 1}, "crossed is True with 1 agent"),
    ],
)
def test_a_config_out_of_range_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        HouseConfig(**fields)


def test_a_field_that_houses_lack_is_refused():
    with pytest.raises(ValueError, match=r"a house has no choice 'roms': did you mean 'rooms'\?"):
        split_config("S0", roms=(1, 3))
    with pytest.raises(ValueError, match=r"split is 'S11', allowed are S0, .*; did you mean 'S1'\?"):
        split_config("S11")


def test_kinds_choose_the_verbs():
    bank = house_bank(SOME, 1, HouseConfig(kinds=("put on", "bring to room"), rooms=(2, 3)))
    verbs = bank.goal[:, :, :MAX_CLAUSES, 0]
    assert set(verbs[verbs > 0].tolist()) == {PUT_ON, BRING}
    assert PUT_NEXT not in verbs and MEET not in verbs and FOLLOW not in verbs


def test_a_house_too_small_is_an_error():
    with pytest.raises(ValueError, match="no house in"):
        house_bank(1, 0, HouseConfig(side=5, rooms=(1, 1), furniture=(0, 1), distractors=(20, 20)))
