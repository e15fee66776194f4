"""How are the goals of a whole bank bound to the things they speak of?"""

from worlds.compile import entry
from worlds.rules.goals import bind_goal


@entry
def bind_all(state):
    """Resolve the goals of all agents in all worlds (or levels of a bank) from the present state."""
    for w in range(state.agent_cell.shape[0]):
        for a in range(state.agent_cell.shape[1]):
            bind_goal(state, w, a)
