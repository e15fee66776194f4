"""Are levels what they were written as? Round trips, refusals, fuzz, and the mazes of the literature."""

import random
import re
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import levels
from worlds.compiler.compile import COMPILED
from worlds.compiler.handle import handle
from worlds.generators.mazes import _DATA, FAMILIES, fixed_mazes, maze_bank
from worlds.kernels import SAME_STEP, begin_worlds, step
from worlds.levels.bank import bank_of, capacities, concat, level_of, take, write_levels
from worlds.levels.level import (
    FIXTURE_KINDS,
    GROUNDS,
    ITEM_KINDS,
    AgentStart,
    Fixture,
    Item,
    Level,
    LevelError,
)
from worlds.levels.level_json import level_to_json, record_of
from worlds.levels.level_text import level_to_text, read_level
from worlds.objects import COLOURS, HEADINGS, MAX_ITEMS, NAMES, WALL
from worlds.rules.mechanics import NONE
from worlds.state import ABSENT, LEVEL_FIELDS, Sizes, empty_state, instructed

HOUSE = """\
level 1 · grammar {grammar} · 128 steps

########
#Ack#b1#
#kkkBbb#
#kF%#bb#
########

legend
  k kitchen floor
  b bedroom floor
  % ripe bush
  A Ann facing north holding red key, kitchen floor
  B Bob facing west on open blue door
  c red cup, kitchen floor
  1 orange on brown bed, bedroom floor
  F shut fridge, kitchen floor

instructions
  Ann: put the orange on the bed
"""


def house() -> Level:
    return Level(
        ("########", "#kkk#bb#", "#kkk.bb#", "#kk%#bb#", "########"),
        (AgentStart("Ann", 1, 1, "north", "Put the orange on the bed"), AgentStart("Bob", 2, 4, "west")),
        (
            Fixture("door", "blue", "open", 2, 4),
            Fixture("bed", "brown", "", 1, 6),
            Fixture("fridge", "", "shut", 3, 2),
        ),
        (Item("orange", "", 1, 6), Item("cup", "red", 1, 2), Item("key", "red", holder=0)),
    )


# ---- what a level is


def test_a_house_reads_as_it_is_drawn():
    text = HOUSE.format(grammar=house().grammar)
    assert level_to_text(house()) == text
    assert read_level(text) == house()


def test_the_order_of_things_is_forgotten():
    turned = Level(house().ground, house().agents, house().fixtures[::-1], house().items[::-1])
    assert turned == house() and turned.id == house().id and hash(turned) == hash(house())


def test_another_step_limit_is_another_level():
    longer = Level(house().ground, house().agents, house().fixtures, house().items, 129)
    assert longer != house() and longer.id != house().id


def test_whatever_symbols_a_person_chooses_the_level_is_the_same():
    text = HOUSE.format(grammar=house().grammar).replace("#Ack#b1#", "#A*k#b?#")
    text = text.replace("  c red", "  * red").replace("  1 orange", "  ? orange").replace("\n", "  \r\n")
    assert read_level(text) == house()


def test_walls_and_floors_may_stand_in_the_legend():
    text = HOUSE.format(grammar=house().grammar).replace("legend\n", "legend\n  # wall\n  . floor\n")
    assert read_level(text) == house()


@given(levels())
def test_what_is_written_is_read(level):
    text, json = level_to_text(level), level_to_json(level)
    for again in (read_level(text), read_level(text.encode()), read_level(json), read_level(json.encode())):
        assert again == level and again.id == level.id and again.grammar == level.grammar
        assert level_to_text(again) == text and level_to_json(again) == json


# ---- banks


@given(st.lists(levels(agents=2), min_size=1, max_size=3))
def test_a_bank_holds_what_was_put_in(given_levels):
    smallest = bank_of(given_levels)
    for sizes in (capacities(smallest), Sizes(12, 2, 64, 64)):
        bank = bank_of(given_levels, sizes)
        for row in range(len(given_levels)):
            again = bank_of([level_of(bank, row)], sizes)
            assert_same_rows(again, take(bank, [row]))
            assert_same_level(level_of(bank, row), given_levels[row])


def assert_same_rows(bank, other):
    for name in LEVEL_FIELDS:
        assert np.array_equal(getattr(bank, name), getattr(other, name)), name


def assert_same_level(level, other):
    """Equal but for walls beyond the last floor."""
    assert (level.agents, level.fixtures, level.items) == (other.agents, other.fixtures, other.items)
    assert level.step_limit == other.step_limit
    for row in range(max(level.height, other.height)):
        for col in range(max(level.width, other.width)):
            assert ground_at(level, row, col) == ground_at(other, row, col)


def ground_at(level, row, col):
    return level.ground[row][col] if row < level.height and col < level.width else "#"


def test_a_house_with_a_border_comes_out_of_a_larger_bank_as_it_was():
    assert level_of(bank_of([house()], Sizes(20, 2, 9, 9)), 0) == house()


def test_rows_are_taken_and_joined():
    mazes = list(fixed_mazes().values())[:3]
    bank = bank_of(mazes)
    joined = concat([take(bank, [2, 0]), bank])
    assert [level_of(joined, row) for row in range(5)] == [mazes[i] for i in (2, 0, 0, 1, 2)]


def test_a_row_is_written_over():
    bank = bank_of([house(), house()])
    bare = Level(("...", "..."), (AgentStart("Cleo", 0, 0, "east"), AgentStart("Dan", 1, 2, "west")))
    write_levels(bank, 1, [bare])
    assert level_of(bank, 0) == house() and level_of(bank, 1) == bare
    assert_same_rows(take(bank, [1]), bank_of([bare], capacities(bank)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: bank_of([]), "at least one"),
        (lambda: bank_of([house(), fixed_mazes()["MiniMaze"]]), "level 1 has 1 agent, level 0 has 2"),
        (lambda: bank_of([house()], Sizes(7, 2, 9, 9)), "level 0 has a side of 8, the bank holds 7"),
        (lambda: bank_of([house()], Sizes(9, 2, 2, 9)), "items: 3, the bank holds 2"),
        (lambda: bank_of([house()], Sizes(9, 3, 9, 9)), "level 0 has 2 agents, the bank has 3"),
        (lambda: write_levels(bank_of([house()]), 1, [house()]), "exceed the 1 row of"),
        (lambda: concat([]), "at least one"),
        (lambda: concat([bank_of([house()]), bank_of([house()], Sizes(9, 2, 9, 9))]), "bank 1 holds"),
    ],
)
def test_a_bank_says_what_does_not_fit(make, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make()


# ---- what is refused, and how

_JSON = '{"version":1,"steps":9,"ground":[".."],"agents":[{"name":"Ann","row":0,"col":0,"heading":"east"}]'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("128", "0", "the step limit is 0: give a whole number from 1 to 100000"),
        ("level 1", "level 2", "line 1: level version 2: this program reads version 1, update it"),
        ("level 1", "house 1", "line 1: 'house 1"),
        ("#kF%#bb#", "#kF%#bb", "line 6: 7 cells in this row, 8 in the first"),
        ("#kF%#bb#", "#kF%#bz#", "line 6: column 7: 'z' is not in the legend"),
        ("#kF%#bb#", "#AF%#bb#", "line 6: column 2: Ann a second time"),
        ("Bob facing", "Ann facing", "line 14: two agents are called Ann"),
        ("Bob facing", "Bobb facing", "line 14: unknown name 'Bobb': did you mean 'Bob'?"),
        ("facing west", "facing wets", "unknown heading 'wets': did you mean 'west'?"),
        ("on open blue door", "on shut blue door", "line 5: column 5: Bob starts on furniture or in a"),
        ("red cup", "red cupp", "line 15: unknown thing 'cupp' in 'red cupp': did you mean 'cup'?"),
        ("red cup", "rad cup", "line 15: the colour of a cup is 'rad': did you mean 'red'?"),
        ("red cup", "blue apple", "line 15: the colour of an apple is 'blue': allowed are red, green, yellow"),
        ("red cup", "red banana", "the colour of a banana is 'red': it has none, leave it out"),
        ("red cup", "cup", "the colour of a cup is ''"),
        ("shut fridge", "fridge", "line 17: the state of a fridge is '': allowed are shut, open"),
        ("shut fridge", "ajar fridge", "line 17: unknown colour or state of the fridge 'ajar'"),
        ("orange on brown", "orange in brown", "line 16: things lie on a bed, not in it"),
        ("orange on brown bed", "orange on red lamp", "the state of a lamp is ''"),
        ("orange on brown bed", "orange on goal", "line 4: column 7: the orange lies where a fixture stands"),
        ("red cup, kitchen floor", "red cup, wall", "line 4: column 3: the cup lies in a wall"),
        ("red cup, kitchen floor", "red cup, kitchen flour", "did you mean 'kitchen floor'?"),
        ("  % ripe bush\n", "  % ripe bush\n  x grass\n", "line 13: 'x' is not in the picture"),
        ("  % ripe bush\n", "  % ripe bush\n  % grass\n", "line 13: '%' has two lines"),
        ("  % ripe bush\n", "  %\n", "line 12: '%': write a symbol, a space"),
        ("  % ripe bush\n", "  % ripe bush\n  # grass\n", "line 13: '#' is wall"),
        ("Ann: put", "Amy: put", "line 20: nobody is called 'Amy' here"),
        ("on the bed", "on the bde", "line 20: the instruction of Ann: I don't know 'bde': did you"),
        ("Ann: put the orange on the bed", "Ann:", "for no instruction, no line"),
        ("instructions", "orders", "line 19: 'orders' begins no part"),
        ("steps\n\n", "steps\n", "line 2: leave a line empty"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_refused_in_words(old, new, words):
    text = HOUSE.format(grammar=house().grammar)
    assert old in text
    with pytest.raises(LevelError, match=re.escape(words)):
        read_level(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: '' is no first line of a level"),
        ("level 1 · 9 steps", "line 1: the picture is missing"),
        ("level 1 · 9 steps\n\n...\n", "0 agents, allowed are 1 to 16"),
        ("level 1 · 9 steps\n\n" + "." * 257, "1 row of 257 cells: at most 256"),
        (b"level\xff", "byte 5 is not UTF-8"),
        ("x" * 1_000_001, "1000001 characters, allowed are 1000000"),
        (7, "a level is a text, not int"),
        ("{", "this is no JSON"),
        ('{"a":' * 100_000, "this is no JSON"),
        ("{}", "the level lacks the field 'version'"),
        ('{"version":1,"version":1}', "the field 'version' is given twice"),
        ('{"version":NaN}', "NaN is not a number of a level"),
        ('{"version":1.0,"steps":9,"ground":[],"agents":[]}', "level version 1.0"),
        (_JSON + ',"walls":[]}', "the level has an unknown field 'walls'"),
        (_JSON.replace('"east"', "true") + "}", "unknown heading of Ann: True"),
        (_JSON.replace('"col":0', '"col":2') + "}", "the column of Ann is 2: give a whole number from 0"),
        (_JSON.replace('"col":0', '"col":0.0') + "}", "the column of Ann is 0.0"),
        (_JSON.replace('"col":0', '"col":' + "9" * 4000) + "}", "the column of Ann is a huge number"),
        (_JSON.replace('[".."]', '["..","."]') + "}", "row 1 of the ground has 1 cell"),
        (_JSON.replace('[".."]', '["._"]') + "}", "the ground at row 0, column 1 is '_'"),
        (_JSON + ',"items":[{"kind":"banana","holder":"Bob"}]}', "items[0].holder is 'Bob'"),
        (_JSON + ',"items":[{"kind":"banana"}]}', "the row of the banana is -1"),
        (_JSON + ',"items":[{"kind":"banana","row":0,"col":0}]}', "Ann starts on an item"),
        (_JSON + ',"items":[{"kind":"banana","holder":"Ann","row":0,"col":1}]}', "a holder and a cell"),
        (_JSON + ',"items":[' + '{"kind":"banana"},' * MAX_ITEMS + '{"kind":"banana"}]}', "65 items"),
        (_JSON + ',"fixtures":[{"kind":"soffa","row":0,"col":1}]}', "did you mean 'sofa'?"),
        (_JSON + ',"fixtures":[{"kind":"bed","colour":["red"],"row":0,"col":1}]}', "a bed is a list"),
        (_JSON + ',"fixtures":7}', "fixtures is 7: give a list"),
        (_JSON.replace('"east"', '"east","instruction":"dance"') + "}", "instruction of Ann: I don't know"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_in_words(text, words):
    with pytest.raises(LevelError, match=re.escape(words)):
        read_level(text)


# ---- fuzz


def test_ten_thousand_mutated_texts_are_read_or_refused():
    accepted = fuzz(10_000 if COMPILED else 500, seed=1)
    assert len(accepted) >= (3000 if COMPILED else 150), "else it proves little"
    play(accepted[:300] if COMPILED else accepted[:5])


@pytest.mark.slow
def test_a_hundred_thousand_mutated_texts_are_read_or_refused():
    play(fuzz(100_000, seed=2))


def fuzz(n: int, seed: int) -> list[Level]:
    """Read n mutated texts; return the levels among them."""
    chance = random.Random(seed)
    sources = [level_to_text(house()), level_to_json(house())]
    sources += [level_to_text(fixed_mazes()[name]) for name in ("MiniMaze", "MediumMaze")]
    scraps = re.findall(r"\S+|\s+", " ".join(sources)) + [
        "\u202e",
        "\ud800",
        "NaN",
        "-1",
        "1e999",
        "9" * 5000,
        "[" * 3000,
    ]
    accepted = []
    for _ in range(n):
        text = chance.choice(sources)
        for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
            text = chance.choice((mutate, *[misplace] * 5))(text, chance, scraps)
        try:
            level = read_level(text.encode("utf-8", "replace") if chance.random() < 0.2 else text)
        except LevelError as error:
            assert len(str(error)) < 600 and str(error).encode()
            continue
        assert read_level(level_to_text(level)) == level == read_level(level_to_json(level))
        accepted.append(level)
    return accepted


def mutate(text: str, chance: random.Random, scraps: list[str]) -> str:
    at, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    end = min(end, at + chance.choice((1, 1, 1, 3, 10, 1000)))
    other = chance.randrange(len(text) + 1)
    new = chance.choice(
        ("", chance.choice(scraps), text[other : other + end - at], chr(chance.randrange(32, 127)))
    )
    return text[:at] + new + text[end:]


_ALIKE = (COLOURS, HEADINGS, NAMES, ITEM_KINDS, FIXTURE_KINDS, tuple(GROUNDS.values()), tuple("0123456789"))


def misplace(text: str, chance: random.Random, scraps: list[str]) -> str:
    """Exchange two characters near each other, or a word for one of its kind."""
    words = chance.choice(_ALIKE)
    found = list(re.finditer("|".join(words), text))
    if found and chance.random() < 0.7:
        m = chance.choice(found)
        return text[: m.start()] + chance.choice(words) + text[m.end() :]
    first = re.search(r"[#.]{3}", text)
    at = chance.randrange(first.start() if first else 0, len(text)) if text else 0
    other = min(len(text) - 1, at + chance.choice((1, 9)))
    return (
        text[:at] + text[other] + text[at + 1 : other] + text[at] + text[other + 1 :] if at < other else text
    )


def play(given_levels: list[Level]) -> None:
    """Run 16 random steps in every level; nothing is lost, and nobody stands in a wall."""
    side = max(max(level.height, level.width) for level in given_levels)
    for agents in {len(level.agents) for level in given_levels}:
        chosen = [level for level in given_levels if len(level.agents) == agents]
        bank = bank_of(chosen, Sizes(side, agents, MAX_ITEMS, 64))
        state = empty_state(len(chosen), Sizes(side, agents, MAX_ITEMS, 64))
        state.next_level[:] = np.arange(len(chosen))
        running, told, levels_to_play = handle(state), handle(instructed(state)), handle(bank)
        begin_worlds(running, told, levels_to_play, NONE, np.ones(len(chosen), np.bool_))
        chance = np.random.default_rng(0)
        assert_sound(state, bank)
        for _ in range(16):
            state.next_level[:] = state.level
            state.action[:] = chance.integers(0, 8, (len(chosen), agents))
            step(running, told, levels_to_play, SAME_STEP, NONE, NONE, len(chosen), agents)
            assert_sound(state, bank)


def assert_sound(state, bank):
    worlds = np.arange(state.level.shape[0])[:, None]
    row, col = divmod(state.agent_cell, 256)
    assert (state.ground_at[worlds, row, col] != WALL).all()
    assert np.array_equal(np.sort(state.item_look), np.sort(bank.item_look[state.level]))
    w, i = np.nonzero(state.item_cell >= 0)
    cell = state.item_cell[w, i]
    assert (state.item_at[w, cell >> 8, cell & 255] == i + 1).all()
    assert np.count_nonzero(state.item_at) == len(w)
    w, i = np.nonzero((state.item_cell < 0) & (state.item_cell != ABSENT))
    assert (state.hand[w, -1 - state.item_cell[w, i]] == i + 1).all()
    assert np.count_nonzero(state.hand) == len(w)


# ---- mazes


def test_the_mazes_of_the_literature_are_as_long_as_published():
    mazes = fixed_mazes()
    cells, acts = {}, {}  # by name; acts by our headings, or for a start facing east alone
    for block in _DATA.read_text(encoding="utf-8").split("\n== ")[1:]:
        name = block.split()[0]
        found = re.search(r"cells (\d+)  acts\[d0..3\] \[([^]]*)\]", block)
        if found:
            east, south, west, north = map(int, found[2].split(","))
            cells[name], acts[name] = int(found[1]), (north, east, south, west)
        found = re.search(r"cells per goal \[([^]]*)\]  acts\(d=0\) per goal \[([^]]*)\]", block)
        if found:
            for i, (c, a) in enumerate(zip(found[1].split(","), found[2].split(","), strict=True), 1):
                cells[f"{name}/{i}"], acts[f"{name}/{i}"] = int(c), (int(a),)
    assert cells.keys() == mazes.keys() and len(mazes) == 12 + 10 + 16
    for name, maze in mazes.items():
        shortest = fewest_acts(maze)
        assert shortest_way(maze) == cells[name], name
        assert (shortest if len(acts[name]) == 4 else shortest[1:2]) == acts[name], name


def shortest_way(maze: Level) -> int:
    start, goal = maze.agents[0], maze.fixtures[0]
    return search(
        (start.row, start.col), lambda at: steps_from(maze, at), lambda at: at == (goal.row, goal.col)
    )


def fewest_acts(maze: Level) -> tuple[int, ...]:
    """Turns and steps to the goal, for each heading at the start."""
    start, goal = maze.agents[0], maze.fixtures[0]

    def acts_from(at):
        row, col, heading = at
        ahead = row + (-1, 0, 1, 0)[heading], col + (0, 1, 0, -1)[heading]
        yield from ((row, col, (heading + turn) % 4) for turn in (1, 3))
        if ahead in steps_from(maze, (row, col)):
            yield *ahead, heading

    return tuple(
        search((start.row, start.col, heading), acts_from, lambda at: at[:2] == (goal.row, goal.col))
        for heading in range(4)
    )


def steps_from(maze: Level, at):
    row, col = at
    beside = ((row - 1, col), (row, col + 1), (row + 1, col), (row, col - 1))
    return [
        (r, c) for r, c in beside if 0 <= r < maze.height and 0 <= c < maze.width and maze.ground[r][c] != "#"
    ]


def search(start, reach, is_goal) -> int:
    """The length of a shortest way by breadth-first search, or -1."""
    queue, seen = deque([(start, 0)]), {start}
    while queue:
        at, length = queue.popleft()
        if is_goal(at):
            return length
        for there in reach(at):
            if there not in seen:
                seen.add(there)
                queue.append((there, length + 1))
    return -1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_random_maze_depends_on_its_seed_and_number_alone(family):
    few, many = (maze_bank(n, seed=7, agents=2, family=family, solvable=True) for n in (5, 40))
    assert_same_rows(few, take(many, range(5)))
    mazes = [level_of(many, row) for row in range(40)]
    assert len(set(mazes)) > 35
    for row, maze in enumerate(mazes):
        assert_same_rows(bank_of([maze], capacities(many)), take(many, [row]))
        assert [agent.instruction for agent in maze.agents] == ["go to the goal"] * 2
        goal = maze.fixtures[0]
        for agent in maze.agents:
            way = search(
                (agent.row, agent.col), lambda at, m=maze: steps_from(m, at), lambda at, g=goal: at == g[3:]
            )
            assert way > 0, "every start is connected with the goal"


def test_blocks_are_drawn_with_replacement_from_the_whole_range():
    walls = (maze_bank(2000, seed=3).ground_at == WALL).sum((1, 2))
    assert walls.min() == 0 and 45 < walls.max() <= 60
    # k draws hit 167 * (1 - (1 - 1/169)**k) different cells that are no spot; over k = 0..60 that is 27.0.
    mean = np.mean([167 * (1 - (1 - 1 / 169) ** k) for k in range(61)])
    assert abs(walls.mean() - mean) < 4 * walls.std() / 2000**0.5


def test_a_perfect_maze_is_a_tree_from_corner_to_corner():
    bank = maze_bank(20, seed=4, family="perfect")
    # 7 * 7 nodes and the 48 walls opened between them
    assert ((bank.ground_at != WALL).sum((1, 2)) == 49 + 48).all()
    corners = {0, 12, 12 << 8, 12 << 8 | 12}
    assert set(bank.agent_cell[:, 0].tolist()) | set(bank.fixture_cell[:, 0].tolist()) == corners


def test_a_maze_bank_says_what_is_wrong():
    for arguments, words in (
        ({"family": "spiral"}, "family is 'spiral', allowed are blocks, perfect, rooms, crossing"),
        ({"family": "rooms", "walls": (1, 2)}, "no number of walls to choose"),
        ({"side": 300}, "side is 300, allowed are 5 to 256"),
        ({"walls": (9, 3)}, "walls[0] is 9, allowed are 0 to 3"),
        (
            {"side": 9, "walls": (350, 350), "agents": 6, "solvable": True},
            "was not solvable in 1000 attempts",
        ),
    ):
        with pytest.raises(ValueError, match=re.escape(words)):
            maze_bank(2, seed=0, **arguments)


def test_a_record_leaves_out_what_is_empty():
    assert "instruction" not in record_of(house())["agents"][1]
