"""The unit with which the user's own systemd starts the app."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence

from i2v.cli.instance import door
from i2v.settings import PROJECT
from launch.app import RESTART_CODE

_UNIT = """[Unit]
Description=i2v: one picture, one sentence, one clip
After=network.target

[Service]
Type=exec
{environment}
ExecStart={command}
KillMode=mixed
TimeoutStopSec=30
Restart=on-failure
RestartForceExitStatus={restart_code}
RestartSec=5

[Install]
WantedBy=default.target
"""

# What decides on the environment, where models lie and come from, and the way out of a company's network.
_UNIT_KEEPS = frozenset(
    {"PATH", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CUDA_VISIBLE_DEVICES"}
    | {"HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE", "XDG_CACHE_HOME"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "PIP_CERT", "PIP_INDEX_URL"}
)
_WITH_PASSWORD = re.compile(r"://[^/@\s]*@")


def systemd_unit(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> tuple[str, list[str]]:
    """A unit for the user's own systemd that starts what runs here, with these arguments.

    Beside it the variables that were left out of it, since a password stands in them and others may read a unit.
    """
    wanted = {name: value for name, value in environ.items() if name.upper() in _UNIT_KEEPS or name.startswith("I2V_")}
    left_out = [name for name, value in wanted.items() if _WITH_PASSWORD.search(value)]
    passed = {name: value for name, value in wanted.items() if name not in left_out} | {"I2V_NO_BROWSER": "1"}
    passed.pop("I2V_LAUNCHED", None)
    start = ["/bin/sh", str(PROJECT / "start_app.sh")] if environ.get("I2V_LAUNCHED") else door(environ)
    unit = _UNIT.format(
        environment="\n".join(f"Environment={_unit_word(f'{name}={passed[name]}')}" for name in sorted(passed)),
        command=" ".join(_unit_word(part).replace("$", "$$") for part in (*start, *arguments)),
        restart_code=RESTART_CODE,
    )
    return unit, sorted(left_out)


def _unit_word(text: str) -> str:
    """One word as systemd reads it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{escaped}"' if shlex.quote(text) != text else escaped
