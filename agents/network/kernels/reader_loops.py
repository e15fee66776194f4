"""Which inner loops of reading are compiled? The order of what is asked for, attention to words, and their gradients.

Arrays only, as in loops.py; what they mean, and what they are checked against, is in reader.py.
"""

import numpy as np

from agents.network.kernels.vectors import (
    LANES,
    exp,
    inline,
    kernel,
    load,
    minus,
    plus,
    scaled_add,
    sigmoid,
    splat,
    store,
    sum_of,
    times,
    zeros,
)  # fmt: skip

SHARPLY, HALF = np.float32(8), np.float32(4)  # how sharply stages are told apart, and where half is reached
ONE = np.float32(1)


# ---- order: how many clauses come before the one that a word belongs to ------------------------------
@inline
def _comes_after(stages, sides, i, stage):
    """How far the words i to i + 15 come after one of this stage."""
    return sigmoid(scaled_add(SHARPLY, load(stages, i), plus(load(sides, i), splat(-SHARPLY * stage))))


@inline
def _line_up(stage, s, n, stages, sides):
    """Copy the stages of a sentence where rows of sixteen can be read; all words follow the first one."""
    for i in range(n):
        stages[i], sides[i] = stage[s, i], HALF


@kernel
def order_words(stage, begun, length, order):
    """Clauses begun before each word, less one; see `order_of`."""
    S, L = stage.shape
    stages, sides = np.zeros(L + LANES, np.float32), np.zeros(L + LANES, np.float32)
    sums = np.empty(L + LANES, np.float32)
    for s in range(S):
        n = length[s]
        _line_up(stage, s, n, stages, sides)
        sums[:] = np.float32(-1)
        for j in range(n):
            for i in range(0, n, LANES):
                after = _comes_after(stages, sides, i, stage[s, j])
                store(sums, i, scaled_add(begun[s, j], after, load(sums, i)))
            sides[j] = -HALF  # word j stands before all that come next in the loop
        for i in range(n):
            order[s, i] = sums[i]


@kernel
def order_words_back(d_order, stage, begun, length, d_stage, d_begun):
    """The gradient of `order_words`, added to zeros."""
    S, L = stage.shape
    stages, sides = np.zeros(L + LANES, np.float32), np.zeros(L + LANES, np.float32)
    given, sums = np.empty(L + LANES, np.float32), np.empty(L + LANES, np.float32)
    for s in range(S):
        n = length[s]
        _line_up(stage, s, n, stages, sides)
        given[:] = np.float32(0)
        sums[:] = np.float32(0)
        for i in range(n):
            given[i] = d_order[s, i]
        for j in range(n):
            d_b, d_s = zeros(), zeros()
            for i in range(0, n, LANES):
                after, d = _comes_after(stages, sides, i, stage[s, j]), load(given, i)
                part = times(d, after)
                slope = times(times(part, splat(SHARPLY * begun[s, j])), minus(splat(ONE), after))
                store(sums, i, plus(load(sums, i), slope))
                d_b, d_s = plus(d_b, part), plus(d_s, slope)
            d_begun[s, j] = sum_of(d_b)
            d_stage[s, j] -= sum_of(d_s)
            sides[j] = -HALF
        for i in range(n):
            d_stage[s, i] += sums[i]


# ---- attention: which words each reader takes in, with how far they are done ---------------------------
@kernel
def attend_words(
    scores, order, clauses, length, rows, due, nothing, fading, words, tokens, void, shares, out
):
    """What each reader takes in of each context; see `attend`. `shares` [S, R, L + 1] is kept."""
    S, R, W = out.shape
    L = order.shape[1]
    near, score = np.zeros(L + 1, np.float32), np.zeros(L + 1 + LANES, np.float32)
    for s in range(S):
        u = rows[s]
        n = length[u]
        for i in range(n + 1):
            far = (order[u, i] if i < n else clauses[u]) - due[s]
            near[i] = -far * far
        for r in range(R):
            score[n] = nothing[r] + fading[r] * near[n]
            most = score[n]
            for i in range(n):
                score[i] = scores[u, i, r] + fading[r] * near[i]
                most = max(most, score[i])
            for i in range(0, n + 1, LANES):
                store(score, i, exp(minus(load(score, i), splat(most))))
            total = np.float32(0)
            for i in range(n + 1):
                total += score[i]
            for i in range(n + 1):
                shares[s, r, i] = score[i] / total
            at = (s * R + r) * W
            for w in range(0, W, LANES):
                taken = times(splat(shares[s, r, n]), load(void, w))
                for i in range(n):
                    taken = scaled_add(shares[s, r, i], load(words, tokens[u, i] * W + w), taken)
                store(out, at + w, taken)


@kernel
def attend_words_back(
    d_out, order, clauses, length, rows, due, fading, words, tokens, void, shares,
    d_scores, d_order, d_clauses, d_nothing, d_fading, d_words, d_void,
):  # fmt: skip
    """The gradient of `attend_words`, added to zeros."""
    S, R, W = d_out.shape
    d_share = np.empty(order.shape[1] + 1, np.float32)
    for s in range(S):
        u = rows[s]
        n = length[u]
        for r in range(R):
            at = (s * R + r) * W
            mean = np.float32(0)
            for i in range(n + 1):
                share, dot = shares[s, r, i], zeros()
                for w in range(0, W, LANES):
                    d = load(d_out, at + w)
                    if i < n:
                        row = tokens[u, i] * W + w
                        dot = plus(dot, times(d, load(words, row)))
                        store(d_words, row, scaled_add(share, d, load(d_words, row)))
                    else:
                        dot = plus(dot, times(d, load(void, w)))
                        store(d_void, w, scaled_add(share, d, load(d_void, w)))
                d_share[i] = sum_of(dot)
                mean += share * d_share[i]
            for i in range(n):
                d, far = shares[s, r, i] * (d_share[i] - mean), order[u, i] - due[s]
                d_scores[u, i, r] += d
                d_fading[r] -= d * far * far
                d_order[u, i] -= d * fading[r] * np.float32(2) * far
            d, far = shares[s, r, n] * (d_share[n] - mean), clauses[u] - due[s]
            d_nothing[r] += d
            d_fading[r] -= d * far * far
            d_clauses[u] -= d * fading[r] * np.float32(2) * far
