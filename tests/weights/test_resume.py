"""A download goes on where it stopped, whatever stopped it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from i2v.engines.i2vgen_xl.source import SOURCE
from i2v.settings import PROJECT
from tests.weights.conftest import Fetch
from tests.weights.stand_in_hub import StandInHub, random_model, safetensors, stand_in_hub
from tests.weights.test_faults import bad_files

COMMAND = [sys.executable, "main.py", "models", "download", "i2vgen-xl"]
WEIGHTS = "unet/diffusion_pytorch_model.fp16.safetensors"


def test_a_killed_download_fetches_only_the_rest(tmp_path: Path) -> None:
    files = random_model(SOURCE, seed=3)
    files[WEIGHTS] = safetensors(os.urandom(3_000_000))
    folder = tmp_path / "i2vgen-xl"
    part = folder / (WEIGHTS + ".part")
    for fill in (500_000, 1_500_000):
        with stand_in_hub(SOURCE, files) as hub:
            hub.hurt, hub.pace = WEIGHTS, 2_000_000
            with subprocess.Popen(COMMAND, cwd=PROJECT, env=surroundings(hub, tmp_path)) as process:
                wait_for_size(part, fill, process)
                process.kill()
            assert not (folder / WEIGHTS).exists()
    at_kill = part.stat().st_size
    with stand_in_hub(SOURCE, files) as hub:
        subprocess.run(COMMAND, cwd=PROJECT, env=surroundings(hub, tmp_path), check=True)
        assert dict(hub.sent) == {WEIGHTS: len(files[WEIGHTS]) - at_kill}
        assert bad_files(folder, hub) == []
    assert list(folder.rglob("*.part")) == []


def surroundings(hub: StandInHub, models_dir: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "I2V_MODELS_DIR": str(models_dir),
        "I2V_LOGS_DIR": str(models_dir / "logs"),
    }


def wait_for_size(path: Path, size: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while not path.exists() or path.stat().st_size < size:
        assert process.poll() is None, "the download ended by itself"
        assert time.monotonic() < deadline, "the download does not get on"
        time.sleep(0.005)


def test_a_left_part_is_taken_up(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    content = hub.files[WEIGHTS]
    (folder / "unet").mkdir(parents=True)
    (folder / (WEIGHTS + ".part")).write_bytes(content[:500])
    fetch(hub)
    assert hub.sent[WEIGHTS] == len(content) - 500
    assert bad_files(folder, hub) == []


def test_a_left_part_that_rotted_is_fetched_again_whole(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    content = bytearray(hub.files[WEIGHTS])
    content[100] ^= 1
    (folder / "unet").mkdir(parents=True)
    (folder / (WEIGHTS + ".part")).write_bytes(content[:500])
    fetch(hub)
    assert hub.sent[WEIGHTS] == 2 * len(content) - 500
    assert bad_files(folder, hub) == []


def test_a_left_part_that_is_whole_needs_no_request(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    (folder / "unet").mkdir(parents=True)
    (folder / (WEIGHTS + ".part")).write_bytes(hub.files[WEIGHTS])
    fetch(hub)
    assert hub.asked_for(WEIGHTS) == 0
    assert bad_files(folder, hub) == []


def test_a_left_part_longer_than_the_file_is_thrown_away(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    (folder / "unet").mkdir(parents=True)
    (folder / (WEIGHTS + ".part")).write_bytes(bytes(len(hub.files[WEIGHTS]) + 1))
    fetch(hub)
    assert bad_files(folder, hub) == []


def test_a_broken_connection_goes_on_at_the_byte_it_broke(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    hub.faults, hub.hurt = ["truncate"], WEIGHTS
    fetch(hub)
    assert hub.sent[WEIGHTS] == len(hub.files[WEIGHTS])
    assert bad_files(folder, hub) == []


def test_a_hub_without_ranges_sends_all_of_it_again(hub: StandInHub, fetch: Fetch, folder: Path) -> None:
    hub.faults, hub.hurt = ["no range"], WEIGHTS
    (folder / "unet").mkdir(parents=True)
    (folder / (WEIGHTS + ".part")).write_bytes(hub.files[WEIGHTS][:500])
    fetch(hub)
    assert hub.sent[WEIGHTS] == len(hub.files[WEIGHTS])
    assert bad_files(folder, hub) == []
