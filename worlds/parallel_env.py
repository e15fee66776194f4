"""A PettingZoo ParallelEnv over one world: agents by name, dictionaries in and out."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from worlds.scenario import Scenario, make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTS, MAX_TOKENS, N_PLANES, N_SENSES


def observation_space(scenario: Scenario) -> spaces.Dict:
    """What one agent perceives: view uint8[3, V, V], self uint8[8], instruction tokens, messages heard."""
    v, m = scenario.view, scenario.message_tokens
    parts: dict[str, spaces.Space] = {
        "view": spaces.Box(0, 255, (N_PLANES, v, v), np.uint8),
        "self": spaces.Box(0, 255, (N_SENSES,), np.uint8),
        "instruction": spaces.Box(0, 65535, (MAX_TOKENS,), np.uint16),
    }
    if m:
        parts["heard"] = spaces.Box(0, 255, (len(scenario.agents), m), np.uint8)
    return spaces.Dict(parts)


def action_space(scenario: Scenario) -> spaces.Space:
    """One act of `worlds.state.ACTS`; with messages, also the tokens said."""
    acts = spaces.Discrete(len(ACTS))
    if scenario.message_tokens == 0:
        return acts
    return spaces.Dict({"act": acts, "say": spaces.Box(0, 255, (scenario.message_tokens,), np.uint8)})


class HouseParallelEnv(ParallelEnv):
    """One world of a scenario.

    `reset(options={"instruction": "put the orange on the bed"})` instructs the first agent,
    `{"instruction": {"Bob": "..."}}` or a list the others; `{"level": text}` starts from a level.
    An agent leaves `agents` at the step at which it is terminated or truncated.
    """

    def __init__(self, scenario: Scenario, *, levels: int = 256, render_mode: str | None = None) -> None:
        self.scenario = scenario
        self.metadata = {
            "name": f"{scenario.name}_v0",
            "render_modes": ["rgb_array", "ansi"],
            "render_fps": 8,
            "is_parallelizable": True,
        }
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode is {render_mode!r}, allowed are None, 'rgb_array' and 'ansi'")
        self.render_mode = render_mode
        self.possible_agents = list(scenario.agents)
        self.agents: list[str] = []
        self.observation_spaces = {name: observation_space(scenario) for name in self.possible_agents}
        self.action_spaces = {name: action_space(scenario) for name in self.possible_agents}
        self.simulator = Simulator(scenario, 1, levels=levels, autoreset=DISABLED)
        self.max_cycles = int(self.simulator.bank.step_limit.max())
        size = int(self._global_state().size)
        self.state_space = spaces.Box(0, 255, (size,), np.uint8)
        self._index = {name: a for a, name in enumerate(self.possible_agents)}
        self._talks = scenario.message_tokens > 0

    def observation_space(self, agent: str) -> spaces.Space:
        """The same space object at every call."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space:
        """The same space object at every call."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode; see the class for `options`. Unknown options are ignored."""
        options = options or {}
        instruction = options.get("instruction")
        if isinstance(instruction, dict):
            instruction = [instruction.get(name, "") for name in self.possible_agents]
        self.simulator.reset(seed=seed, level=options.get("level"), instruction=instruction)
        self.agents = list(self.possible_agents)
        return self._observe(self.agents), {name: {} for name in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """Advance one step with an act for each agent in `agents`."""
        if not self.agents:
            raise RuntimeError("the episode is over: call reset() before step()")
        live = self.agents
        state = self.simulator.state
        for name in live:
            action = actions[name]
            if self._talks:
                state.message[0, self._index[name]] = action["say"]
                action = action["act"]
            if not 0 <= action < len(ACTS):
                raise ValueError(f"{name}: act {action} does not exist, allowed are 0 to {len(ACTS) - 1}")
            state.action[0, self._index[name]] = action
        self.simulator.advance()
        indices = [self._index[name] for name in live]
        reward, terminated = state.reward[0].tolist(), state.terminated[0].tolist()
        truncated, success = state.truncated[0].tolist(), state.success[0].tolist()
        observations = self._observe(live)
        rewards = {name: reward[a] for name, a in zip(live, indices, strict=True)}
        terminations = {name: terminated[a] for name, a in zip(live, indices, strict=True)}
        truncations = {name: truncated[a] for name, a in zip(live, indices, strict=True)}
        infos = {name: {"success": success[a]} for name, a in zip(live, indices, strict=True)}
        self.agents = [n for n in live if not (terminations[n] or truncations[n])]
        return observations, rewards, terminations, truncations, infos

    def state(self) -> np.ndarray:
        """The whole world as bytes: what every cell shows, hands, headings, progress."""
        return self._global_state()

    def render(self) -> np.ndarray | str | None:
        """An RGB picture (`rgb_array`) or the world in words (`ansi`)."""
        if self.render_mode == "rgb_array":
            from worlds.draw import draw_world

            return draw_world(self.simulator.state, 0)
        if self.render_mode == "ansi":
            from worlds.describe import scene

            return "\n".join(scene(self.simulator.state, 0))
        gymnasium.logger.warn("render() needs a render_mode: pass 'rgb_array' or 'ansi' to parallel_env()")
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def _observe(self, names: list[str]) -> dict[str, dict[str, np.ndarray]]:
        s = self.simulator.state
        view, own, tokens = s.obs_view[0].copy(), s.obs_self[0].copy(), s.tokens[0].copy()
        if self._talks:
            heard = s.obs_heard[0].copy()
            return {
                n: {"view": view[a], "self": own[a], "instruction": tokens[a], "heard": heard[a]}
                for n in names
                for a in (self._index[n],)
            }
        index = self._index
        return {n: {"view": view[index[n]], "self": own[index[n]], "instruction": tokens[index[n]]} for n in names}

    def _global_state(self) -> np.ndarray:
        s = self.simulator.state
        parts = (s.planes[0, ::2], s.item_at[0], s.hand[0], s.heading[0], s.finished[0], s.progress[0])
        return np.concatenate([part.ravel() for part in parts])


def parallel_env(
    scenario: str | Scenario = "house",
    *,
    render_mode: str | None = None,
    levels: int = 256,
    max_cycles: int | None = None,
    **choices: object,
) -> HouseParallelEnv:
    """A PettingZoo ParallelEnv of a scenario, by name with its own choices, or ready made.

    Args:
        max_cycles: truncate after this many steps instead of each level's own limit.
    """
    made = scenario if isinstance(scenario, Scenario) else make_scenario(scenario, **choices)
    env = HouseParallelEnv(made, levels=levels, render_mode=render_mode)
    if max_cycles is not None:
        env.simulator.bank.step_limit[:] = max_cycles
        env.max_cycles = max_cycles
    return env


