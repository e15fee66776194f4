"""Which inner loops of a network are compiled? Memory, observations, landmarks, sentences, and their gradients.

Arrays only: what they mean, and what they are checked against, is in fused.py. Offsets into arrays are spelt out
because rows are held in vector registers (vectors.py).
"""

import numpy as np

from agents.network.kernels.vectors import (
    inline,
    kernel,
    load,
    minus,
    plus,
    positive,
    scaled_add,
    sigmoid,
    splat,
    store,
    tanh,
    times,
    times_add,
    where_positive,
    zeros,
)  # fmt: skip

CHANNELS, FEATURES = 32, 16  # of a cell: compiled in, so that a cell is a few vector registers


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
def gates(from_input, from_memory, bias, kept, reset, update, fresh, heard, out, keep, next_kept, next_seen):
    """One step of a GRU: gates and the next memory of all columns, and what the next step keeps of it, twice: as it is,
    and as weights see it."""
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
            h = times(splat(keep[b]), h)
            store(next_kept, at, h)
            store(next_seen, at, h)


@kernel
def gates_back(d_out, d_kept, through, keep, kept, reset, update, fresh, heard, d_input, d_memory):
    """The gradient of `gates`. What comes back from the next step is `d_kept`, and `through` the weights; `d_kept` is
    then that of this step."""
    B, H = d_out.shape
    for b in range(B):
        for j in range(0, H, 16):
            at, first = b * H + j, b * 3 * H + j
            r, z, n, g = load(reset, at), load(update, at), load(fresh, at), load(heard, at)
            back = times(splat(keep[b]), plus(load(d_kept, at), load(through, at)))
            d = plus(back, load(d_out, at))
            d_r, d_z, d_n, d_g, d_k = _gate_back(d, load(kept, at), r, z, n, g)
            store(d_input, first, d_r)
            store(d_input, first + H, d_z)
            store(d_input, first + 2 * H, d_n)
            store(d_memory, first, d_r)
            store(d_memory, first + H, d_z)
            store(d_memory, first + 2 * H, d_g)
            store(d_kept, at, d_k)


# ---- sentences: a small GRU over words, in both directions -----------------------------------------
@kernel
def hear_words(tokens, length, first, table, turned, bias, kept, reset, update, fresh, heard, out):
    """States of words; see `hear`. `turned` [2, G, 3 G]; the scratch [2, words that are there, G]."""
    (S, L), (words, G) = tokens.shape, kept.shape[1:]
    memory, after = np.empty((2, G), np.float32), np.empty(G, np.float32)
    for s in range(S):
        memory[:] = np.float32(0)
        for step in range(length[s]):
            for way in range(2):  # side by side: neither waits for the other
                weights, biases = way * 3 * G * G, way * 3 * G
                i = step if way == 0 else length[s] - 1 - step
                given = np.int64(tokens[s, i]) * 6 * G + way * 3 * G
                at = (way * words + first[s] + i) * G
                for j in range(0, G, 16):
                    r = plus(load(bias, biases + j), load(table, given + j))
                    z = plus(load(bias, biases + G + j), load(table, given + G + j))
                    g = load(bias, biases + 2 * G + j)
                    for k in range(G):
                        row = weights + k * 3 * G + j
                        r = scaled_add(memory[way, k], load(turned, row), r)
                        z = scaled_add(memory[way, k], load(turned, row + G), z)
                        g = scaled_add(memory[way, k], load(turned, row + 2 * G), g)
                    before = load(memory, way * G + j)
                    r, z, n, h = _gate(r, z, load(table, given + 2 * G + j), g, before)
                    store(kept, at + j, before)
                    store(reset, at + j, r)
                    store(update, at + j, z)
                    store(fresh, at + j, n)
                    store(heard, at + j, g)
                    store(after, j, h)
                for j in range(0, G, 16):
                    store(memory, way * G + j, load(after, j))
                    store(out, (s * L + i) * 2 * G + way * G + j, load(after, j))


@kernel
def hear_words_back(
    d_out, tokens, length, first, weight, kept, reset, update, fresh, heard, d_table, d_memory
):
    """The gradient of `hear_words`: `d_table` added to zeros, `d_memory` [2, words, 3 G]; `weight` [2, 3 G, G]."""
    (S, L), (words, G) = tokens.shape, kept.shape[1:]
    now, own = np.empty((2, G), np.float32), np.empty(G, np.float32)
    for s in range(S):
        now[:] = np.float32(0)
        for step in range(length[s] - 1, -1, -1):
            for way in range(2):
                i = step if way == 0 else length[s] - 1 - step
                word = first[s] + i
                given = np.int64(tokens[s, i]) * 6 * G + way * 3 * G
                at = (way * words + word) * G
                for j in range(0, G, 16):
                    d = plus(load(now, way * G + j), load(d_out, (s * L + i) * 2 * G + way * G + j))
                    r, z, n, g = (
                        load(reset, at + j),
                        load(update, at + j),
                        load(fresh, at + j),
                        load(heard, at + j),
                    )
                    d_r, d_z, d_n, d_g, d_k = _gate_back(d, load(kept, at + j), r, z, n, g)
                    store(d_table, given + j, plus(load(d_table, given + j), d_r))
                    store(d_table, given + G + j, plus(load(d_table, given + G + j), d_z))
                    store(d_table, given + 2 * G + j, plus(load(d_table, given + 2 * G + j), d_n))
                    store(d_memory, 3 * at + j, d_r)
                    store(d_memory, 3 * at + G + j, d_z)
                    store(d_memory, 3 * at + 2 * G + j, d_g)
                    store(own, j, d_k)
                for j in range(0, G, 16):
                    d0, d1, d2 = load(own, j), zeros(), zeros()
                    for k in range(G):
                        row = (way * 3 * G + k) * G + j
                        d0 = scaled_add(d_memory[way, word, k], load(weight, row), d0)
                        d1 = scaled_add(d_memory[way, word, G + k], load(weight, row + G * G), d1)
                        d2 = scaled_add(d_memory[way, word, 2 * G + k], load(weight, row + 2 * G * G), d2)
                    store(now, way * G + j, plus(d0, plus(d1, d2)))


# ---- cells, as words colour them --------------------------------------------------------------------
# A list of cells is `spots` int64[n, 3]: where the rows of `looks` of their place, item and agent begin.
@inline
def _spot(spots, n, place, item, agent):
    """Put a cell on a list."""
    spots[n, 0] = np.int64(place) * CHANNELS
    spots[n, 1] = (256 + np.int64(item)) * CHANNELS
    spots[n, 2] = (512 + np.int64(agent)) * CHANNELS


@inline
def _look(looks, spots, n, half):
    """Half of the channels of a cell: the sum of its place, its item and its agent."""
    return plus(
        plus(load(looks, spots[n, 0] + half), load(looks, spots[n, 1] + half)),
        load(looks, spots[n, 2] + half),
    )


@inline
def _features(spots, n, looks, gain, shift, s, mix, bias, channel, feature):
    """Channels and features of the cells of a list in a context; three rows beyond the last are used."""
    for half in (0, 16):
        gained, shifted = load(gain, s * CHANNELS + half), load(shift, s * CHANNELS + half)
        for k in range(n):
            look = _look(looks, spots, k, half)
            store(channel, k * CHANNELS + half, positive(plus(times_add(look, gained, look), shifted)))
    for k in range(0, n, 4):  # four cells at a time: one alone would wait for itself
        f0 = f1 = f2 = f3 = load(bias, 0)
        for d in range(CHANNELS):
            row = load(mix, d * FEATURES)
            f0 = scaled_add(channel[k, d], row, f0)
            f1 = scaled_add(channel[k + 1, d], row, f1)
            f2 = scaled_add(channel[k + 2, d], row, f2)
            f3 = scaled_add(channel[k + 3, d], row, f3)
        store(feature, k * FEATURES, positive(f0))
        store(feature, (k + 1) * FEATURES, positive(f1))
        store(feature, (k + 2) * FEATURES, positive(f2))
        store(feature, (k + 3) * FEATURES, positive(f3))


@inline
def _features_back(
    spots, n, looks, gain, shift, s, turned, channel, d_feature, d_looks, d_gain, d_shift, d_mix, d_bias
):
    """The gradient of `_features`, added; `d_feature` is 0 where features are, `turned` [E, D] is `mix` turned."""
    d_bias_sum = load(d_bias, 0)
    for k in range(n):
        d_bias_sum = plus(d_bias_sum, load(d_feature, k * FEATURES))
    store(d_bias, 0, d_bias_sum)
    for half in (0, 16):
        at = s * CHANNELS + half
        gained, shifted = load(gain, at), load(shift, at)
        d_gained, d_shifted = load(d_gain, at), load(d_shift, at)
        for k in range(n):
            look = _look(looks, spots, k, half)
            here = positive(plus(times_add(look, gained, look), shifted))
            store(channel, k * CHANNELS + half, here)
            d0 = d1 = d2 = d3 = zeros()
            for e in range(0, FEATURES, 4):
                d0 = scaled_add(d_feature[k, e], load(turned, e * CHANNELS + half), d0)
                d1 = scaled_add(d_feature[k, e + 1], load(turned, (e + 1) * CHANNELS + half), d1)
                d2 = scaled_add(d_feature[k, e + 2], load(turned, (e + 2) * CHANNELS + half), d2)
                d3 = scaled_add(d_feature[k, e + 3], load(turned, (e + 3) * CHANNELS + half), d3)
            d_here = where_positive(here, plus(plus(d0, d1), plus(d2, d3)))
            d_gained = times_add(d_here, look, d_gained)
            d_shifted = plus(d_shifted, d_here)
            d_look = times_add(d_here, gained, d_here)
            for i in range(3):
                row = spots[k, i] + half
                store(d_looks, row, plus(load(d_looks, row), d_look))
        store(d_gain, at, d_gained)
        store(d_shift, at, d_shifted)
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


# ---- eyes: the cells that are in view ----------------------------------------------------------------
@inline
def _seen(view, t, b, spots, cell, looks_like, number):
    """List the cells that are seen, those that look alike once.

    Cell k of `n` is `cell[k]` and looks like entry `looks_like[k]` of `spots`; only places where nobody is and nothing
    lies are joined, by `number`, scratch of 256 that is all -1. Returns (n, entries).
    """
    n, entries = 0, 0
    for c in range(view.shape[3]):
        place = view[t, b, 0, c]
        if place != 0:
            is_bare = view[t, b, 1, c] | view[t, b, 2, c] == 0
            k = number[place] if is_bare else -1
            if k < 0:
                k = entries
                _spot(spots, k, place, view[t, b, 1, c], view[t, b, 2, c])
                entries += 1
                if is_bare:
                    number[place] = k
            cell[n], looks_like[n] = c, k
            n += 1
    for k in range(n):
        number[view[t, b, 0, cell[k]]] = -1
    return n, entries


@kernel
def see_cells(view, context, looks, gain, shift, mix, bias, out):
    """Features of all cells; see `see`."""
    T, B, _, C = view.shape
    spots, cell, looks_like = np.empty((C, 3), np.int64), np.empty(C, np.int64), np.empty(C, np.int64)
    number = np.full(256, -1, np.int64)
    channel, feature = np.zeros((C + 3, CHANNELS), np.float32), np.empty((C + 3, FEATURES), np.float32)
    for t in range(T):
        for b in range(B):
            at = (t * B + b) * C
            n, entries = _seen(view, t, b, spots, cell, looks_like, number)
            s = np.int64(context[t, b])
            _features(spots, entries, looks, gain, shift, s, mix, bias, channel, feature)
            for c in range(C):
                store(out, (at + c) * FEATURES, zeros())
            for k in range(n):
                store(out, (at + cell[k]) * FEATURES, load(feature, looks_like[k] * FEATURES))


@kernel
def see_cells_back(
    view, context, looks, gain, shift, mix, out, d_out, d_looks, d_gain, d_shift, d_mix, d_bias
):
    """The gradient of `see_cells`, added to zeros; channels are computed anew rather than kept."""
    T, B, _, C = view.shape
    spots, cell, looks_like = np.empty((C, 3), np.int64), np.empty(C, np.int64), np.empty(C, np.int64)
    number = np.full(256, -1, np.int64)
    channel, d_feature = np.empty((C, CHANNELS), np.float32), np.empty((C, FEATURES), np.float32)
    turned = np.ascontiguousarray(mix.T)
    for t in range(T):
        for b in range(B):
            n, entries = _seen(view, t, b, spots, cell, looks_like, number)
            for k in range(entries):
                store(d_feature, k * FEATURES, zeros())
            for k in range(n):
                at, row = ((t * B + b) * C + cell[k]) * FEATURES, looks_like[k] * FEATURES
                d = where_positive(load(out, at), load(d_out, at))
                store(d_feature, row, plus(load(d_feature, row), d))
            _features_back(
                spots, entries, looks, gain, shift, np.int64(context[t, b]), turned, channel, d_feature,
                d_looks, d_gain, d_shift, d_mix, d_bias,
            )  # fmt: skip


# ---- landmarks: what is remembered, by the path there -------------------------------------------------
@inline
def _listed(landmarks, t, b, spots, path):
    """List the landmarks, and the path to each; returns how many."""
    n = 0
    for k in range(landmarks.shape[2]):
        if landmarks[t, b, k, 3] == 0:
            break
        _spot(spots, n, landmarks[t, b, k, 0], landmarks[t, b, k, 1], landmarks[t, b, k, 2])
        path[n] = landmarks[t, b, k, 3]
        n += 1
    return n


@kernel
def recall_landmarks(landmarks, context, looks, gain, shift, mix, bias, of_path, out):
    """Features of the landmarks, summed by block; see `recall`. `of_path` int64[paths, M]: blocks of a path, or -1."""
    T, B, most = landmarks.shape[:3]
    blocks, widest = out.shape[2], of_path.shape[1]
    spots, path = np.empty((most, 3), np.int64), np.empty(most, np.int64)
    channel, feature = (
        np.zeros((most + 3, CHANNELS), np.float32),
        np.empty((most + 3, FEATURES), np.float32),
    )
    total = np.empty((blocks, FEATURES), np.float32)
    for t in range(T):
        for b in range(B):
            n = _listed(landmarks, t, b, spots, path)
            _features(spots, n, looks, gain, shift, np.int64(context[t, b]), mix, bias, channel, feature)
            total[:] = np.float32(0)
            for k in range(n):
                seen = load(feature, k * FEATURES)
                for m in range(widest):
                    row = of_path[path[k], m] * FEATURES
                    if row >= 0:
                        store(total, row, plus(load(total, row), seen))
            for i in range(blocks):
                store(out, ((t * B + b) * blocks + i) * FEATURES, load(total, i * FEATURES))


@kernel
def recall_landmarks_back(
    landmarks, context, looks, gain, shift, mix, bias, of_path, d_out, d_looks, d_gain, d_shift, d_mix, d_bias
):
    """The gradient of `recall_landmarks`, added to zeros; features are computed anew rather than kept."""
    T, B, most = landmarks.shape[:3]
    blocks, widest = d_out.shape[2], of_path.shape[1]
    spots, path = np.empty((most, 3), np.int64), np.empty(most, np.int64)
    channel, feature = (
        np.zeros((most + 3, CHANNELS), np.float32),
        np.empty((most + 3, FEATURES), np.float32),
    )
    d_feature = np.empty((most + 3, FEATURES), np.float32)
    turned = np.ascontiguousarray(mix.T)
    for t in range(T):
        for b in range(B):
            n, s = _listed(landmarks, t, b, spots, path), np.int64(context[t, b])
            _features(spots, n, looks, gain, shift, s, mix, bias, channel, feature)
            for k in range(n):
                d = zeros()
                for m in range(widest):
                    block = of_path[path[k], m]
                    if block >= 0:
                        d = plus(d, load(d_out, ((t * B + b) * blocks + block) * FEATURES))
                store(d_feature, k * FEATURES, where_positive(load(feature, k * FEATURES), d))
            _features_back(
                spots, n, looks, gain, shift, s, turned, channel, d_feature,
                d_looks, d_gain, d_shift, d_mix, d_bias,
            )  # fmt: skip


# ---- body: sums of rows of one table ----------------------------------------------------------------
@kernel
def sum_rows(table, rows, out):
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
def sum_rows_back(d_out, rows, d_table):
    """The gradient of `sum_rows`, added."""
    N, K = rows.shape
    H = d_table.shape[1]
    for n in range(N):
        for j in range(0, H, 16):
            d = load(d_out, n * H + j)
            for k in range(K):
                at = np.int64(rows[n, k]) * H + j
                store(d_table, at, plus(load(d_table, at), d))


# ---- plain eyes: a few numbers for each cell ---------------------------------------------------------
@kernel
def look_cells(view, looks, out):
    """Sums of the looks of all cells, 8 numbers each; see `fused.look`.

    Sixteen numbers are written for each cell: the upper half is overwritten by the next one.
    """
    T, B, _, C = view.shape
    for t in range(T):
        for b in range(B):
            for c in range(C):
                place, item, agent = (
                    np.int64(view[t, b, 0, c]),
                    np.int64(view[t, b, 1, c]),
                    np.int64(view[t, b, 2, c]),
                )
                total = plus(load(looks, place * 16), load(looks, (256 + item) * 16))
                store(out, ((t * B + b) * C + c) * 8, plus(total, load(looks, (512 + agent) * 16)))


@kernel
def look_cells_back(view, d_out, d_looks):
    """The gradient of `look_cells`, added; the upper halves of `d_looks` gather what belongs to other cells."""
    T, B, _, C = view.shape
    for t in range(T):
        for b in range(B):
            for c in range(C):
                place, item, agent = (
                    np.int64(view[t, b, 0, c]),
                    np.int64(view[t, b, 1, c]),
                    np.int64(view[t, b, 2, c]),
                )
                d = load(d_out, ((t * B + b) * C + c) * 8)
                for row in (place, 256 + item, 512 + agent):
                    store(d_looks, row * 16, plus(load(d_looks, row * 16), d))
