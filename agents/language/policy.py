"""How does a language model lead an agent? A Policy that gives it one subgoal at a time; another one carries it out.

When somebody speaks, the model is asked what is meant; then, and whenever a subgoal is reached or has failed, what to
do next. A prompt is made of what was said or meant and of what the agent knows (`prompt.py`), and answered: by a
meaning, a subgoal, `done`, a question or a reason (`answers.py`); what next, by one of those that serve what was meant
(`serving.py`). A subgoal becomes the instruction that the agent
follows; its task, what is rewarded and what `done` is judged by stay as they are. All agents that need an answer are
asked about in one batch.

What next is asked of what was meant and of what is done; what the agent knows of the house is read where the last words
say too little, and where a subgoal has failed.

What was meant, questions and reasons are said to who spoke last.

Axes: W worlds, K agents that it plays, B = W * K columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.language.answers import Cannot, Done, Meaning, Question, Subgoal, read_answer, read_meaning
from agents.language.prompt import NOWHERE, Situation, prompts_of
from agents.language.scene import OwnMap, look, scenes_of
from agents.language.serving import answers_to
from agents.language.talk import ME, PERSON, TAKEN, Talk, is_reply, recent, said
from agents.policies.perception import columns_of
from agents.types import Memory, Policy, is_privileged
from worlds.language.instructions import InstructionError, canonical, parse, words_of
from worlds.objects import NAMES
from worlds.simulator import Simulator
from worlds.state import (
    DONE,
    MAX_TOKENS,
    OUTCOMES,
    SENSE_BROKEN,
    SENSE_CLAUSES_DONE,
    SENSE_OUTCOME,
    WAIT,
    beginners,
)

Respond = Callable[[list[str], list[tuple[str, ...]]], list[str]]
"""Answers to prompts: one of the choices of each, or where there are none, what is meant."""
Count = Callable[[list[str]], list[int]]  # how many tokens texts have
MOST_DONE = 16  # subgoals that are remembered, the last ones
MOST_TRIES = 3  # answers in a row that are none, before it gives up
NO_WAY = "no way was found"
BROKEN = "what was not to be done was done"
TOO_LONG = "it took too long"
NO_ANSWER = "the last answer was none"


@dataclass
class LanguageMemory:
    """What is remembered from step to step, by column."""

    known: OwnMap
    carried: Memory  # of who carries subgoals out
    talk: list[Talk]
    speaker: list[str]  # who spoke last
    meaning: list[str]  # what that was taken for, "" not known yet
    doing: list[str]  # the subgoal that is carried out, "" none
    done: list[tuple[str, ...]]  # subgoals that were reached
    failure: list[str]  # the last one, in words
    heard: np.ndarray  # int64[B] the last step at which words were said that it has listened to
    tries: np.ndarray  # int64[B] answers in a row that came to nothing
    steps: np.ndarray  # int64[B] acts since the subgoal was given
    wanted: np.ndarray  # int64[B] bits of its demands
    told: (
        np.ndarray
    )  # uint16[B, MAX_TOKENS] words that stand in the observation, as they were when last looked at
    is_spoken_to: np.ndarray  # bool[B] the last words were said, not given as an instruction
    busy: np.ndarray  # bool[B] a subgoal is carried out
    waits: np.ndarray  # bool[B] it has asked, or was told nothing yet, and waits for words
    gave_up: np.ndarray  # bool[B] who carries out has said that it is over
    ended: np.ndarray  # bool[B] it has said that it is over


class Language:
    """A Policy that a language model leads.

    Args:
        respond: answers to prompts, all at once, see `Respond`.
        carrier: who carries subgoals out.
        limit: tokens of a prompt.
        count: of tokens; by default, about as many as a byte-pair tokenizer would make.
        patience: acts after which a subgoal has failed.
        reads: the instruction of its world is what a person says; without it, only what is said counts.
        grammar: what the grammar understands is meant as it is said, and the model is asked about all else.
    """

    name = "language"
    hears = True  # words that are no instruction of the grammar may be said to it
    sees_all = False  # it has every scene before it, not only those that are read

    def __init__(
        self,
        respond: Respond,
        carrier: Policy,
        *,
        limit: int = 192,
        count: Count | None = None,
        patience: int = 120,
        reads: bool = True,
        grammar: bool = False,
    ) -> None:
        self.respond, self.carrier, self.limit, self.patience = respond, carrier, limit, patience
        self.count, self.reads, self.grammar = count or about_as_many, reads, grammar

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
        numbers = ("heard", "tries", "steps", "wanted")
        marks = ("is_spoken_to", "busy", "waits", "gave_up", "ended")
        return LanguageMemory(
            known=OwnMap.empty(sim, len(agents)),
            carried=self.carrier.start(sim, agents),
            talk=[()] * n,
            speaker=[PERSON] * n,
            meaning=[""] * n,
            doing=[""] * n,
            done=[()] * n,
            failure=[""] * n,
            told=np.zeros((n, MAX_TOKENS), np.uint16),
            **{name: np.zeros(n, np.int64) for name in numbers},
            **{name: np.zeros(n, np.bool_) for name in marks},
        )

    def act(
        self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory
    ) -> tuple[np.ndarray, LanguageMemory]:
        """Acts int64[W, K]: those of who carries out, less its `done`; that of the model in its place."""
        own = columns_of(sim.observation.own, agents)
        view = np.ascontiguousarray(columns_of(sim.observation.view, agents).reshape(len(own), 3, -1))
        own, begins = np.ascontiguousarray(own), columns_of(beginners(sim.state), agents)
        look(memory.known, view, own, 1 - begins.astype(np.float32))
        self._listen(sim, agents, memory, begins)
        self._judge(memory, own)
        self._find_out(sim, agents, memory, view, own)
        known = [b for b in _idle(memory) if memory.meaning[b]]
        seen = [b for b in known if memory.failure[b]]
        situations = self._situations(sim, agents, memory, known, seen, view, own)
        for b, text in zip(known, self.answers(sim, agents, known, situations), strict=True):
            self._follow(sim, agents, memory, b, text)
        acts, memory.carried = self.carrier.act(sim, agents, memory.carried)
        acts = acts.reshape(-1).copy()
        memory.gave_up = memory.busy & (acts == DONE)
        memory.steps += memory.busy
        acts[memory.gave_up | ~memory.busy] = WAIT
        acts[memory.ended] = DONE
        return acts.reshape(sim.worlds, len(agents)), memory

    def answers(
        self, sim: Simulator, agents: np.ndarray, columns: list[int], situations: list[Situation]
    ) -> list[str]:
        """What is answered in these situations of columns."""
        if not situations:
            return []
        choices = [answers_to(one.meaning, one.done) if one.meaning else () for one in situations]
        return self.respond(prompts_of(situations, self.limit, self.count), choices)

    def _find_out(
        self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, view: np.ndarray, own: np.ndarray
    ) -> None:
        """What was meant? By the last words alone; if they say too little, with the talk and what the agent knows."""
        asked = [b for b in _idle(memory) if not memory.meaning[b]]
        if self.grammar:
            asked = [b for b in asked if not self._is_plain(sim, agents, memory, b)]
        first = [b for b in asked if not is_reply(memory.talk[b])]
        alone = [
            one._replace(talk=one.talk[-1:])
            for one in self._situations(sim, agents, memory, first, [], view, own)
        ]
        found = dict(zip(first, self.answers(sim, agents, first, alone), strict=True))
        unclear = [b for b in asked if not isinstance(read_meaning(found.get(b, "")), Meaning | Cannot)]
        more = [
            one._replace(talk=recent(one.talk))
            for one in self._situations(sim, agents, memory, unclear, unclear, view, own)
        ]
        again = self.answers(sim, agents, unclear, more)
        for b, text in (found | dict(zip(unclear, again, strict=True))).items():
            self._understand(sim, agents, memory, b, text)

    def _listen(self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, begins: np.ndarray) -> None:
        """Take in what is new: the instruction of an episode that begins, or that was changed, and what was said."""
        tokens = columns_of(sim.observation.tokens, agents)
        for b in np.flatnonzero(begins | (tokens != memory.told).any(1)):
            if begins[b]:
                memory.talk[b], memory.done[b], memory.meaning[b], memory.heard[b] = (), (), "", -1
            memory.told[b] = tokens[b]
            words = words_of(tokens[b]) if self.reads else ""
            is_known = not self.reads or (bool(words) and _means(words, memory.meaning[b]))
            if is_known and not begins[b]:  # it is told what it has understood already
                memory.doing[b], memory.busy[b], memory.ended[b] = "", False, False
            else:
                self._hear(memory, int(b), PERSON, words)
                memory.is_spoken_to[b] = False
        for w in range(sim.worlds):
            if sim.talk(w):
                for k, a in enumerate(agents.tolist()):
                    self._hear_all(sim, memory, w, w * len(agents) + k, NAMES[sim.state.name[w, a]])

    def _hear_all(self, sim: Simulator, memory: LanguageMemory, w: int, b: int, name: str) -> None:
        """Take in what was said to an agent since it listened last."""
        for turn in sim.heard(w, name):
            is_new = turn.step > memory.heard[b] and turn.listener == name != turn.speaker
            if is_new and not _means(turn.words, memory.meaning[b]):
                self._hear(memory, b, turn.speaker, turn.words)
                memory.is_spoken_to[b] = True
        memory.heard[b] = sim.state.step[w] - 1

    def _hear(self, memory: LanguageMemory, b: int, speaker: str, words: str) -> None:
        """Somebody says something: what is meant has to be found out anew. Nothing is said: it waits."""
        memory.talk[b], memory.speaker[b] = said(memory.talk[b], speaker, words), speaker
        memory.meaning[b] = memory.doing[b] = memory.failure[b] = ""
        memory.done[b], memory.tries[b], memory.waits[b] = (), 0, not memory.talk[b]
        memory.busy[b] = memory.ended[b] = memory.gave_up[b] = False

    def _judge(self, memory: LanguageMemory, own: np.ndarray) -> None:
        """What became of subgoals?"""
        is_reached = (own[:, SENSE_CLAUSES_DONE] & memory.wanted == memory.wanted) & (
            own[:, SENSE_BROKEN] == 0
        )
        is_over = is_reached | (own[:, SENSE_BROKEN] > 0) | memory.gave_up | (memory.steps >= self.patience)
        for b in np.flatnonzero(memory.busy & is_over):
            doing, memory.doing[b], memory.busy[b] = memory.doing[b], "", False
            if is_reached[b]:
                memory.done[b] = (*memory.done[b], doing)[-MOST_DONE:]
                memory.failure[b] = ""
            elif own[b, SENSE_BROKEN]:
                memory.failure[b] = f"{doing}: {BROKEN}"
            elif memory.gave_up[b]:
                memory.failure[b] = f"{doing}: {NO_WAY}"
            else:
                memory.failure[b] = f"{doing}: {TOO_LONG}, {OUTCOMES[own[b, SENSE_OUTCOME]]} at last"

    def _situations(
        self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, asked: list[int], seen: list[int],
        view: np.ndarray, own: np.ndarray,
    ) -> list[Situation]:  # fmt: skip
        """Situations of columns, with the scenes of those among them that are read."""
        seen = asked if self.sees_all else seen
        everybody = np.repeat(sim.state.name, len(agents), axis=0)
        scenes = scenes_of(memory.known, view, own, everybody, np.array(seen)) if seen else []
        scene = dict(zip(seen, scenes, strict=True))
        return [
            Situation(
                NAMES[everybody[b, agents[b % len(agents)]]],
                memory.talk[b],
                scene.get(b, NOWHERE),
                memory.done[b],
                memory.failure[b],
                memory.meaning[b],
            )
            for b in asked
        ]

    def _is_plain(self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, b: int) -> bool:
        """Does the grammar understand what was said last? Then that is what was meant."""
        plain = _by_grammar(memory.talk[b][-1].words)
        if plain:
            self._understand(sim, agents, memory, b, plain)
        return bool(plain)

    def _understand(
        self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, b: int, text: str
    ) -> None:
        """Take up what was meant."""
        match read_meaning(text):
            case Meaning(_, words):
                memory.meaning[b], memory.tries[b], memory.failure[b] = words, 0, ""
                if memory.is_spoken_to[b]:
                    self._say(sim, agents, memory, b, TAKEN + words)
            case other:
                self._talk_back(sim, agents, memory, b, other)

    def _follow(self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, b: int, text: str) -> None:
        """Do what one answer says; what is none never reaches the world."""
        match read_answer(text):
            case Subgoal(goal, words):
                w, a = b // len(agents), int(agents[b % len(agents)])
                if TOO_LONG not in memory.failure[b] or not memory.failure[b].startswith(f"{words}: "):
                    sim.instruct(w, a, goal, task=False)  # else it goes on with what it has begun
                memory.told[b] = sim.observation.tokens[w, a]
                memory.doing[b], memory.steps[b], memory.tries[b], memory.busy[b] = words, 0, 0, True
                memory.wanted[b], memory.gave_up[b] = (1 << len(goal.clauses)) - 1, False
            case Done():
                memory.ended[b] = True
            case other:
                self._talk_back(sim, agents, memory, b, other)

    def _talk_back(
        self,
        sim: Simulator,
        agents: np.ndarray,
        memory: LanguageMemory,
        b: int,
        answer: Question | Cannot | None,
    ) -> None:
        """Ask and wait, give a reason and end, or note that an answer is none."""
        match answer:
            case Question(words):
                self._say(sim, agents, memory, b, words)
                memory.waits[b] = True
            case Cannot(reason):
                self._say(sim, agents, memory, b, reason)
                memory.ended[b] = True
            case None:
                memory.tries[b] += 1
                memory.failure[b] = NO_ANSWER
                memory.ended[b] = memory.tries[b] >= MOST_TRIES

    def _say(self, sim: Simulator, agents: np.ndarray, memory: LanguageMemory, b: int, words: str) -> None:
        """Say something to who spoke last."""
        memory.talk[b] = said(memory.talk[b], ME, words)
        w, a = divmod(b, len(agents))
        sim.speak(w, NAMES[sim.state.name[w, agents[a]]], memory.speaker[b], words)


def nobody(prompts: list[str], choices: list[tuple[str, ...]]) -> list[str]:
    """Stands for a model in a policy whose `answers` asks none."""
    raise AssertionError("this policy answers by itself: no model should be asked")


def _idle(memory: LanguageMemory) -> list[int]:
    """Columns that need an answer."""
    return np.flatnonzero(~memory.busy & ~memory.waits & ~memory.ended).tolist()


def _means(words: str, meaning: str) -> bool:
    """Are these words an instruction of the grammar that means just that?"""
    return bool(meaning) and _by_grammar(words) == meaning


def _by_grammar(words: str) -> str:
    """What the grammar takes words for, in plain ones; "" nothing, or several things."""
    try:
        return canonical(parse(words))
    except InstructionError:
        return ""


def about_as_many(texts: Sequence[str]) -> list[int]:
    """About how many tokens texts have, for want of a tokenizer: four for three words."""
    return [len(text.split()) * 4 // 3 + 1 for text in texts]
