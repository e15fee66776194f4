"""What else might an agent have been told in a house? Goals beside its own that can be done there, drawn by chance.

They are drawn like the generator's own: verbs as often as it asks for them (`houses.WEIGHTS`), of things that are in
this house, by words that fit just one of them where there are such words. None means the same as another.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from worlds.checks import check_number, check_range
from worlds.expert.planning import optima
from worlds.generators.houses import WEIGHTS
from worlds.generators.infeasible import bind_goals
from worlds.goal import (
    MAX_CLAUSES,
    NO_VERB,
    PUT_DOWN,
    STAGE,
    THE,
    VERB,
    VERBS,
    A,
    Clause,
    Goal,
    Ref,
    encode,
)
from worlds.language.validity import goal_problem
from worlds.levels.bank import level_of, take
from worlds.levels.level import Level
from worlds.objects import AGENT, FIRST_ROOM, FIXTURE, ITEM, KIND, NOTHING, ROOM, colours_of
from worlds.objects import COLOURS as ALL_COLOURS
from worlds.state import State

BATCH, MOST_BATCHES = 2, 40  # candidates are tried, for each that is missing, so often at most
SOONEST = 3  # acts: what takes fewer from the start is not worth guessing
_VERBS = tuple(v for v, row in enumerate(VERBS) if row.name in WEIGHTS)
_WEIGHT = np.array([WEIGHTS[VERBS[v].name] for v in _VERBS], np.float64)
_WEIGHT /= _WEIGHT.sum()


class Candidates(NamedTuple):
    """What one agent of each level may have been told."""

    goal_LN: np.ndarray  # uint8[L, N, ROWS, FIELDS] encoded
    own_L: np.ndarray  # int64[L] which of them it was told


def draw_candidates(bank: State, a: int, n: int, seed: int, clauses: tuple[int, int] = (1, 2)) -> Candidates:
    """Agent `a`'s own goal among n - 1 others, in an order drawn by chance, for each level.

    All can be done by the expert alone, in no less than SOONEST acts; no two are about the same things in the same way.

    Args:
        clauses: how many the others have, both ends included.

    Raises:
        ValueError: n or the clauses are out of range, an agent of a level has no goal, or a house has too few.
    """
    levels, agents = bank.agent_cell.shape
    check_number("agent", a, 0, agents - 1)
    check_number("candidates", n, 2, 64)
    check_range("clauses", clauses, 1, MAX_CLAUSES)
    silent = np.flatnonzero(bank.goal[:, a, 0, VERB] == NO_VERB)
    if len(silent):
        raise ValueError(f"level {silent[0]}: agent {a} was told nothing that could be guessed")
    rng = np.random.default_rng((seed, a))
    others = _draw_others(bank, a, n - 1, rng, clauses)
    own_L = rng.integers(n, size=levels)
    goal_LN = np.stack(
        [
            np.insert(np.stack(others[row]), own, bank.goal[row, a], axis=0)
            for row, own in enumerate(own_L.tolist())
        ]
    )
    return Candidates(goal_LN, own_L)


def _draw_others(
    bank: State, a: int, n: int, rng: np.random.Generator, clauses: tuple[int, int]
) -> list[list[np.ndarray]]:
    """n encoded goals for each level that mean something else than agent `a`'s own one, and than each other."""
    levels, agents = bank.agent_cell.shape
    houses = [_House.of(level_of(bank, row), bank, row, a) for row in range(levels)]
    found: list[list[np.ndarray]] = [[] for _ in range(levels)]
    known = [{_meaning(bank.goal[row, a], bank.bound[row, a])} for row in range(levels)]
    short = [*range(levels)]
    for _ in range(MOST_BATCHES):
        rows = np.repeat(short, [BATCH * (n - len(found[row])) for row in short])
        goals = np.stack([encode(houses[row].goal(rng, clauses)) for row in rows])
        tried = take(bank, rows)
        tried.goal[:, a] = goals
        tried.goal[:, np.arange(agents) != a] = 0
        bind_goals(tried, np.array([(i, a) for i in range(len(rows))]))
        acts = optima(tried)[:, a]
        for i, row in enumerate(rows):
            meaning = _meaning(goals[i], tried.bound[i, a])
            if acts[i] >= SOONEST and meaning not in known[row] and len(found[row]) < n:
                known[row].add(meaning)
                found[row].append(goals[i])
        short = [row for row in short if len(found[row]) < n]
        if not short:
            return found
    raise ValueError(
        f"level {short[0]}: only {len(found[short[0]]) + 1} goals were found for agent {a}, {n + 1} were asked for: "
        "ask for fewer candidates, or for larger houses"
    )


def _meaning(goal: np.ndarray, bound: np.ndarray) -> tuple:
    """What a goal is about, whatever words it is said in: verbs in their stages, and the things that are bound."""
    rows = [
        (int(goal[r, VERB]), int(goal[r, STAGE]), int(bound[r, 0]), int(bound[r, 1]))
        for r in range(MAX_CLAUSES)
        if goal[r, VERB] != NO_VERB
    ]
    return tuple(sorted(rows))


class _House(NamedTuple):
    """What one may speak of in a level: a description of each thing, by its class."""

    things: Mapping[int, Sequence[Ref]]
    held: Sequence[Ref]  # what the agent holds

    @classmethod
    def of(cls, level: Level, bank: State, row: int, a: int) -> "_House":
        items = [(KIND[item.kind], item.colour) for item in level.items]
        fixtures = [(KIND[fixture.kind], fixture.colour) for fixture in level.fixtures]
        rooms = sorted(int(room) - 1 + FIRST_ROOM for room in np.unique(bank.room_at[row]) if room)
        others = [Ref(KIND[agent.name]) for b, agent in enumerate(level.agents) if b != a]
        held = [i for i, item in enumerate(level.items) if item.holder == a]
        refs = _described(items)
        if not (items or fixtures or rooms or others):
            raise ValueError(f"level {row}: there is nothing in this house that one could speak of")
        things = {ITEM: refs, FIXTURE: _described(fixtures), ROOM: [*map(Ref, rooms)], AGENT: others}
        return cls(things, [refs[i] for i in held])

    def goal(self, rng: np.random.Generator, clauses: tuple[int, int]) -> Goal:
        """A goal that makes sense; whether it can be done is another matter."""
        while True:
            stages: list[list[Clause]] = [[]]
            for r in range(rng.integers(clauses[0], clauses[1], endpoint=True)):
                if r and rng.integers(2):
                    stages.append([])
                stages[-1].append(self._clause(rng))
            goal = Goal(tuple(map(tuple, stages)))
            if not goal_problem(goal):
                return goal

    def _clause(self, rng: np.random.Generator) -> Clause:
        while True:
            verb = int(rng.choice(_VERBS, p=_WEIGHT))
            row = VERBS[verb]
            # `go to` and `put next to` take things of several classes: as often of each as the generator does.
            thing_class = row.thing or (ITEM, ITEM, FIXTURE, FIXTURE, ROOM)[rng.integers(5)]
            place_class = row.place or (
                (ITEM, FIXTURE)[rng.integers(2)] if row.name == "put next to" else NOTHING
            )
            things = self.held if verb == PUT_DOWN else self.things[thing_class]
            places = self.things[place_class] if place_class else ()
            if not things or (place_class and not places):
                continue
            place = places[int(rng.integers(len(places)))] if place_class else None
            clause = Clause(verb, things[int(rng.integers(len(things)))], place)
            if not goal_problem(Goal(((clause,),))):
                return clause


def _described(things: Sequence[tuple[int, str]]) -> list[Ref]:
    """The shortest words for each of these kinds and colours: "the cup", "the red cup"; "a red cup", if several fit."""
    refs = []
    for kind, colour in things:
        alike = [c for k, c in things if k == kind]
        shade = ALL_COLOURS.index(colour) + 1 if colour and colours_of(kind) and len(alike) > 1 else 0
        single = alike.count(colour) == 1 if shade else len(alike) == 1
        refs.append(Ref(kind, shade, THE if single else A))
    return refs
