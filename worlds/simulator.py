"""How does one run many worlds? The Simulator owns a State, advances it and shows it without copies."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from worlds import kernels
from worlds.checks import LAST_SEED, check_number, check_seed, count
from worlds.compiler.handle import handle
from worlds.events import Event, Instruct, Rejoin, Say, Speak, TakeOver
from worlds.goal import Goal, encode
from worlds.kernels import DISABLED, NEXT_STEP, SAME_STEP
from worlds.language.instructions import canonical, parse, tokens_of, told
from worlds.levels.bank import bank_of, capacities
from worlds.levels.checks import check_levels, check_shapes, check_worlds
from worlds.levels.level import MAX_STEPS, Level
from worlds.levels.level_text import read_level
from worlds.objects import NAMES
from worlds.rules.mechanics import NONE
from worlds.scenario import Scenario
from worlds.state import (
    ACTIVE,
    ACTS,
    EARSHOT,
    FAILED,
    FOCAL,
    FORBIDDEN,
    LEVEL_FIELDS,
    MAX_TOKENS,
    MECHANICS,
    NEEDS_DONE,
    OCCLUDED,
    OPTION_0,
    PASS_THROUGH,
    R_CLAUSE,
    R_FAILURE,
    R_SLOWNESS,
    R_STEP,
    R_SUCCESS,
    RATE_0,
    SHARED_GOAL,
    SUCCEEDED,
    State,
    empty_bank,
    empty_state,
    instructed,
)
from worlds.talk import TALK, Spoken, Talks, add, heard_in, pack, spoken_in, turn_of, unpack

MOST_WORLDS = 1 << 24
# Of this process alone, or told by `save`.
_APART = frozenset(
    ("state", "_told", "handle", "_told_handle", "bank", "bank_handle", "_mechanics", "_begins", "_talks")
)

__all__ = ["DISABLED", "NEXT_STEP", "SAME_STEP", "Observation", "Simulator"]


class Observation(NamedTuple):
    """What agents perceive, as views into the simulator's arrays: copy what must outlive the next step."""

    view: np.ndarray  # uint8[W, A, 3, V, V] place, item, agent; by (cells ahead, cells from left to right)
    own: np.ndarray  # uint8[W, A, 8] hand, heading, outcome, last act, clauses done, stage, broken, frozen
    tokens: np.ndarray  # uint16[W, A, 64] instruction, 0 padding
    heard: np.ndarray  # uint8[W, A, A, M] what each other agent in earshot said


class Listener(Protocol):
    """Who is told what happens to the worlds of a Simulator, such as a recorder (replay.py)."""

    def applied(self, w: int, event: Event) -> None:
        """An event happened to world `w`."""
        ...

    def stepped(self) -> None:
        """All worlds took a step, with the acts and messages that stand in the state."""
        ...

    def jumped(self) -> None:
        """Worlds began anew, or are as they were at an earlier moment."""
        ...


class Simulator:
    """Many worlds of one scenario, advanced together.

    Args:
        scenario: roles, rewards, senses.
        worlds: how many run side by side.
        bank: the levels that episodes begin with; drawn from the scenario if None.
        levels: how many levels to draw.
        seed: of levels and of all chance in the worlds, 0 to 2**64 - 1.
        autoreset: SAME_STEP (default), NEXT_STEP or DISABLED, as in Gymnasium.
        focal: a world ends when its first `focal` agents have finished, 0 for all of them.
        first_world: global number of the first world; worlds of the same number behave the same in any batch.

    Example:
        >>> import numpy as np
        >>> from worlds import make_scenario
        >>> sim = Simulator(make_scenario("coins"), worlds=4, levels=4)
        >>> sim.step(np.zeros((4, 2), np.int64)).view.shape
        (4, 2, 3, 7, 7)
    """

    def __init__(
        self,
        scenario: Scenario,
        worlds: int = 1,
        *,
        bank: State | None = None,
        levels: int = 1024,
        seed: int = 0,
        autoreset: int = SAME_STEP,
        first_world: int = 0,
        focal: int = 0,
    ) -> None:
        check_number("worlds", worlds, 1, MOST_WORLDS)
        check_number("levels", levels, 1, MOST_WORLDS)
        check_number("first_world", first_world, 0, LAST_SEED)
        check_number("focal", focal, 0, len(scenario.agents))
        check_number("autoreset", autoreset, DISABLED, NEXT_STEP)
        seed = check_seed("seed", seed)
        self.scenario = scenario
        self.worlds = worlds
        self.autoreset = autoreset
        bank = scenario.draw(levels, seed) if bank is None else bank
        self._capacities = capacities(bank)
        self.sizes = self._capacities._replace(view=scenario.view, message=scenario.message_tokens)
        self.agents = self.sizes.agents
        self._hold(empty_state(worlds, self.sizes))
        self.state.world_id[:] = np.arange(first_world, first_world + worlds, dtype=np.uint64)
        _configure(self.state, scenario)
        self.state.option[FOCAL] = focal
        self._mechanics, self._begins = _rules_of(scenario)
        self.listeners: list[Listener] = []  # copies of a simulator have none
        self._talks: Talks = {}
        self.set_bank(bank)
        self._everyone = np.ones(worlds, np.bool_)
        self.turn = np.zeros(worlds, np.int64)  # episodes begun since rows were assigned
        self.reset(seed=seed)

    def _hold(self, state: State) -> None:
        """Own a State."""
        self.state, self._told = state, instructed(state)
        self.handle, self._told_handle = handle(self.state), handle(self._told)

    @property
    def instructed(self) -> State:
        """The worlds as agents are told to act in them: `state`, but goals are the instructions that they follow.

        Brought up to date whenever it is asked for: ask anew after each step.
        """
        kernels.tell_tasks(self.handle, self._told_handle)
        return self._told

    @property
    def instructed_handle(self) -> Any:
        """What compiled rules take for `instructed`."""
        kernels.tell_tasks(self.handle, self._told_handle)
        return self._told_handle

    def set_rates(self, scenario: Scenario) -> None:
        """Pay, and let chance be, as in another scenario that differs in `rewards` and `rates` alone."""
        _set_rates(self.state, scenario)

    def set_bank(self, bank: State) -> None:
        """Begin future episodes with the levels of another bank, drawn by chance.

        Raises:
            ValueError: the bank has other capacities than this simulator, or a row holds what no level does.
        """
        sizes, mine = capacities(bank), self._capacities
        if sizes != mine:
            raise ValueError(
                f"the bank has {sizes}, this simulator {mine}: make the bank with the same capacities"
            )
        check_levels(bank)
        self.bank = bank
        self.bank_handle = handle(bank)
        self.rows_TW: np.ndarray | None = None  # rows of the bank that episodes begin with, turn by turn

    def assign(self, rows_TW: np.ndarray | None) -> None:
        """Give every world levels of its own: from now on its episodes begin with its column of rows, in turn.

        A single turn [1, W] keeps each world at one level. None: levels are drawn by chance again. What was assigned is
        no part of `save`: assign it again after `restore`.

        Raises:
            ValueError: a shape is wrong, or the bank has no such row.
        """
        rows = self.bank.step_limit.shape[0]
        if rows_TW is not None:
            if rows_TW.ndim != 2 or rows_TW.shape[1] != self.worlds or not len(rows_TW):
                raise ValueError(
                    f"rows have shape {rows_TW.shape}, they need a column for each of {self.worlds} worlds"
                )
            if rows_TW.min() < 0 or rows_TW.max() >= rows:
                raise ValueError(
                    f"rows go from {rows_TW.min()} to {rows_TW.max()}, the bank has 0 to {rows - 1}"
                )
        self.rows_TW = rows_TW
        self.turn[:] = 0

    def reset(
        self,
        *,
        seed: int | None = None,
        chosen: np.ndarray | None = None,
        level: int | Level | str | None = None,
        instruction: str | Sequence[str] | None = None,
    ) -> Observation:
        """Begin an episode in all worlds, or in the `chosen` ones (bool[W]).

        Args:
            seed: restarts all chance; with it, episodes are counted from one again.
            level: a row of the bank, a Level or the text of one, instead of a level drawn by chance.
            instruction: words for the first agent, or one text for each agent, instead of the level's own.

        Raises:
            ValueError: the seed, the level or the instruction is wrong (`InstructionError`, `LevelError`).
        """
        chosen = self._everyone if chosen is None else np.ascontiguousarray(chosen, np.bool_)
        if chosen.shape != (self.worlds,):
            raise ValueError(
                f"chosen has shape {chosen.shape}, it needs one bool for each of {self.worlds} worlds"
            )
        goals = self._goals_of(instruction)
        bank_handle, row = self._level_source(level)
        seed = None if seed is None else check_seed("seed", seed)
        if seed is not None:
            self.state.seed[chosen] = np.uint64(seed)
            self.state.episode[chosen] = 0
        self.state.next_level[chosen] = row
        if self.rows_TW is not None and level is None:
            self._take_turns()
            self.turn[chosen] += 1
        self._begin(bank_handle, chosen)
        self._talks = {w: talk for w, talk in self._talks.items() if not chosen[w]}
        for w in np.flatnonzero(chosen) if goals else ():
            for a, goal in enumerate(goals):
                if goal is not None:
                    self._give(int(w), a, *goal)
        for listener in self.listeners:
            listener.jumped()
        return self.observation

    def step(self, action: np.ndarray, message: np.ndarray | None = None) -> Observation:
        """Advance all worlds by one step; results are in `state` (reward, terminated, truncated, over, success).

        Args:
            action: integers [W, A], indices of `worlds.state.ACTS`.
            message: uint8[W, A, M] tokens that others in earshot perceive at the next step, 0 silence; what stands in
                `state.message` if None, which each step leaves silent.

        Raises:
            ValueError: an act does not exist or a shape is wrong; then no world has moved.
        """
        action = np.asarray(action)
        state = self.state
        if action.shape != state.action.shape or action.dtype.kind not in "iu":
            raise ValueError(
                f"action is {action.dtype}{list(action.shape)}, it needs one integer for each of "
                f"{count(self.worlds, 'world')} and {count(self.agents, 'agent')}"
            )
        if action.max() >= len(ACTS) or action.min() < 0:
            w, a = np.argwhere((action >= len(ACTS)) | (action < 0))[0]
            raise ValueError(
                f"world {w}, agent {a}: act {action[w, a]} does not exist, allowed are 0 to {len(ACTS) - 1} "
                f"({', '.join(ACTS)}); no world has moved"
            )
        state.action[...] = action
        if message is not None:
            if np.shape(message) != state.message.shape:
                raise ValueError(
                    f"message has shape {np.shape(message)}, this scenario needs {state.message.shape}"
                )
            state.message[...] = message
        self.advance()
        return self.observation

    def advance(self) -> None:
        """Advance all worlds with what stands in `state.action` and `state.message`, which must be in range."""
        if self.rows_TW is not None:
            self._take_turns()
            before = self.state.episode.copy()
            self._step()
            self.turn += self.state.episode != before
        else:
            self._step()
        for listener in self.listeners:
            listener.stepped()
        if self.sizes.message:
            self.state.message[...] = 0

    def _step(self) -> None:
        handles = self.handle, self._told_handle, self.bank_handle
        rules = self._mechanics, self._begins
        kernels.step(*handles, self.autoreset, *rules, self.worlds, self.agents)

    def begin(self, chosen: np.ndarray) -> None:
        """Begin an episode in the worlds of `chosen`, bool[W], with `state.next_level`: `reset` without its checks."""
        self._begin(self.bank_handle, chosen)

    def _begin(self, bank_handle: Any, chosen: np.ndarray) -> None:
        kernels.begin_worlds(self.handle, self._told_handle, bank_handle, self._begins, chosen)

    def _take_turns(self) -> None:
        """Note the level that each world begins its next episode with."""
        rows_TW = self.rows_TW
        assert rows_TW is not None
        self.state.next_level[...] = rows_TW[self.turn % len(rows_TW), np.arange(self.worlds)]

    def instruct(self, w: int, a: int, instruction: str | Goal, *, task: bool = True) -> Goal:
        """Give agent `a` of world `w` a new instruction, judged from now on; returns its Goal.

        Args:
            task: it is the agent's new task. If False, the agent is only told so, as of a step on the way: it perceives
                these words and how far it got with them, while its task, what is rewarded, and what `done` is judged
                by, go on as they were. The next task or episode ends that.

        Raises:
            InstructionError: words that are unknown, ambiguous or make no sense together.
        """
        goal = parse(instruction) if isinstance(instruction, str) else instruction
        words = instruction if isinstance(instruction, str) else canonical(goal)
        self._give(w, a, goal, words, task)
        self._tell(w, Instruct(a, words, task))
        return goal

    def say(self, w: int, a: int, tokens: Sequence[int]) -> None:
        """Let agent `a` of world `w` say something at the next step, unless that step is given other messages.

        Raises:
            ValueError: there are not as many tokens as the scenario's messages have, or one is not 0 to 255.
        """
        length = self.sizes.message
        if len(tokens) != length:
            raise ValueError(
                f"a message of {count(len(tokens), 'token')}: this scenario has {length} in each"
            )
        for i, token in enumerate(tokens):
            check_number(f"token {i} of the message", token, 0, 255)
        self.state.message[w, a] = tokens
        self._tell(w, Say(a, tuple(map(int, tokens))))

    def speak(self, w: int, speaker: str, listener: str, words: str) -> Spoken | None:
        """Let somebody say words to somebody in world `w`, heard from the next step on; returns the turn.

        Names are those of agents (`names`), or any others, such as "person". Words are cleaned and cut
        (language/cleaning.py); where nothing is left of them, nothing is said, and None returned.

        Raises:
            ValueError: there is no such world, or something is no text.
        """
        turn = turn_of(self.state, w, speaker, listener, words)
        if turn is not None:
            add(self._talks, self.state, w, turn)
            self._tell(w, Speak(turn.speaker, turn.listener, turn.words))
        return turn

    def heard(self, w: int, name: str) -> tuple[Spoken, ...]:
        """What `name` said or was told in this episode of world `w`, in order, but for what was said at this step.

        An episode that begins has heard nothing; of a long one, the last turns are kept (`worlds.talk.KEPT`).
        """
        return heard_in(self._talks, self.state, w, name)

    def talk(self, w: int = 0) -> tuple[Spoken, ...]:
        """What anybody said in this episode of world `w`, in order, up to now."""
        return spoken_in(self._talks, self.state, w)

    def rejoin(self, w: int, a: int, steps: int) -> None:
        """Take agent `a` of world `w` into the episode again, and let the world last `steps` steps more, at least.

        Who has left the world, or is to come, stays where it is.
        """
        check_number("steps", steps, 0, MAX_STEPS)
        state = self.state
        if state.finished[w, a] in (SUCCEEDED, FAILED):
            state.finished[w, a] = ACTIVE
        state.over[w] = False
        state.step_limit[w] = max(state.step_limit[w], state.step[w] + steps)
        self._tell(w, Rejoin(a, steps))

    def apply(self, w: int, event: Event) -> None:
        """Let an event happen to world `w`. Acts are no such event: all worlds `step` together.

        Raises:
            ValueError: as the method of the same name raises it, or the event is a step.
        """
        match event:
            case Instruct(agent, words, task):
                self.instruct(w, agent, words, task=task)
            case Say(agent, tokens):
                self.say(w, agent, tokens)
            case Speak(speaker, listener, words):
                self.speak(w, speaker, listener, words)
            case Rejoin(agent, steps):
                self.rejoin(w, agent, steps)
            case TakeOver():
                self._tell(w, event)
            case _:
                raise ValueError(f"{event} is no event that happens to one world: give acts to step()")

    def _tell(self, w: int, event: Event) -> None:
        for listener in self.listeners:
            listener.applied(w, event)

    @property
    def observation(self) -> Observation:
        """What agents perceive now."""
        s = self.state
        return Observation(s.obs_view, s.obs_self, s.tokens, s.obs_heard)

    @property
    def final_observation(self) -> Observation:
        """The last observation of worlds whose episode ended at this step (where `state.over`)."""
        s = self.state
        return Observation(s.final_view, s.final_self, s.final_tokens, s.final_heard)

    def names(self, w: int = 0) -> list[str]:
        """The names of the agents of a world."""
        return [NAMES[n] for n in self.state.name[w]]

    def digest(self) -> str:
        """sha256 of the whole state and of what was said: equal digests mean equal worlds."""
        kernels.tell_tasks(self.handle, self._told_handle)
        digest = hashlib.sha256()
        for name, array in zip(self.state._fields, self.state, strict=True):
            digest.update(name.encode())
            digest.update(array.tobytes())
        digest.update(pack(self._talks, self.state).tobytes())
        return digest.hexdigest()

    def save(self) -> dict[str, np.ndarray]:
        """Copies of all arrays: in-flight episodes, streams and observations; and `talk`, if anything was said."""
        kernels.tell_tasks(self.handle, self._told_handle)
        saved = {name: array.copy() for name, array in zip(self.state._fields, self.state, strict=True)}
        talk = pack(self._talks, self.state)
        return saved | ({TALK: talk} if talk.size else {})

    def restore(self, saved: dict[str, np.ndarray]) -> None:
        """Continue from what `save` returned.

        Raises:
            ValueError: an array is missing or of another shape, or holds what no world does, as in a damaged file; then
                nothing has changed.
        """
        arrays = {name: array for name, array in saved.items() if name != TALK}
        found = check_shapes(arrays, self.state, "what was saved")
        check_worlds(found, "what was saved")
        if (found.option != self.state.option).any():
            raise ValueError("what was saved: option differs: it was saved of another scenario")
        talks = unpack(saved[TALK], found, "what was saved") if TALK in saved else {}
        for array, kept in zip(self.state, found, strict=True):
            array[...] = kept
        self._talks = talks
        for listener in self.listeners:
            listener.jumped()

    def __getstate__(self) -> dict:
        """For copies and pickles, which get memory of their own: a handle holds addresses, and fields may be views."""
        own = {k: v for k, v in self.__dict__.items() if k not in _APART}
        return own | {
            "listeners": [],
            "saved": self.save(),
            "levels": {name: getattr(self.bank, name) for name in LEVEL_FIELDS},
        }

    def __setstate__(self, fields: dict) -> None:
        saved, levels = fields["saved"], fields["levels"]
        self.__dict__.update({k: v for k, v in fields.items() if k not in ("saved", "levels")})
        self._hold(empty_state(self.worlds, self.sizes))
        self.state.option[:] = saved["option"]
        self._mechanics, self._begins = _rules_of(self.scenario)
        bank = empty_bank(len(levels["step_limit"]), self._capacities)
        for name, array in levels.items():
            getattr(bank, name)[...] = array
        self.set_bank(bank)
        self.restore(saved)
        self.rows_TW = fields["rows_TW"]

    def _goals_of(self, instruction: str | Sequence[str] | None) -> list[tuple[Goal, str] | None]:
        if instruction is None:
            return []
        texts = [instruction] if isinstance(instruction, str) else instruction
        if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
            raise ValueError(
                f"instruction is {instruction!r}: give a text, or a list with one for each agent"
            )
        if len(texts) > self.agents:
            raise ValueError(
                f"{count(len(texts), 'instruction')} for {count(self.agents, 'agent')}: give at most one to each"
            )
        return [(parse(text), text) if text else None for text in texts]

    def _level_source(self, level: int | Level | str | None) -> tuple[object, int]:
        if level is None:
            return self.bank_handle, -1
        if isinstance(level, int | np.integer) and not isinstance(level, bool):
            rows = self.bank.step_limit.shape[0]
            if not 0 <= level < rows:
                raise ValueError(f"level is {level}, the bank has rows 0 to {rows - 1}")
            return self.bank_handle, int(level)
        if not isinstance(level, str | Level):
            raise ValueError(f"level is {level!r}: give a row of the bank, a Level or the text of one")
        level = read_level(level) if isinstance(level, str) else level
        return handle(bank_of([level], self._capacities)), 0

    def _give(self, w: int, a: int, goal: Goal, words: str, task: bool = True) -> None:
        tokens = tokens_of(told(words, goal))[:MAX_TOKENS]
        state = self.state
        if not task and not state.is_instructed[w, a]:
            state.task_tokens[w, a] = state.tokens[w, a]
        state.tokens[w, a] = 0
        state.tokens[w, a, : len(tokens)] = tokens
        (state if task else self._told).goal[w, a] = encode(goal)
        give = kernels.give_task if task else kernels.give_instruction
        give(self.handle, self._told_handle, w, a)


def _rules_of(scenario: Scenario) -> tuple[Any, Any]:
    """What kernels call at each step, and as an episode begins."""
    rules = scenario.mechanics, scenario.begins
    mechanics, begins = (one.target if one else NONE for one in rules)
    return mechanics, begins


def _configure(state: State, scenario: Scenario) -> None:
    option = state.option
    option[OCCLUDED] = scenario.occluded
    option[PASS_THROUGH] = scenario.pass_through
    option[NEEDS_DONE] = scenario.needs_done
    option[EARSHOT] = scenario.earshot
    option[MECHANICS] = scenario.mechanics is not None
    option[SHARED_GOAL] = scenario.shared_goal
    option[FORBIDDEN] = scenario.forbidden
    option[OPTION_0 : OPTION_0 + len(scenario.options)] = scenario.options
    _set_rates(state, scenario)


def _set_rates(state: State, scenario: Scenario) -> None:
    rate, rewards = state.rate, scenario.rewards
    rate[R_SUCCESS], rate[R_CLAUSE], rate[R_STEP] = rewards.success, rewards.clause, rewards.step
    rate[R_FAILURE], rate[R_SLOWNESS] = rewards.failure, rewards.slowness
    rate[RATE_0 : RATE_0 + len(scenario.rates)] = scenario.rates
