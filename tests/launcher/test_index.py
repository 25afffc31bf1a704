"""What is taken from which package index, with real pip and indexes made here."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch import install
from launch.commands import Job
from launch.environment import Environment, find_environment, installed
from tests.launcher.start_project import (
    card,
    clean_environ,
    make_index,
    make_project,
    make_wheel,
    start,
    torch_source,
    with_indexes,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")

EXTRAS = 'torch==0.0.1\ntorchvision==0.1 ; extra == "cuda"\nxformers==0.2 ; extra == "cuda"\nsmall==1.0\n'
XFORMERS = {"xformers/ops.py": "", "xformers/__init__.py": ""}
LOADS = {"xformers/_cpp_lib.py": "def _register_extensions(): pass"}
LOADS_NOT = {"xformers/_cpp_lib.py": "def _register_extensions(): raise OSError('libcudart.so.12: cannot open')"}


def cuda_project(
    folder: Path, plain: Path, xformers: dict[str, str], torchvision: str = "", on_device: str = "pass"
) -> dict[str, str]:
    """A project whose packages come from indexes, and the environment of a machine with a card."""
    project = make_project(folder / "app", requirements="small==1.0\n", environment=plain)
    stock = folder / "stock"
    (project / "requirements.txt").write_text(EXTRAS, encoding="utf-8")
    make_index(
        folder / "whl" / "cu130",
        make_wheel(stock, "torch", "0.0.1+cu130", torch_source("+cu130", on_device), "nvidia-stub==1.0"),
        make_wheel(stock, "nvidia_stub", "1.0", ""),
        make_wheel(stock, "torchvision", "0.1", torchvision),
        make_wheel(stock, "xformers", "0.2", {**XFORMERS, **xformers}),
    )
    pypi = make_index(folder / "pypi", make_wheel(stock, "small", "1.0", ""))
    return with_indexes(card(folder), PIP_INDEX_URL=pypi, I2V_TORCH_MIRROR=(folder / "whl").as_uri())


def names(project: Path) -> set[str]:
    """What is installed, apart from pip's own."""
    found = {name.removesuffix(".dist-info") for name in installed(find_environment(project, {}, False))}
    return {name for name in found if not name.startswith(("pip-", "setuptools-"))}


def test_a_card_gets_torch_first_then_the_locked_set_then_what_loads_beside_it(tmp_path: Path, plain: Path) -> None:
    environ, project = cuda_project(tmp_path, plain, LOADS), tmp_path / "app"
    done = start(project, "--prepare", environ=environ)
    assert done.returncode == 0, done.stderr
    assert names(project) == {"torch-0.0.1+cu130", "nvidia_stub-1.0", "torchvision-0.1", "xformers-0.2", "small-1.0"}
    assert done.stdout.endswith("PyTorch 0.0.1+cu130\n")
    (log,) = (project / "logs").glob("install_*.log")
    told = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("Successfully installed")]
    order = ("torch-0.0.1+cu130", "small-1.0", "nvidia-stub-1.0", "torchvision-0.1", "xformers-0.2")
    assert told == [f"Successfully installed {name}" for name in order]
    assert "--no-deps --force-reinstall --index-url" in log.read_text(encoding="utf-8")


def test_what_does_not_load_beside_this_torch_is_left_out_with_the_reason(tmp_path: Path, plain: Path) -> None:
    vision = "raise RuntimeError('operator torchvision::nms does not exist')"
    environ, project = (
        cuda_project(tmp_path, plain, LOADS_NOT, vision, "raise OSError('no kernel image')"),
        tmp_path / "app",
    )
    done = start(project, "--prepare", environ=environ)
    assert done.returncode == 0, done.stderr
    said = "left out {}, the app works without it: {}"
    assert said.format("torchvision 0.1", "RuntimeError: operator torchvision::nms does not exist") in done.stdout
    assert said.format("xformers 0.2", "OSError: libcudart.so.12: cannot open") in done.stdout
    assert names(project) == {"torch-0.0.1+cu130", "nvidia_stub-1.0", "small-1.0"}
    # The stand-in raises on the first operation on the card.
    assert "on the CPU in spite of an NVIDIA card: no kernel image" in done.stdout


def test_without_a_card_the_packages_for_cuda_are_not_even_asked_for(tmp_path: Path, plain: Path) -> None:
    environ, project = cuda_project(tmp_path, plain, LOADS), tmp_path / "app"
    make_index(tmp_path / "whl" / "cpu", make_wheel(tmp_path / "stock", "torch", "0.0.1+cpu", torch_source("+cpu")))
    done = start(project, "--prepare", environ={**environ, "I2V_TORCH_INDEX": "cpu"})
    assert done.returncode == 0, done.stderr
    assert names(project) == {"torch-0.0.1+cpu", "small-1.0"}
    assert "left out torchvision 0.1, xformers 0.2: they load only beside a CUDA build of PyTorch" in done.stdout
    (log,) = (project / "logs").glob("install_*.log")
    assert "xformers==" not in log.read_text(encoding="utf-8")


def test_a_mirror_of_the_package_index_stands_in_for_pytorchs_own(tmp_path: Path, plain: Path) -> None:
    """Its build for Linux is that for CUDA 13.0, without a local tag."""
    environ, project = cuda_project(tmp_path, plain, LOADS), tmp_path / "app"
    stock = tmp_path / "stock"
    make_index(
        tmp_path / "pypi",
        make_wheel(stock, "torch", "0.0.1", torch_source("cu").replace('"0.0.1cu"', '"0.0.1"'), "nvidia-stub==1.0"),
        stock / "nvidia_stub-1.0-py3-none-any.whl",
    )
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    done = start(project, "--prepare", environ={**environ, "I2V_TORCH_MIRROR": nowhere})
    assert done.returncode == 0, done.stderr
    assert {"torch-0.0.1", "nvidia_stub-1.0"} <= names(project)
    assert "on the CPU" not in done.stdout


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_an_index_that_never_answers_is_given_up_on_soon(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "SILENT_SECONDS", 0.3)
    started = time.monotonic()
    assert "timed out" in install.unreachable(f"http://me:secret@127.0.0.1:{silent_port}/whl/cpu")
    assert time.monotonic() - started < 3


def test_a_folder_needs_no_answer_and_a_closed_port_gives_none(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "refused" in install.unreachable(f"http://127.0.0.1:{port}/whl")
    assert install.unreachable(tmp_path.as_uri()) == ""


def test_a_proxy_that_only_pip_knows_of_is_left_to_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment(tmp_path, Path(sys.executable), False)
    job = Job(tmp_path, environment, tmp_path / "log", "")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_PROXY", raising=False)
    assert not install.index_answers(job, nowhere)
    assert "refused" in job.log.read_text(encoding="utf-8")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.example:3128")
    assert install.index_answers(job, nowhere)


def test_a_password_in_a_mirrors_address_is_in_no_output_and_no_log(tmp_path: Path, plain: Path) -> None:
    project = make_project(tmp_path / "app", requirements="torch==0.0.1\n", environment=plain)
    mirror = "http://me:geheim@127.0.0.1:9"
    changes = {"PIP_INDEX_URL": f"{mirror}/simple", "I2V_TORCH_INDEX": f"{mirror}/whl/cpu", "HF_TOKEN": "hf_geheim"}
    done = start(project, environ=with_indexes(clean_environ(), **changes, PIP_RETRIES="0"))
    assert done.returncode == 1
    assert "***@127.0.0.1:9/whl/cpu" in done.stderr
    written = [path.read_text(encoding="utf-8") for path in (project / "logs").iterdir()]
    assert "geheim" not in "".join([done.stdout, done.stderr, *written])


def test_proxies_mirrors_and_tokens_reach_the_app_as_they_are(tmp_path: Path, plain: Path) -> None:
    told = {
        "HTTPS_PROXY": "http://me:secret@proxy.example:3128",
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "HF_ENDPOINT": "https://hub.example",
        "HF_TOKEN": "hf_secret",
    }
    app = f"import json, os; print(json.dumps({{name: os.environ[name] for name in {sorted(told)}}}))"
    done = start(make_project(tmp_path / "app", app=app, environment=plain), environ=clean_environ(**told))
    assert json.loads(done.stdout.splitlines()[-1]) == told
    assert "secret" not in "".join(done.stdout.splitlines()[:-1]) + done.stderr


UV = """#!/bin/sh
echo "$UV_DEFAULT_INDEX $@" >> "{calls}"
exit {code}
"""


@pytest.mark.parametrize(("code", "installer"), [(0, None), (1, "pip")])
def test_uv_is_told_of_the_mirror_that_pip_is_set_to_and_pip_steps_in_where_it_fails(
    tmp_path: Path, plain: Path, code: int, installer: str | None
) -> None:
    """With a stand-in for uv, which installs nothing."""
    project = make_project(tmp_path / "app", requirements="small==1.0\n", environment=plain)
    pypi = make_index(tmp_path / "pypi", make_wheel(tmp_path / "stock", "small", "1.0", ""))
    settings, tools = tmp_path / "pip.conf", tmp_path / "tools"
    settings.write_text(f"[global]\nindex-url = {pypi}\n", encoding="utf-8")
    tools.mkdir()
    (tools / "uv").write_text(UV.format(calls=tmp_path / "calls", code=code), encoding="utf-8")
    (tools / "uv").chmod(0o755)
    environ = clean_environ()
    environ = with_indexes({**environ, "PATH": f"{tools}:{environ['PATH']}"}, PIP_CONFIG_FILE=str(settings))
    done = start(project, "--prepare", environ=environ)
    call = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()[0]
    assert call.startswith(f"{pypi} pip install --no-deps -r {project / 'requirements.lock'} --python ")
    assert ("small-1.0" in names(project)) == (installer == "pip")
    assert (done.returncode == 0) == (installer == "pip")


@pytest.mark.long
def test_a_real_uv_installs_the_locked_set(tmp_path: Path, plain: Path, uv: Path) -> None:
    project = make_project(tmp_path / "app", environment=plain)
    wheel = make_wheel(tmp_path / "stock", "small", "1.0", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (project / "requirements.txt").write_text("small==1.0\n", encoding="utf-8")
    environ = clean_environ(UV_CACHE_DIR=str(tmp_path / "cache"), PIP_INDEX_URL=make_index(tmp_path / "pypi", wheel))
    kept = {name: environ[name] for name in ("UV_CACHE_DIR", "PIP_INDEX_URL")}
    environ = with_indexes({**environ, "PATH": f"{uv.parent}:{environ['PATH']}"}, **kept)
    lock = project / "requirements.lock"
    lock.write_text(f"small==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    refused = start(project, "--prepare", environ=environ)
    assert refused.returncode == 1
    assert refused.stderr.count("DO NOT MATCH") == 1  # pip's word, after uv's in the log
    lock.write_text(f"small==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    done = start(project, "--prepare", environ=environ)
    assert done.returncode == 0, done.stderr
    (made_by,) = (project / ".venv").glob("lib/python3*/site-packages/small-1.0.dist-info/INSTALLER")
    assert made_by.read_text(encoding="utf-8") == "uv"
