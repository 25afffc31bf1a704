"""The page alone, for those used to `python webui.py`."""

import sys

from i2v.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
