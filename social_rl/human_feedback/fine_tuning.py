"""What is supervised fine-tuning? A language model that learns the answers of examples, batch after batch.

What comes in a batch, and what is dropped out while it is learned, depends on the seed and the number of the batch
alone: a run that was cut goes on bit for bit.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from agents.language.model.forward import Drop, kept_whole
from agents.language.model.language_model import (
    KIND,
    LanguageModel,
    ModelConfig,
    model_files,
    new_model,
    read_model,
    with_lora,
    with_meaning,
)
from agents.language.model.meaning import WordVectors, installed_encoder
from agents.language.model.training import answer_logits
from agents.training.checkpoint import (
    MANIFEST,
    CheckpointError,
    check_alike,
    check_learner,
    read_arrays,
    read_manifest,
)
from agents.training.learner import Learner, LearnerConfig
from social_rl.commands.rlhf.sft import Sft
from social_rl.human_feedback.ahead import Ahead
from social_rl.human_feedback.examples import BATCHES, Part, Step, pairs_of, steps_of, tokenizer_of
from social_rl.human_feedback.listening import meaning_of, reader_of
from social_rl.human_feedback.sources import Pair, read_data
from social_rl.human_feedback.understand import Answered, figures, judge
from social_rl.runs.counted import EXAMPLES
from social_rl.runs.loop import never
from social_rl.runs.shipped import find_language_model
from worlds.checks import check_number
from worlds.language.wordings import wordings
from worlds.typed import counted

LEARNER, CHANGES = "learner.safetensors", "lora.safetensors"
SHOWN = 4  # answers that are printed at an evaluation


class FineTuning:
    """All that a run is made of."""

    counted = EXAMPLES

    def __init__(self, command: Sft, language_model: LanguageModel, pool: Executor) -> None:
        torch.set_num_threads(1)  # workers are the threads
        self.command, self.language_model = command, language_model
        config = LearnerConfig(
            command.learning_rate, command.last_learning_rate, warmup=command.warmup,
            weight_decay=command.weight_decay, seed=command.seed,
        )  # fmt: skip
        self.learner = Learner(language_model.model, command.workers, config)
        pairs = partial(
            pairs_of, read_data(command.data), command.seed, command.batch * BATCHES, command.passes
        )
        self.chunks: Ahead[list[Pair]] = Ahead(pairs, pool)
        self.number, self.present = -1, list[Step]()
        self.rounds = self.tokens = 0
        self.speed = 0.0  # tokens a second of the last batch

    @property
    def asked(self) -> int:
        """How far it is to go, in examples of whole batches."""
        return -(-self.command.examples // self.command.batch) * self.command.batch

    @property
    def done(self) -> int:
        """How far it is."""
        return self.rounds * self.command.batch

    @property
    def steps(self) -> int:
        """The count of its lines and checkpoints."""
        return self.done

    def advance(self, stops: Callable[[], bool] = never) -> dict[str, float]:
        """One batch; returns figures."""
        began, parts = time.perf_counter(), self._step(self.rounds)
        share = (self.done + self.command.batch) / self.asked
        log = self.learner.study(parts, self._loss, share)
        self.rounds += 1
        tokens = sum(int((part.batch.part_BS > 0).sum()) for part in parts)
        self.tokens += tokens
        self.speed = tokens / (time.perf_counter() - began)
        return log | {"tokens": float(self.tokens), "learning_rate": self.learner.config.rate_at(share)}

    def _step(self, number: int) -> Step:
        """The parts of a batch."""
        in_chunk, step = divmod(number, BATCHES)
        if in_chunk != self.number:
            asked = self.command
            pairs = self.chunks.take(in_chunk)
            self.present = steps_of(
                self.language_model, pairs, asked.batch, asked.workers, asked.seed, in_chunk
            )
            self.number = in_chunk
        return self.present[step]

    def _loss(self, _: Any, part: Part) -> tuple[Tensor, dict[str, Tensor]]:
        drop = dropping(self.command.dropout, int(part.chance))
        return loss_of(self.language_model, part, self.command.precision == "bfloat16", drop)

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """Figures of the development wordings, no grammar helping, and some answers to them."""
        rows = wordings("development")
        said: list[str] = []

        def understander(texts: list[str]) -> list[str]:
            said.extend(reader_of(self.language_model, grammar=False)(texts))
            return [meaning_of(answer) for answer in said]

        judged = judge(understander, rows)
        found = figures(judged)
        shares = {
            "right": found["accuracy"],
            "parses": found["parse_rate"],
            "misunderstood": found["misunderstood"],
        }
        some = np.random.default_rng([self.command.seed, self.rounds]).permutation(len(rows))[:SHOWN]
        lines = [_told(judged[i], said[i]) for i in some]
        head = f"{self.done:,} examples: {shares['right']:.1%} right, {shares['parses']:.1%} an answer at all"
        return {f"evaluation/{name}": value for name, value in shares.items()}, "\n".join([head, *lines])

    def lines(self, log: dict[str, float], found: dict[str, float], is_due: bool) -> list[dict[str, float]]:
        """One line for a batch and what was evaluated after it."""
        return [log | found] if is_due or found else []

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes."""
        return f"loss {log['loss']:.3f}, {log['token_accuracy']:.1%} right, {self.speed:,.0f} tokens/s"

    def write(self, path: Path) -> None:
        """A checkpoint is all that it keeps."""

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The model that learns."""
        return dict(model_files(self.language_model)), {"kind": KIND}

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what when it is done."""
        return f"social-rl rlhf sft --resume {path}", f"social-rl rlhf understand --model {path}"

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Files, and facts for the manifest: a checkpoint is a model that can be read as it is."""
        files: dict[str, Any] = {**model_files(self.language_model), LEARNER: self.learner.save()}
        if self.command.lora:
            files[CHANGES] = changes_of(self.language_model)
        return files, {"kind": KIND, "run": {"rounds": self.rounds, "tokens": self.tokens}}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint, whose model this run was made with, unless it learns changes to another one.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest = read_manifest(folder)
        if manifest.get("kind") != KIND:
            raise CheckpointError(
                f"{folder / MANIFEST}: kind is {manifest.get('kind')!r:.40}, needed is {KIND!r}"
            )
        facts = manifest.get("run")
        where = f"{folder / MANIFEST}: run"
        if not isinstance(facts, dict):
            raise CheckpointError(
                f"{where} is missing: this is a model alone; begin with it by --model {folder}"
            )
        rounds = counted(facts.get("rounds"), f"{where}.rounds")
        check_number(f"{where}.rounds", rounds, 0, self.asked // self.command.batch)
        if self.command.lora:
            found = read_arrays(folder, CHANGES, manifest)
            check_alike(found, changes_of(self.language_model), str(folder / CHANGES))
            for name, parameter in _changing(self.language_model):
                parameter.data.copy_(torch.from_numpy(found[name]))
        saved = read_arrays(folder, LEARNER, manifest)
        check_learner(saved, self.learner, str(folder / LEARNER))
        self.learner.restore(saved)
        self.rounds, self.tokens = rounds, counted(facts.get("tokens"), f"{where}.tokens")


def begun(command: Sft, checkpoint: Path | None) -> LanguageModel:
    """The model that a run begins with, or goes on with.

    Raises:
        ValueError: there is no such model, it cannot be read, or changes are to be learned to none.
    """
    if command.lora and command.model is None:
        raise ValueError(f"--lora is {command.lora}: it learns changes to a model; name one with --model")
    if checkpoint is not None and not command.lora:
        return read_model(checkpoint)
    if command.model is not None:
        language_model = read_model(find_language_model(command.model))
    else:
        language_model = blank(command)
    if command.with_meaning and language_model.meaning is None:
        language_model = with_meaning(language_model, WordVectors(installed_encoder()))
    return with_lora(language_model, command.lora, command.seed) if command.lora else language_model


def blank(command: Sft) -> LanguageModel:
    """A new model, and a tokenizer for what it is to read."""
    tokenizer = tokenizer_of(read_data(command.data), command.seed, command.vocabulary)
    shape = ModelConfig(
        layers=command.layers, width=command.hidden, heads=command.heads, context=command.context,
        vocabulary=tokenizer.get_vocab_size(),
    )  # fmt: skip
    return new_model(shape, tokenizer, command.seed)


def loss_of(
    language_model: LanguageModel, part: Part, is_half: bool, drop: Drop = kept_whole
) -> tuple[Tensor, dict[str, Tensor]]:
    """The mean loss of a part's answers times its share, and figures to log.

    Large products are in bfloat16 if `is_half`; parameters, sums and the loss stay in float32.
    """
    kind = language_model.model.device.type
    with torch.autocast(kind, torch.bfloat16, enabled=is_half, cache_enabled=False):
        logits_NV, target_N = answer_logits(language_model, part.batch, drop)
    loss = F.cross_entropy(logits_NV, target_N) * part.share
    right = (logits_NV.argmax(1) == target_N).float().mean() * part.share
    return loss, {"loss": loss.detach(), "token_accuracy": right}


def dropping(share: float, chance: int) -> Drop:
    """Drops a share of activations out, drawn by a seed; what stays is made larger by as much."""
    if not share:
        return kept_whole
    generator, keep = torch.Generator().manual_seed(chance), 1 - share
    return lambda x: x * torch.empty_like(x).bernoulli_(keep, generator=generator).div_(keep)


def changes_of(language_model: LanguageModel) -> dict[str, np.ndarray]:
    """What LoRA has learned, by name."""
    return {name: p.detach().cpu().numpy() for name, p in _changing(language_model)}


def _changing(language_model: LanguageModel) -> list[tuple[str, Tensor]]:
    return [(name, p) for name, p in language_model.model.named_parameters() if p.requires_grad]


def _told(one: Answered, said: str) -> str:
    verdict = "right" if one.is_right else "wrong"
    meant = "" if one.is_right else f"  (meant: {one.wording.meaning})"
    return f"  {verdict}  {one.wording.text} → {said}{meant}"
