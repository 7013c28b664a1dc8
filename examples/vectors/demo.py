"""One line for the table of `cargo xtask demo`."""

import vectors

v = vectors.Vector(1000, fill=0.5)
v.scale(2, offset=1)
print(f"sum {v.sum():.0f}, norm {v.norm():.2f}, largest {v.norm('max'):.0f}")
