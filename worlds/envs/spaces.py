"""What may one agent perceive and do, as Gymnasium spaces? Shared by the adapters."""

import numpy as np
from gymnasium import spaces

from worlds.objects import AGENT_MARK, MAX_AGENTS
from worlds.scenario import Scenario
from worlds.state import ACTS, AGENT_PLANE, MAX_TOKENS, N_PLANES, N_SENSES

# What the bytes of `self` say, in the order of `worlds.state.SENSE_*`.
SENSES = (
    ("hand", "the item it holds, as in the item plane; 0: none"),
    ("heading", "0 north, 1 east, 2 south, 3 west"),
    ("outcome", "what became of its last act, an index of `worlds.state.OUTCOMES`"),
    ("act", "its last act, an index of `worlds.state.ACTS`"),
    ("clauses done", "bit i: clause i of its instruction is done"),
    ("stage", "which stage of its instruction is due, from 0"),
    ("broken", "1: it broke a constraint of its instruction"),
    ("frozen", "for so many more steps it can only wait"),
)
# What the planes of `view` say of a cell.
PLANES = (
    ("place", "ground, wall, door or furniture, and whether it is open, shut, locked or on; 0: unseen"),
    ("item", "what lies there, or what the agent on it holds: 1 + 8 * kind + colour; 0: nothing"),
    ("agent", "64 + 4 * its number + which way it faces, seen by the one who looks; 0: nobody"),
)

_MOST = np.full(N_PLANES, 255, np.uint8)
_MOST[AGENT_PLANE] = AGENT_MARK + 4 * MAX_AGENTS - 1  # the largest byte of an agent


def observation_space(scenario: Scenario) -> spaces.Dict:
    """What one agent perceives: view uint8[3, V, V], self uint8[8], instruction tokens int32[64], messages heard."""
    v, m = scenario.view, scenario.message_tokens
    parts: dict[str, spaces.Space] = {
        # Up to 255 everywhere, Stable-Baselines3 would take it for a picture and shrink it to nothing.
        "view": spaces.Box(0, np.broadcast_to(_MOST[:, None, None], (N_PLANES, v, v)).copy(), dtype=np.uint8),
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
