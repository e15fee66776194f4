"""Who else can read instructions? An encoder from Hugging Face, from a local folder, as ears of our InstructionEncoder.

    words ──> its own tokenizer ──> its last hidden states ──> their mean over the parts of each word ──> keys, values

What readers make of that (who takes which word, when, and what it does to eyes and senses) is as in
`instruction_encoder.py`.
A frozen encoder says the same of the same sentence, so each sentence is asked about once.
"""

import hashlib
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from agents.network.instruction_encoder import InstructionEncoder
from worlds.language.grammar import VOCABULARY

# Names that architectures give to the query and value projections of their attention.
PROJECTIONS = ("query", "value", "q_lin", "v_lin", "q", "v", "q_proj", "v_proj", "query_proj", "value_proj")
CONFIG, TOKENIZER, WEIGHTS = "config.json", "tokenizer.json", "*.safetensors"
KEPT = 100_000  # sentences after which a frozen encoder's words are forgotten, and kept anew


class PretrainedInstructionEncoder(InstructionEncoder):
    """An InstructionEncoder whose words come from a pretrained one; checkpoints hold what is learned beside it.

    Raises:
        ValueError: the folder has no encoder, or its attention has other names than PROJECTIONS.
    """

    def grow_ears(self) -> None:
        """Load the encoder; it is no module of ours, so that its parameters are neither saved nor trained."""
        folder = Path(self.config.reader)
        check_folder(folder, "reader")
        self.identity = identity_of(folder)
        self.encoder = Encoder(folder)
        size = self.encoder.size
        self.state, self.value = nn.Linear(size, self.config.words), nn.Linear(size, self.config.words)
        self.deltas = nn.ModuleList(
            LowRank(layer, self.config.lora) for layer in self.encoder.projections() if self.config.lora
        )

    def know(self, blur: Tensor | None = None) -> None:
        """Nothing: an encoder hears whole sentences."""

    def listen(self, tokens: Tensor, known: Any) -> tuple[Tensor, Tensor, Tensor]:
        """What each word is in its sentence: as a key [U, L, W], as a value [U * L, W], and the row of each value."""
        words = self.encoder.words(tokens, is_learning=self.config.lora > 0)
        rows = torch.arange(tokens.numel(), device=tokens.device).view(tokens.shape)
        return self.state(words), self.value(words).flatten(0, 1), rows


class Encoder:
    """A frozen encoder and its tokenizer."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model: Any = AutoModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
        self.model = model.get_encoder() if model.config.is_encoder_decoder else model
        self.model.eval().float().requires_grad_(False)
        self.folder, self.size = folder, int(model.config.hidden_size)
        self.kept: dict[tuple[int, ...], Tensor] = {}

    def projections(self) -> list[nn.Linear]:
        """The query and value projections of every layer.

        Raises:
            ValueError: there are none that we know by name.
        """
        found = [
            layer
            for name, layer in self.model.named_modules()
            if name.rpartition(".")[2] in PROJECTIONS and isinstance(layer, nn.Linear)
        ]
        if not found:
            raise ValueError(
                f"{self.folder} has no attention with layers called {', '.join(PROJECTIONS)}: add their names to "
                "PROJECTIONS in agents/network/pretrained.py, or leave --lora at 0"
            )
        return found

    def words(self, tokens: Tensor, is_learning: bool) -> Tensor:
        """Features [S, L, E] of the words of sentences; 0 where there is no word. Kept unless something is learning."""
        self.model.to(tokens.device)
        if is_learning:
            return self._asked(tokens)
        sentences = [tuple(token for token in row if token > 0) for row in tokens.tolist()]
        kept = self.kept if len(self.kept) < KEPT else {}  # workers may be reading from the full one
        new = [i for i, sentence in enumerate(sentences) if sentence not in kept]
        if new:
            # What is made in inference mode could not be learned from later.
            with torch.inference_mode(False), torch.no_grad():
                features = self._asked(tokens[new].clone()).cpu()
            kept.update(
                {sentences[i]: row[: len(sentences[i])].clone() for i, row in zip(new, features, strict=True)}
            )
            self.kept = kept
        words = torch.zeros(*tokens.shape, self.size)
        for row, sentence in zip(words, sentences, strict=True):
            row[: len(sentence)] = kept[sentence]
        return words.to(tokens.device)

    def _asked(self, tokens: Tensor) -> Tensor:
        """The mean of the last hidden states of the parts of each word."""
        sentences = [[VOCABULARY[token] for token in row if token > 0] for row in tokens.tolist()]
        given = self.tokenizer(
            [words or [VOCABULARY[0]] for words in sentences],
            is_split_into_words=True,
            padding=True,
            return_tensors="pt",
        )
        inputs = {name: part.to(tokens.device) for name, part in given.items() if name != "token_type_ids"}
        states = self.model(**inputs).last_hidden_state  # [S, P, E] by part
        share = torch.zeros(*tokens.shape, states.shape[1])
        for s, words in enumerate(sentences):
            for part, word in enumerate(given.word_ids(s)):
                if word is not None and word < len(words):
                    share[s, word, part] = 1
        share = share / share.sum(-1, keepdim=True).clamp(min=1)
        return share.to(states.device) @ states


class LowRank(nn.Module):
    """A learned change of low rank to a frozen layer (LoRA, Hu et al. 2021, arXiv 2106.09685); at first it is none."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, layer.in_features) * layer.in_features**-0.5)
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))
        layer.register_forward_hook(lambda _, given, out: out + (given[0] @ self.down.t()) @ self.up.t())


def check_folder(folder: Path, what: str) -> None:
    """Does a folder hold an encoder? Errors say what it was to be.

    Raises:
        ValueError: something is missing.
    """
    missing = [name for name in (CONFIG, TOKENIZER, WEIGHTS) if not any(folder.glob(name))]
    if missing:
        raise ValueError(
            f"{what} is {folder}, which {'lacks ' + ', '.join(missing) if folder.is_dir() else 'is no folder'}: name "
            f"one with {CONFIG}, {TOKENIZER} and {WEIGHTS}, as save_pretrained of a model and its fast tokenizer "
            "write them"
        )


def identity_of(folder: Path) -> str:
    """sha256 of what decides how an encoder reads: its config, tokenizer and weights."""
    digest = hashlib.sha256()
    for path in [folder / CONFIG, folder / TOKENIZER, *sorted(folder.glob(WEIGHTS))]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
