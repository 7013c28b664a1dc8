"""One line for the table of `cargo xtask demo`."""

import jsontext

text = '{"name": "Grüße", "sizes": [1, 2.5, 1e3], "ok": true, "more": null}'
value = jsontext.loads(text)
print(f"{len(value)} members, back in {len(jsontext.dumps(value))} characters")
