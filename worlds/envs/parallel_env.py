"""A PettingZoo ParallelEnv over one world: agents by name, dictionaries in and out.

Observations are copies: a later step changes nothing of what was handed out before.
"""

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils import parallel_to_aec

from worlds.checks import check_number
from worlds.envs.arguments import (
    act_of,
    check_names,
    check_options,
    check_render_mode,
    drawn_seed,
    first_level_seed,
    scenario_of,
    tokens_of_message,
)
from worlds.envs.spaces import action_space, observation_space
from worlds.levels.level import MAX_STEPS
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, TO_COME

RENDER_MODES = ("rgb_array", "ansi")


class HouseParallelEnv(ParallelEnv):
    """One world of a scenario.

    `reset(options={"instruction": "put the orange on the bed"})` instructs the first agent,
    `{"instruction": {"Bob": "..."}}` or a list the others; `{"level": text}` starts from a level.
    The first reset without a seed begins by chance, later ones go on.
    An agent leaves `agents` at the step at which it is terminated or truncated. One that comes later joins them at the
    step that lets it in, with its first observation, no reward and no end; `reset` tells nothing of it.

    Args:
        levels: how many levels episodes begin with.
        max_cycles: truncate after this many steps instead of each level's own limit.
        seed: of these levels, 0 if none is given; and of the world, in place of chance, until a reset names another.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        levels: int = 256,
        render_mode: str | None = None,
        max_cycles: int | None = None,
        seed: int | None = None,
    ) -> None:
        check_render_mode(render_mode, RENDER_MODES)
        if max_cycles is not None:
            check_number("max_cycles", max_cycles, 1, MAX_STEPS)
        self.scenario = scenario
        self.metadata = {
            "name": f"{scenario.name}_v0",
            "render_modes": [*RENDER_MODES],
            "render_fps": 8,
            "is_parallelizable": True,
        }
        self.render_mode = render_mode
        self.possible_agents = list(scenario.agents)
        self.agents: list[str] = []
        self.observation_spaces = {name: observation_space(scenario) for name in self.possible_agents}
        self.action_spaces = {name: action_space(scenario) for name in self.possible_agents}
        level_seed = first_level_seed(levels, seed)
        self.simulator = Simulator(scenario, 1, levels=levels, seed=level_seed, autoreset=DISABLED)
        self._is_unseeded = seed is None
        self.max_cycles = max_cycles or int(self.simulator.bank.step_limit.max())  # of the longest level
        self._step_limit = max_cycles
        size = int(self._global_state().size)
        self.state_space = spaces.Box(0, 255, (size,), np.uint8)
        self._index = {name: a for a, name in enumerate(self.possible_agents)}
        self._memory: tuple | None = None
        self._words, self._tokens = b"", np.zeros((0, 0), np.int32)
        self._talks = scenario.message_tokens > 0

    def observation_space(self, agent: str) -> spaces.Space:
        """The same space object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space:
        """The same space object at every call."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode; see the class for `options`.

        Raises:
            ValueError: the seed, an option or what it holds is wrong; then nothing has changed.
        """
        options = check_options(options, ("instruction", "level"))
        instruction = options.get("instruction")
        if isinstance(instruction, dict):
            check_names("instruction", instruction, self.possible_agents)
            instruction = [instruction.get(name, "") for name in self.possible_agents]
        if seed is None and self._is_unseeded:
            seed = drawn_seed(np.random.default_rng())
        self.simulator.reset(seed=seed, level=options.get("level"), instruction=instruction)
        self._is_unseeded = False
        if self._step_limit is not None:
            self.simulator.state.step_limit[:] = self._step_limit
        self.agents = [name for name in self.possible_agents if self._is_there(name)]
        return self._observe(self.agents), {name: {} for name in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """Advance one step with an act for each agent in `agents`; acts of those who have left are ignored.

        Raises:
            ValueError: an agent has no act, or there is no such agent or act; the world has not moved.
        """
        if not self.agents and not self._waits_for_somebody():
            raise RuntimeError("the episode is over: call reset() before step()")
        live, index = self.agents, self._index
        action_of, reward, terminated, truncated, success, *_ = self._memory or self._look_up()
        if type(actions) is not dict or actions.keys() != index.keys():
            self._check_actors(actions)
        for name in live:
            action = actions[name]
            if self._talks:
                action = self._say(name, action)
            action_of[index[name]] = act_of(name, action)
        self.simulator.advance()
        if len(live) < len(index):
            live = live + [name for name in self.possible_agents if self._has_come(name)]
        observations = self._observe(live)
        rewards, terminations, truncations, infos, staying = {}, {}, {}, {}, []
        for name in live:
            a = index[name]
            rewards[name] = reward[a]
            terminations[name], truncations[name] = terminated[a], truncated[a]
            infos[name] = {"success": success[a]}
            if not (terminated[a] or truncated[a]):
                staying.append(name)
        self.agents = staying
        return observations, rewards, terminations, truncations, infos

    def _is_there(self, name: str) -> bool:
        return bool(self.simulator.state.finished[0, self._index[name]] == ACTIVE)

    def _has_come(self, name: str) -> bool:
        """Did an agent join at the last step?"""
        return self._is_there(name) and not self.simulator.state.active[0, self._index[name]]

    def _waits_for_somebody(self) -> bool:
        """Does the world go on without anybody, until somebody comes?"""
        state = self.simulator.state
        return not state.over[0] and bool((state.finished[0] == TO_COME).any())

    def _check_actors(self, actions: Any) -> None:
        if not isinstance(actions, Mapping):
            raise ValueError(f"actions are {actions!r}: give a dict of agents' names and acts")
        check_names("actions", actions, self.possible_agents)
        for name in self.agents:
            if name not in actions:
                raise ValueError(f"{name} has no act: give one for each of {', '.join(self.agents)}")

    def _say(self, name: str, action: Any) -> Any:
        """Note what an agent says; returns what it does."""
        if not isinstance(action, dict) or action.keys() != {"act", "say"}:
            raise ValueError(f"{name}: {action!r} is no action here: give a dict with 'act' and 'say'")
        message = self.simulator.state.message[0]
        message[self._index[name]] = tokens_of_message(name, action["say"], message.shape[1])
        return action["act"]

    def state(self) -> np.ndarray:
        """The whole world as bytes: what every cell shows, hands, headings, progress."""
        return self._global_state()

    def render(self) -> np.ndarray | str | None:
        """An RGB picture (`rgb_array`) or the world in words (`ansi`)."""
        if self.render_mode == "rgb_array":
            from worlds.render.draw import draw_world

            side = self.simulator.sizes.side
            return draw_world(self.simulator.state, 0, size=(side, side))
        if self.render_mode == "ansi":
            from worlds.render.describe import scene

            return "\n".join(scene(self.simulator.state, 0))
        gymnasium.logger.warn("render() needs a render_mode: pass 'rgb_array' or 'ansi' to parallel_env()")
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def _observe(self, names: list[str]) -> dict[str, dict[str, np.ndarray]]:
        *_, all_views, all_own, all_tokens = self._memory or self._look_up()
        view, own, words = all_views.copy(), all_own.copy(), all_tokens.tobytes()
        if words != self._words:
            self._words, self._tokens = words, all_tokens.astype(np.int32)
        index, tokens = self._index, self._tokens.copy()
        seen = {}
        for name in names:
            a = index[name]
            seen[name] = {"view": view[a], "self": own[a], "instruction": tokens[a]}
        if self._talks:
            heard = self.simulator.state.obs_heard[0].copy()
            for name in names:
                seen[name]["heard"] = heard[index[name]]
        return seen

    def _look_up(self) -> tuple:
        """The arrays of the only world; what is one number for each agent as memory, which answers without numpy."""
        s = self.simulator.state
        numbers = (s.action, s.reward, s.terminated, s.truncated, s.success)
        self._memory = (*(memoryview(a[0]) for a in numbers), s.obs_view[0], s.obs_self[0], s.tokens[0])
        return self._memory

    def __getstate__(self) -> dict[str, Any]:
        """For copies, which look into memory of their own."""
        return self.__dict__ | {"_memory": None}

    def _global_state(self) -> np.ndarray:
        s = self.simulator.state
        parts = (
            s.planes[0, ::2],
            s.item_at[0],
            s.agent_at[0],
            s.hand[0],
            s.heading[0],
            s.finished[0],
            s.progress[0],
        )
        return np.concatenate([part.ravel() for part in parts])


def parallel_env(
    scenario: str | Scenario = "house",
    *,
    render_mode: str | None = None,
    levels: int = 256,
    max_cycles: int | None = None,
    seed: int | None = None,
    **choices: object,
) -> HouseParallelEnv:
    """A PettingZoo ParallelEnv of a scenario, by name with its own choices, or ready made; see HouseParallelEnv.

    Example:
        >>> env = parallel_env("coins")
        >>> observations, infos = env.reset(seed=0)
        >>> sorted(observations["Ann"])
        ['instruction', 'self', 'view']
    """
    made = scenario_of(scenario, choices)
    return HouseParallelEnv(made, levels=levels, render_mode=render_mode, max_cycles=max_cycles, seed=seed)


def env(
    scenario: str | Scenario = "house",
    *,
    render_mode: str | None = None,
    levels: int = 256,
    max_cycles: int | None = None,
    seed: int | None = None,
    **choices: object,
) -> AECEnv:
    """The same as a PettingZoo AECEnv, in which agents take turns to say what they will all do at once."""
    return parallel_to_aec(
        parallel_env(
            scenario, render_mode=render_mode, levels=levels, max_cycles=max_cycles, seed=seed, **choices
        )
    )
