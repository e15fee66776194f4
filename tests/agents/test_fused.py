"""Do the fused kernels compute what plain torch does, values and gradients, in every mode?"""

import numpy as np
import pytest
import torch

from agents import fused
from worlds.scenario import make_scenario
from worlds.simulator import SAME_STEP, Simulator
from worlds.state import FORWARD, OK, SENSE_ACT, SENSE_HEADING, SENSE_OUTCOME, TURN_LEFT

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


def remembered():
    """Agents that walk about, look in all directions and begin anew, over charts that hold something already."""
    view, context, given = seen()
    side = fused.chart_size(13, 5)
    own = torch.zeros(T, B, 8, dtype=torch.uint8)
    own[..., SENSE_HEADING] = torch.randint(0, 4, (T, B))
    own[..., SENSE_ACT] = torch.randint(0, 8, (T, B))
    own[..., SENSE_OUTCOME] = torch.randint(0, 2, (T, B))
    keep = (torch.rand(T, B) > 0.2).float()
    chart = torch.zeros(B, 2, side, side, dtype=torch.uint8)
    chart[:, :, 3:9, 2:20] = torch.randint(1, 9, (B, 2, 6, 18), dtype=torch.uint8)
    at = torch.randint(0, side, (B, 2), dtype=torch.int32)
    return (view, own, keep, context), (chart, at), given


@pytest.mark.parametrize(("kind", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_charts_equal_their_reference(kind, tolerance):
    seen_, charts, given = remembered()
    ends = []

    def run(function):
        mine = [part.clone() for part in charts]
        ends.append(mine)
        return lambda *x: function(*seen_, *mine, *x, kind)

    agree(run(fused.recall), run(fused.recall_torch), given, [0, 1, 2, 3, 4], tolerance)
    assert all(torch.equal(*pair) for pair in zip(*ends, strict=True))
    assert not torch.equal(ends[0][0], charts[0])


def test_what_is_remembered_lies_where_it_was():
    """Counted by hand: an agent sees two things, turns round and walks off; they are behind it then."""
    view, own = torch.zeros(3, 1, 3, 25, dtype=torch.uint8), torch.zeros(3, 1, 8, dtype=torch.uint8)
    view[0, 0, 0, [7, 14]] = torch.tensor([9, 8], dtype=torch.uint8)  # ahead; two ahead, two to the right
    view[0, 0, 1, 7] = 5
    own[:, 0, SENSE_HEADING] = torch.tensor([1, 3, 3])
    own[1:, 0, SENSE_ACT] = torch.tensor([TURN_LEFT, FORWARD])
    own[1:, 0, SENSE_OUTCOME] = OK
    keep = torch.tensor([[0.0], [1], [1]])
    chart, at = torch.ones(1, 2, 32, 32, dtype=torch.uint8), torch.ones(1, 2, dtype=torch.int32)
    entry, count = np.zeros((3, 1, 4, 2), np.uint8), np.zeros((3, 1, 4, fused.BLOCKS), np.float32)
    charts = fused._charts((view, own, keep, chart, at))
    assert fused.kernels.count_charted(*charts, entry, count) == 2
    bands = (-6, -4, -1, 0, 1, 2, 5)  # one offset of each band

    def block(ahead, right):
        return bands.index(ahead) * 7 + bands.index(right)

    found = [{tuple(entry[t, 0, u]): int(count[t, 0, u].argmax()) for u in range(2)} for t in range(3)]
    assert found[0] == {(9, 5): block(1, 0), (8, 0): block(2, 2)}
    assert found[1] == {(9, 5): block(-1, 0), (8, 0): block(-4, -4)}
    assert found[2] == {(9, 5): block(-4, 0), (8, 0): block(-4, -4)}
    assert (count.sum(-1) == [[[1, 1, 0, 0]]] * 3).all()


def test_agents_know_where_they_are():
    """Through whole episodes among others, what is on a chart stands in the house at the same offset."""
    sim = Simulator(make_scenario("house", agents=3, step_limit=60), 16, seed=4, autoreset=SAME_STEP)
    size, chance = fused.chart_size(sim.sizes.side, sim.sizes.view), np.random.default_rng(0)
    B = 16 * 3
    chart, at = torch.zeros(B, 2, size, size, dtype=torch.uint8), torch.zeros(B, 2, dtype=torch.int32)
    offset, compared = np.zeros((B, 2), np.int64), 0
    for _ in range(150):
        begins = np.repeat(sim.state.step == 0, 3)
        seen_ = sim.observation
        view, own = (
            torch.from_numpy(part.reshape(1, B, *part.shape[2:]).copy()) for part in (seen_.view, seen_.own)
        )
        keep = torch.from_numpy(1 - begins.astype(np.float32))[None]
        given = fused._charts((view.view(1, B, 3, -1), own, keep, chart, at))
        fused.kernels.count_charted(
            *given, np.zeros((1, B, 1, 2), np.uint8), np.zeros((1, B, 1, fused.BLOCKS), np.float32)
        )
        cell = sim.state.agent_cell.reshape(B).astype(np.int64)
        true = np.stack([cell >> 8, cell & 255], 1)
        offset[begins] = (at.numpy() - true)[begins]
        assert ((at.numpy() - true - offset) % size == 0).all()
        compared += int((~begins).sum())
        sim.state.action[:] = chance.choice([1, 2, 3, 3, 3, 4, 5, 6], (16, 3))
        sim.advance()
    assert compared > 5000
