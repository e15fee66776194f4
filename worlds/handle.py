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

from worlds.compile import COMPILED


class Handle:
    """A NamedTuple of arrays, as compiled entries take it. Keeps the arrays alive.

    Arrays are C-contiguous, or so beyond their first axis: fields of records.
    """

    __slots__ = ("_numba_type_", "address", "record", "table")

    def __init__(self, record: NamedTuple) -> None:
        self.record = record
        words: list[int] = []
        layout: list[tuple[str, str, int, str]] = []
        for name, array in zip(record._fields, record, strict=True):
            if not (array.flags.c_contiguous or array[:1].flags.c_contiguous):
                raise ValueError(f"{name} is not C-contiguous beyond its first axis: pass a copy")
            # By ownership, not by strides: with one world every array looks contiguous.
            kind = "C" if array.flags.owndata else "A"
            layout.append((name, array.dtype.str, array.ndim, kind))
            words += [array.ctypes.data, array.size, *array.shape, *array.strides]
        self._numba_type_ = HandleType(tuple(layout))  # numba asks for it at every call
        self.table = np.array(words, np.int64)
        self.address = self.table.ctypes.data


def handle(record: NamedTuple) -> Any:
    """What entries take for a State: a Handle when rules are compiled, else the State itself."""
    return Handle(record) if COMPILED else record


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

        def __init__(self, layout: tuple[tuple[str, str, int, str], ...]) -> None:
            self.layout = layout
            # A short name: it is part of the symbol of every compiled rule.
            super().__init__(name=f"Handle{hashlib.sha256(repr(layout).encode()).hexdigest()[:12]}")

        def array(self, name: str) -> tuple[types.Array, int] | None:
            """The type of a field and the word at which its entry in the table begins."""
            at = 0
            for field, dtype, ndim, kind in self.layout:
                if field == name:
                    return types.Array(from_dtype(np.dtype(dtype)), ndim, kind), at
                at += 2 + 2 * ndim
            return None

    register_model(HandleType)(models.OpaqueModel)

    @infer_getattr
    class _HandleAttribute(AttributeTemplate):
        key = HandleType

        def generic_resolve(self, typ, attr):
            found = typ.array(attr)
            return found and found[0]

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
        array_type, at = typ.array(attr)
        table = builder.bitcast(pointer, _WORD.as_pointer())
        invariant = builder.module.add_metadata([])

        def word(i):
            value = builder.load(builder.gep(table, [ir.Constant(_WORD, at + i)]))
            value.set_metadata("invariant.load", invariant)
            return value

        array = context.make_array(array_type)(context, builder)
        ndim = array_type.ndim
        array.data = builder.inttoptr(word(0), array.data.type)
        array.nitems = word(1)
        array.shape = cgutils.pack_array(builder, [word(2 + d) for d in range(ndim)])
        itemsize = context.get_constant(types.intp, as_dtype(array_type.dtype).itemsize)
        # The last stride is a constant unless the only axis is that of the worlds, whose fields lie apart.
        inner = [itemsize] if ndim > 1 else [word(2 + ndim)]
        strides = [word(2 + ndim + d) for d in range(ndim - 1)] + inner
        array.strides = cgutils.pack_array(builder, strides)
        array.itemsize = itemsize
        array.meminfo = cgutils.get_null_value(array.meminfo.type)  # the Handle keeps the array alive
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()

    @intrinsic
    def call_range(typing_context, address, state, bank, autoreset, first, last):
        """Call a compiled `(state, bank, autoreset, first, last) -> None` by its address; handles by theirs."""

        def codegen(context, builder, signature, args):
            words = [builder.sext(arg, _WORD) if arg.type.width < 64 else arg for arg in args]
            pointer = ir.IntType(8).as_pointer()
            target = ir.FunctionType(ir.VoidType(), [pointer, pointer, _WORD, _WORD, _WORD])
            function = builder.inttoptr(words[0], target.as_pointer())
            handles = [builder.inttoptr(word, pointer) for word in words[1:3]]
            builder.call(function, [*handles, *words[3:]])
            return context.get_dummy_value()

        return types.void(address, state, bank, autoreset, first, last), codegen
