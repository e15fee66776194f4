"""Who says what is wanted, and answers when it is asked? A simulated person, who knows what is meant."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agents.types import Memory, Policy
from worlds.goal import Goal, decode
from worlds.language.instructions import canonical
from worlds.objects import NAMES
from worlds.simulator import Simulator

Say = Callable[[Goal], str]


@dataclass
class SpeakerMemory:
    """What is remembered from step to step."""

    carried: Memory  # of how it acts itself
    heard: np.ndarray  # int64[W, K] the last step of which it has listened to what was said


class Speaker:
    """A Policy that tells another agent of its world what that one's task is, in words of its own.

    A question of that agent it answers in plain words, which mean one thing only. What it does itself is up to another
    policy.

    Args:
        listener: which agent it speaks to.
        say: the first words for a Goal; they may be free, or unclear.
        acts: what it does besides.
    """

    name = "speaker"
    privileged = True  # it knows the task of another
    speaks = True  # whoever asks it again has it say so again

    def __init__(self, listener: int, say: Say, acts: Policy) -> None:
        self.listener, self.say, self.acts = listener, say, acts

    def start(self, sim: Simulator, agents: np.ndarray) -> SpeakerMemory:
        """Nothing said yet.

        Raises:
            ValueError: it would speak to itself, or there is no such agent.
        """
        if not 0 <= self.listener < sim.agents or self.listener in agents:
            raise ValueError(
                f"listener is {self.listener}, allowed are 0 to {sim.agents - 1}, but for {agents.tolist()}, who speak"
            )
        return SpeakerMemory(self.acts.start(sim, agents), np.full((sim.worlds, len(agents)), -1))

    def act(
        self, sim: Simulator, agents: np.ndarray, memory: SpeakerMemory
    ) -> tuple[np.ndarray, SpeakerMemory]:
        """Acts int64[W, K] of who acts for it; what it says goes to `sim.speak`."""
        for w in range(sim.worlds):
            goal = decode(sim.state.goal[w, self.listener])
            listener = NAMES[sim.state.name[w, self.listener]]
            for k, a in enumerate(agents.tolist()):
                name = NAMES[sim.state.name[w, a]]
                if sim.state.step[w] == 0:
                    memory.heard[w, k] = -1
                    sim.speak(w, name, listener, self.say(goal))
                    continue
                for turn in sim.heard(w, name):
                    is_new = turn.step > memory.heard[w, k] and turn.speaker == listener
                    if is_new and turn.listener == name and turn.words.endswith("?"):
                        sim.speak(w, name, listener, canonical(goal))
                memory.heard[w, k] = sim.state.step[w] - 1
        acts, memory.carried = self.acts.act(sim, agents, memory.carried)
        return acts, memory
