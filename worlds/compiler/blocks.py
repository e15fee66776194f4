"""How is a row of an array copied at once? As one block of memory; element by element it takes ten times as long."""

from worlds.compiler.compile import COMPILED


def copy_row(to, w, source, row):
    """Copy row `row` of an array to row `w` of another one, which is C-contiguous; both have the same inner shape."""
    to[w] = source[row]


if COMPILED:
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def copy_row(typing_context, to, w, source, row):
        """As above."""

        def codegen(context, builder, signature, args):
            rows = []
            for array, index, kind in ((args[0], args[1], 0), (args[2], args[3], 2)):
                found = context.make_array(signature.args[kind])(context, builder, array)
                stride = builder.extract_value(found.strides, 0)
                at = context.cast(builder, index, signature.args[kind + 1], types.intp)
                data = builder.bitcast(found.data, cgutils.voidptr_t)
                rows.append((builder.gep(data, [builder.mul(at, stride)]), stride))
            cgutils.raw_memcpy(builder, rows[0][0], rows[1][0], rows[0][1], 1)
            return context.get_dummy_value()

        return types.void(to, w, source, row), codegen
