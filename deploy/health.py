"""Whether the server in this container is well: exit code 0 or 1, the reason on stderr.

Standard library alone, for it runs every half minute. A server that answers other machines asks everybody for its
token, which lies where only its own user can read it.
"""

import os
import sys
import urllib.request
from pathlib import Path

ANSWER_SECONDS = 8


def is_well() -> bool:
    """Asks the server on this machine.

    Raises:
        OSError: nobody answers, or what answers is not well.
    """
    token = Path(os.environ["I2V_OUTPUT_DIR"], ".i2v", "token").read_text(encoding="utf-8").strip()
    address = f"http://127.0.0.1:{os.environ.get('I2V_PORT', '7860')}/health"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with no_proxy.open(request, timeout=ANSWER_SECONDS) as answer:
        return bool(answer.status == 200)


if __name__ == "__main__":
    try:
        sys.exit(not is_well())
    except OSError as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
