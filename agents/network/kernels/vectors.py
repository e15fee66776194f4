"""What are sixteen floats at once? A numba type for one vector register, and what can be done with it.

Kernels that keep a row of a table in a register say so with these; the compiler cuts them to what the machine has.
Offsets count elements from the first of an array, which must be C-contiguous: float32, or uint16 that holds bfloat16
(the upper half of a float32, rounded to nearest even).
"""

from collections.abc import Callable

import numba
from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic, models, register_model

from worlds.compiler.compile import jit

LANES = 16


def kernel(function: Callable) -> Callable:
    """Compile a loop over arrays, which lets go of the interpreter's lock, and keep it on disk."""
    return jit(function, keep=True, nogil=True, fastmath=True, error_model="numpy")


def inline(function: Callable) -> Callable:
    """Compile a part of kernels."""
    return numba.njit(fastmath=True, error_model="numpy", inline="always")(function)


_FLOAT, _INT, _HALF = ir.FloatType(), ir.IntType(32), ir.IntType(16)
_VECTOR, _INTS, _HALVES = (ir.VectorType(kind, LANES) for kind in (_FLOAT, _INT, _HALF))


class Vector(types.Type):
    """Sixteen float32."""

    def __init__(self) -> None:
        super().__init__(name="float32x16")


vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, _VECTOR)


def _address(context, builder, signature, args):
    array = signature.args[0]
    data = context.make_array(array)(context, builder, args[0]).data
    offset = context.cast(builder, args[1], signature.args[1], types.intp)
    kind = _HALVES if array.dtype == types.uint16 else _VECTOR
    return builder.bitcast(builder.gep(data, [offset]), kind.as_pointer())


def _ints(n: int) -> ir.Constant:
    return ir.Constant(_INTS, [n] * LANES)


def _widened(builder, halves):
    """bfloat16 to float32."""
    return builder.bitcast(builder.shl(builder.zext(halves, _INTS), _ints(16)), _VECTOR)


def _narrowed(builder, value):
    """float32 to bfloat16."""
    bits = builder.bitcast(value, _INTS)
    odd = builder.and_(builder.lshr(bits, _ints(16)), _ints(1))
    rounded = builder.add(builder.add(bits, _ints(0x7FFF)), odd)
    return builder.trunc(builder.lshr(rounded, _ints(16)), _HALVES)


def _splat(builder, value):
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(_INT, 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(_INTS, [0] * LANES))


def _fused(builder, a, b, c):
    return builder.fadd(builder.fmul(a, b, flags=("contract",)), c, flags=("contract",))


@intrinsic
def load(typing_context, array, offset):
    """The vector at `offset` of an array."""

    def codegen(context, builder, signature, args):
        value = builder.load(_address(context, builder, signature, args))
        value.align = 2
        return value if value.type == _VECTOR else _widened(builder, value)

    return vector(array, offset), codegen


@intrinsic
def store(typing_context, array, offset, value):
    """Write a vector at `offset` of an array."""

    def codegen(context, builder, signature, args):
        address, value = _address(context, builder, signature, args), args[2]
        if address.type.pointee != _VECTOR:
            value = _narrowed(builder, value)
        builder.store(value, address).align = 2
        return context.get_dummy_value()

    return types.void(array, offset, vector), codegen


@intrinsic
def zeros(typing_context):
    """Sixteen zeros."""

    def codegen(context, builder, signature, args):
        return ir.Constant(_VECTOR, [0.0] * LANES)

    return vector(), codegen


@intrinsic
def times_add(typing_context, a, b, c):
    """a * b + c."""

    def codegen(context, builder, signature, args):
        return _fused(builder, *args)

    return vector(vector, vector, vector), codegen


@intrinsic
def scaled_add(typing_context, x, b, c):
    """x * b + c for a number x."""

    def codegen(context, builder, signature, args):
        return _fused(builder, _splat(builder, args[0]), args[1], args[2])

    return vector(types.float32, vector, vector), codegen


@intrinsic
def plus(typing_context, a, b):
    """a + b."""

    def codegen(context, builder, signature, args):
        return builder.fadd(*args)

    return vector(vector, vector), codegen


@intrinsic
def positive(typing_context, a):
    """The positive ones of `a`, else 0."""

    def codegen(context, builder, signature, args):
        none = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered(">", args[0], none), args[0], none)

    return vector(vector), codegen


@intrinsic
def where_positive(typing_context, a, b):
    """Those of `b` where `a` is positive, else 0."""

    def codegen(context, builder, signature, args):
        none = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered(">", args[0], none), args[1], none)

    return vector(vector, vector), codegen


@intrinsic
def minus(typing_context, a, b):
    """a - b."""

    def codegen(context, builder, signature, args):
        return builder.fsub(*args)

    return vector(vector, vector), codegen


@intrinsic
def times(typing_context, a, b):
    """a * b."""

    def codegen(context, builder, signature, args):
        return builder.fmul(*args)

    return vector(vector, vector), codegen


@intrinsic
def splat(typing_context, x):
    """Sixteen times the float32 x."""

    def codegen(context, builder, signature, args):
        return _splat(builder, args[0])

    return vector(types.float32), codegen


def _all(x: float) -> ir.Constant:
    return ir.Constant(_VECTOR, [x] * LANES)


def _exp(builder, x):
    """exp, to 2e-7: 2 ** whole times a polynomial of the rest."""
    x = builder.select(builder.fcmp_ordered("<", x, _all(86.0)), x, _all(86.0))
    x = builder.select(builder.fcmp_ordered(">", x, _all(-86.0)), x, _all(-86.0))
    y = builder.fmul(x, _all(1.4426950408889634))
    to_next = builder.select(builder.fcmp_ordered(">", y, _all(0.0)), _all(0.5), _all(-0.5))
    whole_number = builder.fptosi(builder.fadd(y, to_next), _INTS)
    whole = builder.sitofp(whole_number, _VECTOR)
    z = builder.fmul(builder.fsub(y, whole), _all(0.6931471805599453))
    series = _all(1 / 5040)
    for factor in (1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1.0, 1.0):
        series = _fused(builder, series, z, _all(factor))
    power = builder.add(whole_number, _ints(127))
    scale = builder.bitcast(builder.shl(power, _ints(23)), _VECTOR)
    return builder.fmul(series, scale)


@intrinsic
def exp(typing_context, x):
    """exp(x)."""

    def codegen(context, builder, signature, args):
        return _exp(builder, args[0])

    return vector(vector), codegen


@intrinsic
def sum_of(typing_context, x):
    """The sum of the sixteen, a float32."""

    def codegen(context, builder, signature, args):
        kind = ir.FunctionType(_FLOAT, [_FLOAT, _VECTOR])
        add = get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32")
        return builder.call(add, [ir.Constant(_FLOAT, 0.0), args[0]], fastmath=("reassoc",))

    return types.float32(vector), codegen


@intrinsic
def sigmoid(typing_context, x):
    """1 / (1 + exp(-x))."""

    def codegen(context, builder, signature, args):
        grown = _exp(builder, builder.fsub(_all(0.0), args[0]))
        return builder.fdiv(_all(1.0), builder.fadd(_all(1.0), grown))

    return vector(vector), codegen


@intrinsic
def tanh(typing_context, x):
    """2 sigmoid(2 x) - 1."""

    def codegen(context, builder, signature, args):
        grown = _exp(builder, builder.fmul(args[0], _all(-2.0)))
        half = builder.fdiv(_all(2.0), builder.fadd(_all(1.0), grown))
        return builder.fsub(half, _all(1.0))

    return vector(vector), codegen
