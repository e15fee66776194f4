"""Which inner loops of reading run as one kernel each on the CPU? The order of clauses, and attention to words.

As in fused.py, each has a twin in plain torch. Sentences differ in length, and most are much shorter than the longest:
the kernels go through the words that are there, where plain torch goes through a table of pairs of words.

Axes: S contexts (an instruction and how far it is done), U sentences, L words, R readers, W size of a word.
"""

from typing import Any

import torch
from torch import Tensor

from agents.network.kernels import reader_loops as kernels
from agents.network.kernels.fused import array_of

NEVER = -1e9  # the score of a word that is not there


class _Order(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, stage: Tensor, begun: Tensor, length: Tensor) -> Tensor:
        order = torch.zeros(stage.shape)
        given = (stage.contiguous(), begun.contiguous(), length)
        kernels.order_words(*map(array_of, given), array_of(order))
        ctx.given = given
        return order

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_stage, d_begun = torch.zeros(grads[0].shape), torch.zeros(grads[0].shape)
        arrays = map(array_of, (grads[0].contiguous(), *ctx.given, d_stage, d_begun))
        kernels.order_words_back(*arrays)
        return d_stage, d_begun, None


def order_of(stage: Tensor, begun: Tensor, length: Tensor) -> Tensor:
    """How many clauses come before the one that each word belongs to, [U, L]; of words that are not there, anything.

    A clause comes after those of earlier stages, and after those of its own stage that are said before it.

    Args:
        stage: [U, L] of each word.
        begun: [U, L] how far a clause begins with each word, 0 to 1; 0 where there is no word.
        length: int64 [U] how many words there are.
    """
    if stage.device.type != "cpu":
        return order_of_torch(stage, begun, length)
    return _Order.apply(stage, begun, length)  # pyright: ignore[reportReturnType]


def order_of_torch(stage: Tensor, begun: Tensor, length: Tensor) -> Tensor:
    """The reference of `order_of`."""
    sharply, half = float(kernels.SHARPLY), float(kernels.HALF)
    apart = sharply * (stage[:, :, None] - stage[:, None])  # of each word, after each other one
    later, not_earlier = torch.sigmoid(apart - half), torch.sigmoid(apart + half)
    is_before = torch.ones_like(apart[0]).tril()
    comes_after = later + (not_earlier - later) * is_before
    return (comes_after * begun[:, None]).sum(-1) - 1


class _Attend(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, order: Tensor, clauses: Tensor, nothing: Tensor, fading: Tensor, words: Tensor,
        void: Tensor, length: Tensor, rows: Tensor, due: Tensor, tokens: Tensor,
    ) -> Tensor:  # fmt: skip
        (_, L, R), W = scores.shape, words.shape[1]
        shares, out = torch.empty(len(rows), R, L + 1), torch.empty(len(rows), R, W)
        given = (scores, order, clauses, length, rows, due, nothing, fading, words, tokens, void)
        arrays = [array_of(x.contiguous()) for x in given]
        kernels.attend_words(*arrays, array_of(shares), array_of(out))
        ctx.arrays, ctx.shares = arrays, array_of(shares)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        scores, order, clauses, length, rows, due, nothing, fading, words, tokens, void = ctx.arrays
        wanted = (scores, order, clauses, nothing, fading, words, void)
        d_wanted = [torch.zeros(x.shape) for x in wanted]
        kernels.attend_words_back(
            array_of(grads[0].contiguous()), order, clauses, length, rows, due, fading, words, tokens, void,
            ctx.shares, *map(array_of, d_wanted),
        )  # fmt: skip
        return *d_wanted, None, None, None, None


def attend(
    scores: Tensor, order: Tensor, clauses: Tensor, nothing: Tensor, fading: Tensor, words: Tensor, void: Tensor,
    length: Tensor, rows: Tensor, due: Tensor, tokens: Tensor,
) -> Tensor:  # fmt: skip
    """What each reader takes in of each context, [S, R, W]: a mean of words, weighted by the softmax of scores that
    fade with the square of the distance to the clause that is due.

    Args:
        scores: [U, L, R] how much each reader cares for each word.
        order: [U, L] of `order_of`.
        clauses: [U] how many there are.
        nothing: [R] the score of what is left when all clauses are done.
        fading: [R] how fast scores fade.
        words: [V, W] bare words, W a multiple of 16.
        void: [W] what is taken in of what is left when all is done.
        length: int64 [U] how many words there are.
        rows: int64 [S] the sentence of each context.
        due: [S] how many clauses come before the one that is due.
        tokens: int64 [U, L] the row of `words` of each word.
    """
    given = (scores, order, clauses, nothing, fading, words, void, length, rows, due, tokens)
    if scores.device.type != "cpu":
        return attend_torch(*given)
    return _Attend.apply(*given)  # pyright: ignore[reportReturnType]


def attend_torch(
    scores: Tensor, order: Tensor, clauses: Tensor, nothing: Tensor, fading: Tensor, words: Tensor, void: Tensor,
    length: Tensor, rows: Tensor, due: Tensor, tokens: Tensor,
) -> Tensor:  # fmt: skip
    """The reference of `attend`."""
    away = torch.cat([order[rows] - due[:, None], (clauses[rows] - due)[:, None]], 1)  # [S, L + 1]
    there = torch.arange(scores.shape[1], device=scores.device) < length[:, None]
    score = scores.masked_fill(~there[..., None], NEVER)[rows].transpose(1, 2)
    score = torch.cat([score, nothing.expand(len(rows), -1)[..., None]], 2)
    shares = (score - fading[:, None] * (away * away)[:, None]).softmax(-1)
    return shares[..., :-1] @ words[tokens][rows] + shares[..., -1:] * void
