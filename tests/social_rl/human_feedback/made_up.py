"""Episodes that were never played, for tests of what is done with episodes."""

import numpy as np

from social_rl.human_feedback.preferences.utilities import QUANTITIES
from social_rl.human_feedback.tuning.episodes import Episode


def made_up(asked, language_model, seed, *, greedy, records=False):
    """One for each agent; some succeed, and some leave something open, by chance. Stands for `quickstart._play`."""
    rng = np.random.default_rng([seed, int(greedy)])
    found = []
    for b, words in enumerate(asked.words):
        features = dict.fromkeys(QUANTITIES, 0.0)
        features["success"], features["left open"] = (float(x) for x in rng.integers(2, size=2))
        lines = [f"wanted: {words[:30]}", *(["left open: fridge"] * int(features["left open"]))]
        lines.append(
            f"end: {'as wanted' if features['success'] else 'not as wanted'}, {rng.integers(9)} steps"
        )
        found.append(Episode(b, [], features, "\n".join(lines)))
    return found
