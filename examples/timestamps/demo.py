"""One line for the table of `cargo xtask demo`."""

from array import array

import timestamps

times = timestamps.parse_lines(b"2024-02-29T12:30:15.25+01:00\n1969-07-20T20:17:40Z\n")
numbers = array("q", bytes(16))
timestamps.to_epoch(times, numbers)
print(f"{timestamps.from_epoch(numbers)[0]:%Y-%m-%d %H:%M:%S.%f}, {numbers[1]} us")
