"""Do the reader's kernels compute what plain torch does, values and gradients, for sentences of all lengths?"""

import torch

from agents.network.kernels import reader
from tests.agents.network.test_fused import agree

U, S, L, R, W, V = 20, 50, 37, 7, 64, 90


def sentences():
    """Sentences of all lengths, none among them, and longer ones than a register holds."""
    chance = torch.Generator().manual_seed(1)
    length = torch.randint(0, L + 1, (U,), generator=chance)
    length[:3] = torch.tensor([0, 1, L])
    return length, torch.arange(L) < length[:, None]


def test_order_equals_its_reference():
    torch.manual_seed(0)
    length, there = sentences()
    begun = torch.rand(U, L) * there

    def of(function):
        return lambda stage, begun: function(stage, begun * there, length) * there

    agree(of(reader.order_of), of(reader.order_of_torch), [torch.randn(U, L), begun], [0, 1], 1e-4)


def test_attention_equals_its_reference():
    torch.manual_seed(0)
    length, _ = sentences()
    rows, due = torch.randint(0, U, (S,)), torch.randint(0, 4, (S,)).float()
    tokens = torch.randint(0, V, (U, L))
    given = [
        torch.randn(U, L, R) * 2, torch.rand(U, L) * 4 - 1, torch.rand(U) * 4, torch.randn(R), torch.rand(R),
        torch.randn(V, W), torch.randn(W),
    ]  # fmt: skip
    rest = (length, rows, due, tokens)
    agree(
        lambda *x: reader.attend(*x, *rest), lambda *x: reader.attend_torch(*x, *rest), given, list(range(7)), 1e-4
    )  # fmt: skip


def test_where_no_word_is_left_readers_take_in_what_is_left():
    length, rows = torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
    void = torch.randn(W)
    taken = reader.attend(
        torch.randn(1, L, R), torch.zeros(1, L), torch.zeros(1), torch.randn(R), torch.ones(R), torch.randn(V, W),
        void, length, rows, torch.zeros(1), torch.zeros(1, L, dtype=torch.int64),
    )  # fmt: skip
    assert torch.allclose(taken[0], void.expand(R, -1))
