"""Do the fused kernels compute what plain torch does, values and gradients, in every mode?"""

import numpy as np
import pytest
import torch

from agents.network.kernels import fused
from agents.spatial_memory.egocentric_map import LANDMARKS, blocks_of_paths

T, B, S, C = 7, 6, 9, 25


def gradients(function, arguments, wanted):
    arguments = [x.clone().requires_grad_(i in wanted) for i, x in enumerate(arguments)]
    out = function(*arguments)
    weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(3))
    (out.float() * weight).sum().backward()
    return out.detach().float(), [arguments[i].grad for i in wanted]


def agree(fast, plain, arguments, wanted, tolerance):
    (out, mine), (truth, theirs) = gradients(fast, arguments, wanted), gradients(plain, arguments, wanted)
    assert torch.allclose(out, truth, rtol=tolerance, atol=tolerance)
    for a, b in zip(mine, theirs, strict=True):
        assert a is not None and b is not None
        assert (a - b).abs().max() <= tolerance * max(float(b.abs().max()), 1.0)


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 3e-2)])
@pytest.mark.parametrize("hidden", [32, 128])
def test_gru_equals_its_reference(kind, tolerance, hidden):
    torch.manual_seed(0)
    given = [
        torch.randn(T, B, 3 * hidden), torch.randn(B, hidden), torch.randn(3 * hidden, hidden) * hidden**-0.5,
        torch.randn(3 * hidden), (torch.rand(T, B) > 0.3).float(),
    ]  # fmt: skip

    def in_kind(function):
        return lambda x, *rest: function(x.to(kind), *rest)

    agree(in_kind(fused.gru), in_kind(fused.gru_torch), given, [0, 1, 2, 3], tolerance)


def test_gru_holds_for_large_gates():
    given = [torch.full((2, 1, 96), x) for x in (-200.0, 200.0)]
    for x in given:
        rest = (torch.zeros(1, 32), torch.zeros(96, 32), torch.zeros(96), torch.ones(2, 1))
        assert torch.allclose(fused.gru(x, *rest), fused.gru_torch(x, *rest), atol=1e-6)


def seen():
    torch.manual_seed(1)
    view = torch.randint(0, 200, (T, B, 3, C), dtype=torch.uint8)
    view[:, :, 0][torch.rand(T, B, C) < 0.4] = 0
    view[0, 0, 0] = 0  # a column that sees nothing
    context = torch.randint(0, S, (T, B), dtype=torch.int32)
    D, E = fused.kernels.CHANNELS, fused.FEATURES
    sizes = ((3, 256, D), (S, D), (S, D), (D, E), (E,))
    return view, context, [torch.randn(size) * 0.4 for size in sizes]


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_eyes_equal_their_reference(kind, tolerance):
    view, context, given = seen()
    agree(
        lambda *x: fused.see(view, context, *x, kind),
        lambda *x: fused.see_torch(view, context, *x, kind),
        given, [0, 1, 2, 3, 4], tolerance,
    )  # fmt: skip


def test_what_is_unseen_has_no_features():
    view, context, given = seen()
    out = fused.see(view, context, *given)
    assert (out[view[:, :, 0] == 0] == 0).all()
    assert (out[view[:, :, 0] > 0] > 0).any()


def test_sentences_equal_their_reference():
    torch.manual_seed(2)
    tokens = torch.randint(1, 40, (S, 12))
    for s in range(S):
        tokens[s, s:] = 0  # of all lengths, none among them
    given = [torch.randn(40, 192), torch.randn(2, 96, 32) * 0.2, torch.randn(2, 96)]
    agree(lambda *x: fused.hear(tokens, *x), lambda *x: fused.hear_torch(tokens, *x), given, [0, 1, 2], 1e-5)


def test_sums_of_rows_equal_their_reference():
    torch.manual_seed(3)
    rows = torch.randint(0, 50, (30, 4), dtype=torch.int32)
    agree(
        lambda x: fused.sum_rows(x, rows),
        lambda x: fused.sum_rows_torch(x, rows),
        [torch.randn(50, 64)],
        [0],
        1e-5,
    )


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_plain_eyes_equal_their_reference(kind, tolerance):
    view, _, _ = seen()
    agree(
        lambda x: fused.look(view, x, kind), lambda x: fused.look_torch(view, x, kind),
        [torch.randn(3, 256, 8)], [0], tolerance,
    )  # fmt: skip


def noted():
    """Notes of all ways, few and many, and none."""
    _, context, given = seen()
    generator = torch.Generator().manual_seed(5)
    landmarks = torch.randint(0, 200, (T, B, LANDMARKS, 4), dtype=torch.uint8, generator=generator)
    paths = torch.from_numpy(np.flatnonzero(blocks_of_paths().any(1)).astype(np.uint8))
    landmarks[..., 3] = paths[torch.randint(0, len(paths), (T, B, LANDMARKS), generator=generator)]
    for b, n in enumerate((0, 1, 5, 20, LANDMARKS - 1, LANDMARKS)):
        landmarks[:, b, n:] = 0
    return landmarks, context, given


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_landmarks_equal_their_reference(kind, tolerance):
    landmarks, context, given = noted()
    agree(
        lambda *x: fused.recall(landmarks, context, *x, kind),
        lambda *x: fused.recall_torch(landmarks, context, *x, kind),
        given, [0, 1, 2, 3, 4], tolerance,
    )  # fmt: skip


def test_without_landmarks_nothing_is_remembered():
    landmarks, context, given = noted()
    out = fused.recall(landmarks, context, *given)
    assert (out[:, 0] == 0).all() and (out[:, 1:] > 0).flatten(2).any(-1).all()
