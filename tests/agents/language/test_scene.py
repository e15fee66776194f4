"""Does an agent know, in words, what it has seen, and nothing of what it has not?"""

from dataclasses import replace

import numpy as np
import pytest

from agents.language.scene import OwnMap, Scene, fact_words, look, scenes_of
from agents.spatial_memory.bitboard import SIDE
from tests.houses import house, scenario_of
from tests.houses import level as level_of_text
from worlds.levels.bank import level_of
from worlds.levels.level import AgentStart, Fixture, Item, Level
from worlds.objects import COLOURS, ITEMS, KINDS, PLACE_HIDES
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTS, WAIT

EVERYBODY = ("wait", "turn left", "turn right", "forward", "use", "pick up", "put down")


class Watcher:
    """What the agents of a simulator know."""

    def __init__(self, sim: Simulator) -> None:
        self.sim, self.known = sim, OwnMap.empty(sim, sim.agents)
        self.look()

    def look(self) -> None:
        sim, columns = self.sim, self.sim.worlds * self.sim.agents
        self.view = sim.observation.view.reshape(columns, 3, -1).copy()
        self.own = sim.observation.own.reshape(columns, -1).copy()
        look(self.known, self.view, self.own, np.repeat(sim.state.step > 0, sim.agents).astype(np.float32))

    def act(self, words: str) -> None:
        """The first agent of each world does this; the others wait."""
        action = np.full((self.sim.worlds, self.sim.agents), WAIT)
        action[:, 0] = ACTS.index(words)
        self.sim.step(action)
        self.look()

    def scene(self, column: int = 0) -> Scene:
        names = np.repeat(self.sim.state.name, self.sim.agents, axis=0)
        return scenes_of(self.known, self.view, self.own, names, np.array([column]))[0]


def words_after(text: str, *acts: str, **rules) -> list[str]:
    """Facts that the first agent knows after these acts, in words."""
    watcher = Watcher(house(text, rules=rules))
    for words in acts:
        watcher.act(words)
    return [fact_words(fact) for fact in watcher.scene().facts]


@pytest.mark.parametrize(
    ("thing", "fact"),
    [
        ("red cup on brown table", "a red cup on the brown table in the hall"),
        ("orange in blue box", "an orange in the blue box in the hall"),
        ("white chair", "a white chair in the hall"),
        ("switched-off red lamp", "a red lamp that is off in the hall"),
        ("switched-on stove", "a stove that is on in the hall"),
        ("shut fridge", "a shut fridge in the hall"),
        ("banana in shut fridge", "a shut fridge in the hall"),  # never seen open
        ("banana in open fridge", "an open fridge with a banana inside in the hall"),
        ("open green bin", "an empty open green bin in the hall"),
        ("grey key, hall floor", "a grey key on the floor in the hall"),
        ("locked red door", "the red door of the hall is locked"),
    ],
)
def test_things_in_words(thing, fact):
    assert words_after(f"1h\nAh\n\n1 {thing}\nA Ann facing north, hall floor\nh hall floor") == [fact]


def test_like_things_in_one_room_are_one_fact_and_others_are_not():
    text = "hhhhh\n12345\nhhAhh\n\n1 red chair\n2 red chair\n3 blue chair\n4 red cup on red chair\n5 blue chair\n"
    facts = words_after(text + "A Ann facing north, hall floor\nh hall floor")
    assert sorted(facts) == [
        "a red cup on the red chair in the hall",
        "two blue chairs in the hall",
        "two red chairs in the hall",
    ]


def test_a_door_tells_the_rooms_that_it_joins_once_they_were_seen():
    text = "#####\nhhA1k\n#####\n\n1 {state} red door\nA Ann facing east, hall floor\nh hall floor\nk kitchen floor"
    assert words_after(text.format(state="shut")) == ["the red door of the hall is shut"]
    joined = "the red door from the kitchen to the hall is open"
    assert words_after(text.format(state="open")) == [joined]
    assert words_after(text.format(state="shut"), "use") == [joined]


def test_furniture_is_in_the_room_of_what_stands_beside_it():
    """The bed has no floor beside it that Ann could see, only a chair."""
    facts = words_after("12\n#A\n\n1 blue bed\n2 red chair\nA Ann facing north, bedroom floor")
    assert facts == ["a red chair in the bedroom", "a blue bed in the bedroom"]


def test_rooms_without_a_floor_of_their_own_have_no_name():
    assert words_after("1.\nA.\n\n1 blue bed\nA Ann facing north") == ["a blue bed"]


FRIDGE = "1hh\nAhh\n\n1 banana in shut fridge\nA Ann facing north, hall floor\nh hall floor"


def test_what_was_in_a_container_is_known_after_it_was_shut():
    assert words_after(FRIDGE, "use", "use") == ["a shut fridge with a banana inside in the hall"]
    taken = words_after(FRIDGE, "use", "pick up", "use")
    assert taken == ["an empty shut fridge in the hall"]


def test_one_knows_what_one_holds_and_where_one_stands():
    watcher = Watcher(house(FRIDGE))
    for words in ("use", "pick up"):
        watcher.act(words)
    scene = watcher.scene()
    assert (scene.hand, KINDS[scene.hand_kind], KINDS[scene.room]) == ("a banana", "banana", "hall")
    assert {KINDS[room] for room in scene.rooms} == {"hall"}


def test_people_in_view_have_names_and_hands():
    text = "hBh\nhhh\nhAh\n\nA Ann facing north, hall floor\nB Bob facing east holding red cup, hall floor\n"
    text += "h hall floor"
    assert words_after(text) == ["Bob is in view, holding a red cup in the hall"]
    assert words_after(text, "turn left", "turn left") == []


def test_facts_tell_how_far_and_how_old_they_are_and_where():
    """Two cells ahead is the chair; Ann sees it from the corner of her eye as she turns, and then walks on twice."""
    text = "1hhh\nhhhh\nAhhh\n\n1 red chair\nA Ann facing north, hall floor\nh hall floor"
    watcher = Watcher(house(text))
    fact = watcher.scene().facts[0]
    assert (fact.distance, fact.age, fact.cell) == (2, 0, (SIDE - 2, 0))
    for words in ("turn right", "forward", "forward"):
        watcher.act(words)
    later = watcher.scene().facts[0]
    assert (later.distance, later.age, later.cell) == (4, 2, fact.cell)


def test_nothing_is_left_to_be_seen_once_all_was_seen():
    text = "###\n#A#\n###\n\nA Ann facing north, hall floor"
    watcher = Watcher(house(text))
    explored = [watcher.scene().is_explored]
    for _ in range(3):
        watcher.act("turn left")
        explored.append(watcher.scene().is_explored)
    assert explored[0] is False and explored[-1] is True


def test_what_was_known_is_forgotten_when_an_episode_begins():
    watcher = Watcher(house("1h\nAh\n\n1 red chair\nA Ann facing north, hall floor\nh hall floor"))
    watcher.act("turn right")
    watcher.act("turn right")
    assert watcher.scene().facts[0].age == 1  # seen last after the first turn
    watcher.sim.reset(level=level_of_text("hh\nAh\n\nA Ann facing south, hall floor\nh hall floor"))
    watcher.look()
    assert watcher.scene().facts == ()


def test_houses_too_large_for_a_map_are_refused():
    sim = Simulator(make_scenario("house", side=33), 1, levels=1)
    with pytest.raises(ValueError, match="do not fit on maps"):
        OwnMap.empty(sim, 1)


# ---- what is hidden --------------------------------------------------------------------------------------------------
def walk(level: Level, acts: list[str]) -> tuple[list[Scene], np.ndarray, np.ndarray]:
    """What the first agent knew at each step, which cells it has seen, and of which it has seen what is in them."""
    watcher = Watcher(Simulator(scenario_of([level], view=7), 1, levels=1, autoreset=DISABLED))
    start = divmod(int(watcher.sim.state.agent_cell[0, 0]), 256)
    scenes, inside = [watcher.scene()], np.zeros((SIDE, SIDE), np.bool_)
    for words in acts:
        inside |= (watcher.known.map[0, 0] > 0) & ~PLACE_HIDES[watcher.known.map[0, 0]]
        watcher.act(words)
        scenes.append(watcher.scene())
    here = tuple(np.ix_(*((np.arange(SIDE) - at) % SIDE for at in start)))
    inside |= (watcher.known.map[0, 0] > 0) & ~PLACE_HIDES[watcher.known.map[0, 0]]
    return scenes, watcher.known.seen[0][here] > 0, inside[here]


def with_other_hidden_things(level: Level, seen: np.ndarray, inside: np.ndarray, chance) -> Level:
    """The same house where it was seen; elsewhere other furniture, other items and people in other places."""
    fixtures = tuple(
        fixture if seen[fixture.row, fixture.col] or fixture.kind == "rug" else other_fixture(fixture, chance)
        for fixture in level.fixtures
    )
    items = tuple(
        item
        if item.holder == 0 or (item.holder < 0 and inside[item.row, item.col])
        else other_item(item, chance)
        for item in level.items
    )
    taken = (
        {(f.row, f.col) for f in fixtures}
        | {(i.row, i.col) for i in items}
        | {(a.row, a.col) for a in level.agents}
    )
    free = [
        (row, col)
        for row, line in enumerate(level.ground)
        for col, ground in enumerate(line)
        if ground != "#" and not seen[row, col] and (row, col) not in taken
    ]
    agents = [level.agents[0]]
    for agent in level.agents[1:]:
        moves = free and not seen[agent.row, agent.col]
        row, col = free.pop(chance.integers(len(free))) if moves else (agent.row, agent.col)
        agents.append(AgentStart(agent.name, row, col, agent.heading))
    return replace(level, agents=tuple(agents), fixtures=fixtures, items=items)


def other_fixture(fixture: Fixture, chance) -> Fixture:
    colour = COLOURS[(COLOURS.index(fixture.colour) + 1) % 8] if fixture.colour else ""
    if fixture.kind == "door":
        return fixture._replace(colour=colour, state=("shut", "open", "locked")[chance.integers(3)])
    return Fixture("basket", COLOURS[chance.integers(8)], "", fixture.row, fixture.col)


def other_item(item: Item, chance) -> Item:
    kinds = [kind for kind in ITEMS if kind.name != item.kind and kind.colours]
    kind = kinds[chance.integers(len(kinds))]
    return item._replace(kind=kind.name, colour=COLOURS[kind.colours[chance.integers(len(kind.colours))]])


def test_what_was_not_seen_changes_no_fact():
    """Houses that differ where the agent has not looked, in shut containers too, are the same to it at each step."""
    chance = np.random.default_rng(0)
    bank = make_scenario("house", agents=2, rooms=(2, 3), shut=0.8).draw(24, 5)
    changed = found = 0
    for row in range(24):
        level = level_of(bank, row)
        level = replace(level, agents=tuple(agent._replace(instruction="") for agent in level.agents))
        acts = list(chance.choice(EVERYBODY, 40, p=(0.02, 0.15, 0.15, 0.48, 0.1, 0.05, 0.05)))
        scenes, seen, inside = walk(level, acts)
        other = with_other_hidden_things(level, seen, inside, chance)
        assert repr(walk(other, acts)[0]) == repr(scenes)
        changed += other != level
        found += len(scenes[-1].facts) > len(scenes[0].facts)
        shown = with_other_hidden_things(level, seen & False, inside & False, chance)
        if scenes[-1].facts:
            assert repr(walk(shown, acts)[0]) != repr(scenes), "what is seen does change facts"
    assert changed > 20 and found > 8


def test_many_columns_know_what_each_knows_alone():
    sim = Simulator(make_scenario("house", agents=2, step_limit=40), 6, seed=2)
    many, chance = Watcher(sim), np.random.default_rng(1)
    for _ in range(60):
        sim.state.action[:] = chance.choice([1, 2, 3, 3, 3, 4, 5, 6], (6, 2))
        sim.advance()
        many.look()
    names = np.repeat(sim.state.name, 2, axis=0)
    together = scenes_of(many.known, many.view, many.own, names, np.arange(12))
    assert together == [many.scene(column) for column in range(12)]
    assert sum(len(scene.facts) for scene in together) > 24
