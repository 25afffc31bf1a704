"""What is sent to whom, and what a refusal says."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from i2v.domain.weight_source import WeightSource
from i2v.errors import I2VError
from i2v.text import describe
from i2v.weights.downloads import Downloads
from i2v.weights.hub import PUBLIC_HUB, Hub, open_hub
from i2v.weights.patience import Patience
from tests.weights.conftest import QUICK, Fetch
from tests.weights.stand_in_hub import StandInHub, random_model, stand_in_hub

TOKEN = "hf_not_for_everyone"


def refusal(fetch: Fetch, hub: StandInHub, patience: Patience = QUICK) -> I2VError:
    """What a download from this hub fails with, in well under ten seconds."""
    began = time.monotonic()
    with pytest.raises(I2VError) as refused:
        fetch(hub, patience)
    assert time.monotonic() - began < 10
    return refused.value


def test_a_mirror_never_sees_the_token(hub: StandInHub, source: WeightSource) -> None:
    with open_hub(source, 1.0, {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HUGGING_FACE_HUB_TOKEN": TOKEN}) as mirror:
        mirror.list_files()
    assert [headers for _, headers in hub.requests if TOKEN in str(headers)] == []


def test_the_token_goes_to_the_hub_and_not_along_a_redirect(hub: StandInHub, source: WeightSource) -> None:
    with stand_in_hub(source, hub.files) as storage, Hub(source, hub.url, TOKEN, 1.0) as opened:
        hub.redirect_to = storage.url
        file = opened.list_files()["unet/config.json"]
        with opened.open_file(file, 3) as answer:
            assert (answer.start, b"".join(answer.pieces)) == (3, hub.files[file.name][3:])
    assert [headers.get("Authorization") for _, headers in hub.requests] == [f"Bearer {TOKEN}"] * 2
    assert [headers.get("Authorization") for _, headers in storage.requests] == [None]
    assert TOKEN not in str(storage.requests)


def test_a_token_comes_from_the_variable_or_the_librarys_file(source: WeightSource, tmp_path: Path) -> None:
    def sent(**environment: str) -> str | None:
        with open_hub(source, 1.0, environment) as opened:
            header: str | None = opened._http.headers.get("Authorization")
            return header

    (tmp_path / "token").write_text("from-file\n")
    assert sent(HF_TOKEN="from-variable", HF_HOME=str(tmp_path)) == "Bearer from-variable"
    assert sent(HF_HOME=str(tmp_path)) == "Bearer from-file"
    assert sent(HF_ENDPOINT=PUBLIC_HUB + "/", HF_HOME=str(tmp_path)) == "Bearer from-file"
    assert sent(HF_ENDPOINT="http://huggingface.co", HF_HOME=str(tmp_path)) is None
    assert sent(HF_HOME=str(tmp_path / "elsewhere")) is None


def test_a_proxy_of_the_environment_is_used(
    hub: StandInHub, source: WeightSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", hub.url)
    with open_hub(source, 1.0, {"HF_ENDPOINT": "http://hub.invalid"}) as opened:
        assert opened.list_files().keys() == hub.files.keys()
    assert hub.requests[0][1]["Host"] == "hub.invalid"


def test_a_proxy_that_is_none_is_named(source: WeightSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "carrier-pigeon://loft")
    with pytest.raises(I2VError) as refused:
        open_hub(source, 1.0, {})
    assert refused.value.code == "hub_unreachable"
    assert "carrier-pigeon" in str(refused.value.values["reason"])


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_is_a_refusal_that_names_the_variable(source: WeightSource, variable: str) -> None:
    with pytest.raises(I2VError) as refused:
        open_hub(source, 1.0, {variable: "1"})
    assert (refused.value.code, refused.value.exit_code) == ("hub_offline", 2)
    assert variable in describe(refused.value).what


def test_an_endpoint_without_a_scheme_is_refused_by_name(source: WeightSource) -> None:
    with pytest.raises(I2VError) as refused:
        open_hub(source, 1.0, {"HF_ENDPOINT": "mirror.example"})
    assert refused.value.code == "setting_invalid"
    assert "HF_ENDPOINT" in describe(refused.value).what


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_gated_model_is_told_with_its_page_and_what_to_do(hub: StandInHub, fetch: Fetch, status: str) -> None:
    hub.listing_fault = status
    error = refusal(fetch, hub)
    assert error.code == "hub_refused"
    told = describe(error)
    assert status in told.what
    assert "https://huggingface.co/owner/tiny" in told.fix
    assert "HF_TOKEN" in told.fix
    assert len(hub.requests) == 1  # asking again would not help


def test_an_unknown_revision_is_told_by_name(hub: StandInHub, fetch: Fetch) -> None:
    hub.listing_fault = "404"
    assert describe(refusal(fetch, hub)).what == f"{hub.url} does not have owner/tiny (01234567)."
    assert len(hub.requests) == 1


def test_a_needed_file_the_hub_does_not_have_is_named(hub: StandInHub, fetch: Fetch) -> None:
    del hub.files["unet/config.json"]
    error = refusal(fetch, hub)
    assert (error.code, error.values["what"]) == ("hub_missing", "owner/tiny (01234567) unet/config.json")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("500", "hub_busy"),
        ("503", "hub_busy"),
        ("page", "hub_answer_odd"),
        ("garbage", "hub_answer_odd"),
        ("hang up", "hub_unreachable"),
        ("silent", "hub_silent"),
    ],
)
def test_a_list_that_does_not_come_is_asked_for_again_and_then_told(
    hub: StandInHub, fetch: Fetch, fault: str, code: str
) -> None:
    hub.listing_fault = fault
    silence = 0.2 if fault == "silent" else 5.0
    assert refusal(fetch, hub, replace(QUICK, before_data=0.6, silence=silence)).code == code
    assert len(hub.requests) > 1


def test_a_hub_that_wants_to_be_left_alone_for_a_minute_is_told_at_once(hub: StandInHub, fetch: Fetch) -> None:
    hub.listing_fault = "later"
    error = refusal(fetch, hub)
    assert (error.code, error.values["seconds"], len(hub.requests)) == ("hub_busy", 60, 1)


def test_nobody_at_the_address_is_told_within_ten_seconds(hub: StandInHub, fetch: Fetch) -> None:
    hub.close()
    error = refusal(fetch, hub, replace(QUICK, before_data=0.4, silence=5.0))
    assert error.code == "hub_unreachable"
    assert hub.url in describe(error).what


def test_a_name_server_that_never_answers_is_told_within_ten_seconds(
    hub: StandInHub, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        never.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("i2v.weights.download.LISTING_SECONDS", 0.5)
    error = refusal(fetch, hub)
    never.set()
    assert error.code == "hub_silent"


def test_every_refusal_is_told_within_ten_seconds_as_the_app_is_shipped(source: WeightSource, tmp_path: Path) -> None:
    """All at once, with nothing shortened: the waits are real."""
    faults = {
        "401": "hub_refused",
        "403": "hub_refused",
        "404": "hub_missing",
        "500": "hub_busy",
        "503": "hub_busy",
        "hang up": "hub_unreachable",
        "page": "hub_answer_odd",
        "silent": "hub_silent",
        "nobody": "hub_unreachable",
        "black hole": "hub_unreachable",
        "403 of a file": "hub_refused",
        "silent of a file": "hub_silent",
    }

    def told(fault: str, url: str) -> tuple[str, float]:
        downloads = Downloads({"tiny": source}, tmp_path / fault, {"HF_ENDPOINT": url})
        began = time.monotonic()
        downloads.start("tiny")
        error = downloads.wait("tiny", 30).error
        return error.code if error else "none", time.monotonic() - began

    with ExitStack() as stack, socket.socket() as full, ThreadPoolExecutor(len(faults)) as pool:
        # A machine that takes no connection and refuses none: its queue of callers is full.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        callers = [stack.enter_context(socket.socket()) for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        runs = {}
        for fault in faults:
            hub = stack.enter_context(stand_in_hub(source, random_model(source, seed=1)))
            if fault.endswith(" of a file"):
                hub.fault = fault.removesuffix(" of a file")
            else:
                hub.listing_fault = fault
            url = hub.url
            if fault == "nobody":
                hub.close()
            elif fault == "black hole":
                url = f"http://127.0.0.1:{full.getsockname()[1]}"
            runs[fault] = pool.submit(told, fault, url)
        outcomes = {fault: run.result() for fault, run in runs.items()}
    assert {fault: code for fault, (code, _) in outcomes.items()} == faults
    assert max(seconds for _, seconds in outcomes.values()) < 10, outcomes
