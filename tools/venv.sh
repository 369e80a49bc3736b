#!/bin/sh
# Make a virtual environment: venv.sh FOLDER [PYTHON]. Says plainly what is missing on a bare machine.
set -eu

folder=$1
python=${2:-}
for candidate in ${python:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if ! "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$candidate has no venv module. On Debian: apt-get install python3-venv" >&2
            echo "$candidate 缺少 venv 模块。Debian 上请运行：apt-get install python3-venv" >&2
            exit 2
        fi
        exec "$candidate" -m venv --clear "$folder"
    fi
done
echo "Python 3.11 or newer is needed. On Debian 12: apt-get install python3 python3-venv; or: make PYTHON=/path/to/python3" >&2
echo "需要 Python 3.11 或更新版本。Debian 12 上请运行：apt-get install python3 python3-venv；或：make PYTHON=/路径/python3" >&2
exit 2
