"""What the start says, in English and Chinese.

Plain enough for Python 3.7: an interpreter that is too old has to be told something as well.
"""

import os
import sys

ENGLISH, CHINESE = 0, 1
LANG_CHINESE = 4  # the primary language of Windows' language identifiers

SENTENCES = {
    # The lines around everything else.
    "line.stage": ("environment: {text}", "环境：{text}"),
    "line.fault": ("start: {what}\n  what to do: {way_out}", "启动：{what}\n  解决办法：{way_out}"),
    "line.warning": ("careful: {what}\n  what to do: {way_out}", "请注意：{what}\n  解决办法：{way_out}"),
    "line.log": ("{line} (all of it: {log})", "{line}（全部内容：{log}）"),
    # Python.
    "python.version": (
        "Python {version} at {executable} does not fit: {oldest} to {newest} is needed",
        "{executable} 是 Python {version}，不适用：需要 {oldest} 到 {newest}",
    ),
    "python.bits": (
        "Python {version} at {executable} is a 32-bit build: PyTorch needs a 64-bit one",
        "{executable}（Python {version}）是 32 位版本，PyTorch 需要 64 位",
    ),
    "python.install": (
        "install Python 3.12, or use conda: conda env create -f environment_i2v.yaml",
        "安装 Python 3.12，或使用 conda：conda env create -f environment_i2v.yaml",
    ),
    "python.no_venv": ("Python at {python} came without venv", "{python} 的 Python 不带 venv"),
    "python.complete": ("install a complete Python from python.org", "从 python.org 安装完整的 Python"),
    # Making and using the environment.
    "making": ("making {name} with Python {version}", "正在用 Python {version} 建立 {name}"),
    "rebuilding": (
        "rebuilding the broken {name} with Python {version}",
        "{name} 已损坏，正在用 Python {version} 重建",
    ),
    "making.conda": ("making {name} with {conda}: {packages}", "正在用 {conda} 建立 {name}：{packages}"),
    "conda.failed": (
        "conda could not make {name}, so it is a plain .venv: {error}",
        "conda 无法建立 {name}，改用普通的 .venv：{error}",
    ),
    "conda.unusable": (
        "the conda environment {folder} has no pip or no Python 3.11 to 3.13",
        "conda 环境 {folder} 没有 pip，或其 Python 不是 3.11 到 3.13",
    ),
    "conda.make": (
        "conda env create -f environment_i2v.yaml && conda activate i2v",
        "conda env create -f environment_i2v.yaml && conda activate i2v",
    ),
    "venv.failed": (".venv could not be made: {error}", "无法建立 .venv：{error}"),
    "disk": ("check the free disk space, then start again", "检查磁盘剩余空间，然后重新启动"),
    "package.installing": ("installing {package}", "正在安装 {package}"),
    "package.missing": ("the package {package} is missing", "缺少系统软件包 {package}"),
    "package.failed": ("{package} could not be installed: {error}", "无法安装 {package}：{error}"),
    "folder.stays": ("{folder} cannot be removed: {error}", "无法删除 {folder}：{error}"),
    "folder.close": (
        "close the programs that run from it and delete it by hand",
        "关闭从中运行的程序，然后手动删除它",
    ),
    "stop.none": (
        "nothing to stop: the app has no environment yet to run from",
        "没有需要停止的程序：还没有供它运行的环境",
    ),
    "waiting": ("another start is preparing it, waiting", "另一次启动正在准备环境，请稍候"),
    "unwritable": ("cannot write to {file}: {error}", "无法写入 {file}：{error}"),
    "unwritable.move": (
        "move the project to a folder that you can write to, on a disk with free space",
        "把项目移到可以写入、并且有剩余空间的文件夹",
    ),
    "ready": ("{folder}", "{folder}"),
    "ready.torch": ("{folder}, PyTorch {torch}", "{folder}，PyTorch {torch}"),
    "note.again": ("{note} (after a change: --prepare)", "{note}（情况改变后：--prepare）"),
    "made": ("made in {seconds:.0f} s", "已就绪，用时 {seconds:.0f} 秒"),
    "anew": ("{what}: making the environment anew", "{what}：正在重新建立环境"),
    # PyTorch and the packages.
    "torch.installing": ("PyTorch {version} ({tag}: {reason})", "PyTorch {version}（{tag}：{reason}）"),
    "torch.failed": (
        "PyTorch {version} could not be had from {where}: {error}",
        "无法从 {where} 取得 PyTorch {version}：{error}",
    ),
    "torch.way_out": (
        "check the network, name a mirror in I2V_TORCH_MIRROR, or put the wheel into the folder wheels",
        "检查网络，用变量 I2V_TORCH_MIRROR 指定镜像，或把 wheel 文件放进 wheels 文件夹",
    ),
    "torch.unreachable": ("{reason}: {where} could not be reached", "{reason}：无法访问 {where}"),
    "torch.intel_mac": (
        "PyTorch 2.13 has no build for Macs with an Intel processor",
        "PyTorch 2.13 没有适用于 Intel 处理器 Mac 的版本",
    ),
    "torch.apple": ("use a Mac with Apple silicon", "请使用 Apple 芯片的 Mac"),
    "torch.macos": (
        "PyTorch 2.13 needs macOS 14 or newer, this is {version}",
        "PyTorch 2.13 需要 macOS 14 或更高版本，当前是 {version}",
    ),
    "torch.macos.way_out": ("update macOS", "请升级 macOS"),
    "torch.glibc": (
        "PyTorch 2.13 needs a Linux with glibc 2.28 or newer; here it is {version} (0: another C library)",
        "PyTorch 2.13 需要 glibc 2.28 或更高版本的 Linux；当前是 {version}（0 表示其他 C 库）",
    ),
    "torch.glibc.way_out": (
        "use Debian 10, Ubuntu 20.04, Fedora 29 or newer, for instance in a container",
        "请使用 Debian 10、Ubuntu 20.04、Fedora 29 或更高版本，例如在容器中运行",
    ),
    "torch.windows_arm": (
        "PyTorch 2.13 has no build for Python for ARM on Windows",
        "PyTorch 2.13 没有适用于 Windows ARM 版 Python 的版本",
    ),
    "torch.windows_arm.way_out": (
        "install the 64-bit (x86-64) Python 3.12 from python.org, which runs there too",
        "从 python.org 安装 64 位（x86-64）的 Python 3.12，它在这里也能运行",
    ),
    "index.unreachable": ("{where} cannot be reached: {error}", "无法访问 {where}：{error}"),
    "packages": ("packages of {file}", "正在安装 {file} 中的软件包"),
    "packages.tests": ("packages of the tests", "正在安装测试所需的软件包"),
    "packages.failed": (
        "the packages of {file} could not be installed: {error}",
        "{file} 中的软件包无法安装：{error}",
    ),
    "packages.way_out": (
        "check the network (proxy: HTTPS_PROXY, mirror: PIP_INDEX_URL) and the free disk space, start again",
        "检查网络（代理：HTTPS_PROXY，镜像：PIP_INDEX_URL）和磁盘剩余空间，然后重新启动",
    ),
    "cause.policy": (
        "Windows' Smart App Control blocks a program library: turn it off in Windows Security, or start from WSL",
        "Windows 的智能应用控制拦截了程序库：在“Windows 安全中心”中关闭它，或在 WSL 中启动",
    ),
    "cause.locked": (
        "a program holds the file, often a virus scanner: except the project's folder, close the app, start again",
        "文件被其他程序占用，多半是杀毒软件：把项目文件夹加入排除项，关闭本程序，然后重新启动",
    ),
    "cause.runtime": (
        "install Microsoft's Visual C++ runtime, then start again: winget install -e --id Microsoft.VCRedist.2015+.x64",
        "安装微软 Visual C++ 运行库后重新启动：winget install -e --id Microsoft.VCRedist.2015+.x64",
    ),
    "cause.certificate": (
        "name the certificates of your network's proxy in PIP_CERT and SSL_CERT_FILE, then start again",
        "在变量 PIP_CERT 和 SSL_CERT_FILE 中指定网络代理所用的证书，然后重新启动",
    ),
    "cause.hash": (
        "the index or the folder wheels gave another file than was checked once: use another mirror, start again",
        "软件源或 wheels 文件夹给出的文件与校验过的不同：换一个镜像，然后重新启动",
    ),
    "disk.short": (
        "{free:.1f} GB are free here, and about {needed} GB are needed",
        "此处剩余 {free:.1f} GB，大约需要 {needed} GB",
    ),
    "cuda.failed": (
        "CUDA's libraries could not be had from {where}: {error}",
        "无法从 {where} 取得 CUDA 的库：{error}",
    ),
    "left_out": (
        "left out {package}, the app works without it: {reason}",
        "未安装 {package}，没有它也能正常使用：{reason}",
    ),
    "left_out.no_cuda": (
        "left out {packages}: they load only beside a CUDA build of PyTorch",
        "未安装 {packages}：它们只能与 CUDA 版的 PyTorch 一起使用",
    ),
    "trying": ("trying the imports", "正在验证软件包"),
    "loads_not": ("packages do not load: {failed}", "软件包无法加载：{failed}"),
    "loads_not.way_out": ("look into {log} and start again", "查看 {log}，然后重新启动"),
    "on_cpu": ("on the CPU in spite of an NVIDIA card: {reason}", "有 NVIDIA 显卡却只能用 CPU：{reason}"),
    "on_cpu.other": (
        "on the CPU, since this PyTorch cannot use the graphics: {reason}",
        "只能用 CPU，因为此 PyTorch 无法使用显卡：{reason}",
    ),
    # Why this build of PyTorch.
    "card": ("{name}, driver {driver}", "{name}，驱动 {driver}"),
    "card.unused": (
        "; left unused, since this build is for other cards: {names}",
        "；此版本不支持而未使用的显卡：{names}",
    ),
    "card.too_old": (
        "{card}: compute capability {capability} is below 5.0, which no build supports",
        "{card}：计算能力 {capability} 低于 5.0，没有可用的版本",
    ),
    "card.driver": ("{card}: update the driver to {oldest} or newer", "{card}：请把驱动更新到 {oldest} 或更高"),
    "card.problem": ("{problem}; repair or update the NVIDIA driver", "{problem}；请修复或更新 NVIDIA 驱动"),
    "card.no_driver": (
        "an NVIDIA card without its driver (no nvidia-smi)",
        "有 NVIDIA 显卡，但没有安装驱动（找不到 nvidia-smi）",
    ),
    "card.silent": ("nvidia-smi gave no answer ({error})", "nvidia-smi 没有回答（{error}）"),
    "card.says": ("nvidia-smi says: {answer}", "nvidia-smi 的回答：{answer}"),
    "card.none": ("no NVIDIA card found", "没有找到 NVIDIA 显卡"),
    "card.amd_linux": (
        "AMD graphics; a ROCm build is not chosen by itself, I2V_TORCH_INDEX asks for one by its tag (untested)",
        "AMD 显卡，不会自动选择 ROCm 版本；可在 I2V_TORCH_INDEX 中写明其标签（未经测试）",
    ),
    "card.amd": ("AMD graphics, which PyTorch does not use on Windows", "AMD 显卡，PyTorch 在 Windows 上用不了"),
    "card.intel": ("Intel graphics, which the app does not use", "Intel 显卡，本程序用不了"),
    "card.apple": ("Apple silicon", "Apple 芯片"),
    "chosen": ("I2V_TORCH_INDEX={override}", "I2V_TORCH_INDEX={override}"),
    # Updates.
    "update.none": ("up to date, nothing to update", "已是最新，无需更新"),
    "update.beside": (
        "building the new environment beside the one in use",
        "正在旁边建立新环境，现有环境保持不变",
    ),
    "update.in_place": (
        "updating conda's environment in place; its present packages are kept in {file}",
        "正在就地更新 conda 环境；现有软件包清单保存在 {file}",
    ),
    "update.proving": ("making a small clip with it", "正在用它试做一小段视频"),
    "update.failed": (
        "the update failed, the environment in use stays as it was: {reason}",
        "更新失败，现有环境保持原样：{reason}",
    ),
    "update.old": (
        "in use are the packages of an earlier version, since the new ones failed: {reason} (again: --update)",
        "新软件包安装失败，仍在使用旧版本的软件包：{reason}（再试：--update）",
    ),
    "update.running": ("the app is running from {folder}", "程序正在 {folder} 中运行"),
    "update.stop": ("stop it with --stop, then start with --update again", "先用 --stop 关闭程序，再用 --update 启动"),
    "update.no_clip": ("no clip could be made with it: {error}", "用它做不出视频：{error}"),
    "update.restored": ("the packages of before are back", "已恢复原来的软件包"),
    "update.restore_by_hand": (
        "the packages of before could not be brought back by themselves: {error}",
        "无法自动恢复原来的软件包：{error}",
    ),
    "update.back": ("an update was cut short: back to the environment before it", "上次更新中断，已恢复原来的环境"),
    # The working set in a file.
    "freeze.usage": ("--freeze takes the name of the file to write", "--freeze 需要写明要写入的文件名"),
    "freeze.example": ("launcher.py --freeze working_set.txt", "launcher.py --freeze working_set.txt"),
    "freeze.written": ("{count} packages written to {file}", "已将 {count} 个软件包写入 {file}"),
    "freeze.none": ("there is no environment yet to write down", "还没有可以记录的环境"),
    "freeze.prepare": ("make it with --prepare first", "请先用 --prepare 建立环境"),
    "freeze.failed": ("pip cannot name the packages: {error}", "pip 无法列出软件包：{error}"),
    # The place that the project lies in.
    "place.long": (
        "the project's path has {length} characters; packages need up to 200 more, and Windows stops at 260",
        "项目路径有 {length} 个字符；软件包最多还需要 200 个，而 Windows 的上限是 260",
    ),
    "place.long.way_out": (
        "move the project to a short path such as C:\\i2v, or turn on Windows' long paths",
        "把项目移到较短的路径，例如 C:\\i2v，或启用 Windows 的长路径支持",
    ),
    "place.onedrive": (
        "the project lies in OneDrive, which uploads gigabytes of packages and clips and locks files at work",
        "项目位于 OneDrive 中，它会上传数 GB 的软件包和视频，并锁住正在使用的文件",
    ),
    "place.short": ("move the project to a folder such as C:\\i2v", "把项目移到例如 C:\\i2v 的文件夹"),
    "place.program_files": (
        "the project lies in {folder}, where only administrators may write",
        "项目位于 {folder}，只有管理员才能写入",
    ),
    "place.non_ascii": (
        "the project's path has other signs than English letters, which some programs on Windows trip over",
        "项目路径含有英文字母以外的字符，Windows 上有些程序会因此出错",
    ),
    "place.non_ascii.way_out": (
        "nothing for now; should something fail, move the project to a folder such as C:\\i2v",
        "暂时不用处理；如果出错，请把项目移到例如 C:\\i2v 的文件夹",
    ),
    "place.read_only": ("the project's folder {folder} cannot be written to", "无法写入项目文件夹 {folder}"),
    "place.wsl": (
        "the project lies on Windows' disk ({folder}): slow from here, and the queue's database is not safe there",
        "项目位于 Windows 磁盘（{folder}）：从 WSL 访问很慢，任务数据库也不安全",
    ),
    "place.wsl.way_out": (
        "copy it into Linux and start it there: cp -r . ~/i2v && cd ~/i2v && bash start_app.sh",
        "把它复制到 Linux 中再启动：cp -r . ~/i2v && cd ~/i2v && bash start_app.sh",
    ),
}


def windows_language():
    # type: () -> int
    """The language identifier of the user's Windows, 0 elsewhere: there the locale's variables say it."""
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.GetUserDefaultUILanguage())


def choose_language(environ, windows=0):
    # type: (object, int) -> int
    """ENGLISH or CHINESE, by I2V_LANGUAGE, else by the locale as the app's own commands read it, else by Windows."""
    for variable in ("I2V_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(variable, "")  # type: ignore[attr-defined]
        if value:
            return CHINESE if value.lower().startswith("zh") else ENGLISH
    return CHINESE if windows & 0x3FF == LANG_CHINESE else ENGLISH


def tell(key, **values):
    # type: (str, object) -> str
    """The sentence in the user's language."""
    return SENTENCES[key][choose_language(os.environ, windows_language())].format(**values)
