"""Which inner loops of a mind run as one kernel each on the CPU? Its memory and its eyes, with their gradients.

Each pair of kernels has a twin in plain torch of the same name with `_torch`: the reference that tests compare, and
what runs on a GPU. Kernels use one thread and let go of the interpreter's lock, so that workers run side by side.

Axes: T time, B columns (one agent of one world), S contexts (one agent's instruction while nothing of it changes),
C cells of a view, D channels of a cell, E features of a cell, H hidden units.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.network.kernels import loops as kernels
from agents.network.kernels.loops import FEATURES
from agents.spatial_memory.egocentric_map import BLOCKS, MOVES, blocks_of_paths


def array_of(tensor: Tensor) -> np.ndarray:
    """The numbers of a CPU tensor as an array; bfloat16 as uint16."""
    tensor = tensor.detach()
    return tensor.view(torch.uint16).numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()


# ---- memory: a GRU over time ------------------------------------------------------------------------
class _GRU(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, from_input: Tensor, h0: Tensor, weight: Tensor, bias: Tensor, keep: Tensor
    ) -> Tensor:
        kind, T, B, H = from_input.dtype, from_input.shape[0], *h0.shape
        before, saved = torch.empty(T + 1, B, H), torch.empty(4, T, B, H)
        kept = torch.empty(T + 1, B, H, dtype=kind)  # what the weights see: `before`, perhaps rounded
        hidden, from_memory = torch.empty(T, B, H), torch.empty(B, 3 * H, dtype=kind)
        weight = weight.detach().to(kind)
        turned = weight.t()
        names = (from_input, from_memory, bias, before, saved, hidden, kept, keep.contiguous())
        inputs, memory, biases, befores, gates, out, seen, keeps = map(array_of, names)
        kept[0].copy_(torch.mul(h0.detach(), keep[0, :, None], out=before[0]))
        for t in range(T):
            torch.mm(kept[t], turned, out=from_memory)
            after = keeps[min(t + 1, T - 1)]  # what is kept beyond the last step is not read
            kernels.gates(
                inputs[t],
                memory,
                biases,
                befores[t],
                *gates[:, t],
                out[t],
                after,
                befores[t + 1],
                seen[t + 1],
            )
        ctx.save_for_backward(before, saved, kept, weight, keep)
        return hidden

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        before, saved, kept, weight, keep = ctx.saved_tensors
        (_, T, B, H), kind = saved.shape, kept.dtype
        d_input, d_memory = (torch.empty(T, B, 3 * H, dtype=kind) for _ in range(2))
        d_kept, through = torch.zeros(B, H), torch.zeros(B, H, dtype=kind)  # beside, and through the weights
        names = (grads[0].contiguous(), d_kept, through, before, saved, keep.contiguous(), d_input, d_memory)
        d_hidden, own, products, befores, gates, keeps, d_in, d_mem = map(array_of, names)
        for t in range(T - 1, -1, -1):
            after = keeps[min(t + 1, T - 1)]
            kernels.gates_back(d_hidden[t], own, products, after, befores[t], *gates[:, t], d_in[t], d_mem[t])
            torch.mm(d_memory[t], weight, out=through)
        flat = d_memory.view(T * B, 3 * H)
        d_weight = torch.mm(flat.t(), kept[:T].view(T * B, H)).float()
        d_before = d_kept.add_(through) * keep[0, :, None]
        return d_input, d_before, d_weight, torch.sum(flat, 0, dtype=torch.float32), None


def gru(from_input: Tensor, h0: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
    """A GRU over T steps: memory float32 [T, B, H] after each step.

    Args:
        from_input: [T, B, 3 H] what the input adds to reset gate, update gate and fresh memory; if it is bfloat16,
            products with the weight are, too.
        h0: [B, H] memory before the first step.
        weight, bias: [3 H, H], [3 H] of the memory.
        keep: [T, B] 1, or 0 where memory is wiped before the step.
    """
    if from_input.device.type != "cpu":
        return gru_torch(from_input, h0, weight, bias, keep)
    return _GRU.apply(from_input, h0, weight, bias, keep)  # pyright: ignore[reportReturnType]


def gru_torch(from_input: Tensor, h0: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
    """The reference of `gru`."""
    hidden, h, kind = [], h0, from_input.dtype
    for t in range(from_input.shape[0]):
        kept = h * keep[t, :, None]
        r, z, n = from_input[t].float().chunk(3, -1)
        from_memory = (kept.to(kind) @ weight.to(kind).t()).float() + bias
        r_h, z_h, n_h = from_memory.chunk(3, -1)
        z = torch.sigmoid(z + z_h)
        n = torch.tanh(n + torch.sigmoid(r + r_h) * n_h)
        h = n + z * (kept - n)
        hidden.append(h)
    return torch.stack(hidden)


# ---- sentences: a small GRU over words, in both directions -----------------------------------------
class _Hear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tokens: Tensor, table: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        (S, L), G = tokens.shape, weight.shape[2]
        length = (tokens > 0).sum(1)
        ends = length.cumsum(0)
        # What is kept is of the words that are there, one sentence after another.
        saved, out = torch.empty(5, 2, int(ends[-1]) if S else 0, G), torch.zeros(S, L, 2 * G)
        turned = weight.detach().transpose(1, 2).contiguous()
        first = ends - length
        given = (tokens, length, first, table.contiguous(), turned, bias.contiguous())
        kernels.hear_words(*map(array_of, given), *array_of(saved), array_of(out))
        ctx.save_for_backward(tokens, length, first, weight, saved)
        ctx.rows = len(table)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        tokens, length, first, weight, saved = ctx.saved_tensors
        words, G = saved.shape[2:]
        d_table, d_memory = torch.zeros(ctx.rows, 6 * G), torch.empty(2, words, 3 * G)
        given = (grads[0].contiguous(), tokens, length, first, weight.contiguous())
        arrays = map(array_of, (*given, *saved, d_table, d_memory))
        kernels.hear_words_back(*arrays)
        return None, d_table, d_memory.transpose(1, 2) @ saved[0], d_memory.sum(1)


def hear(tokens: Tensor, table: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """States [S, L, 2 G] of words in their sentences, by a GRU ahead and one back; 0 where there is no word.

    Args:
        tokens: int64 [S, L] rows of the table, 0 after the last word.
        table: [V, 6 G] what each word adds to the gates, ahead and back.
        weight, bias: [2, 3 G, G], [2, 3 G] of the memory; G a multiple of 16.
    """
    if tokens.device.type != "cpu":
        return hear_torch(tokens, table, weight, bias)
    return _Hear.apply(tokens, table, weight, bias)  # pyright: ignore[reportReturnType]


def hear_torch(tokens: Tensor, table: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The reference of `hear`."""
    given = table[tokens].transpose(0, 1)  # [L, S, 6 G]
    there = (tokens > 0).t().to(table.dtype)
    start = given.new_zeros(len(tokens), weight.shape[2])
    before = torch.cat([torch.zeros_like(there[:1]), there[:-1]])
    ahead = gru_torch(given.chunk(2, -1)[0], start, weight[0], bias[0], before)
    before = torch.cat([torch.zeros_like(there[:1]), there.flip(0)[:-1]])
    back = gru_torch(given.chunk(2, -1)[1].flip(0), start, weight[1], bias[1], before).flip(0)
    return (torch.cat([ahead, back], -1) * there[..., None]).transpose(0, 1)


# ---- eyes: what stands in each cell, as words colour it ---------------------------------------------
class _See(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, view: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor,
        bias: Tensor, kind: torch.dtype,
    ) -> Tensor:  # fmt: skip
        T, B, _, C = view.shape
        out = torch.empty(T, B, C, FEATURES, dtype=kind)
        arrays = [array_of(x.contiguous()) for x in (view, context, looks, gain, shift, mix)]
        kernels.see_cells(*arrays, array_of(bias), array_of(out))
        ctx.arrays, ctx.out = arrays, out
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        _, _, looks, gain, _, mix = ctx.arrays
        shapes = (looks.shape, gain.shape, gain.shape, mix.shape, (mix.shape[1],))
        given = [torch.zeros(shape) for shape in shapes]
        kernels.see_cells_back(
            *ctx.arrays, array_of(ctx.out), array_of(grads[0].contiguous()), *map(array_of, given)
        )
        return None, None, *given, None


def see(
    view: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor, bias: Tensor,
    kind: torch.dtype = torch.float32,
) -> Tensor:  # fmt: skip
    """Features [T, B, C, E] of the cells of views: relu(mix(relu(look * (1 + gain) + shift))); 0 where unseen.

    Args:
        view: uint8 [T, B, 3, C] place, item and agent byte of each cell.
        context: int32 [T, B] the context of each view, a row of gain and shift.
        looks: [3, 256, D] channels of each byte of each plane; a cell has their sum.
        gain, shift: [S, D] what the words of a context make of the channels.
        mix, bias: [D, E], [E] from channels to features.
        kind: of the features, float32 or bfloat16; what is inside is always computed in float32.
    """
    if view.device.type != "cpu":
        return see_torch(view, context, looks, gain, shift, mix, bias, kind)
    return _See.apply(view, context, looks, gain, shift, mix, bias, kind)  # pyright: ignore[reportReturnType]


def see_torch(
    view: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor, bias: Tensor,
    kind: torch.dtype = torch.float32,
) -> Tensor:  # fmt: skip
    """The reference of `see`."""
    places, items, agents = view.long().unbind(2)
    look = looks[0][places] + looks[1][items] + looks[2][agents]
    features = _coloured(look, context, gain, shift, mix, bias)
    return (features * (places[..., None] > 0)).to(kind)


def _coloured(
    look: Tensor, context: Tensor, gain: Tensor, shift: Tensor, mix: Tensor, bias: Tensor
) -> Tensor:
    """Features [T, B, K, E] of cells that look so, [T, B, K, D]."""
    at = context.long()
    channel = torch.relu(look * (1 + gain[at][:, :, None]) + shift[at][:, :, None])
    return torch.relu(channel @ mix + bias)


# ---- landmarks: what is remembered, by the path there -----------------------------------------------------
_BLOCKS_OF_PATH = blocks_of_paths()


def _block_numbers() -> np.ndarray:
    """The blocks of each path as numbers, int64[paths, MOVES], filled up with -1."""
    table = np.full((len(_BLOCKS_OF_PATH), MOVES), -1, np.int64)
    for path, row in enumerate(_BLOCKS_OF_PATH):
        blocks = np.flatnonzero(row)
        table[path, : len(blocks)] = blocks
    return table


_NUMBERS_OF_PATH = _block_numbers()


class _Recall(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, landmarks: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor,
        bias: Tensor, kind: torch.dtype,
    ) -> Tensor:  # fmt: skip
        out = torch.empty(*context.shape, BLOCKS, FEATURES, dtype=kind)
        arrays = [array_of(x.contiguous()) for x in (landmarks, context, looks, gain, shift, mix, bias)]
        kernels.recall_landmarks(*arrays, _NUMBERS_OF_PATH, array_of(out))
        ctx.arrays = arrays
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        given = [torch.zeros(x.shape) for x in ctx.arrays[2:]]
        d_out = array_of(grads[0].contiguous())
        kernels.recall_landmarks_back(*ctx.arrays, _NUMBERS_OF_PATH, d_out, *map(array_of, given))
        return None, None, *given, None


def recall(
    landmarks: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor, bias: Tensor,
    kind: torch.dtype = torch.float32,
) -> Tensor:  # fmt: skip
    """Features [T, B, BLOCKS, E] of what agents know of their surroundings, summed by the paths there.

    Args:
        landmarks: uint8 [T, B, LANDMARKS, 4] of `find_landmarks`: place, item, floor beside, path. Their features are
            those of `see`, with the floor in place of an agent.
        context, looks, gain, shift, mix, bias, kind: as for `see`.
    """
    given = (landmarks, context, looks, gain, shift, mix, bias, kind)
    if landmarks.device.type != "cpu":
        return recall_torch(*given)
    return _Recall.apply(*given)  # pyright: ignore[reportReturnType]


def recall_torch(
    landmarks: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor, bias: Tensor,
    kind: torch.dtype = torch.float32,
) -> Tensor:  # fmt: skip
    """The reference of `recall`."""
    place, item, beside, path = landmarks.long().unbind(-1)
    features = _coloured(looks[0][place] + looks[1][item] + looks[2][beside], context, gain, shift, mix, bias)
    blocks = torch.from_numpy(_BLOCKS_OF_PATH).to(landmarks.device)[path]
    return torch.einsum("tbnk,tbne->tbke", blocks, features).to(kind)


# ---- body: sums of rows of one table ----------------------------------------------------------------
class _SumRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, kind: torch.dtype) -> Tensor:
        out = torch.empty(len(rows), table.shape[1], dtype=kind)
        ctx.rows, ctx.shape = rows, table.shape
        kernels.sum_rows(array_of(table.contiguous()), array_of(rows), array_of(out))
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_table = torch.zeros(ctx.shape)
        kernels.sum_rows_back(array_of(grads[0].contiguous()), array_of(ctx.rows), array_of(d_table))
        return d_table, None, None


def sum_rows(table: Tensor, rows: Tensor, kind: torch.dtype = torch.float32) -> Tensor:
    """Sums [N, H] of the rows int32 [N, K] of a table [R, H], H a multiple of 16."""
    if table.device.type != "cpu":
        return sum_rows_torch(table, rows, kind)
    return _SumRows.apply(table, rows, kind)  # pyright: ignore[reportReturnType]


def sum_rows_torch(table: Tensor, rows: Tensor, kind: torch.dtype = torch.float32) -> Tensor:
    """The reference of `sum_rows`."""
    return table[rows.long()].sum(1).to(kind)


# ---- plain eyes -------------------------------------------------------------------------------------
PLAIN_FEATURES = 8


class _Look(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, view: Tensor, looks: Tensor, kind: torch.dtype) -> Tensor:
        T, B, _, C = view.shape
        size = T * B * C * PLAIN_FEATURES
        out = torch.empty(size + PLAIN_FEATURES, dtype=kind)  # the last cell is written too far
        ctx.view = view.contiguous()
        padded = torch.nn.functional.pad(looks.detach(), (0, 16 - PLAIN_FEATURES)).contiguous()
        kernels.look_cells(array_of(ctx.view), array_of(padded), array_of(out))
        return out[:size].view(T, B, C, PLAIN_FEATURES)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_out = torch.nn.functional.pad(grads[0].flatten(), (0, PLAIN_FEATURES))
        d_looks = torch.zeros(3, 256, 16)
        kernels.look_cells_back(array_of(ctx.view), array_of(d_out), array_of(d_looks))
        return None, d_looks[..., :PLAIN_FEATURES], None


def look(view: Tensor, looks: Tensor, kind: torch.dtype = torch.float32) -> Tensor:
    """Features [T, B, C, 8] of the cells of views: the sum of what their place, item and agent look like.

    Args:
        view: uint8 [T, B, 3, C] place, item and agent byte of each cell.
        looks: [3, 256, 8] of each byte of each plane.
        kind: of the features, float32 or bfloat16.
    """
    if view.device.type != "cpu":
        return look_torch(view, looks, kind)
    return _Look.apply(view, looks, kind)  # pyright: ignore[reportReturnType]


def look_torch(view: Tensor, looks: Tensor, kind: torch.dtype = torch.float32) -> Tensor:
    """The reference of `look`."""
    places, items, agents = view.long().unbind(2)
    return (looks[0][places] + looks[1][items] + looks[2][agents]).to(kind)
