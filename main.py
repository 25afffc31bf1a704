"""The command line: `python main.py` serves the page; `python main.py --help` tells the rest."""

import sys

from i2v.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
