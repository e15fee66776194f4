"""What do a person's words say of the reply before them? A lexicon, signals that it names, and a small classifier."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from social_rl.human_feedback.offline.talks import Turn

TABLE = Path(__file__).with_name("sentiment.toml")
KINDS = ("blame", "neither", "praise")  # classes of the classifier, in this order
SIGNALS = ("thanks", "corrects", "repeats", "sighs", "takes_over", "leaves")
ALIKE = 0.9  # share of a text's words that have been said just before, from which on it repeats them
STEPS, RATE, DECAY = 200, 0.05, 1e-3  # of the classifier


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return re.findall(r"[^\W\d_]+", text.lower())


@cache
def table() -> dict[str, Any]:
    """The table of words, signals and examples."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def sentiment(text: str) -> float:
    """How words are taken, by the lexicon: from -1, blame, to 1, praise; 0 of words that it does not know."""
    lexicon = table()["lexicon"]
    return float(np.clip(sum(lexicon.get(word, 0.0) for word in words_of(text)), -1, 1))


def signals(turn: Turn) -> set[str]:
    """Which of SIGNALS an answer holds: where it repeats what was said just before it, that alone."""
    before, after = set(words_of(turn.said)), set(words_of(turn.answered))
    if after and len(before & after) >= ALIKE * len(after):
        return {"repeats"}
    text = " ".join(words_of(turn.answered))
    return {name for name, texts in table()["signals"].items() if any(part in text for part in texts)}


class Classifier:
    """A linear classifier of the words that a text holds, into blame, praise or neither."""

    def __init__(self) -> None:
        rows = [
            (text, KINDS.index(kind))
            for kind, texts in table()["examples"].items()
            for text in texts.strip().split("\n")
        ]
        self.vocabulary = {
            w: i for i, w in enumerate(sorted({w for text, _ in rows for w in words_of(text)}))
        }
        self.layer = nn.Linear(len(self.vocabulary), len(KINDS))
        nn.init.zeros_(self.layer.weight)  # the loss is convex: no chance is needed
        nn.init.zeros_(self.layer.bias)
        x_NV = self._held([text for text, _ in rows])
        y_N = torch.tensor([kind for _, kind in rows])
        optimizer = torch.optim.AdamW(self.layer.parameters(), RATE, weight_decay=DECAY)
        for _ in range(STEPS):
            loss = F.cross_entropy(self.layer(x_NV), y_N)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    @torch.no_grad()
    def sentiment(self, texts: list[str]) -> np.ndarray:
        """P(praise) - P(blame) of each text; [N]."""
        p_N3 = self.layer(self._held(texts)).softmax(1)
        return (p_N3[:, 2] - p_N3[:, 0]).numpy()

    def _held(self, texts: list[str]) -> torch.Tensor:
        held_NV = torch.zeros(len(texts), len(self.vocabulary))
        for n, text in enumerate(texts):
            for word in words_of(text):
                if word in self.vocabulary:
                    held_NV[n, self.vocabulary[word]] = 1
        return held_NV
