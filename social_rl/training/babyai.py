"""How does a mind play BabyAI? MiniGrid's worlds, shown in a State of ours: other rules, the same senses and acts.

    MiniGrid                                here
    image[side, behind, (thing, colour, state)]     view[plane, ahead, side]: place, item and agent byte
    direction: east, south, west, north             heading: north, east, south, west
    mission                                         tokens of our vocabulary, and the Goal they mean
    terminated, truncated                           the same; what is both is terminated

MiniGrid's boxes can be carried, ours cannot: theirs are toys here, in what is seen and in what is said.
"""

import contextlib
import importlib
import io
import os
from typing import Any

import numpy as np

from agents.policies.planner import PlannerMemory
from worlds.goal import FIELDS, encode
from worlds.language.instructions import InstructionError, parse, tokens_of
from worlds.objects import (
    AGENT_MARK,
    COLOURS,
    DOOR_KIND,
    FLOOR,
    FLOORS,
    GOAL_KIND,
    KIND,
    LOCKED,
    OPEN,
    SHUT,
    UNSEEN,
    WALL,
    look,
    place,
)
from worlds.simulator import SAME_STEP, Observation
from worlds.state import (
    AGENT_PLANE,
    BLOCKED,
    DONE,
    FORWARD,
    HAND_EMPTY,
    HAND_FULL,
    ITEM_PLANE,
    NO_USE,
    NOTHING_THERE,
    OCCUPIED,
    OK,
    PLACE_PLANE,
    PUT,
    SENSE_ACT,
    SENSE_HAND,
    SENSE_HEADING,
    SENSE_OUTCOME,
    TAKE,
    TOO_EARLY,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
    Sizes,
    State,
    empty_state,
)

VIEW = 7

# Their words -> ours, one to one; all other words of theirs are words of ours.
WORDS = {"box": "toy", "object": "one", "left": "away", "right": "along", "front": "before"}

# Their things by number -> ours.
THEIR_COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
THEIR_DOORS = (OPEN, SHUT, LOCKED)
ITEM_OF_THING = {5: "key", 6: "ball", 7: WORDS["box"]}
EMPTY, THEIR_WALL, PAINTED, THEIR_DOOR, THEIR_GOAL, LAVA = 1, 2, 3, 4, 8, 9
LAVA_PLACE = FLOOR + FLOORS.index("bare bush")

# Our acts -> theirs. They have no waiting: their `done` does nothing.
LEFT, RIGHT, AHEAD, PICK_UP, DROP, TOGGLE, NO_ACT = range(7)
ACT = {
    WAIT: NO_ACT, TURN_LEFT: LEFT, TURN_RIGHT: RIGHT, FORWARD: AHEAD, TAKE: PICK_UP, PUT: DROP, USE: TOGGLE,
    DONE: NO_ACT,
}  # fmt: skip
OURS = {number: ours for ours, number in ACT.items()}  # their `done` is ours
LOST = -1  # no advice
BOT = "minigrid.utils.baby_ai_bot"


def bytes_of_things() -> np.ndarray:
    """Place and item byte of each thing, colour and state, uint8[11, 6, 3, 2]."""
    table = np.zeros((11, len(THEIR_COLOURS), len(THEIR_DOORS), 2), np.uint8)
    table[EMPTY:, ..., 0] = FLOOR  # also under items, and where an agent stands
    table[THEIR_WALL, ..., 0], table[LAVA, ..., 0] = WALL, LAVA_PLACE
    table[THEIR_GOAL, ..., 0] = place(GOAL_KIND, 0, 0)
    for c, colour in enumerate(THEIR_COLOURS):
        table[PAINTED, c, :, 0] = FLOOR + 1 + c
        for s, state in enumerate(THEIR_DOORS):
            table[THEIR_DOOR, c, s, 0] = place(DOOR_KIND, state, COLOURS.index(colour))
        for thing, item in ITEM_OF_THING.items():
            table[thing, c, :, 1] = look(KIND[item], COLOURS.index(colour))
    table[0] = UNSEEN
    return table


def translated(mission: str) -> str:
    """A mission in our words."""
    return " ".join(WORDS.get(word, word) for word in mission.replace(",", " ,").split())


def outcome(act: int, moved: bool, held: bool, changed: bool) -> int:
    """What an act came to, of OUTCOMES: did it move, was its hand full, did its hand or a thing change?"""
    if act in (WAIT, TURN_LEFT, TURN_RIGHT):
        return OK
    if act == FORWARD:
        return OK if moved else BLOCKED
    if act == DONE:
        return TOO_EARLY  # theirs end when all is done, and not by saying so
    if changed:
        return OK
    return {TAKE: HAND_FULL if held else NOTHING_THERE, PUT: OCCUPIED if held else HAND_EMPTY, USE: NO_USE}[
        act
    ]


class BabyAI:
    """Worlds of one BabyAI level, side by side, for one agent each. Episodes begin anew by themselves.

    Args:
        level: as in `BabyAI-{level}-v0`.
        worlds: how many.
        seed: of all levels; worlds of other seeds never meet the same ones.

    Raises:
        ImportError: MiniGrid is not installed.
        ValueError: it has no such level.
    """

    def __init__(self, level: str, worlds: int, seed: int = 0) -> None:
        self.level, self.worlds, self.agents, self.autoreset, self.seed = level, worlds, 1, SAME_STEP, seed
        self.envs = [make_env(level) for _ in range(worlds)]
        side = max(self.envs[0].width, self.envs[0].height)
        self.sizes = Sizes(side, 1, 0, 0, VIEW)
        self.state = empty_state(worlds, self.sizes)
        self._things = bytes_of_things()
        self._read: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._acts = np.array([ACT[act] for act in range(len(ACT))])
        self.images = np.zeros((worlds, VIEW, VIEW, 3), np.uint8)
        for w in range(worlds):
            self._begin(w)
        self._show()

    @property
    def instructed(self) -> State:
        """Agents are told their task."""
        return self.state

    @property
    def observation(self) -> Observation:
        """What agents perceive now."""
        s = self.state
        return Observation(s.obs_view, s.obs_self, s.tokens, s.obs_heard)

    @property
    def final_observation(self) -> Observation:
        """The last observation of worlds whose episode ended at this step."""
        s = self.state
        return Observation(s.final_view, s.final_self, s.final_tokens, s.final_heard)

    def advance(self) -> None:
        """Advance all worlds by the acts of `state.action`; those that end begin anew."""
        s = self.state
        for w in range(self.worlds):
            self._advance_one(w, int(s.action[w, 0]))
        s.step[:] += 1
        s.active[:] = True
        s.over[:] = (s.terminated | s.truncated)[:, 0]
        if s.over.any():
            self._show()
            s.final_view[:], s.final_self[:], s.final_tokens[:] = s.obs_view, s.obs_self, s.tokens
            for w in np.flatnonzero(s.over):
                self._begin(int(w))
        self._show()

    def _advance_one(self, w: int, act: int) -> None:
        env, s = self.envs[w], self.state
        before, held, ahead = tuple(env.agent_pos), env.carrying, _ahead(env)
        seen, reward, terminated, truncated, _ = env.step(self._acts[act])
        changed = env.carrying is not held or (act == USE and _ahead(env) != ahead)
        s.obs_self[w, 0, SENSE_ACT] = act
        s.obs_self[w, 0, SENSE_OUTCOME] = outcome(
            act, tuple(env.agent_pos) != before, held is not None, changed
        )
        s.reward[w, 0], s.terminated[w, 0], s.truncated[w, 0] = (
            reward,
            terminated,
            truncated and not terminated,
        )
        s.success[w, 0] = terminated and reward > 0
        self.images[w] = seen["image"]

    def _begin(self, w: int) -> None:
        """Begin an episode with a seed of its own."""
        env, s = self.envs[w], self.state
        with contextlib.redirect_stdout(io.StringIO()):  # MiniGrid prints each level that it draws in vain
            seen, _ = env.reset(seed=self.seed << 48 | w << 24 | int(s.episode[w]))
        s.episode[w] += 1
        s.step[w] = s.obs_self[w] = 0
        s.step_limit[w] = env.max_steps
        s.tokens[w, 0], s.goal[w, 0] = self._reading(seen["mission"])
        self.images[w] = seen["image"]

    def _reading(self, mission: str) -> tuple[np.ndarray, np.ndarray]:
        """Tokens of a mission, and the Goal that it means; none if our language has no such instruction."""
        if mission not in self._read:
            text, tokens = translated(mission), np.zeros_like(self.state.tokens[0, 0])
            numbers = tokens_of(text)
            tokens[: len(numbers)] = numbers
            try:
                goal = encode(parse(text))
            except InstructionError:
                goal = np.zeros_like(self.state.goal[0, 0])
            self._read[mission] = tokens, goal
        return self._read[mission]

    def _show(self) -> None:
        """Fill in what agents perceive."""
        view, own = self.state.obs_view[:, 0], self.state.obs_self[:, 0]
        upright = self.images[:, :, ::-1].transpose(0, 2, 1, 3)  # [W, ahead, side, 3]
        here = self._things[upright[..., 0], upright[..., 1], upright[..., 2]]
        view[:, PLACE_PLANE], view[:, ITEM_PLANE] = here[..., 0], here[..., 1]
        view[:, AGENT_PLANE, 0, VIEW // 2] = AGENT_MARK  # itself; in its cell MiniGrid shows what it carries
        own[:, SENSE_HAND] = view[:, ITEM_PLANE, 0, VIEW // 2]
        own[:, SENSE_HEADING] = [(env.agent_dir + 1) & 3 for env in self.envs]


def make_env(level: str) -> Any:
    """A BabyAI environment, without wrappers.

    Raises:
        ImportError: MiniGrid is not installed.
        ValueError: it has no such level.
    """
    import gymnasium

    theirs("minigrid")
    try:
        return gymnasium.make(f"BabyAI-{level}-v0", disable_env_checker=True).unwrapped
    except gymnasium.error.Error as error:
        raise ValueError(f"level is {level!r}, MiniGrid has no BabyAI-{level}-v0: {error}") from error


def theirs(module: str) -> Any:
    """A module of MiniGrid.

    Raises:
        ImportError: it is not installed.
    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        return importlib.import_module(module)
    except ImportError as error:
        hint = 'BabyAI needs MiniGrid: pip install -c constraints.txt -e ".[minigrid]"'
        raise ImportError(hint, name="minigrid") from error


def _ahead(env: Any) -> tuple | None:
    """Thing, colour and state of what stands ahead."""
    cell = env.grid.get(*env.front_pos)
    return None if cell is None else cell.encode()


class Bot:
    """MiniGrid's own bot as a teacher: it knows what its pupil has seen, and plans anew when its advice is not taken.

    `given_up`: how often it had no advice; it then says `done`.
    """

    def __init__(self) -> None:
        self.given_up = 0
        self.bots: list[Any] = []
        self.advice: list[int] = []

    def start(self, sim: BabyAI, agents: np.ndarray) -> PlannerMemory:
        """A bot for each world."""
        self.bots = [None] * sim.worlds
        self.advice = [NO_ACT] * sim.worlds
        equal = np.zeros((sim.worlds, len(agents)), np.uint8)
        sub = np.zeros((sim.worlds, len(agents), FIELDS), np.uint8)
        return PlannerMemory(None, equal, sub)

    def act(self, sim: BabyAI, agents: np.ndarray, memory: PlannerMemory) -> tuple[np.ndarray, PlannerMemory]:
        """Its advice in the present state, int64[W, 1]; to be asked at every step."""
        acts = np.zeros((sim.worlds, 1), np.int64)
        for w in range(sim.worlds):
            taken = ACT[int(sim.state.obs_self[w, 0, SENSE_ACT])] if sim.state.step[w] else None
            acts[w] = self._advise(w, sim.envs[w], taken)
        memory.equal[:] = 1 << acts
        memory.subgoal[:, 0] = sim.state.goal[:, 0, 0]
        return acts, memory

    def _advise(self, w: int, env: Any, taken: int | None) -> int:
        module = theirs(BOT)
        try:
            if taken is None:
                self.bots[w] = module.BabyAIBot(env)
            elif taken != self.advice[w] and is_short(env):
                self.bots[w], taken = planned_anew(self.bots[w], env), None
            self.advice[w] = int(self.bots[w].replan(taken))
        except (AssertionError, TypeError, module.DisappearedBoxError):  # its ways to say that it is lost
            self.given_up += 1
            self.advice[w] = LOST
            return DONE
        return OURS[self.advice[w]]


def is_short(env: Any) -> bool:
    """Is it clear from the present state what is left of a mission? Of longer ones only the old plan knows."""
    verifier = theirs("minigrid.envs.babyai.core.verifier")
    return isinstance(env.instrs, verifier.GoToInstr | verifier.PutNextInstr)


def planned_anew(bot: Any, env: Any) -> Any:
    """A bot that has seen what another one has seen, and plans from the present state.

    The bot's own way is to undo, one by one, the acts that it had not advised.
    """
    module = theirs(BOT)
    new = module.BabyAIBot(env)
    new.vis_mask = bot.vis_mask
    to_move = getattr(env.instrs, "desc_move", None)
    if to_move is not None and env.carrying is not None:
        new._process_obs()
        if any(env.carrying is thing for thing in to_move.obj_set):
            del new.stack[2:]  # what is left is to go there and to drop it
        else:
            new.stack += [module.DropSubgoal(new), module.GoNextToSubgoal(new, new._find_drop_pos())]
    return new
