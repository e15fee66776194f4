"""How does a language model lead an agent? A Policy that gives it one subgoal at a time; another one carries it out.

At the first word, when a subgoal is reached or has failed, and when somebody speaks, a prompt is made of what was said
and what the agent knows (`prompt.py`), and answered: by a subgoal, `done`, a question or a reason (`answers.py`). A
subgoal becomes the instruction that the agent follows; its task, what is rewarded and what `done` is judged by stay as
they are. All agents that need an answer are asked about in one batch.

Axes: W worlds, K agents that it plays, B = W * K columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.language.answers import Cannot, Done, Question, Subgoal, read_answer
from agents.language.prompt import Situation, prompts_of
from agents.language.scene import OwnMap, look, scenes_of
from agents.language.talk import ME, Talk, said
from agents.policies.perception import columns_of
from agents.types import Memory, Policy, is_privileged
from worlds.language.instructions import words_of
from worlds.objects import NAMES
from worlds.simulator import Simulator
from worlds.state import DONE, OUTCOMES, SENSE_BROKEN, SENSE_CLAUSES_DONE, SENSE_OUTCOME, WAIT

Respond = Callable[[list[str]], list[str]]  # answers to prompts
Count = Callable[[list[str]], list[int]]  # how many tokens texts have
PERSON = "person"  # who gives an instruction, where nobody says who
MOST_DONE = 16  # subgoals that are remembered, the last ones
MOST_TRIES = 3  # answers in a row that are none, before it gives up


@dataclass
class LanguageMemory:
    """What is remembered from step to step, by column."""

    known: OwnMap
    carried: Memory  # of who carries subgoals out
    talk: list[Talk]
    doing: list[str]  # the subgoal that is carried out, "" none
    done: list[tuple[str, ...]]  # subgoals that were reached
    failure: list[str]  # the last one, in words
    tries: np.ndarray  # int64[B] answers in a row that came to nothing
    steps: np.ndarray  # int64[B] acts since the subgoal was given
    told: np.ndarray  # uint16[B, 64] words that stand in the observation, as they were when last looked at
    waits: np.ndarray  # bool[B] it has asked, and waits for words
    gave_up: np.ndarray  # bool[B] who carries out has said that it is over
    ended: np.ndarray  # bool[B] it has said that it is over


class Language:
    """A Policy that a language model leads.

    Args:
        respond: answers to prompts, all at once.
        carrier: who carries subgoals out.
        limit: tokens of a prompt.
        count: of tokens; by default, about as many as a byte-pair tokenizer would make.
        patience: acts after which a subgoal has failed.
    """

    name = "language"

    def __init__(
        self,
        respond: Respond,
        carrier: Policy,
        *,
        limit: int = 192,
        count: Count | None = None,
        patience: int = 120,
    ) -> None:
        self.respond, self.carrier, self.limit, self.patience = respond, carrier, limit, patience
        self.count = count or about_as_many

    @property
    def privileged(self) -> bool:
        """As who carries out: the model itself goes by what its agent has seen."""
        return is_privileged(self.carrier)

    def start(self, sim: Simulator, agents: np.ndarray) -> LanguageMemory:
        """Nothing said, nothing seen.

        Raises:
            ValueError: houses are too large for a map.
        """
        n = sim.worlds * len(agents)
        talk: list[Talk] = [() for _ in range(n)]
        return LanguageMemory(
            OwnMap.empty(sim, len(agents)), self.carrier.start(sim, agents), talk, [""] * n, [()] * n, [""] * n,
            np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros((n, 64), np.uint16),
            *(np.zeros(n, np.bool_) for _ in range(3)),
        )  # fmt: skip

    def act(
        self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory
    ) -> tuple[np.ndarray, LanguageMemory]:
        """Acts int64[W, K]: those of who carries out, less its `done`; that of the model in its place."""
        own = columns_of(sim.observation.own, agents)
        view = np.ascontiguousarray(columns_of(sim.observation.view, agents).reshape(len(own), 3, -1))
        own, begins = np.ascontiguousarray(own), np.repeat(sim.state.step == 0, len(agents))
        look(memory.known, view, own, 1 - begins.astype(np.float32))
        self._listen(sim, agents, memory, begins)
        self._judge(memory, own)
        idle = [not doing for doing in memory.doing]
        asked = np.flatnonzero(np.array(idle) & ~memory.waits & ~memory.ended)
        if len(asked):
            self._ask(sim, agents, memory, asked, view, own)
        acts, memory.carried = self.carrier.act(sim, agents, memory.carried)
        acts = acts.reshape(-1).copy()
        busy = np.array([bool(doing) for doing in memory.doing])
        memory.gave_up = busy & (acts == DONE)
        memory.steps += busy
        acts[memory.gave_up | ~busy] = WAIT
        acts[memory.ended] = DONE
        return acts.reshape(sim.worlds, len(agents)), memory

    def _listen(self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, begins: np.ndarray) -> None:
        """Take in instructions that are new: those of an episode that begins, or of a person."""
        tokens = columns_of(sim.observation.tokens, agents)
        for b in np.flatnonzero(begins | (tokens != memory.told).any(1)):
            if begins[b]:
                memory.talk[b], memory.done[b] = (), ()
            memory.talk[b] = said(memory.talk[b], PERSON, words_of(tokens[b]))
            memory.doing[b] = memory.failure[b] = ""
            memory.tries[b], memory.waits[b], memory.ended[b], memory.gave_up[b] = 0, False, False, False
            memory.told[b] = tokens[b]

    def _judge(self, memory: LanguageMemory, own: np.ndarray) -> None:
        """What became of subgoals?"""
        for b, doing in enumerate(memory.doing):
            if not doing:
                continue
            if own[b, SENSE_CLAUSES_DONE] & 1 and not own[b, SENSE_BROKEN]:
                memory.done[b] = (*memory.done[b], doing)[-MOST_DONE:]
                memory.failure[b] = ""
            elif own[b, SENSE_BROKEN]:
                memory.failure[b] = f"{doing}: what was not to be done was done"
            elif memory.gave_up[b]:
                memory.failure[b] = f"{doing}: no way was found"
            elif memory.steps[b] >= self.patience:
                memory.failure[b] = f"{doing}: it took too long, {OUTCOMES[own[b, SENSE_OUTCOME]]} at last"
            else:
                continue
            memory.doing[b] = ""

    def _ask(
        self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, asked: np.ndarray, view: np.ndarray,
        own: np.ndarray,
    ) -> None:  # fmt: skip
        """One answer for each of these columns."""
        worlds, ks = np.divmod(asked, len(agents))
        everybody = np.repeat(sim.state.name, len(agents), axis=0)
        names = [NAMES[everybody[b, agents[k]]] for b, k in zip(asked, ks, strict=True)]
        scenes = scenes_of(memory.known, view, own, everybody, asked)
        situations = [
            Situation(name, memory.talk[b], scene, memory.done[b], memory.failure[b])
            for name, b, scene in zip(names, asked, scenes, strict=True)
        ]
        answers = self.respond(prompts_of(situations, self.limit, self.count))
        for w, k, b, text in zip(worlds, ks, asked, answers, strict=True):
            self._follow(sim, int(w), int(agents[k]), int(b), memory, text)

    def _follow(self, sim: Simulator, w: int, agent: int, b: int, memory: LanguageMemory, text: str) -> None:
        """Do what one answer says; what is none never reaches the world."""
        match read_answer(text):
            case Subgoal(goal, words):
                sim.instruct(w, agent, goal, task=False)
                memory.told[b] = sim.observation.tokens[w, agent]
                memory.doing[b], memory.steps[b], memory.tries[b] = words, 0, 0
            case Done():
                memory.ended[b] = True
            case Question(words):
                memory.talk[b], memory.waits[b] = said(memory.talk[b], ME, words), True
            case Cannot(reason):
                memory.talk[b], memory.ended[b] = said(memory.talk[b], ME, reason), True
            case None:
                memory.tries[b] += 1
                memory.failure[b] = "the last answer was none"
                memory.ended[b] = memory.tries[b] >= MOST_TRIES


def about_as_many(texts: Sequence[str]) -> list[int]:
    """About how many tokens texts have, for want of a tokenizer: four for three words."""
    return [len(text.split()) * 4 // 3 + 1 for text in texts]
