"""`--systemd` prints a unit that systemd takes as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from i2v.cli.systemd import systemd_unit
from i2v.settings import PROJECT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="systemd is Linux's")

AWKWARD = '/srv/a b/100% $HOME "q" back\\slash 图 & (1)'


@pytest.mark.parametrize("launched", ["", "1"])
def test_the_unit_has_the_paths_of_here_and_asks_for_the_restart_code(launched: str) -> None:
    environ = {"PATH": "/usr/bin", "CONDA_PREFIX": "/opt/c d", "I2V_LAUNCHED": launched, "HF_TOKEN": "secret"}
    text, left_out = systemd_unit(["--port", "7900"], environ)
    unit = text.splitlines()
    assert left_out == []
    start = f"/bin/sh {PROJECT / 'start_app.sh'}" if launched else f"{sys.executable} {PROJECT / 'main.py'}"
    assert f"ExecStart={start} --port 7900" in [line.replace('"', "") for line in unit]
    assert 'Environment="CONDA_PREFIX=/opt/c d"' in unit
    assert "Environment=I2V_NO_BROWSER=1" in unit
    assert "RestartForceExitStatus=42" in unit
    assert "secret" not in str(unit)
    assert "I2V_LAUNCHED" not in str(unit)


def test_the_service_finds_models_mirrors_and_the_way_out_as_the_terminal_does_without_a_password() -> None:
    told = {"HF_HOME": "/big/hub", "HF_ENDPOINT": "https://hf-mirror.com", "https_proxy": "http://proxy:3128"}
    secret = {"HTTP_PROXY": "http://me:secret@proxy:3128", "I2V_TORCH_MIRROR": "https://secret@mirror/whl"}
    path = {"PATH": "/opt/python@3.12/bin:/usr/bin"}
    unit, left_out = systemd_unit([], {**told, **secret, **path, "HF_TOKEN": "secret", "LANG": "zh_CN.UTF-8"})
    for name, value in {**told, **path}.items():
        assert f"Environment={name}={value}" in unit.replace('"', "").splitlines()
    assert left_out == ["HTTP_PROXY", "I2V_TORCH_MIRROR"]
    assert "secret" not in unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="units: no systemd-analyze")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "i2v.service"
    unit, _ = systemd_unit(["--output_dir", AWKWARD], {"PATH": f"/usr/bin:{AWKWARD}"})
    file.write_text(unit, "utf-8")
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(file)]
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert '--output_dir "/srv/a b/100%% $$HOME \\"q\\" back\\\\slash 图 & (1)"' in file.read_text("utf-8")
