"""How is the view computed eight cells at a time? The fast twin of senses.view_plain, for views of 5 and 7 cells.

A row of a view lies along a row or a column of the house; with every plane stored both ways it is one unaligned
load of eight bytes, reversed for half of the headings. Opaque places have their three highest bits set, so the
opaque cells of a row are a few logical operations away, and a table answers how light spreads along it.

These are machine words and raw loads: this file has no uncompiled form, test_senses.py holds it to its
plain twin.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worlds.compiler.compile import rule
from worlds.rules.senses import see_agents, spread
from worlds.rules.space import col_of, row_of, stride_of
from worlds.state import AGENT_PLANE, MARGIN, OCCLUDED

FAST_WIDTH = 7  # widest view that fits a word together with its neighbour byte

u64 = np.uint64


def _element(context, builder, signature, args, bits):
    array = context.make_array(signature.args[0])(context, builder, args[0])
    offset = context.cast(builder, args[1], signature.args[1], types.intp)
    address = builder.gep(array.data, [offset])
    return builder.bitcast(address, ir.IntType(bits).as_pointer())


@intrinsic
def load_word(typing_context, array, offset):
    """Eight bytes of a uint8 array, from byte `offset` of its data."""

    def codegen(context, builder, signature, args):
        value = builder.load(_element(context, builder, signature, args, 64))
        value.align = 1
        return value

    return types.uint64(array, offset), codegen


@intrinsic
def store_word(typing_context, array, offset, word):
    """Write eight bytes into a uint8 array, at byte `offset` of its data."""

    def codegen(context, builder, signature, args):
        value = context.cast(builder, args[2], signature.args[2], types.uint64)
        store = builder.store(value, _element(context, builder, signature, args, 64))
        store.align = 1
        return context.get_dummy_value()

    return types.void(array, offset, word), codegen


@intrinsic
def store_half(typing_context, array, offset, word):
    """Write the lower four bytes of a word into a uint8 array, at byte `offset` of its data."""

    def codegen(context, builder, signature, args):
        value = builder.trunc(context.cast(builder, args[2], signature.args[2], types.uint64), ir.IntType(32))
        store = builder.store(value, _element(context, builder, signature, args, 32))
        store.align = 1
        return context.get_dummy_value()

    return types.void(array, offset, word), codegen


@intrinsic
def store_byte(typing_context, array, offset, word):
    """Write the lowest byte of a word into a uint8 array, at byte `offset` of its data."""

    def codegen(context, builder, signature, args):
        value = builder.trunc(context.cast(builder, args[2], signature.args[2], types.uint64), ir.IntType(8))
        builder.store(value, _element(context, builder, signature, args, 8))
        return context.get_dummy_value()

    return types.void(array, offset, word), codegen


@intrinsic
def reverse_bytes(typing_context, word):
    """The eight bytes of a word in reverse."""

    def codegen(context, builder, signature, args):
        swap = builder.module.declare_intrinsic("llvm.bswap", [ir.IntType(64)])
        return builder.call(swap, [args[0]])

    return types.uint64(types.uint64), codegen


def _light_table() -> np.ndarray:
    """[lit | opaque << 7] -> lit cells | cells lit in the next row << 8, for a row of seven cells."""
    plain_spread = getattr(spread, "py_func", spread)
    table = np.zeros(1 << 14, np.uint16)
    for opaque in range(128):
        for lit in range(128):
            row, above = plain_spread(lit, ~opaque & 127, 7)
            table[lit | opaque << 7] = row | above << 8
    return table


def _byte_masks() -> np.ndarray:
    """Seven bits -> a word with 0xFF in the bytes whose bit is set."""
    masks = np.zeros(128, np.uint64)
    for bits in range(128):
        masks[bits] = sum(0xFF << 8 * i for i in range(7) if bits >> i & 1)
    return masks


LIGHT = _light_table()
MASK = _byte_masks()
_LOW = u64(0x0001010101010101)
_HIGH = u64(0x0080808080808080)
_GATHER = u64(0x0002040810204081)  # moves the lowest bits of seven bytes into bits 49..55
_1, _2, _7, _8, _24, _32, _49, _127 = (u64(n) for n in (1, 2, 7, 8, 24, 32, 49, 127))


@rule
def opaque_bits(places):
    """The opaque cells among seven places (0xE0 and above), as bits."""
    high = places & (places << _1) & (places << _2) & _HIGH
    return (((high >> _7) * _GATHER) >> _49) & _127


@rule
def row_word(state, source, shift, reverse):
    """The bytes of a row of a view, from the viewer's left to its right."""
    word = load_word(state.planes, source)
    return word ^ ((word ^ reverse_bytes(word << shift)) & reverse)


@rule
def store_last(out, at, word, width):
    """Write the last row of a plane: 5 or 7 bytes and not one more."""
    store_half(out, at, word)
    if width == 7:
        store_half(out, at + 3, word >> _24)
    else:
        store_byte(out, at + 4, word >> _32)


@rule
def clear_bytes(out, at, size):
    """Write `size` zero bytes, 8 or more."""
    for i in range(0, size - 8, 8):
        store_word(out, at + i, u64(0))
    store_word(out, at + size - 8, u64(0))


@rule
def things_fast(state, w, a, out, at, width):
    """Write the planes of places and, where there are any, items of a view, for widths of 5 and 7.

    Rows come in order within a plane, so the bytes that a store spills are overwritten by the next row; the last
    row is written exactly. Which way the agent looks is arithmetic rather than branches: nobody could predict them.
    """
    pitch = stride_of(state.item_at.shape[1])
    planes_size = state.planes.shape[2]
    cell = np.int64(state.agent_cell[w, a])
    heading = np.int64(state.heading[w, a])
    half = width // 2
    sideways = heading & 1  # looking east or west, a row of the view lies along a column of the house
    forward = (((heading ^ (heading >> 1)) & 1) * 2 - 1) * pitch
    reverse = u64(0) - u64(heading >> 1)  # all ones if left and right are swapped
    apart = (col_of(cell) - row_of(cell)) * sideways
    source = w * state.planes.strides[0] + sideways * planes_size
    source += (row_of(cell) + apart + MARGIN) * pitch + col_of(cell) - apart + 4 - half
    shift = u64(8 * (8 - width))
    keep = MASK[(1 << width) - 1]
    beyond = u64(0x7F ^ ((1 << width) - 1)) << _7  # cells past the width stop the light
    lit = u64(1 << half)
    has_items = state.item_cell.shape[1] > 0
    occluded = state.option[OCCLUDED] != 0
    area = width * width
    mask = keep
    row = at
    for _ in range(width - 1):
        places = row_word(state, source, shift, reverse)
        if occluded:
            light = u64(LIGHT[lit | opaque_bits(places) << _7 | beyond])
            mask = MASK[light & _127] & keep
            lit = light >> _8
        store_word(out, row, places & mask)
        if has_items:
            store_word(out, row + area, row_word(state, source + 2 * planes_size, shift, reverse) & mask)
        source += forward
        row += width
    places = row_word(state, source, shift, reverse)
    if occluded:
        mask = MASK[u64(LIGHT[lit | opaque_bits(places) << _7 | beyond]) & _127] & keep
    if has_items:
        store_last(out, row + area, row_word(state, source + 2 * planes_size, shift, reverse) & mask, width)
        store_last(out, row, places & mask, width)
    else:
        store_last(out, row, places & mask, width)
        clear_bytes(out, at + area, area)


@rule
def agents_fast(state, w, a, out, at, width):
    """Write the plane of agents of a view, and what they carry: all that changes where somebody turns."""
    area = width * width
    clear_bytes(out, at + AGENT_PLANE * area, area)
    see_agents(state, w, a, out, at, width)
