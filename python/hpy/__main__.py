"""`python -m hpy`; see `hpy.cli`."""

import sys

from hpy.cli import main

if __name__ == "__main__":
    sys.exit(main())
