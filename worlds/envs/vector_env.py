"""Gymnasium environments: a native VectorEnv of one learning agent, and the same agent in a single Env.

The learner is the first agent; the others, if any, are moved by `partners`, a function from the simulator to
the acts int64[W, A], whose first column is not used. Observations, rewards and the like are copies: a later step
changes nothing of what was handed out before.
"""

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from worlds.checks import check_number, check_seed, count
from worlds.envs.arguments import (
    act_of,
    acts_of,
    check_options,
    check_render_mode,
    drawn_seed,
    first_level_seed,
    scenario_of,
)
from worlds.envs.spaces import action_space, observation_space
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, NEXT_STEP, SAME_STEP, Observation, Simulator

_MODES = {
    AutoresetMode.NEXT_STEP: NEXT_STEP,
    AutoresetMode.SAME_STEP: SAME_STEP,
    AutoresetMode.DISABLED: DISABLED,
}
Partners = Callable[[Simulator], np.ndarray]
RENDER_MODES = ("rgb_array",)
MOST_ENVS = 1_000_000


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

    `reset(seed=s)` starts world i from seed s + i, so that it equals a single env reset with s + i. The first reset
    without a seed draws one for each world by chance, later ones go on. `reset(options=...)` takes "reset_mask"
    (bool[N]), "instruction" and "level".

    Args:
        levels: how many levels episodes begin with.
        seed: of these levels, 0 if none is given; and of the worlds, in place of chance, until a reset names another.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(
        self,
        scenario: Scenario,
        num_envs: int = 1,
        *,
        levels: int = 256,
        autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
        partners: Partners | None = None,
        render_mode: str | None = None,
        seed: int | None = None,
    ) -> None:
        check_render_mode(render_mode, RENDER_MODES)
        check_number("num_envs", num_envs, 1, MOST_ENVS)
        if scenario.message_tokens:
            raise ValueError("a Gymnasium learner cannot talk: use message_tokens=0, or worlds.parallel_env")
        mode = AutoresetMode(autoreset_mode)
        self.metadata = {"autoreset_mode": mode, "render_modes": [*RENDER_MODES], "render_fps": 8}
        self.render_mode = render_mode
        self.num_envs = num_envs = int(num_envs)
        self.single_observation_space = observation_space(scenario)
        self.single_action_space = action_space(scenario)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        level_seed = first_level_seed(levels, seed)
        self.simulator = Simulator(
            scenario, num_envs, levels=levels, seed=level_seed, autoreset=_MODES[mode], focal=1
        )
        self.simulator.state.world_id[:] = 0  # worlds are told apart by their seeds alone
        self._seeds: list[int] | None = None if seed is None else self._seeds_from(level_seed)
        self._unseeded = np.ones(num_envs, np.bool_)
        self._mode = mode
        self._partners = partners
        self._action = np.zeros((num_envs, self.simulator.agents), np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begin an episode in all worlds, or in those of `options["reset_mask"]`.

        Raises:
            ValueError: a seed, an option or what it holds is wrong; then nothing has changed.
        """
        options = check_options(options, ("reset_mask", "instruction", "level"))
        chosen = self._chosen(options.get("reset_mask"))
        seeds = self._seeds_of(seed)
        if isinstance(seed, int | np.integer):
            super().reset(seed=int(seed))
        level, instruction = options.get("level"), options.get("instruction")
        state = self.simulator.state
        before = state.seed.copy(), state.episode.copy()
        for w in np.flatnonzero(chosen):
            if seeds[w] is None and self._unseeded[w]:
                seeds[w] = self._seeds[w] if self._seeds else drawn_seed(self.np_random)
            if (new := seeds[w]) is not None:
                state.seed[w], state.episode[w] = np.uint64(new), 0
        try:
            observation = self.simulator.reset(chosen=chosen, level=level, instruction=instruction)
        except ValueError:
            state.seed[:], state.episode[:] = before
            raise
        self._unseeded[chosen] = False
        return _learner_view(observation, False), {}

    def _chosen(self, mask: Any) -> np.ndarray:
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(
                f"reset_mask is {mask.dtype}{list(mask.shape)}: give {self.num_envs} bools, one of them true"
            )
        return mask

    def _seeds_of(self, seed: Any) -> list[int | None]:
        """A seed for each world, None where its chance goes on."""
        if seed is None:
            return [None] * self.num_envs
        if not isinstance(seed, list | tuple | np.ndarray):
            return [*self._seeds_from(check_seed("seed", seed))]
        if len(seed) != self.num_envs:
            raise ValueError(
                f"{count(len(seed), 'seed')} for {count(self.num_envs, 'world')}: give one int, or one for each"
            )
        return [None if s is None else check_seed(f"seed of world {w}", s) for w, s in enumerate(seed)]

    def _seeds_from(self, first: int) -> list[int]:
        return [check_seed(f"seed of world {i}", first + i) for i in range(self.num_envs)]

    def step(self, actions: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray, dict]:
        """Advance all worlds by one step.

        Raises:
            ValueError: an act does not exist, or a world is over that does not begin anew by itself; none has moved.
            ResetNeeded: a world was never reset.
        """
        state = self.simulator.state
        if self._unseeded.any():
            raise ResetNeeded("call reset() before step()")
        if self._mode is AutoresetMode.DISABLED and state.over.any():
            over = np.flatnonzero(state.over).tolist()
            raise ValueError(f"worlds {over} are over: reset them with options={{'reset_mask': ...}} first")
        acts = acts_of("actions", actions, (self.num_envs,))
        if self._partners:
            self._action[:] = acts_of("acts of partners", self._partners(self.simulator), self._action.shape)
        self._action[:, 0] = acts
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

    def render(self) -> tuple[np.ndarray, ...] | None:
        """A picture of each world, uint8[H, W, 3], all of one size; None without a render_mode."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() needs a render_mode: pass 'rgb_array' to vector_env()")
            return None
        from worlds.render.draw import draw_world

        side = self.simulator.sizes.side
        return tuple(draw_world(self.simulator.state, w, size=(side, side)) for w in range(self.num_envs))


class HouseEnv(gymnasium.Env):
    """The learner of one world as a Gymnasium Env; `reset(options=...)` takes "instruction" and "level".

    The first reset without a seed begins by chance, later ones go on; arguments are those of HouseVectorEnv.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        levels: int = 256,
        partners: Partners | None = None,
        render_mode: str | None = None,
        seed: int | None = None,
    ) -> None:
        self.metadata = {"render_modes": [*RENDER_MODES], "render_fps": 8}
        self.render_mode = render_mode
        self._worlds = HouseVectorEnv(
            scenario,
            1,
            levels=levels,
            autoreset_mode=AutoresetMode.DISABLED,
            partners=partners,
            render_mode=render_mode,
            seed=seed,
        )
        self.simulator = self._worlds.simulator
        self.observation_space = self._worlds.single_observation_space
        self.action_space = self._worlds.single_action_space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode.

        Raises:
            ValueError: the seed, an option or what it holds is wrong; then nothing has changed.
        """
        options = check_options(options, ("instruction", "level"))
        seed = None if seed is None else check_seed("seed", seed)
        super().reset(seed=seed)
        if seed is None:
            self._worlds.np_random = self.np_random
        observation, _ = self._worlds.reset(seed=seed, options=options)
        return {name: part[0] for name, part in observation.items()}, {}

    def step(self, action: int) -> tuple[dict, float, bool, bool, dict]:
        """Advance one step.

        Raises:
            ValueError: the act does not exist, or the episode is over; the world has not moved.
            ResetNeeded: no episode was begun.
        """
        acts = np.array([act_of("the learner", action)])
        observation, reward, terminated, truncated, info = self._worlds.step(acts)
        single = {name: part[0] for name, part in observation.items()}
        return (
            single,
            float(reward[0]),
            bool(terminated[0]),
            bool(truncated[0]),
            {"success": bool(info["success"][0])},
        )

    def render(self) -> np.ndarray | None:
        """A picture of the world, uint8[H, W, 3], of the same size in every episode; None without a render_mode."""
        pictures = self._worlds.render()
        return pictures[0] if pictures else None


def vector_env(
    scenario: str | Scenario = "house",
    num_envs: int = 1,
    *,
    levels: int = 256,
    autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
    partners: Partners | None = None,
    render_mode: str | None = None,
    seed: int | None = None,
    **choices: object,
) -> HouseVectorEnv:
    """A Gymnasium VectorEnv of a scenario, by name with its own choices, or ready made; see HouseVectorEnv.

    Example:
        >>> env = vector_env("maze", 8)
        >>> observations, infos = env.reset(seed=0)
        >>> observations["view"].shape
        (8, 3, 7, 7)
    """
    return HouseVectorEnv(
        scenario_of(scenario, choices),
        num_envs,
        levels=levels,
        autoreset_mode=autoreset_mode,
        partners=partners,
        render_mode=render_mode,
        seed=seed,
    )


def single_env(
    scenario: str | Scenario = "house",
    *,
    levels: int = 256,
    partners: Partners | None = None,
    render_mode: str | None = None,
    seed: int | None = None,
    **choices: object,
) -> HouseEnv:
    """A Gymnasium Env of a scenario's first agent; see HouseEnv.

    Example:
        >>> env = single_env("maze")
        >>> observation, info = env.reset(seed=0)
        >>> observation["self"].shape
        (8,)
    """
    made = scenario_of(scenario, choices)
    return HouseEnv(made, levels=levels, partners=partners, render_mode=render_mode, seed=seed)
