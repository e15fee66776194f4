"""Which inner loops of a mind run as one kernel each on the CPU? Its memory and its eyes, with their gradients.

Each pair of kernels has a twin in plain torch of the same name with `_torch`: the reference that tests compare, and
what runs on a GPU. Kernels use one thread and let go of the interpreter's lock, so that lanes run side by side.

Axes: T time, B columns (one agent of one world), S contexts (one agent's instruction while nothing of it changes),
C cells of a view, D channels of a cell, E features of a cell, H hidden units.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.vectors import (
    inline, kernel, load, minus, plus, positive, scaled_add, sigmoid, splat, store, tanh, times, times_add, where_positive, zeros,
)  # fmt: skip

CHANNELS, FEATURES = 32, 16  # D and E: compiled in, so that a cell is a few vector registers



# ---- memory: a GRU over time ------------------------------------------------------------------------
@inline
def _gate(r, z, n_input, n_memory, kept):
    """Reset gate, update gate, fresh memory and the next memory."""
    r, z = sigmoid(r), sigmoid(z)
    n = tanh(times_add(r, n_memory, n_input))
    return r, z, n, times_add(z, minus(kept, n), n)


@inline
def _gate_back(d, kept, r, z, n, n_memory):
    """The gradient of `_gate`, by r, z, the input of n, the memory of n, and what was kept."""
    one = splat(np.float32(1))
    d_n = times(times(d, minus(one, z)), minus(one, times(n, n)))
    d_z = times(times(d, minus(kept, n)), times(z, minus(one, z)))
    d_r = times(times(d_n, n_memory), times(r, minus(one, r)))
    return d_r, d_z, d_n, times(d_n, r), times(d, z)


@kernel
def _gates(from_input, from_memory, bias, kept, reset, update, fresh, heard, out):
    """One step of a GRU: gates and the next memory of all columns."""
    B, H = out.shape
    for b in range(B):
        for j in range(0, H, 16):
            at, first = b * H + j, b * 3 * H + j
            r = plus(plus(load(from_input, first), load(from_memory, first)), load(bias, j))
            z = plus(plus(load(from_input, first + H), load(from_memory, first + H)), load(bias, H + j))
            g = plus(load(from_memory, first + 2 * H), load(bias, 2 * H + j))
            r, z, n, h = _gate(r, z, load(from_input, first + 2 * H), g, load(kept, at))
            store(reset, at, r)
            store(update, at, z)
            store(fresh, at, n)
            store(heard, at, g)
            store(out, at, h)


@kernel
def _gates_back(d_out, kept, reset, update, fresh, heard, d_input, d_memory, d_kept):
    """The gradient of `_gates`; `d_kept` holds only what does not come through the gates of memory."""
    B, H = d_out.shape
    for b in range(B):
        for j in range(0, H, 16):
            at, first = b * H + j, b * 3 * H + j
            r, z, n, g = load(reset, at), load(update, at), load(fresh, at), load(heard, at)
            d_r, d_z, d_n, d_g, d_k = _gate_back(load(d_out, at), load(kept, at), r, z, n, g)
            store(d_input, first, d_r)
            store(d_input, first + H, d_z)
            store(d_input, first + 2 * H, d_n)
            store(d_memory, first, d_r)
            store(d_memory, first + H, d_z)
            store(d_memory, first + 2 * H, d_g)
            store(d_kept, at, d_k)


def _array(tensor: Tensor) -> np.ndarray:
    """The numbers of a CPU tensor as an array; bfloat16 as uint16."""
    tensor = tensor.detach()
    return tensor.view(torch.uint16).numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()


class _GRU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, from_input: Tensor, h0: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
        kind, T, B, H = from_input.dtype, from_input.shape[0], *h0.shape
        saved = torch.empty(5, T, B, H)
        kept = torch.empty(T, B, H, dtype=kind)  # what the weights see: saved[0], perhaps rounded
        hidden = torch.empty(T, B, H)
        from_memory = torch.empty(B, 3 * H, dtype=kind)
        arrays, inputs, out, memory = _array(saved), _array(from_input), _array(hidden), _array(from_memory)
        weight = weight.detach().to(kind)
        turned, biases = weight.t(), _array(bias)
        before = h0.detach()
        for t in range(T):
            torch.mul(before, keep[t, :, None], out=saved[0, t])
            torch.mm(kept[t].copy_(saved[0, t]), turned, out=from_memory)
            _gates(inputs[t], memory, biases, *(arrays[i, t] for i in range(5)), out[t])
            before = hidden[t]
        ctx.save_for_backward(saved, kept, weight, keep)
        return hidden

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        saved, kept, weight, keep = ctx.saved_tensors
        T, B, H = kept.shape
        arrays, d_hidden = _array(saved), grads[0]
        d_input, d_memory = (torch.empty(T, B, 3 * H, dtype=kept.dtype) for _ in range(2))
        d_in, d_mem = _array(d_input), _array(d_memory)
        d_now, d_kept = torch.zeros(B, H), torch.empty(B, H)
        now, own = _array(d_now), _array(d_kept)
        for t in range(T - 1, -1, -1):
            d_now.add_(d_hidden[t])
            _gates_back(now, *(arrays[i, t] for i in range(5)), d_in[t], d_mem[t], own)
            d_kept.add_(torch.mm(d_memory[t], weight))
            torch.mul(d_kept, keep[t, :, None], out=d_now)
        flat = d_memory.view(T * B, 3 * H)
        d_weight = torch.mm(flat.t(), kept.view(T * B, H)).float()
        return d_input, d_now, d_weight, torch.sum(flat, 0, dtype=torch.float32), None


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
@kernel
def _hear(tokens, length, table, turned, bias, kept, reset, update, fresh, heard, out):
    """States of words; see `hear`. `turned` [2, G, 3 G]; the scratch [2, S, L, G]."""
    S, L, G = kept.shape[1:]
    memory, after = np.empty(G, np.float32), np.empty(G, np.float32)
    for way in range(2):
        weights, biases = way * 3 * G * G, way * 3 * G
        for s in range(S):
            memory[:] = np.float32(0)
            for step in range(length[s]):
                i = step if way == 0 else length[s] - 1 - step
                given = np.int64(tokens[s, i]) * 6 * G + way * 3 * G
                at = ((way * S + s) * L + i) * G
                for j in range(0, G, 16):
                    r = plus(load(bias, biases + j), load(table, given + j))
                    z = plus(load(bias, biases + G + j), load(table, given + G + j))
                    g = load(bias, biases + 2 * G + j)
                    for k in range(G):
                        row = weights + k * 3 * G + j
                        r = scaled_add(memory[k], load(turned, row), r)
                        z = scaled_add(memory[k], load(turned, row + G), z)
                        g = scaled_add(memory[k], load(turned, row + 2 * G), g)
                    before = load(memory, j)
                    r, z, n, h = _gate(r, z, load(table, given + 2 * G + j), g, before)
                    store(kept, at + j, before)
                    store(reset, at + j, r)
                    store(update, at + j, z)
                    store(fresh, at + j, n)
                    store(heard, at + j, g)
                    store(after, j, h)
                for j in range(0, G, 16):
                    store(memory, j, load(after, j))
                    store(out, (s * L + i) * 2 * G + way * G + j, load(after, j))


@kernel
def _hear_back(d_out, tokens, length, weight, kept, reset, update, fresh, heard, d_table, d_memory):
    """The gradient of `_hear`, added to zeros; `weight` [2, 3 G, G], `d_memory` [2, S, L, 3 G]."""
    S, L, G = kept.shape[1:]
    now, own = np.empty(G, np.float32), np.empty(G, np.float32)
    for way in range(2):
        for s in range(S):
            now[:] = np.float32(0)
            for step in range(length[s] - 1, -1, -1):
                i = step if way == 0 else length[s] - 1 - step
                word = np.int64(tokens[s, i]) * 6 * G + way * 3 * G
                at = ((way * S + s) * L + i) * G
                for j in range(0, G, 16):
                    d = plus(load(now, j), load(d_out, (s * L + i) * 2 * G + way * G + j))
                    r, z, n, g = load(reset, at + j), load(update, at + j), load(fresh, at + j), load(heard, at + j)
                    d_r, d_z, d_n, d_g, d_k = _gate_back(d, load(kept, at + j), r, z, n, g)
                    store(d_table, word + j, plus(load(d_table, word + j), d_r))
                    store(d_table, word + G + j, plus(load(d_table, word + G + j), d_z))
                    store(d_table, word + 2 * G + j, plus(load(d_table, word + 2 * G + j), d_n))
                    store(d_memory, 3 * at + j, d_r)
                    store(d_memory, 3 * at + G + j, d_z)
                    store(d_memory, 3 * at + 2 * G + j, d_g)
                    store(own, j, d_k)
                for j in range(0, G, 16):
                    d0, d1, d2 = load(own, j), zeros(), zeros()
                    for k in range(G):
                        row = (way * 3 * G + k) * G + j
                        d0 = scaled_add(d_memory[way, s, i, k], load(weight, row), d0)
                        d1 = scaled_add(d_memory[way, s, i, G + k], load(weight, row + G * G), d1)
                        d2 = scaled_add(d_memory[way, s, i, 2 * G + k], load(weight, row + 2 * G * G), d2)
                    store(now, j, plus(d0, plus(d1, d2)))


class _Hear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, tokens: Tensor, table: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        (S, L), G = tokens.shape, weight.shape[2]
        saved, out = torch.empty(5, 2, S, L, G), torch.zeros(S, L, 2 * G)
        length = (tokens > 0).sum(1)
        turned = weight.detach().transpose(1, 2).contiguous()
        given = (tokens, length, table.contiguous(), turned, bias.contiguous())
        _hear(*map(_array, given), *_array(saved), _array(out))
        ctx.save_for_backward(tokens, length, weight, saved)
        ctx.rows = len(table)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        tokens, length, weight, saved = ctx.saved_tensors
        (S, L), G = tokens.shape, weight.shape[2]
        d_table, d_memory = torch.zeros(ctx.rows, 6 * G), torch.zeros(2, S, L, 3 * G)
        kept = torch.where((tokens > 0)[..., None], saved[0], 0).view(2, S * L, G)
        given = (grads[0].contiguous(), tokens, length, weight.contiguous())
        _hear_back(*map(_array, given), *_array(saved), _array(d_table), _array(d_memory))
        flat = d_memory.view(2, S * L, 3 * G)
        return None, d_table, flat.transpose(1, 2) @ kept, flat.sum(1)


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
@inline
def _look_at(view, looks, t, b, c):
    """Where the three rows of `looks` of a cell begin; place, item, agent."""
    place, item, agent = np.int64(view[t, b, 0, c]), np.int64(view[t, b, 1, c]), np.int64(view[t, b, 2, c])
    return place * CHANNELS, (256 + item) * CHANNELS, (512 + agent) * CHANNELS


@inline
def _look(looks, place, item, agent, half):
    """Half of the channels of a cell: the sum of its place, its item and its agent."""
    return plus(plus(load(looks, place + half), load(looks, item + half)), load(looks, agent + half))


@kernel
def _see(view, context, looks, gain, shift, mix, bias, out):
    """Features of all cells; see `see`."""
    T, B, _, C = view.shape
    channel = np.zeros((C + 3, CHANNELS), np.float32)
    seen = np.zeros(C + 3, np.int64)
    for t in range(T):
        for b in range(B):
            s = np.int64(context[t, b]) * CHANNELS
            at = (t * B + b) * C
            n = 0
            for c in range(C):
                if view[t, b, 0, c] == 0:
                    store(out, (at + c) * FEATURES, zeros())
                    continue
                place, item, agent = _look_at(view, looks, t, b, c)
                for half in (0, 16):
                    look = _look(looks, place, item, agent, half)
                    modulated = plus(times_add(look, load(gain, s + half), look), load(shift, s + half))
                    store(channel, n * CHANNELS + half, positive(modulated))
                seen[n] = at + c
                n += 1
            for k in range(0, n, 4):  # four cells at a time: one alone would wait for itself
                f0 = f1 = f2 = f3 = load(bias, 0)
                for d in range(CHANNELS):
                    row = load(mix, d * FEATURES)
                    f0 = scaled_add(channel[k, d], row, f0)
                    f1 = scaled_add(channel[k + 1, d], row, f1)
                    f2 = scaled_add(channel[k + 2, d], row, f2)
                    f3 = scaled_add(channel[k + 3, d], row, f3)
                if k + 3 < n:
                    store(out, seen[k + 3] * FEATURES, positive(f3))
                if k + 2 < n:
                    store(out, seen[k + 2] * FEATURES, positive(f2))
                if k + 1 < n:
                    store(out, seen[k + 1] * FEATURES, positive(f1))
                store(out, seen[k] * FEATURES, positive(f0))


@kernel
def _see_back(view, context, looks, gain, shift, mix, out, d_out, d_looks, d_gain, d_shift, d_mix, d_bias):
    """The gradient of `_see`, added to zeros; channels are computed anew rather than kept."""
    T, B, _, C = view.shape
    channel = np.zeros((C, CHANNELS), np.float32)
    d_feature = np.zeros((C, FEATURES), np.float32)
    turned = np.empty((FEATURES, CHANNELS), np.float32)
    for e in range(FEATURES):
        for d in range(CHANNELS):
            turned[e, d] = mix[d, e]
    for t in range(T):
        for b in range(B):
            s = np.int64(context[t, b]) * CHANNELS
            at = (t * B + b) * C
            n = 0
            d_bias_sum = load(d_bias, 0)
            for c in range(C):
                if view[t, b, 0, c] != 0:
                    spot = (at + c) * FEATURES
                    d_here = where_positive(load(out, spot), load(d_out, spot))
                    store(d_feature, n * FEATURES, d_here)
                    d_bias_sum = plus(d_bias_sum, d_here)
                    n += 1
            store(d_bias, 0, d_bias_sum)
            for half in (0, 16):
                n = 0
                gained, shifted = load(gain, s + half), load(shift, s + half)
                d_gained, d_shifted = load(d_gain, s + half), load(d_shift, s + half)
                for c in range(C):
                    if view[t, b, 0, c] == 0:
                        continue
                    place, item, agent = _look_at(view, looks, t, b, c)
                    look = _look(looks, place, item, agent, half)
                    here = positive(plus(times_add(look, gained, look), shifted))
                    store(channel, n * CHANNELS + half, here)
                    d0 = d1 = d2 = d3 = zeros()
                    for e in range(0, FEATURES, 4):
                        d0 = scaled_add(d_feature[n, e], load(turned, e * CHANNELS + half), d0)
                        d1 = scaled_add(d_feature[n, e + 1], load(turned, (e + 1) * CHANNELS + half), d1)
                        d2 = scaled_add(d_feature[n, e + 2], load(turned, (e + 2) * CHANNELS + half), d2)
                        d3 = scaled_add(d_feature[n, e + 3], load(turned, (e + 3) * CHANNELS + half), d3)
                    d_here = where_positive(here, plus(plus(d0, d1), plus(d2, d3)))
                    d_gained = times_add(d_here, look, d_gained)
                    d_shifted = plus(d_shifted, d_here)
                    d_look = times_add(d_here, gained, d_here)
                    store(d_looks, place + half, plus(load(d_looks, place + half), d_look))
                    store(d_looks, item + half, plus(load(d_looks, item + half), d_look))
                    store(d_looks, agent + half, plus(load(d_looks, agent + half), d_look))
                    n += 1
                store(d_gain, s + half, d_gained)
                store(d_shift, s + half, d_shifted)
            for d in range(0, CHANNELS, 8):
                _mix_back(channel, d_feature, n, d, d_mix)


@inline
def _mix_back(channel, d_feature, n, d, d_mix):
    """Add the gradient of eight rows of `mix` over n cells."""
    at = d * FEATURES
    m0, m1, m2, m3 = load(d_mix, at), load(d_mix, at + 16), load(d_mix, at + 32), load(d_mix, at + 48)
    m4, m5, m6, m7 = load(d_mix, at + 64), load(d_mix, at + 80), load(d_mix, at + 96), load(d_mix, at + 112)
    for c in range(n):
        row = load(d_feature, c * FEATURES)
        m0 = scaled_add(channel[c, d], row, m0)
        m1 = scaled_add(channel[c, d + 1], row, m1)
        m2 = scaled_add(channel[c, d + 2], row, m2)
        m3 = scaled_add(channel[c, d + 3], row, m3)
        m4 = scaled_add(channel[c, d + 4], row, m4)
        m5 = scaled_add(channel[c, d + 5], row, m5)
        m6 = scaled_add(channel[c, d + 6], row, m6)
        m7 = scaled_add(channel[c, d + 7], row, m7)
    store(d_mix, at, m0)
    store(d_mix, at + 16, m1)
    store(d_mix, at + 32, m2)
    store(d_mix, at + 48, m3)
    store(d_mix, at + 64, m4)
    store(d_mix, at + 80, m5)
    store(d_mix, at + 96, m6)
    store(d_mix, at + 112, m7)


class _See(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, view: Tensor, context: Tensor, looks: Tensor, gain: Tensor, shift: Tensor, mix: Tensor,
        bias: Tensor, kind: torch.dtype,
    ) -> Tensor:  # fmt: skip
        T, B, _, C = view.shape
        out = torch.empty(T, B, C, FEATURES, dtype=kind)
        arrays = [_array(x.contiguous()) for x in (view, context, looks, gain, shift, mix)]
        _see(*arrays, _array(bias), _array(out))
        ctx.arrays, ctx.out = arrays, out
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        _, _, looks, gain, _, mix = ctx.arrays
        shapes = (looks.shape, gain.shape, gain.shape, mix.shape, (mix.shape[1],))
        given = [torch.zeros(shape) for shape in shapes]
        _see_back(*ctx.arrays, _array(ctx.out), _array(grads[0].contiguous()), *map(_array, given))
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
    at = context.long()
    channel = torch.relu(look * (1 + gain[at][:, :, None]) + shift[at][:, :, None])
    return (torch.relu(channel @ mix + bias) * (places[..., None] > 0)).to(kind)


# ---- body: sums of rows of one table ----------------------------------------------------------------
@kernel
def _sum_rows(table, rows, out):
    """out[n] = the sum of `rows[n]` of the table; H a multiple of 16."""
    N, K = rows.shape
    H = table.shape[1]
    for n in range(N):
        for j in range(0, H, 16):
            total = load(table, np.int64(rows[n, 0]) * H + j)
            for k in range(1, K):
                total = plus(total, load(table, np.int64(rows[n, k]) * H + j))
            store(out, n * H + j, total)


@kernel
def _sum_rows_back(d_out, rows, d_table):
    """The gradient of `_sum_rows`, added."""
    N, K = rows.shape
    H = d_table.shape[1]
    for n in range(N):
        for j in range(0, H, 16):
            d = load(d_out, n * H + j)
            for k in range(K):
                at = np.int64(rows[n, k]) * H + j
                store(d_table, at, plus(load(d_table, at), d))


class _SumRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, kind: torch.dtype) -> Tensor:
        out = torch.empty(len(rows), table.shape[1], dtype=kind)
        ctx.rows, ctx.shape = rows, table.shape
        _sum_rows(_array(table.contiguous()), _array(rows), _array(out))
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_table = torch.zeros(ctx.shape)
        _sum_rows_back(_array(grads[0].contiguous()), _array(ctx.rows), _array(d_table))
        return d_table, None, None


def sum_rows(table: Tensor, rows: Tensor, kind: torch.dtype = torch.float32) -> Tensor:
    """Sums [N, H] of the rows int32 [N, K] of a table [R, H], H a multiple of 16."""
    if table.device.type != "cpu":
        return sum_rows_torch(table, rows, kind)
    return _SumRows.apply(table, rows, kind)  # pyright: ignore[reportReturnType]


def sum_rows_torch(table: Tensor, rows: Tensor, kind: torch.dtype = torch.float32) -> Tensor:
    """The reference of `sum_rows`."""
    return table[rows.long()].sum(1).to(kind)
