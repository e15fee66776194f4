"""Gymnasium environments: a native VectorEnv of one learning agent, and the same agent in a single Env.

The learner is the first agent; the others, if any, are moved by `partners`, a function from the simulator to
the acts int64[W, A], whose first column is not used.
"""

from collections.abc import Callable, Iterable
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from worlds.envs.spaces import action_space, observation_space
from worlds.scenario import Scenario, make_scenario, scenario_names
from worlds.simulator import DISABLED, NEXT_STEP, SAME_STEP, Observation, Simulator

_MODES = {
    AutoresetMode.NEXT_STEP: NEXT_STEP,
    AutoresetMode.SAME_STEP: SAME_STEP,
    AutoresetMode.DISABLED: DISABLED,
}
Partners = Callable[[Simulator], np.ndarray]


def _learner_view(observation: Observation, has_messages: bool) -> dict[str, np.ndarray]:
    parts = {
        "view": observation.view[:, 0].copy(),
        "self": observation.own[:, 0].copy(),
        "instruction": observation.tokens[:, 0].astype(np.int32),
    }
    if has_messages:
        parts["heard"] = observation.heard[:, 0].copy()
    return parts


class HouseVectorEnv(VectorEnv):
    """Many worlds of a scenario as one Gymnasium VectorEnv, in any of the three autoreset modes.

    `reset(seed=s)` starts world i from seed s + i, so that it equals a single env reset with s + i.
    `reset(options=...)` takes "reset_mask" (bool[N]), "instruction" and "level".
    """

    def __init__(
        self,
        scenario: Scenario,
        num_envs: int = 1,
        *,
        levels: int = 256,
        autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
        partners: Partners | None = None,
    ) -> None:
        if scenario.message_tokens:
            raise ValueError("a Gymnasium learner cannot talk: use message_tokens=0, or worlds.parallel_env")
        mode = AutoresetMode(autoreset_mode)
        self.metadata = {"autoreset_mode": mode, "render_modes": ["rgb_array"], "render_fps": 8}
        self.num_envs = num_envs
        self.single_observation_space = observation_space(scenario)
        self.single_action_space = action_space(scenario)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.simulator = Simulator(scenario, num_envs, levels=levels, autoreset=_MODES[mode], focal=1)
        self.simulator.state.world_id[:] = 0  # worlds are told apart by their seeds alone
        self._seed(range(num_envs))
        self.simulator.reset()
        self._mode = mode
        self._partners = partners
        self._action = np.zeros((num_envs, self.simulator.agents), np.int64)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begin an episode in all worlds, or in those of `options["reset_mask"]`."""
        options = options or {}
        mask = options.get("reset_mask")
        if mask is not None and (np.shape(mask) != (self.num_envs,) or not np.any(mask)):
            raise ValueError(
                f"reset_mask has shape {np.shape(mask)}: give {self.num_envs} bools, one of them true"
            )
        if seed is not None:
            seeds = (
                [seed + i for i in range(self.num_envs)] if isinstance(seed, int | np.integer) else list(seed)
            )
            if len(seeds) != self.num_envs:
                raise ValueError(
                    f"{len(seeds)} seeds for {self.num_envs} worlds: give one int, or one for each"
                )
            self._seed(s if mask is None or mask[w] else None for w, s in enumerate(seeds))
        observation = self.simulator.reset(
            chosen=mask, level=options.get("level"), instruction=options.get("instruction")
        )
        return _learner_view(observation, False), {}

    def step(self, actions: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray, dict]:
        """Advance all worlds by one step."""
        state = self.simulator.state
        if self._mode is AutoresetMode.DISABLED and state.over.any():
            over = np.flatnonzero(state.over).tolist()
            raise ValueError(f"worlds {over} are over: reset them with options={{'reset_mask': ...}} first")
        self._action[:] = self._partners(self.simulator) if self._partners else 0
        self._action[:, 0] = actions
        self.simulator.step(self._action)
        terminated, truncated = state.terminated[:, 0].copy(), state.truncated[:, 0].copy()
        success = state.success[:, 0].copy()
        info: dict[str, Any] = {"success": success, "_success": np.ones(self.num_envs, np.bool_)}
        if self._mode is AutoresetMode.SAME_STEP and state.over.any():
            info |= self._last_words(success)
        return (
            _learner_view(self.simulator.observation, False),
            state.reward[:, 0].copy(),
            terminated,
            truncated,
            info,
        )

    def _last_words(self, success: np.ndarray) -> dict[str, Any]:
        """What Gymnasium tells of worlds that ended at this step: one observation for each of them."""
        over = self.simulator.state.over.copy()
        final = _learner_view(self.simulator.final_observation, False)
        observations = np.full(self.num_envs, None, object)
        for w in np.flatnonzero(over):
            observations[w] = {name: part[w] for name, part in final.items()}
        infos = {"success": success & over, "_success": over}
        return {"final_obs": observations, "_final_obs": over, "final_info": infos, "_final_info": over}

    def render(self) -> tuple[np.ndarray, ...]:
        """A picture of each world."""
        from worlds.render.draw import draw_world

        return tuple(draw_world(self.simulator.state, w) for w in range(self.num_envs))

    def _seed(self, seeds: Iterable[int | None]) -> None:
        for w, seed in enumerate(seeds):
            if seed is not None:
                self.simulator.state.seed[w] = np.uint64(seed % 2**64)
                self.simulator.state.episode[w] = 0


class HouseEnv(gymnasium.Env):
    """The learner of one world as a Gymnasium Env; `reset(options=...)` takes "instruction" and "level"."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        levels: int = 256,
        partners: Partners | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": 8}
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode is {render_mode!r}, allowed are None and 'rgb_array'")
        self.render_mode = render_mode
        self._worlds = HouseVectorEnv(
            scenario, 1, levels=levels, autoreset_mode=AutoresetMode.DISABLED, partners=partners
        )
        self.simulator = self._worlds.simulator
        self.observation_space = self._worlds.single_observation_space
        self.action_space = self._worlds.single_action_space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode."""
        super().reset(seed=seed)
        observation, _ = self._worlds.reset(seed=seed, options=options)
        return {name: part[0] for name, part in observation.items()}, {}

    def step(self, action: int) -> tuple[dict, float, bool, bool, dict]:
        """Advance one step."""
        observation, reward, terminated, truncated, info = self._worlds.step(np.array([action]))
        single = {name: part[0] for name, part in observation.items()}
        return (
            single,
            float(reward[0]),
            bool(terminated[0]),
            bool(truncated[0]),
            {"success": bool(info["success"][0])},
        )

    def render(self) -> np.ndarray | None:
        """A picture of the world."""
        return self._worlds.render()[0] if self.render_mode else None


def vector_env(
    scenario: str | Scenario = "house",
    num_envs: int = 1,
    *,
    levels: int = 256,
    autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
    partners: Partners | None = None,
    **choices: object,
) -> HouseVectorEnv:
    """A Gymnasium VectorEnv of a scenario, by name with its own choices, or ready made."""
    made = scenario if isinstance(scenario, Scenario) else make_scenario(scenario, **choices)
    return HouseVectorEnv(made, num_envs, levels=levels, autoreset_mode=autoreset_mode, partners=partners)


def single_env(
    scenario: str | Scenario = "house",
    *,
    levels: int = 256,
    partners: Partners | None = None,
    render_mode: str | None = None,
    **choices: object,
) -> HouseEnv:
    """A Gymnasium Env of a scenario's first agent."""
    made = scenario if isinstance(scenario, Scenario) else make_scenario(scenario, **choices)
    return HouseEnv(made, levels=levels, partners=partners, render_mode=render_mode)


def _register() -> None:
    """Let `gymnasium.make("SocialRL/House-v0")` and `make_vec` find the scenarios."""
    for name in scenario_names():
        title = f"SocialRL/{name.title().replace('_', '')}-v0"
        if title not in gymnasium.registry:
            gymnasium.register(
                title,
                single_env,
                vector_entry_point=vector_env,
                kwargs={"scenario": name},
                order_enforce=False,
            )


_register()
