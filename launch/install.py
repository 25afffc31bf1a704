"""The stages of a preparation: environment, PyTorch, pinned packages, proof."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from launch.commands import Job, child_environ, last_error, pip, run_logged
from launch.console import DoesNotLoad, Fault, say
from launch.environment import half_installed, installed_torch, read_pins, read_text, venv_package
from launch.torch_build import TorchBuild, choose_torch, read_gpus, torch_attempts

# Where importing the package alone proves too little, or its module has another name.
PROOFS = {
    "pillow": "PIL.Image",
    "opencv-python-headless": "cv2",
    "pyyaml": "yaml",
    "diffusers": "diffusers:I2VGenXLPipeline",
    "transformers": "transformers:CLIPImageProcessor",
    "xformers": "xformers.ops",
}
PROVE = """
import importlib, json, sys
failed, cuda = {}, ""
for proof in sys.argv[1:]:
    module, _, attribute = proof.partition(":")
    try:
        loaded = importlib.import_module(module)
        attribute and getattr(loaded, attribute)
        if module == "xformers.ops":
            importlib.import_module("xformers._cpp_lib")._register_extensions()
    except BaseException as error:
        failed[proof] = (type(error).__name__ + ": " + str(error).strip()).splitlines()[0]
torch = sys.modules.get("torch")
if torch is not None and torch.version.cuda:
    try:
        torch.ones(8, device="cuda").sum().item()
    except Exception as error:
        cuda = str(error).strip().splitlines()[0]
print(json.dumps({"failed": failed, "cuda": cuda, "torch": getattr(torch, "__version__", "")}))
"""


def make_environment(job: Job) -> bool:
    """Makes .venv where there is none or a broken one; True if it is new."""
    environment = job.environment
    check = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    exists = environment.python.exists()
    if exists and run_logged(job, [str(environment.python), "-c", check]):
        # pip would take what an earlier start that was killed left half done for installed.
        for folder in [] if environment.is_conda else half_installed(environment):
            shutil.rmtree(folder)
        return False
    if environment.is_conda:
        way_out = "conda env create -f environment_i2v.yaml && conda activate i2v"
        raise Fault(f"the conda environment {environment.folder} has no pip or no Python 3.11 to 3.13", way_out)
    need_venv_module(job)
    version = "{}.{}.{}".format(*sys.version_info)
    say(f"{'rebuilding the broken' if environment.folder.exists() else 'making'} .venv with Python {version}")
    remove_folder(environment.folder)
    # Started from within .venv itself, only the interpreter that it was made with is still there now.
    base = getattr(sys, "_base_executable", sys.executable)
    if not run_logged(job, [base, "-m", "venv", str(environment.folder)]):
        raise Fault(f".venv could not be made: {last_error(job.log)}", "check the free disk space, then start again")
    return True


def need_venv_module(job: Job) -> None:
    """Makes sure that Python can make environments: Debian and Ubuntu ship that in a package of its own."""
    from importlib.util import find_spec

    if find_spec("venv") and find_spec("ensurepip"):
        return
    if not shutil.which("apt-get"):
        raise Fault(f"Python at {sys.executable} came without venv", "install a complete Python from python.org")
    package = venv_package(sys.version_info[:2], str(Path("/usr/bin/python3").resolve()))
    if os.name == "nt" or os.geteuid() != 0:
        raise Fault(f"the package {package} is missing", f"sudo apt-get install -y {package}")
    say(f"installing {package}")
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    # A fresh system has no package lists yet, one in use need not fetch them again.
    if not run_logged(job, install) and not (run_logged(job, ["apt-get", "update"]) and run_logged(job, install)):
        raise Fault(f"{package} could not be installed: {last_error(job.log)}", f"apt-get install -y {package}")


def remove_folder(folder: Path) -> None:
    """Removes an environment that is to be made anew."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        way_out = "close the programs that run from it and delete it by hand"
        raise Fault(f"{folder} cannot be removed: {error}", way_out) from None


def install_torch(job: Job, build: TorchBuild, version: str) -> TorchBuild:
    """Installs PyTorch and returns the build it came to: for a card out of reach of its index that may be the CPU's."""
    present = installed_torch(job.environment, version)
    if present and (build.tag == "cpu" or present.partition("+")[2] == (build.tag if build.index_url else "")):
        return build
    say(f"PyTorch {version} ({build.tag}: {build.reason})")
    for arguments in torch_attempts(build, version, local_wheels(job.root)):
        if not pip(job, "install", "--no-deps", "--force-reinstall", *arguments):
            continue
        if build.tag.startswith("cu") and not installed_torch(job.environment, version).endswith(build.tag):
            return build._replace(
                tag="cpu", reason=f"{build.reason}: {build.index_url} could not be reached", warning=True
            )
        return build
    way_out = "check the network, name a mirror in I2V_TORCH_INDEX, or put the wheel into the folder wheels"
    raise Fault(f"PyTorch {version} could not be had from {build.index_url or 'PyPI'}: {last_error(job.log)}", way_out)


def local_wheels(root: Path) -> list[str]:
    """pip arguments for the project's wheels/ folder, if there is one."""
    return ["--find-links", str(root / "wheels")] if (root / "wheels").is_dir() else []


def install_pinned(job: Job, file: Path) -> None:
    """Installs a fully pinned file: from wheels/ alone if that is enough, through uv if present, else through pip.

    A file that pins everything needs no resolution (--no-deps), so uv and pip cannot come to different sets.
    """
    local, pinned = local_wheels(job.root), ["install", "--no-deps", "-r", str(file)]
    if local and pip(job, *pinned, "--no-index", *local):
        return
    if job.uv and run_logged(job, [job.uv, "pip", *pinned, "--python", str(job.environment.python), *local]):
        return
    if not pip(job, *pinned, *local):
        way_out = "check the network (proxy: HTTPS_PROXY, mirror: PIP_INDEX_URL) and the free disk space, start again"
        raise Fault(f"the packages of {file.name} could not be installed: {last_error(job.log)}", way_out)


def install_cuda(job: Job, build: TorchBuild, pins: Mapping[str, str], extras: Mapping[str, str]) -> None:
    """Adds CUDA's libraries, then the packages that only work beside a CUDA build, as far as they load there."""
    index = ["--index-url", build.index_url] if build.index_url else []
    # On Linux PyTorch takes CUDA's libraries from packages of their own, pinned by its metadata.
    if not pip(job, "install", f"torch=={pins['torch']}", *index, *local_wheels(job.root)):
        where = build.index_url or "the package index"
        raise Fault(f"CUDA's libraries could not be had from {where}: {last_error(job.log)}", "start again")
    for name, version in extras.items() if build.tag.startswith("cu") else ():
        fetched = pip(job, "install", "--no-deps", f"{name}=={version}", *index, *local_wheels(job.root))
        reason = "" if fetched else last_error(job.log)
        if fetched:
            # diffusers too, since a torchvision that does not fit breaks that import and not its own.
            failed = prove(job, ["torch", name, *(pin for pin in pins if pin == "diffusers")])["failed"]
            reason = next(iter(failed.values()), "")
        if reason:
            pip(job, "uninstall", "-y", name)
            say(f"left out {name} {version}, the app works without it: {reason}")


def prove(job: Job, packages: Iterable[str]) -> dict[str, Any]:
    """Imports the packages in the environment and runs one operation on the card; says what failed."""
    proofs = [PROOFS.get(name, name.replace("-", "_")) for name in packages]
    command = [str(job.environment.python), "-W", "ignore", "-c", PROVE, *proofs]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=child_environ(), check=False)
    with job.log.open("a", encoding="utf-8") as log:
        log.write(f"\n$ import {' '.join(proofs)}\n{done.stdout}{done.stderr}\n")
    try:
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):  # the interpreter itself died
        result = {"failed": {"Python": f"exit code {done.returncode}"}, "cuda": "", "torch": ""}
    return result


def fill(job: Job) -> tuple[str, str]:
    """Installs and proves everything; returns the PyTorch version and what the user must know at every start."""
    text = read_text(job.root / "requirements.txt")
    pins, note = read_pins(text), ""
    torch = pins.get("torch", "")
    machine = os.uname().machine if os.name != "nt" else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    if torch:
        gpus, problem = read_gpus()
        override = os.environ.get("I2V_TORCH_INDEX", "")
        build = install_torch(job, choose_torch(sys.platform, machine, gpus, problem, override), torch)
    lock = job.root / "requirements.lock"
    if read_pins(read_text(lock)):
        say("packages of requirements.lock")
        install_pinned(job, lock)
    if torch and build.tag != "cpu":
        install_cuda(job, build, pins, read_pins(text, cuda=True))
    say("trying the imports")
    proof = prove(job, pins)
    if proof["failed"]:
        failed = "; ".join(f"{name}: {why}" for name, why in proof["failed"].items())
        raise DoesNotLoad(f"packages do not load: {failed}", f"look into {job.log} and start again")
    cuda_fault = proof["cuda"] if torch and build.tag.startswith("cu") else ""
    if torch and (build.warning or cuda_fault):
        note = f"on the CPU in spite of an NVIDIA card: {cuda_fault or build.reason}"
    return proof["torch"], note
