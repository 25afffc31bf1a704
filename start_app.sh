#!/usr/bin/env bash
# Starts the app; on the first run it makes the environment. Everything but finding Python is done by launcher.py.
#   bash start_app.sh [--prepare | --test [all] | arguments of main.py]
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd) || exit 1
export PYTHONUTF8=1

# Candidates are run, not looked up: one that is only a shim, too old or broken does not count.
for candidate in "${CONDA_PREFIX:-/nowhere}/bin/python" python3 python3.12 python3.13 python3.11 python \
  "${HOME:-}/miniconda3/bin/python" "${HOME:-}/anaconda3/bin/python" "${HOME:-}/miniforge3/bin/python"; do
  # It prints where the interpreter really is, which spares the second call a slow shim.
  if python=$("$candidate" "$here/launcher.py" --check-python 2>/dev/null); then
    exec "$python" "$here/launcher.py" "$@"
  fi
done

echo "start: no Python 3.11 to 3.13 was found; python3 is: $(python3 --version 2>&1 | head -n 1)" >&2
if command -v apt-get >/dev/null && ! command -v python3 >/dev/null; then
  echo "  what to do: sudo apt-get install -y python3 python3-venv" >&2
elif command -v apt-get >/dev/null; then
  echo "  what to do: sudo apt-get install -y python3.11 python3.11-venv" >&2
elif command -v dnf >/dev/null; then
  echo "  what to do: sudo dnf install -y python3.12" >&2
elif command -v brew >/dev/null; then
  echo "  what to do: brew install python@3.12" >&2
else
  echo "  what to do: install Python 3.12 from python.org" >&2
fi
exit 1
