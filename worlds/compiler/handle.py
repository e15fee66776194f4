"""How does compiled code reach the fifty arrays of a State? Through one pointer to a table of their addresses.

Passed as a tuple, the arrays of a State are some six hundred machine words, unpacked at each call of each rule:
measured, 10 us a call and half a minute of compilation. A Handle is one word. `handle.name` becomes a load from the
table, marked invariant because the table never changes, so LLVM keeps addresses in registers across writes.

Rules only ever say `state.name`, so they run the same on a Handle, on a State (uncompiled) or on a tuple of device
arrays.
"""

import hashlib
from typing import Any, NamedTuple

import numpy as np

from worlds.compiler.compile import COMPILED


class Field(NamedTuple):
    """What compiled code knows of an array: all of it is part of the Handle's type."""

    name: str
    dtype: str
    ndim: int
    kind: str  # "C", or "A" for fields of records
    at: int  # word of the table at which the address stands; size, shape and strides follow
    pitch: int  # word of the table that holds the first stride, the same for all fields of a record
    inner: tuple[int, ...]  # lengths of the last axes, where these are the same in every record


class Handle:
    """A NamedTuple of arrays, as compiled entries take it. Keeps the arrays alive.

    Arrays are C-contiguous, or so beyond their first axis: fields of records.
    """

    __slots__ = ("_numba_type_", "address", "record", "table")

    def __init__(self, record: NamedTuple) -> None:
        self.record = record
        words: list[int] = []
        layout: list[Field] = []
        same_axes, record_of = getattr(record, "same_axes", {}), getattr(record, "record_of", {})
        pitches: dict[str, int] = {}
        for name, array in zip(record._fields, record, strict=True):
            if not (array.flags.c_contiguous or array[:1].flags.c_contiguous):
                raise ValueError(f"{name} is not C-contiguous beyond its first axis: pass a copy")
            # By ownership, not by strides: with one world every array looks contiguous.
            kind = "C" if array.flags.owndata else "A"
            at = len(words)
            words += [array.ctypes.data, array.size, *array.shape, *array.strides]
            pitch = pitches.setdefault(record_of.get(name, name), at + 2 + array.ndim)
            inner = array.shape[array.ndim - same_axes.get(name, 0) :]
            layout.append(Field(name, array.dtype.str, array.ndim, kind, at, pitch, inner))
        self._numba_type_ = HandleType(tuple(layout))  # numba asks for it at every call
        self.table = np.array(words, np.int64)
        self.address = self.table.ctypes.data


def handle(record: NamedTuple) -> Any:
    """What entries take for a State: a Handle when rules are compiled, else the State itself."""
    return Handle(record) if COMPILED else record


def call_rule(rule, state, w):
    """Call a rule `(state, w) -> None`: by its address if compiled, so that it need not be known before."""
    rule(state, w)


if COMPILED:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.pythonapi import NativeValue
    from numba.core.typing.templates import AttributeTemplate
    from numba.extending import (
        infer_getattr,
        intrinsic,
        lower_getattr_generic,
        models,
        register_model,
        unbox,
    )
    from numba.np.numpy_support import as_dtype, from_dtype

    _WORD = ir.IntType(64)

    class HandleType(types.Opaque):
        """The compiled type of a Handle: names, dtypes and dimensions of its arrays."""

        def __init__(self, layout: tuple[Field, ...]) -> None:
            self.fields = {field.name: field for field in layout}
            # A short name: it is part of the symbol of every compiled rule.
            super().__init__(name=f"Handle{hashlib.sha256(repr(layout).encode()).hexdigest()[:12]}")

        def array(self, name: str) -> types.Array | None:
            """The type of a field."""
            field = self.fields.get(name)
            return field and types.Array(from_dtype(np.dtype(field.dtype)), field.ndim, field.kind)

    register_model(HandleType)(models.OpaqueModel)

    @infer_getattr
    class _HandleAttribute(AttributeTemplate):
        key = HandleType

        def generic_resolve(self, typ, attr):
            return typ.array(attr)

    @unbox(HandleType)
    def _unbox_handle(typ, value, context):
        address = context.pyapi.object_getattr_string(value, "address")
        pointer = context.pyapi.long_as_voidptr(address)
        context.pyapi.decref(address)
        return NativeValue(
            pointer, is_error=cgutils.is_not_null(context.builder, context.pyapi.err_occurred())
        )

    @lower_getattr_generic(HandleType)
    def _load_array(context, builder, typ, pointer, attr):
        array_type, field = typ.array(attr), typ.fields[attr]
        table = builder.bitcast(pointer, _WORD.as_pointer())
        invariant = builder.module.add_metadata([])
        positive = builder.module.add_metadata([ir.Constant(_WORD, 0), ir.Constant(_WORD, 1 << 48)])

        def word(i, **more):
            value = builder.load(builder.gep(table, [ir.Constant(_WORD, i)]))
            value.set_metadata("invariant.load", invariant)
            for name, node in more.items():
                value.set_metadata(name, node)
            return value

        array = context.make_array(array_type)(context, builder)
        ndim, outer = field.ndim, field.ndim - len(field.inner)
        array.data = builder.inttoptr(word(field.at), array.data.type)
        array.nitems = word(field.at + 1, range=positive)
        shape = [word(field.at + 2 + d, range=positive) for d in range(outer)]
        array.shape = cgutils.pack_array(builder, shape + [ir.Constant(_WORD, n) for n in field.inner])
        # Strides are constants as far as the lengths of the last axes are, unless the only axis is that of the
        # worlds, whose fields lie apart.
        size = as_dtype(array_type.dtype).itemsize
        strides = []
        for d in reversed(range(ndim)):
            if d == 0 and (ndim > 1 or field.kind == "A"):
                strides.append(word(field.pitch, range=positive))
            elif d < outer - 1:
                strides.append(word(field.at + 2 + ndim + d, range=positive))
            else:
                strides.append(ir.Constant(_WORD, size))
                size *= field.inner[d - outer] if d >= outer else 1
        array.strides = cgutils.pack_array(builder, strides[::-1])
        itemsize = context.get_constant(types.intp, as_dtype(array_type.dtype).itemsize)
        array.itemsize = itemsize
        array.meminfo = cgutils.get_null_value(array.meminfo.type)  # the Handle keeps the array alive
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()

    @intrinsic
    def call_rule(typing_context, address, state, w):
        """As above."""

        def codegen(context, builder, signature, args):
            target = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), _WORD])
            builder.call(builder.inttoptr(args[0], target.as_pointer()), args[1:])
            return context.get_dummy_value()

        return types.void(types.int64, state, types.int64), codegen

    @intrinsic
    def call_range(typing_context, address, state, told, bank, autoreset, mechanics, begins, first, last):
        """Call a compiled `advance(state, told, bank, ...) -> None` of kernels.py by its address; handles by theirs."""

        def codegen(context, builder, signature, args):
            words = [builder.sext(arg, _WORD) if arg.type.width < 64 else arg for arg in args]
            pointer = ir.IntType(8).as_pointer()
            target = ir.FunctionType(ir.VoidType(), [pointer] * 3 + [_WORD] * 5)
            function = builder.inttoptr(words[0], target.as_pointer())
            handles = [builder.inttoptr(word, pointer) for word in words[1:4]]
            builder.call(function, [*handles, *words[4:]])
            return context.get_dummy_value()

        return types.void(address, state, told, bank, autoreset, mechanics, begins, first, last), codegen
