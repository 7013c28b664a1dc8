"""One line for the table of `cargo xtask demo`."""

import matrix
import matrix_stats

try:
    from matrix_capi import identity
except ImportError:  # an extension of the C API, compiled for CPython

    def identity(size):
        """The same in Python."""
        result = matrix.Matrix(size, size)
        for i in range(size):
            result[i, i] = 1
        return result


fibonacci = matrix.Matrix(2, 2)
fibonacci[0, 0] = fibonacci[0, 1] = fibonacci[1, 0] = 1
power = matrix_stats.power(fibonacci, 30)
total = matrix_stats.total(power, identity(2))
with memoryview(total) as view:
    assert view.tolist() == [[power[0, 0] + 1, power[0, 1]], [power[1, 0], power[1, 1] + 1]]
print(f"F(31) = {power[0, 0]:.0f}, trace {matrix_stats.trace(total):.0f}")
