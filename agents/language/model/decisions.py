"""How likely was each token of an answer, among those that might have come? What fine-tuning by reward learns from.

A decision is a token of an answer that was one of several: of all tokens, or of those that a tree of answers went on
with (`choosing.py`). Tokens that followed anyway, prompts and pads are no decisions, and have no part in a loss, an
advantage, a divergence or a figure.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from agents.language.model.choosing import Tree
from agents.language.model.language_model import LanguageModel
from agents.language.model.training import Example, TokenBatch, answer_logits, padded_batch

NONE = -1  # where there is no further token that might have come


class Turn(NamedTuple):
    """What was asked and answered, as tokens; and for each one of the answer those that might have come, () for all."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    allowed: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Turns:
    """N decisions of turns, one turn after the other."""

    batch: TokenBatch
    place_N: Tensor
    """which of the tokens of answers of the batch it is"""
    allowed_NK: Tensor
    """tokens that might have come, NONE after them; none at all where it was any token"""
    turn_N: Tensor
    """which turn it belongs to"""


def free_turn(prompt: Sequence[int], answer: Sequence[int]) -> Turn:
    """A turn in which any token might have come."""
    return Turn(tuple(prompt), tuple(answer), ((),) * len(answer))


def chosen_turn(prompt: Sequence[int], answer: Sequence[int], tree: Tree) -> Turn:
    """A turn in which an answer of a tree was chosen.

    Raises:
        ValueError: the answer is not in the tree.
    """
    allowed, node = [], tree
    for token in answer:
        if not isinstance(node, dict) or token not in node:
            raise ValueError(
                f"the answer {list(answer)} leaves the tree at token {token}: choose one that is in it"
            )
        allowed.append(tuple(sorted(node)))
        node = node[token]
    if isinstance(node, dict):
        raise ValueError(f"the answer {list(answer)} ends where the tree goes on: it lacks its last token")
    return Turn(tuple(prompt), tuple(answer), tuple(allowed))


def decisions_of(turn: Turn) -> list[int]:
    """The places in the answer at which there was something to decide."""
    return [t for t, allowed in enumerate(turn.allowed) if len(allowed) != 1]


def distinct_turns(episodes: Iterable[Iterable[Turn]]) -> list[Turn]:
    """The turns of episodes that have a decision, each once; those that share a prompt stand side by side."""
    said = dict.fromkeys(turn for some in episodes for turn in some if decisions_of(turn))
    place = {prompt: i for i, prompt in enumerate(dict.fromkeys(turn.prompt for turn in said))}
    return sorted(said, key=lambda turn: place[turn.prompt])


def turns_of(
    turns: Sequence[Turn],
    pad: int,
    batched: Callable[[Sequence[Example], int], TokenBatch] = padded_batch,
) -> Turns:
    """Turns as a batch.

    Args:
        turns: one or more.
        pad: fills rows up.
        batched: makes rows of them, in their order: `padded_batch`, or `shared_batch` where `forward` computes them.

    Raises:
        ValueError: there is no turn, or none has a decision.
    """
    batch = batched([Example(turn.prompt, turn.answer) for turn in turns], pad)
    places, allowed, numbers, before = [], [], [], 0
    for number, turn in enumerate(turns):
        for t in decisions_of(turn):
            places.append(before + t)
            allowed.append(turn.allowed[t])
            numbers.append(number)
        before += len(turn.answer)
    if not places:
        raise ValueError(f"{len(turns)} turns have no decision: there is nothing to learn from them")
    most = max(map(len, allowed))
    allowed_NK = torch.tensor([[*row, *[NONE] * (most - len(row))] for row in allowed], dtype=torch.long)
    return Turns(batch, torch.tensor(places), allowed_NK, torch.tensor(numbers))


def decision_log_probs(
    language_model: LanguageModel, turns: Turns, temperature: float = 1.0
) -> tuple[Tensor, Tensor]:
    """The log-probability of each decision among what might have come, and the entropy there in nats, [N] each.

    Logits are divided by the temperature, in whoever is asked: policy and reference have to be asked at the same one.
    """
    logits_MV, token_M = answer_logits(language_model, turns.batch)
    return among(logits_MV[turns.place_N], token_M[turns.place_N], turns.allowed_NK, temperature)


def among(
    logits_NV: Tensor, token_N: Tensor, allowed_NK: Tensor, temperature: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of tokens among those that are allowed, and entropies in nats, [N] each."""
    log_prob_N = logits_NV.new_zeros(len(token_N))
    entropy_N = logits_NV.new_zeros(len(token_N))
    is_any_N = (
        (allowed_NK == NONE).all(1) if allowed_NK.shape[1] else torch.ones_like(token_N, dtype=torch.bool)
    )
    if bool(is_any_N.any()):
        log_prob_AV = (logits_NV[is_any_N] / temperature).log_softmax(1)
        log_prob_N = log_prob_N.index_put(
            (is_any_N,), log_prob_AV.gather(1, token_N[is_any_N][:, None])[:, 0]
        )
        entropy_N = entropy_N.index_put((is_any_N,), -(log_prob_AV.exp() * log_prob_AV).sum(1))
    held_N = ~is_any_N
    if bool(held_N.any()):
        allowed = allowed_NK[held_N]
        is_none = allowed == NONE
        logits = logits_NV[held_N].gather(1, allowed.clamp(min=0)) / temperature
        log_prob = logits.masked_fill(is_none, float("-inf")).log_softmax(1)
        chosen = (allowed == token_N[held_N][:, None]).float().argmax(1)
        log_prob_N = log_prob_N.index_put((held_N,), log_prob.gather(1, chosen[:, None])[:, 0])
        spread = log_prob.exp() * log_prob.masked_fill(is_none, 0)
        entropy_N = entropy_N.index_put((held_N,), -spread.sum(1))
    return log_prob_N, entropy_N
