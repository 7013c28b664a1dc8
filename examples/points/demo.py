"""One line for the table of `cargo xtask demo`."""

import math

import points

circle = points.Path()
steps = 100_000
for i in range(steps + 1):
    angle = 2 * math.pi * i / steps
    circle.append(math.cos(angle), math.sin(angle))
with memoryview(circle) as view:
    megabytes = view.nbytes / 1e6
assert abs(circle.length() - 2 * math.pi) < 1e-6
print(f"2π ≈ {circle.length():.6f}, {megabytes:.1f} MB shared")
