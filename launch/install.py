"""The stages of a preparation: environment, PyTorch, pinned packages, proof."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from launch.cards import read_computer
from launch.commands import Job, child_environ, last_error, pip, run_logged
from launch.conda import Conda, create_command
from launch.console import DoesNotLoad, Fault, say, without_secrets
from launch.environment import half_installed, installed_torch, is_there, read_pins, read_text, venv_package
from launch.freeze import remember_hashes
from launch.remedies import way_out
from launch.torch_build import TorchBuild, choose_torch, origin_of, tag_of, torch_attempts
from launch.words import tell

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
failed, gpu_fault = {}, ""
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
if torch is not None:
    device = "cuda" if torch.version.cuda or getattr(torch.version, "hip", None) else ""
    if sys.platform == "darwin" and torch.backends.mps.is_available():
        device = "mps"
    try:
        device and torch.ones(8, device=device).sum().item()
    except Exception as error:
        gpu_fault = (str(error).strip() or type(error).__name__).splitlines()[0]
print(json.dumps({"failed": failed, "gpu_fault": gpu_fault, "torch": getattr(torch, "__version__", "")}))
"""


# For the CPU or not: 1.8 GB measured; with CUDA 2.7 GB are fetched, and about twice that is unpacked.
NEEDED_GB = {True: 3, False: 12}
SILENT_SECONDS = 8  # an index that says nothing for so long is taken for out of reach


def make_environment(job: Job, conda: Conda | None = None) -> bool:
    """Makes the environment where there is none or a broken one; True if it is new."""
    environment = job.environment
    check = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    exists, is_own = is_there(environment.python), environment.folder.parent == job.root
    if exists and run_logged(job, [str(environment.python), "-c", check]):
        # pip would take what an earlier start that was killed left half done for installed.
        for folder in half_installed(environment) if is_own else []:
            shutil.rmtree(folder)
        return False
    if environment.is_conda:
        if not is_own or conda is None:
            raise Fault(tell("conda.unusable", folder=environment.folder), tell("conda.make"))
        make_with_conda(job, conda)
        return True
    need_venv_module(job)
    make = "rebuilding" if environment.folder.exists() else "making"
    say(make, name=environment.folder.name, version="{}.{}.{}".format(*sys.version_info))
    remove_folder(environment.folder)
    # Started from within .venv itself, only the interpreter that it was made with is still there now.
    base = getattr(sys, "_base_executable", sys.executable)
    if not run_logged(job, [base, "-m", "venv", str(environment.folder)]):
        error = last_error(job.log)
        raise Fault(tell("venv.failed", error=error), way_out(error, tell("disk")))
    return True


def make_with_conda(job: Job, conda: Conda) -> None:
    """Has conda make the environment in the project, with Python and pip as environment_i2v.yaml names them."""
    folder = job.environment.folder
    remove_folder(folder)
    command = create_command(conda, folder, read_text(job.root / "environment_i2v.yaml"))
    say("making.conda", name=folder.name, conda=conda.executable, packages=", ".join(command[-2:]))
    if not run_logged(job, command) or not is_there(job.environment.python):
        error = last_error(job.log)
        remove_folder(folder)
        raise Fault(tell("conda.failed", name=folder.name, error=error), tell("conda.make"))


def need_venv_module(job: Job) -> None:
    """Makes sure that Python can make environments: Debian and Ubuntu ship that in a package of its own."""
    from importlib.util import find_spec

    if find_spec("venv") and find_spec("ensurepip"):
        return
    if not shutil.which("apt-get"):
        raise Fault(tell("python.no_venv", python=sys.executable), tell("python.complete"))
    package = venv_package(sys.version_info[:2], str(Path("/usr/bin/python3").resolve()))
    by_hand = f"apt-get install -y {package}"
    if os.name == "nt" or os.geteuid() != 0:
        raise Fault(tell("package.missing", package=package), f"sudo {by_hand}")
    say("package.installing", package=package)
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    # A fresh system has no package lists yet, one in use need not fetch them again.
    if not run_logged(job, install) and not (run_logged(job, ["apt-get", "update"]) and run_logged(job, install)):
        raise Fault(tell("package.failed", package=package, error=last_error(job.log)), by_hand)


def remove_folder(folder: Path) -> None:
    """Removes an environment that is to be made anew."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise Fault(tell("folder.stays", folder=folder, error=error), tell("folder.close")) from None


def unreachable(index_url: str) -> str:
    """Why an index cannot be asked, "" if it answers: pip itself would try for over a minute to find that out."""
    address = urlsplit(index_url)
    if address.scheme not in ("http", "https"):
        return ""
    plain = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()  # urllib takes no names in addresses
    try:
        with urllib.request.urlopen(plain, timeout=SILENT_SECONDS):
            return ""
    except urllib.error.HTTPError:
        return ""  # it answers; whether it has the package is for pip to find out
    except urllib.error.URLError as error:
        # Whose certificates are good is a matter of pip's settings, which are not ours.
        return "" if "CERTIFICATE" in str(error.reason) else str(error.reason)
    except (OSError, ValueError) as error:
        return str(error)


def index_answers(job: Job, index_url: str) -> bool:
    """Whether an index can be asked; why not stands in the log. A proxy that only pip knows of is left to pip."""
    reason = unreachable(index_url)
    if not reason or pip_setting(job, "proxy"):
        return True
    with job.log.open("a", encoding="utf-8") as log:
        line = tell("index.unreachable", where=index_url, error=reason)
        log.write(f"\nERROR: {without_secrets(line)}\n")
    return False


def pip_setting(job: Job, name: str) -> str:
    """A setting of pip's own, from its variables or its files; "" where it is not set."""
    command = [str(job.environment.python), "-m", "pip", "config", "list"]
    environ = child_environ(job.root, job.environment)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environ, check=False)
    found = re.findall(rf"^(?:global|install|:env:)\.{name}='(.+)'", done.stdout, re.MULTILINE)
    return str(found[-1]) if found else ""


def pip_install(job: Job, *arguments: str) -> bool:
    """Runs `pip install` for what no lock holds, and keeps the hashes that it found."""
    report = job.environment.folder / "i2v_report.part"
    if not pip(job, "install", "--report", str(report), *arguments):
        return False
    remember_hashes(job.environment, report)
    report.unlink(missing_ok=True)
    return True


def install_torch(job: Job, build: TorchBuild, version: str) -> TorchBuild:
    """Installs PyTorch and returns the build it came to: for a card out of reach of its index that may be the CPU's."""
    present = installed_torch(job.environment, version)
    if present and build.tag in ("cpu", tag_of(present, sys.platform)):
        return build
    wanted, needed = build.index_url or "PyPI", NEEDED_GB[build.tag == "cpu"]
    free = shutil.disk_usage(job.root).free / 1e9
    if free < needed:
        say("disk.short", free=free, needed=needed)
    say("torch.installing", version=version, tag=build.tag, reason=build.reason)
    for attempt in torch_attempts(build, version, sys.platform, local_wheels(job.root)):
        if attempt.index_url and not index_answers(job, attempt.index_url):
            continue
        if not pip_install(job, "--no-deps", "--force-reinstall", *attempt.arguments):
            continue
        if attempt.index_url is not None:
            build = build._replace(index_url=attempt.index_url)
        tag = tag_of(installed_torch(job.environment, version), sys.platform)
        if build.tag.startswith("cu") and tag == "cpu":
            reason = tell("torch.unreachable", reason=build.reason, where=wanted)
            return build._replace(tag="cpu", reason=reason, warning=True)
        return build
    error = last_error(job.log)
    raise Fault(tell("torch.failed", version=version, where=wanted, error=error), way_out(error, tell("torch.way_out")))


def local_wheels(root: Path) -> list[str]:
    """pip arguments for the project's wheels/ folder, if there is one."""
    return ["--find-links", str(root / "wheels")] if (root / "wheels").is_dir() else []


def uv_settings(job: Job) -> dict[str, str]:
    """What uv has to be told of pip's settings, which it does not read: a mirror set once with `pip config`."""
    mirror = "" if os.environ.get("UV_DEFAULT_INDEX") else pip_setting(job, "index-url")
    return {"UV_DEFAULT_INDEX": mirror} if mirror else {}


def install_pinned(job: Job, file: Path) -> None:
    """Installs a fully pinned file: from wheels/ alone if that is enough, through uv if present, else through pip.

    A file that pins everything needs no resolution (--no-deps), so uv and pip cannot come to different sets.
    """
    local, pinned = local_wheels(job.root), ["install", "--no-deps", "-r", str(file)]
    if local and pip(job, *pinned, "--no-index", *local):
        return
    uv = [job.uv, "pip", *pinned, "--python", str(job.environment.python), *local]
    if job.uv and not os.environ.get("PIP_NO_INDEX") and run_logged(job, uv, uv_settings(job)):
        return
    if not pip(job, *pinned, *local):
        error = last_error(job.log)
        what = tell("packages.failed", file=file.name, error=error)
        raise Fault(what, way_out(error, tell("packages.way_out")))


def install_beside_torch(job: Job, build: TorchBuild, requirement: str, *arguments: str) -> bool:
    """Installs what belongs to a build of PyTorch: from this machine if it is there, else from the build's index."""
    local = local_wheels(job.root)
    if pip_install(job, *arguments, requirement, "--no-index", *local):
        return True
    if not build.index_url:
        return pip_install(job, *arguments, requirement, *local)
    return index_answers(job, build.index_url) and pip_install(
        job, *arguments, requirement, "--index-url", build.index_url, *local
    )


def install_cuda(job: Job, build: TorchBuild, pins: Mapping[str, str], extras: Mapping[str, str]) -> None:
    """Adds CUDA's libraries, then the packages that only work beside a CUDA build, as far as they load there."""
    # On Linux PyTorch takes CUDA's libraries from packages of their own, pinned by its metadata.
    if not install_beside_torch(job, build, f"torch=={pins['torch']}"):
        error = last_error(job.log)
        what = tell("cuda.failed", where=build.index_url or "PyPI", error=error)
        raise Fault(what, way_out(error, tell("packages.way_out")))
    for name, version in extras.items() if build.tag.startswith("cu") else ():
        fetched = install_beside_torch(job, build, f"{name}=={version}", "--no-deps")
        reason = "" if fetched else last_error(job.log)
        if fetched:
            # diffusers too, since a torchvision that does not fit breaks that import and not its own.
            failed = prove(job, ["torch", name, *(pin for pin in pins if pin == "diffusers")])["failed"]
            reason = next(iter(failed.values()), "")
        if reason:
            pip(job, "uninstall", "-y", name)
            say("left_out", package=f"{name} {version}", reason=reason)


def prove(job: Job, packages: Iterable[str]) -> dict[str, Any]:
    """Imports the packages in the environment and runs one operation on the card; says what failed."""
    proofs = [PROOFS.get(name, name.replace("-", "_")) for name in packages]
    command = [str(job.environment.python), "-W", "ignore", "-c", PROVE, *proofs]
    environ = child_environ(job.root, job.environment)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environ, check=False)
    with job.log.open("a", encoding="utf-8") as log:
        log.write(f"\n$ import {' '.join(proofs)}\n{done.stdout}{done.stderr}\n")
    try:
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):  # the interpreter itself died
        result = {"failed": {"Python": f"exit code {done.returncode}"}, "gpu_fault": "", "torch": ""}
    return result


def fill(job: Job) -> dict[str, Any]:
    """Installs and proves everything; returns what is to be known of it: PyTorch's version, build and index, a note."""
    text = read_text(job.root / "requirements.txt")
    pins, facts = read_pins(text), {"note": "", "build": "", "index": ""}
    torch = pins.get("torch", "")
    if torch:
        override, mirror = (os.environ.get(name, "") for name in ("I2V_TORCH_INDEX", "I2V_TORCH_MIRROR"))
        build = install_torch(job, choose_torch(read_computer(), override, mirror), torch)
        tag, index = origin_of(installed_torch(job.environment, torch), build, sys.platform)
        facts |= {"build": tag, "index": index}
    lock = job.root / "requirements.lock"
    if read_pins(read_text(lock)):
        say("packages", file=lock.name)
        install_pinned(job, lock)
    extras = read_pins(text, cuda=True)
    if torch and build.tag != "cpu":
        install_cuda(job, build, pins, extras)
    if torch and extras and not build.tag.startswith("cu"):
        say("left_out.no_cuda", packages=", ".join(f"{name} {version}" for name, version in extras.items()))
    say("trying")
    proof = prove(job, pins)
    if proof["failed"]:
        failed = "; ".join(f"{name}: {why}" for name, why in proof["failed"].items())
        otherwise = tell("loads_not.way_out", log=job.log)
        raise DoesNotLoad(tell("loads_not", failed=failed), way_out(failed, otherwise))
    gpu_fault = proof["gpu_fault"] if torch and build.tag != "cpu" else ""
    if torch and (build.warning or gpu_fault):
        is_nvidia = build.warning or build.tag.startswith("cu")
        facts["note"] = tell("on_cpu" if is_nvidia else "on_cpu.other", reason=gpu_fault or build.reason)
    return {**facts, "torch": proof["torch"]}
