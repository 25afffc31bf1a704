"""Downloads in the background, as the page sees them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from i2v.errors import I2VError
from i2v.weights.download import claim
from i2v.weights.downloads import Downloads, DownloadState
from tests.weights.conftest import QUICK
from tests.weights.stand_in_hub import StandInHub
from tests.weights.test_faults import bad_files

WEIGHTS = "unet/diffusion_pytorch_model.fp16.safetensors"


@pytest.fixture
def downloads(hub: StandInHub, folder: Path) -> Downloads:
    return Downloads({"tiny": hub.source}, folder.parent, {"HF_ENDPOINT": hub.url}, QUICK)


def wait_until(downloads: Downloads, wanted: Callable[[DownloadState], bool]) -> DownloadState:
    deadline = time.monotonic() + 20
    while not wanted(state := downloads.state("tiny")):
        assert time.monotonic() < deadline, state
        time.sleep(0.005)
    return state


def test_nothing_happens_before_it_is_begun(downloads: Downloads, hub: StandInHub, folder: Path) -> None:
    assert downloads.state("tiny").status == "idle"
    assert hub.requests == []
    assert not folder.parent.exists()


def test_a_download_tells_how_far_it_is_and_ends_done(downloads: Downloads, hub: StandInHub, folder: Path) -> None:
    hub.hurt, hub.pace = WEIGHTS, len(hub.files[WEIGHTS])
    total = sum(len(hub.files[name]) for name in hub.files if name.endswith("fp16.safetensors"))
    assert downloads.start("tiny").status == "running"
    under_way = wait_until(
        downloads, lambda state: state.progress.file == WEIGHTS and bool(state.progress.seconds_left)
    )
    seen = under_way.progress
    assert seen.stage == "fetching"
    assert 0 < seen.bytes_done < seen.bytes_total
    assert seen.bytes_total > total
    assert seen.bytes_per_second is not None
    assert seen.seconds_left is not None
    left = seen.bytes_total - seen.bytes_done
    assert seen.seconds_left == pytest.approx(left / seen.bytes_per_second)
    done = downloads.wait("tiny")
    assert (done.status, done.error, done.progress.trouble) == ("done", None, None)
    assert done.progress.bytes_done == done.progress.bytes_total == seen.bytes_total
    assert bad_files(folder, hub) == []


def test_starting_twice_is_one_download(downloads: Downloads, hub: StandInHub) -> None:
    hub.pace = 200_000
    threads = [threading.Thread(target=downloads.start, args=("tiny",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert downloads.wait("tiny").status == "done"
    assert {name: hub.asked_for(name) for name in hub.sent} == dict.fromkeys(hub.sent, 1)


def test_a_cancelled_download_is_idle_and_goes_on_when_begun_again(
    downloads: Downloads, hub: StandInHub, folder: Path
) -> None:
    hub.hurt, hub.pace = WEIGHTS, len(hub.files[WEIGHTS])
    downloads.start("tiny")
    wait_until(downloads, lambda state: hub.sent[WEIGHTS] > 0 and state.progress.file == WEIGHTS)
    assert downloads.cancel("tiny").status in ("cancelling", "idle")
    assert downloads.wait("tiny").status == "idle"
    kept = (folder / (WEIGHTS + ".part")).stat().st_size
    assert kept > 0
    hub.pace = 0
    downloads.start("tiny")
    assert downloads.wait("tiny").status == "done"
    assert hub.requests[-1][1]["Range"] == f"bytes={kept}-"
    assert bad_files(folder, hub) == []


def test_a_failure_is_kept_as_an_error_until_the_next_start(downloads: Downloads, hub: StandInHub) -> None:
    hub.listing_fault = "403"
    downloads.start("tiny")
    failed = downloads.wait("tiny")
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.code == "hub_refused"
    hub.listing_fault = ""
    downloads.start("tiny")
    assert downloads.wait("tiny").error is None


def test_trouble_is_told_while_it_lasts_and_forgotten_after(hub: StandInHub, folder: Path) -> None:
    patience = replace(QUICK, after_data=60.0, silence=30.0)
    downloads = Downloads({"tiny": hub.source}, folder.parent, {"HF_ENDPOINT": hub.url}, patience)
    hub.hurt, hub.fault = WEIGHTS, "503"
    downloads.start("tiny")
    troubled = wait_until(downloads, lambda state: state.progress.trouble is not None)
    assert troubled.status == "running"
    assert troubled.progress.trouble is not None
    assert troubled.progress.trouble.code == "hub_busy"
    hub.fault = ""
    done = downloads.wait("tiny")
    assert (done.status, done.progress.trouble) == ("done", None)


def test_a_bug_in_a_download_is_an_error_too_and_reaches_the_log(
    downloads: Downloads, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("i2v.weights.downloads.download_weights", break_down)
    downloads.start("tiny")
    error = downloads.wait("tiny").error
    assert error is not None
    assert error.code == "internal"
    assert "ZeroDivisionError" in caplog.text


def test_another_process_at_work_is_told(downloads: Downloads, folder: Path) -> None:
    folder.mkdir(parents=True)
    with claim(folder):
        downloads.start("tiny")
        error = downloads.wait("tiny").error
    assert error is not None
    assert error.code == "weights_busy"


def test_an_engine_without_weights_is_refused_by_name(downloads: Downloads) -> None:
    for ask in (downloads.start, downloads.state, downloads.cancel):
        with pytest.raises(I2VError) as refused:
            ask("camera")
        assert (refused.value.code, refused.value.values["known"]) == ("engine_without_weights", "tiny")
