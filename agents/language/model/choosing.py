"""Which of a few answers does a language model choose? It is asked where they part; what follows anyway is not read.

The answers to a prompt are a tree of tokens. At each fork the model says how likely each branch is; tokens between two
forks are read at once, and those after the last one not at all. So a choice takes about as many passes as it has forks,
where saying it takes one for each token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from agents.language.model.decoder import Decoder, window_of
from agents.language.model.generation import check, draws_of, fitted, padded, read_prompts, taken
from agents.language.model.language_model import LanguageModel

MOST_TREES = 1 << 12  # that are kept
Tree = dict[int, "Tree | int"]
"""By token, what comes after it: a tree, or the number of the answer that ends there."""


@dataclass(frozen=True)
class Choices:
    """What was chosen for each of B prompts."""

    number_B: list[int]
    """of the answer, among those of its prompt"""
    log_prob_B: Tensor
    """of that answer under the model at temperature 1, of all that its prompt allows; 0 where there is but one"""
    is_first_B: list[bool]
    """is it, at every fork, what the model would have gone on with anyway?"""


def tree_of(language_model: LanguageModel, answers: Sequence[str]) -> Tree:
    """Different answers as a tree of their tokens; each begins with a space, as those that are learned do.

    Raises:
        ValueError: there is none, or two have the same tokens.
    """
    if not answers:
        raise ValueError("there is no answer to choose from: give one or more")
    tree: Tree = {}
    for number, row in enumerate(language_model.encode_answers([f" {answer}" for answer in answers])):
        node = tree
        for token in row[:-1]:
            below = node.setdefault(token, {})
            assert isinstance(below, dict), "an answer ends with a token that stands nowhere else"
            node = below
        if node.setdefault(row[-1], number) != number:
            raise ValueError(
                f"the answer {answers[number]!r} is given twice, or reads like another: give it once"
            )
    return tree


class Trees:
    """Trees of answers, each made once; after MOST_TREES others they are made anew."""

    def __init__(self, language_model: LanguageModel) -> None:
        self.language_model = language_model
        self._kept: dict[tuple[str, ...], Tree] = {}

    def __call__(self, answers: tuple[str, ...]) -> Tree:
        """The tree of these answers, see `tree_of`."""
        if answers not in self._kept:
            if len(self._kept) == MOST_TREES:
                self._kept.clear()
            self._kept[answers] = tree_of(self.language_model, answers)
        return self._kept[answers]


def choose(
    language_model: LanguageModel,
    prompts: Sequence[str],
    trees: Sequence[Tree],
    *,
    tokens: int,
    temperature: float = 1.0,
    chance: torch.Generator | Tensor | None = None,
) -> Choices:
    """Choose one answer to each prompt: at each fork the likeliest branch, or one that is drawn.

    Args:
        language_model: who chooses.
        prompts: texts.
        trees: of the answers to each, see `tree_of`.
        tokens: that an answer has at most; the room that is kept for it.
        temperature: logits are divided by it before a branch is drawn.
        chance: what draws branches, or numbers in [0, 1) for each, [B, tokens]; without it the likeliest is taken.

    Raises:
        ValueError: an argument is out of range, or a prompt is too long.
    """
    check(language_model, tokens, temperature, None)
    if not prompts:
        return Choices([], torch.zeros(0), [])
    room = language_model.context - tokens
    rows = [
        fitted(row, room, None, f"prompt {i}") for i, row in enumerate(language_model.encode(list(prompts)))
    ]
    draw_BT = draws_of(chance, len(rows), tokens)
    window = window_of(language_model.model)
    some = len(rows)
    if window and max(map(len, rows)) + tokens > window:
        some = 1  # pads would come between tokens, where those who hear a window count columns
    found: list[tuple[list[int], Tensor, list[bool]]] = []
    with torch.inference_mode():
        for first in range(0, len(rows), some):
            part = slice(first, first + some)
            draw = None if draw_BT is None else draw_BT[part]
            state = read_prompts(language_model, rows[part], tokens)
            found.append(_chosen(language_model, *state, trees[part], draw, temperature))
    numbers, log_probs, are_first = zip(*found, strict=True)
    return Choices([*chain(*numbers)], torch.cat(log_probs), [*chain(*are_first)])


def _chosen(
    language_model: LanguageModel, reader: Decoder, logits_RV: Tensor, row_R: Tensor, trees: Sequence[Tree],
    draw_BT: Tensor | None, temperature: float,
) -> tuple[list[int], Tensor, list[bool]]:  # fmt: skip
    """One fork after the other; R rows of B have not come to an end yet."""
    numbers, log_probs, are_first = [0] * len(trees), torch.zeros(len(trees)), [True] * len(trees)
    live = row_R.tolist()
    at = [trees[row] for row in live]
    fork = 0
    while True:
        logits_RV = logits_RV.float()
        allowed_RV = torch.zeros_like(logits_RV, dtype=torch.bool)
        for r, node in enumerate(at):
            allowed_RV[r, list(node)] = True
        masked_RV = logits_RV.masked_fill(~allowed_RV, float("-inf"))
        draw_R = None if draw_BT is None else draw_BT[live, fork].to(logits_RV.device)
        token_R = taken(masked_RV, draw_R, temperature)
        log_prob = masked_RV.log_softmax(1).gather(1, token_R[:, None])[:, 0].tolist()
        is_first = (token_R == logits_RV.argmax(1)).tolist()
        stays, read = [], []
        for r, (row, token) in enumerate(zip(live, token_R.tolist(), strict=True)):
            log_probs[row] += log_prob[r]
            are_first[row] &= is_first[r] or len(at[r]) == 1
            tokens, below = _to_fork(token, at[r])
            if isinstance(below, int):
                numbers[row] = below
            else:
                stays.append(r)
                read.append(tokens)
                at[r] = below
        if not stays:
            return numbers, log_probs, are_first
        live, at = [live[r] for r in stays], [at[r] for r in stays]
        if len(stays) < len(token_R):
            reader.keep(torch.tensor(stays, device=logits_RV.device))
        logits_RV = reader.read(*padded(read, language_model.pad, logits_RV.device))
        fork += 1


def _to_fork(token: int, tree: Tree) -> tuple[list[int], "Tree | int"]:
    """The tokens from this branch on to the next fork, or to the end of an answer."""
    tokens, below = [token], tree[token]
    while not isinstance(below, int) and len(below) == 1:
        ((token, below),) = below.items()
        tokens.append(token)
    return tokens, below
