"""One line for the table of `cargo xtask demo`."""

import matrix
import matrix_capi
import matrix_stats

fibonacci = matrix.Matrix(2, 2)
fibonacci[0, 0] = fibonacci[0, 1] = fibonacci[1, 0] = 1
power = matrix_stats.power(fibonacci, 30)
total = matrix_stats.total(power, matrix_capi.identity(2))
with memoryview(total) as view:
    assert view.tolist() == [[power[0, 0] + 1, power[0, 1]], [power[1, 0], power[1, 1] + 1]]
print(f"F(31) = {power[0, 0]:.0f}, trace {matrix_stats.trace(total):.0f}")
