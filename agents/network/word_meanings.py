"""What do words mean before any is learned? One vector for each, from sources that know nothing of this house.

Near vectors mean alike: "settee" lies near "sofa" for a reader that was never told so. The vectors are in
`word_meanings.safetensors`, made by `benchmarks/long/word_vectors.py` from WordNet 3.1 (copyright 2011 by Princeton
University; its notice is in the file's metadata) and from all-MiniLM-L6-v2 of sentence-transformers (Apache-2.0). How,
and how well they do: docs/decisions/0007-words-come-with-meaning.md.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import safe_open

from worlds.language.grammar import PADDING, UNKNOWN, VOCABULARY

TABLE = Path(__file__).parent / "word_meanings.safetensors"
MARKS = (VOCABULARY[PADDING], VOCABULARY[UNKNOWN])  # they stand for no word


def word_vectors(vocabulary: Sequence[str] = VOCABULARY) -> np.ndarray:
    """What each word means, float32[words, D]; upper and lower case mean the same, marks mean nothing: zeros.

    A word that the table lacks gets a vector of its own, always the same and of usual length, by chance from its
    sha256: it is told from others, but near none. `benchmarks/long/word_vectors.py` makes the table anew with it.
    """
    known, table = _table()
    usual = float(np.median(np.linalg.norm(table, axis=1)))
    vectors = np.zeros((len(vocabulary), table.shape[1]), np.float32)
    for row, word in enumerate(map(str.lower, vocabulary)):
        if word in known:
            vectors[row] = table[known[word]]
        elif word not in MARKS:
            vectors[row] = _by_chance(word, table.shape[1], usual)
    return vectors


def _table() -> tuple[dict[str, int], np.ndarray]:
    """The row of each word, and the rows."""
    with safe_open(TABLE, framework="numpy") as file:
        words = json.loads(file.metadata()["words"])
        return {word: row for row, word in enumerate(words)}, file.get_tensor("vectors").astype(np.float32)


def _by_chance(word: str, size: int, length: float) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    vector = np.random.default_rng(seed).standard_normal(size)
    return (vector * length / np.linalg.norm(vector)).astype(np.float32)
