"""What may one agent perceive and do, as Gymnasium spaces? Shared by the adapters."""

import numpy as np
from gymnasium import spaces

from worlds.scenario import Scenario
from worlds.state import ACTS, MAX_TOKENS, N_PLANES, N_SENSES


def observation_space(scenario: Scenario) -> spaces.Dict:
    """What one agent perceives: view uint8[3, V, V], self uint8[8], instruction tokens int32[64], messages heard."""
    v, m = scenario.view, scenario.message_tokens
    parts: dict[str, spaces.Space] = {
        "view": spaces.Box(0, 255, (N_PLANES, v, v), np.uint8),
        "self": spaces.Box(0, 255, (N_SENSES,), np.uint8),
        "instruction": spaces.Box(
            0, 65535, (MAX_TOKENS,), np.int32
        ),  # clients know no uint16: torch has none
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
