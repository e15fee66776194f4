"""What is a bitboard? A set of cells of a map, 32 x 32 bits, and what can be done with all of them at once.

A row is 32 bits, bit c for column c; rows and columns go round at the edges. In memory it is uint32[32], in kernels a
vector in registers, as in vectors.py.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, register_model

SIDE = 32
_INT, _BYTE = ir.IntType(32), ir.IntType(8)
_ROWS, _BYTES = ir.VectorType(_INT, SIDE), ir.VectorType(_BYTE, SIDE)


class Board(types.Type):
    """A set of cells."""

    def __init__(self) -> None:
        super().__init__(name="board32x32")


board = Board()


@register_model(Board)
class _BoardModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, _ROWS)


def _all(n: int) -> ir.Constant:
    return ir.Constant(_ROWS, [n] * SIDE)


def _pointer(context, builder, signature, args, kind):
    array = signature.args[0]
    data = context.make_array(array)(context, builder, args[0]).data
    offset = context.cast(builder, args[1], signature.args[1], types.intp)
    return builder.bitcast(builder.gep(data, [offset]), kind.as_pointer())


@intrinsic
def get(typing_context, array, offset):
    """The board in uint32 `array` from `offset`."""

    def codegen(context, builder, signature, args):
        value = builder.load(_pointer(context, builder, signature, args, _ROWS))
        value.align = 4
        return value

    return board(array, offset), codegen


@intrinsic
def put(typing_context, array, offset, value):
    """Write a board to uint32 `array` from `offset`."""

    def codegen(context, builder, signature, args):
        builder.store(args[2], _pointer(context, builder, signature, args, _ROWS)).align = 4
        return context.get_dummy_value()

    return types.void(array, offset, board), codegen


def _of_bytes(context, builder, signature, args, test):
    """The board of cells whose byte passes a test; 32 rows of 32 bytes."""
    start, rows = _pointer(context, builder, signature, args, _BYTES), ir.Constant(_ROWS, [0] * SIDE)
    byte = context.cast(builder, args[2], signature.args[2], types.uint8)
    undefined = ir.Constant(_BYTES, ir.Undefined)
    one = builder.insert_element(undefined, byte, ir.Constant(_INT, 0))
    splat = builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(_INT, SIDE), [0] * SIDE))
    for r in range(SIDE):
        row = builder.load(builder.gep(start, [ir.Constant(_INT, r)]))
        row.align = 1
        bits = builder.bitcast(test(builder, row, splat), _INT)
        rows = builder.insert_element(rows, bits, ir.Constant(_INT, r))
    return rows


@intrinsic
def with_any(typing_context, array, offset, bits):
    """Cells whose byte, of uint8 `array` from `offset`, has any of these bits."""

    def codegen(context, builder, signature, args):
        nothing = ir.Constant(_BYTES, [0] * SIDE)
        return _of_bytes(
            context,
            builder,
            signature,
            args,
            lambda b, row, byte: b.icmp_unsigned("!=", b.and_(row, byte), nothing),
        )

    return board(array, offset, bits), codegen


@intrinsic
def equal_to(typing_context, array, offset, value):
    """Cells whose byte, of uint8 `array` from `offset`, is this one."""

    def codegen(context, builder, signature, args):
        return _of_bytes(
            context, builder, signature, args, lambda b, row, byte: b.icmp_unsigned("==", row, byte)
        )

    return board(array, offset, value), codegen


@intrinsic
def none(typing_context):
    """No cell."""
    return board(), lambda context, builder, signature, args: _all(0)


@intrinsic
def both(typing_context, a, b):
    """Cells of a that are of b, too."""
    return board(board, board), lambda context, builder, signature, args: builder.and_(*args)


@intrinsic
def either(typing_context, a, b):
    """Cells of a or b."""
    return board(board, board), lambda context, builder, signature, args: builder.or_(*args)


@intrinsic
def without(typing_context, a, b):
    """Cells of a that are not of b."""

    def codegen(context, builder, signature, args):
        return builder.and_(args[0], builder.xor(args[1], _all(0xFFFFFFFF)))

    return board(board, board), codegen


@intrinsic
def is_any(typing_context, a):
    """Is there a cell?"""

    def codegen(context, builder, signature, args):
        words = builder.bitcast(args[0], ir.VectorType(ir.IntType(64), SIDE // 2))
        while words.type.count > 1:
            half = words.type.count // 2
            low = ir.Constant(ir.VectorType(_INT, half), list(range(half)))
            high = ir.Constant(ir.VectorType(_INT, half), list(range(half, 2 * half)))
            words = builder.or_(
                builder.shuffle_vector(words, words, low), builder.shuffle_vector(words, words, high)
            )
        word = builder.extract_element(words, ir.Constant(_INT, 0))
        return builder.icmp_unsigned("!=", word, ir.Constant(ir.IntType(64), 0))

    return types.boolean(board), codegen


def _rows_turned(builder, value, by):
    mask = ir.Constant(_ROWS, [(r + by) % SIDE for r in range(SIDE)])
    return builder.shuffle_vector(value, value, mask)


@intrinsic
def north(typing_context, a):
    """Cells one row up."""
    return board(board), lambda context, builder, signature, args: _rows_turned(builder, args[0], 1)


@intrinsic
def south(typing_context, a):
    """Cells one row down."""
    return board(board), lambda context, builder, signature, args: _rows_turned(builder, args[0], -1)


@intrinsic
def east(typing_context, a):
    """Cells one column to the right."""

    def codegen(context, builder, signature, args):
        return builder.or_(builder.shl(args[0], _all(1)), builder.lshr(args[0], _all(SIDE - 1)))

    return board(board), codegen


@intrinsic
def west(typing_context, a):
    """Cells one column to the left."""

    def codegen(context, builder, signature, args):
        return builder.or_(builder.lshr(args[0], _all(1)), builder.shl(args[0], _all(SIDE - 1)))

    return board(board), codegen


@intrinsic
def lowest(typing_context, bits):
    """The number of the lowest bit that is set in a uint32, which is not 0."""

    def codegen(context, builder, signature, args):
        return builder.zext(builder.cttz(args[0], ir.Constant(ir.IntType(1), 1)), ir.IntType(64))

    return types.int64(types.uint32), codegen
