"""What does a language model do where people ask something of agents? Talks of several turns in worlds, recorded.

The model leads a mind (`agents/language/policy.py`). Each agent is spoken to at the start of its episode, and answered
where it asks back; what the model read and answered is kept turn by turn, with what came of it.

Columns B are agents of worlds, world by world; each is one episode.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch

from agents.language.answers import Cannot, Done, Subgoal, read_answer, read_meaning
from agents.language.model.choosing import Trees, choose
from agents.language.model.decisions import Turn, chosen_turn, free_turn
from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel
from agents.language.policy import Language, nobody
from agents.language.prompt import Situation, prompts_of
from agents.language.responding import MEANING_TOKENS, NEXT_TOKENS
from agents.language.serving import SHUTS, answers_to
from agents.language.talk import PERSON
from agents.types import Cast, Policy
from social_rl.human_feedback.preferences.utilities import QUANTITIES, utility
from social_rl.human_feedback.tuning.asked import Asked
from worlds.goal import OPEN_IT, Goal
from worlds.language.instructions import canonical
from worlds.objects import DOOR_KIND, KEY_KIND, KINDS, NAMES, OPEN, PLACE_KIND, PLACE_STATE, kind_of_look
from worlds.replay import Replay, record
from worlds.rules.space import COL_STEP, MARGIN, PLACE_PLANE, ROW_STEP, stride_of
from worlds.simulator import DISABLED, Simulator
from worlds.state import ABSENT, OUTCOMES, SUCCEEDED, USE

HELD_UP = tuple(
    map(OUTCOMES.index, ("the way is blocked", "someone else got there first", "that place is taken"))
)


class Said(NamedTuple):
    """A turn of an episode."""

    step: int
    turn: Turn
    answer: str


@dataclass
class Episode:
    """What happened to one agent."""

    column: int
    turns: list[Said]
    features: dict[str, float]
    transcript: str
    replay: Replay | None = None
    """of its world, where it was recorded"""
    gains: tuple[float, ...] = ()
    """what each step was worth in truth, but for the time it took, where it was recorded"""


class Sampled(Language):
    """A language model that leads, whose answers are drawn and kept.

    Args:
        language_model: who answers.
        carrier: who carries subgoals out.
        chance: draws answers; None takes the likeliest.
        temperature: at which they are drawn.
    """

    name = "language that is sampled"

    def __init__(
        self,
        language_model: LanguageModel,
        carrier: Policy,
        chance: torch.Generator | None,
        temperature: float = 1.0,
    ) -> None:
        super().__init__(
            nobody, carrier, limit=language_model.context - MEANING_TOKENS, count=self._count, reads=False
        )
        self.language_model, self.chance, self.temperature = language_model, chance, temperature
        self.said: dict[int, list[Said]] = {}
        self._trees = Trees(language_model)

    def answers(
        self, sim: Simulator, agents: np.ndarray, columns: list[int], situations: list[Situation]
    ) -> list[str]:
        """Draws an answer in each situation, and keeps it."""
        if not situations:
            return []
        prompts = prompts_of(situations, self.limit, self.count)
        answers = [""] * len(prompts)
        for is_free, draw in ((True, self._free), (False, self._chosen)):
            rows = [i for i, one in enumerate(situations) if (not one.meaning) == is_free]
            if not rows:
                continue
            for i, (turn, text) in zip(
                rows, draw([prompts[i] for i in rows], [situations[i] for i in rows]), strict=True
            ):
                answers[i] = text
                step = int(sim.state.step[columns[i] // len(agents)])
                self.said.setdefault(columns[i], []).append(Said(step, turn, text))
        return answers

    def _free(self, prompts: list[str], _: list[Situation]) -> list[tuple[Turn, str]]:
        found = generate(
            self.language_model, prompts, MEANING_TOKENS, temperature=self.temperature, chance=self.chance
        )
        lengths = found.length_B.tolist()
        answers = [row[:n] for row, n in zip(found.token_BT.tolist(), lengths, strict=True)]
        rows = self.language_model.encode(prompts)
        turns = [free_turn(prompt, answer) for prompt, answer in zip(rows, answers, strict=True)]
        return [(turn, text.strip()) for turn, text in zip(turns, found.texts, strict=True)]

    def _chosen(self, prompts: list[str], situations: list[Situation]) -> list[tuple[Turn, str]]:
        choices = [answers_to(one.meaning, one.done) for one in situations]
        trees = [self._trees(some) for some in choices]
        found = choose(
            self.language_model,
            prompts,
            trees,
            tokens=NEXT_TOKENS,
            temperature=self.temperature,
            chance=self.chance,
        )
        texts = [some[n] for some, n in zip(choices, found.number_B, strict=True)]
        answers = self.language_model.encode_answers([f" {text}" for text in texts])
        rows = self.language_model.encode(prompts)
        turns = [chosen_turn(*given) for given in zip(rows, answers, trees, strict=True)]
        return list(zip(turns, texts, strict=True))

    def _count(self, texts: list[str]) -> list[int]:
        return list(map(len, self.language_model.encode(texts)))


def play_asked(
    asked: Asked, language_model: LanguageModel, mind: Callable[[], Policy], seed: int, *, greedy: bool = False,
    temperature: float = 1.0, records: bool = False,
) -> list[Episode]:  # fmt: skip
    """One episode of each agent that is asked something; the same seed draws the same answers.

    Args:
        asked: levels, and what is said in them.
        language_model: who leads.
        mind: makes who carries subgoals out, fresh.
        seed: of answers.
        greedy: take the likeliest answers.
        temperature: at which they are drawn else.
        records: keep replays, which takes time.
    """
    chance = None if greedy else torch.Generator().manual_seed(seed)
    leader = Sampled(language_model, mind(), chance, temperature)
    watch, memory = play(asked, leader, seed, records=records)
    return [watch.episode(b, leader.said.get(b, []), bool(memory.ended[b])) for b in range(len(asked.words))]


def play_mind(asked: Asked, mind: Policy, seed: int, *, records: bool = False) -> list[Episode]:
    """One episode of each agent that is asked something, by a mind that reads what it is told itself."""
    watch, _ = play(asked, mind, seed, records=records)
    return [watch.episode(b, [], False) for b in range(len(asked.words))]


def play(asked: Asked, leader: Policy, seed: int, *, records: bool = False) -> "tuple[_Watch, Any]":
    """Lead all agents to the end of their episodes; returns what was noted, and what the leader remembers."""
    worlds = len(asked.bank.step_limit)
    sim = Simulator(asked.scenario, worlds, bank=asked.bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, dict.fromkeys(asked.scenario.agents, leader))
    sim.assign(np.arange(worlds)[None])
    sim.reset()
    watch = _Watch(sim, asked, records)
    while not sim.state.over.all():
        watch.speak()
        sim.step(cast.act())
        watch.note()
    return watch, cast.memories[0]


class _Watch:
    """Speaks for people, and notes what happens to each column."""

    def __init__(self, sim: Simulator, asked: Asked, records: bool) -> None:
        self.sim, self.asked = sim, asked
        self.recorders = [record(sim, w) for w in range(sim.worlds)] if records else []
        columns = sim.worlds * sim.agents
        self.worth_TB: list[list[float]] = []  # in truth, but for the time it took, where it is recorded
        self.answered = np.zeros(columns, np.int64)  # questions of a column that were answered
        self.steps = np.zeros(columns, np.int64)  # that it was active
        self.held_up = np.zeros(columns, np.int64)
        self.took: list[set[int]] = [set() for _ in range(columns)]  # kinds of items
        self.fixtures = _shutting(sim)
        self.was_open = self.is_open = _open(sim, self.fixtures)
        self.opener = np.full(self.is_open.shape, -1)  # int64[W, F] the agent that opened it last

    def speak(self) -> None:
        """Say what is wanted at the start; answer questions in plain words, which mean one thing only."""
        for b, words in enumerate(self.asked.words):
            w, a = divmod(b, self.sim.agents)
            name = NAMES[self.sim.state.name[w, a]]
            if self.sim.state.step[w] == 0:
                self.sim.speak(w, PERSON, name, words)
            elif (asked := self._questions(b)) > self.answered[b]:
                self.sim.speak(w, PERSON, name, canonical(self.asked.goals[b]))
                self.answered[b] = asked

    def note(self) -> None:
        """What the step came to."""
        state = self.sim.state
        for recorder in self.recorders:
            if state.over[recorder.w]:
                recorder.stop()
        active = (state.active > 0).reshape(-1)
        self.steps += active
        self.held_up += active & np.isin(state.outcome.reshape(-1), HELD_UP)
        for w, a in np.argwhere((state.active > 0) & (state.hand > 0)):
            self.took[w * self.sim.agents + a].add(
                kind_of_look(int(state.item_look[w, state.hand[w, a] - 1]))
            )
        is_open = _open(self.sim, self.fixtures)
        for w, f in np.argwhere(is_open & ~self.is_open):
            cell = state.fixture_cell[w, f]
            for a in np.flatnonzero(state.action[w] == USE):
                heading = state.heading[w, a]
                if state.agent_cell[w, a] + (ROW_STEP[heading] << 8) + COL_STEP[heading] == cell:
                    self.opener[w, f] = a
        self.is_open = is_open
        if self.recorders:
            self.worth_TB.append(self._value(active))

    def episode(self, b: int, said: list[Said], is_ended: bool) -> Episode:
        """All that is kept of a column; it ended by its own word, or did not."""
        w, a = divmod(b, self.sim.agents)
        state, goal = self.sim.state, self.asked.goals[b]
        name = NAMES[state.name[w, a]]
        talk = [turn for turn in self.sim.heard(w, name) if name in (turn.speaker, turn.listener)]
        last = talk[-1].words if talk and talk[-1].speaker == name else ""
        features = self._features(b, is_ended and isinstance(read_meaning(last), Cannot))
        turns = [
            (turn.step, 0, f"{'you' if turn.speaker == name else turn.speaker}: {turn.words}")
            for turn in talk
        ]
        turns += [(one.step, 1, f"does: {one.answer}") for one in said if _is_doing(one)]
        lines = [f"wanted: {canonical(goal)}", *(text for _, _, text in sorted(turns))]
        left, doors = self._left_open(w, a, goal)
        lines += [f"left open: {thing}" for thing in (*left, *doors)]
        lines += [f"took: {thing}" for thing in self._moved(b)]
        end = "as wanted" if features["success"] else "not as wanted"
        lines.append(f"end: {end}, {self.steps[b]} steps")
        replay = self.recorders[w].replay if self.recorders else None
        return Episode(b, said, features, "\n".join(lines), replay, self._gains(b))

    def _features(self, b: int, gives_reason: bool = False) -> dict[str, float]:
        """What is measured of a column, as things stand."""
        w, a = divmod(b, self.sim.agents)
        state = self.sim.state
        left, doors = self._left_open(w, a, self.asked.goals[b])
        questions, success = self._questions(b), bool(state.finished[w, a] == SUCCEEDED)
        is_possible, is_unclear = bool(self.asked.is_possible_B[b]), bool(self.asked.is_unclear_B[b])
        needed = min(questions, 1) if is_unclear else 0
        values = (
            success, needed, questions - needed, len(left), len(doors), len(self._moved(b)), self.held_up[b],
            self.steps[b] / max(int(state.step_limit[w]), 1), gives_reason and not is_possible,
            gives_reason and is_possible,
        )  # fmt: skip
        return {key: float(value) for key, value in zip(QUANTITIES, values, strict=True)}

    def _value(self, active_B: np.ndarray) -> list[float]:
        """What columns are worth so far, but for the time they took; those whose episode is over stay as they were."""
        before = self.worth_TB[-1] if self.worth_TB else [0.0] * len(active_B)
        return [
            utility(self._features(b) | {"slowness": 0.0}) if is_active else before[b]
            for b, is_active in enumerate(active_B)
        ]

    def _gains(self, b: int) -> tuple[float, ...]:
        """By how much that rose with each step of a column."""
        worth = [0.0, *(worth_B[b] for worth_B in self.worth_TB[: self.steps[b]])]
        return tuple(after - before for before, after in pairwise(worth))

    def _moved(self, b: int) -> list[str]:
        """What it took up and nobody spoke of, in words."""
        refs = (ref for clause in self.asked.goals[b].clauses for ref in (clause.thing, clause.place))
        return sorted(KINDS[kind] for kind in self.took[b] - {ref.kind for ref in refs if ref} - {KEY_KIND})

    def _questions(self, b: int) -> int:
        """How often a column has asked so far."""
        w, a = divmod(b, self.sim.agents)
        name = NAMES[self.sim.state.name[w, a]]
        return sum(turn.speaker == name and turn.words.endswith("?") for turn in self.sim.heard(w, name))

    def _left_open(self, w: int, a: int, goal: Goal) -> tuple[list[str], list[str]]:
        """Furniture and doors that this agent opened, that stand open, and were shut at first and not to be opened."""
        asked = {clause.thing.kind for clause in goal.clauses if clause.verb == OPEN_IT}
        is_left = self.is_open[w] & ~self.was_open[w] & (self.opener[w] == a)
        kinds = [int(kind) for kind in self.fixtures[w][is_left] if kind not in asked]
        return [KINDS[kind] for kind in kinds if kind != DOOR_KIND], [
            "door" for kind in kinds if kind == DOOR_KIND
        ]


def _shutting(sim: Simulator) -> np.ndarray:
    """The kinds of what can be opened and shut, int64[W, F]; 0 where nothing is."""
    kinds = PLACE_KIND[_places(sim)].astype(np.int64)
    return np.where(np.isin(kinds, (DOOR_KIND, *SHUTS)), kinds, 0)


def _open(sim: Simulator, fixtures: np.ndarray) -> np.ndarray:
    """Which of them stand open, bool[W, F]."""
    return (fixtures > 0) & (PLACE_STATE[_places(sim)] == OPEN)


def _places(sim: Simulator) -> np.ndarray:
    """What shows of the places of fixtures, uint8[W, F]; 0 of those that a level does not have."""
    state = sim.state
    cell_WF = np.maximum(state.fixture_cell, 0)
    column_WF = ((cell_WF >> 8) + MARGIN) * stride_of(state.item_at.shape[1]) + (cell_WF & 255) + 4
    shown_WF = np.take_along_axis(state.planes[:, 2 * PLACE_PLANE], column_WF, 1)
    return np.where(state.fixture_cell == ABSENT, 0, shown_WF)


def _is_doing(one: Said) -> bool:
    """Was it told to whom it leads, and not said?"""
    return isinstance(read_answer(one.answer), Subgoal | Done) and any(one.turn.allowed)
