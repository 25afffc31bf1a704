#!/bin/sh
# Starts the app; on the first run it makes the environment. Everything but finding Python is done by launcher.py.
#   bash start_app.sh [--background | --stop | --restart | --prepare | --test [all] | arguments of main.py]
# Plain POSIX, so that `sh start_app.sh` is no mistake where sh is not bash.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
export PYTHONUTF8=1

# Git Bash and its like are Windows, where start_app.bat knows its way. The path is handed over in a variable: cmd.exe
# takes a command line apart that begins with a quote. "//c" is how MSYS spells a "/c" that is no path.
windows() {
  I2V_BAT=$(printf '"%s"' "$(cygpath -w "$here/start_app.bat")") I2V_NO_PAUSE=1
  export I2V_BAT I2V_NO_PAUSE
  exec cmd.exe "$@"
}
case $(uname -s 2>/dev/null) in
  MINGW* | MSYS*) windows //c %I2V_BAT% "$@" ;;
  CYGWIN*) windows /c %I2V_BAT% "$@" ;;
esac

# Candidates are run, not looked up: one that is only a shim, too old or broken does not count. It prints where the
# interpreter really is, which spares the second call a slow shim.
for candidate in "${CONDA_PREFIX:-/nowhere}/bin/python" python3 python3.12 python3.13 python3.11 python \
  "$here/.conda/bin/python" "${HOME:-}/miniconda3/bin/python" "${HOME:-}/anaconda3/bin/python" \
  "${HOME:-}/miniforge3/bin/python" "$here/.venv/bin/python"; do
  if python=$("$candidate" "$here/launcher.py" --check-python 2>/dev/null); then
    exec "$python" "$here/launcher.py" "$@"
  fi
done

# Whoever has uv or conda has what fetches one.
if command -v uv >/dev/null &&
  python=$(uv run --no-project --python 3.12 python "$here/launcher.py" --check-python); then
  exec "$python" "$here/launcher.py" "$@"
fi
for conda in "${CONDA_EXE:-conda}" "${HOME:-}/miniconda3/bin/conda" "${HOME:-}/anaconda3/bin/conda" \
  "${HOME:-}/miniforge3/bin/conda"; do
  if command -v "$conda" >/dev/null && [ ! -e "$here/.conda" ] &&
    "$conda" create --yes --prefix "$here/.conda" --override-channels --channel conda-forge python=3.12 pip >&2; then
    exec "$here/.conda/bin/python" "$here/launcher.py" "$@"
  fi
done

if ! [ -f "$here/launcher.py" ]; then
  what="$here/launcher.py is missing" what_zh="缺少 $here/launcher.py"
  fix='unpack the whole archive into a folder and start from there' fix_zh='请把整个压缩包解压到一个文件夹中，再从那里启动'
else
  found=$(command -v python3 >/dev/null && python3 --version 2>&1 | head -n 1)
  what="no Python 3.11 to 3.13 was found${found:+; python3 is: $found}"
  what_zh="没有找到 Python 3.11 到 3.13${found:+；python3 是：$found}"
  fix='install Python 3.12 from python.org, or uv or Miniforge, which bring one'
  fix_zh='请从 python.org 安装 Python 3.12，或安装 uv 或 Miniforge，它们会带来 Python'
  if command -v apt-get >/dev/null && [ -z "$found" ]; then
    fix='sudo apt-get install -y python3 python3-venv' fix_zh=
  elif command -v dnf >/dev/null; then
    fix='sudo dnf install -y python3.12' fix_zh=
  elif command -v brew >/dev/null; then
    fix='brew install python@3.12' fix_zh=
  fi
  for version in 3.12 3.13 3.11; do
    if [ -n "$found" ] && apt-cache show "python$version-venv" >/dev/null 2>&1; then
      fix="sudo apt-get install -y python$version python$version-venv" fix_zh=
      break
    fi
  done
fi
case ${I2V_LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}} in
  zh*) printf '启动：%s\n  解决办法：%s\n' "$what_zh" "${fix_zh:-$fix}" >&2 ;;
  *) printf 'start: %s\n  what to do: %s\n' "$what" "$fix" >&2 ;;
esac
exit 1
