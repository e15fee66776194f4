"""How well does the shipped language model understand words that point, in scenes and talks it was not taught on?

    python benchmarks/long/pointing.py [SEED [N]]

Right is the answer of `social_rl/human_feedback/talks.py`; any question counts as right where a question is due.
"""

import json
import sys
from collections import Counter

import numpy as np

from agents.language.answers import Question, read_meaning
from agents.language.model.language_model import read_model
from agents.language.prompt import prompts_of
from agents.language.responding import Responder
from agents.language.talk import recent
from social_rl.human_feedback.demonstrations import played
from social_rl.human_feedback.talks import FAMILIES
from social_rl.runs.shipped import find_language_model


def main(seed: int = 10_000, n: int = 100) -> dict[str, dict[str, float]]:
    """Shares of right answers by family: where an instruction is due, and where a question is."""
    rng = np.random.default_rng(seed)
    respond = Responder(read_model(find_language_model(None)))
    scenes = [one.situation for one in played(rng, 32)]
    found: dict[str, dict[str, float]] = {}
    for family, _ in FAMILIES:
        rows = []
        while len(rows) < n:
            situation = scenes[rng.integers(len(scenes))]
            made = family(situation.scene, rng)
            if made is not None:
                talk, answer = made
                rows.append((situation._replace(talk=recent(talk), done=(), failure="", meaning=""), answer))
        said = respond(prompts_of([row[0] for row in rows], respond.limit, respond.count))
        right, every = Counter(), Counter()
        for (_, answer), text in zip(rows, said, strict=True):
            due = "question" if answer.endswith("?") else "instruction"
            asks = isinstance(read_meaning(text), Question)
            every[due] += 1
            right[due] += asks if due == "question" else text == answer
        found[getattr(family, "__name__", "")] = {due: round(right[due] / every[due], 3) for due in every}
    return found


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])), indent=2))
