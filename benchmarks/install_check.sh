#!/usr/bin/env bash
# Build the wheel and the sdist, install them in empty environments, and run the main job there with the network blocked.
#
#     benchmarks/install_check.sh FOLDER PYTHON…        e.g. benchmarks/install_check.sh build/check python3.10 python3.13
#
# The first PYTHON also takes the sdist and the lowest versions that setup.cfg allows. What is built is the last commit.
# torch stays at the version of constraints.txt throughout: others bring gigabytes of CUDA along.
# One line a check; the first failure ends the script. Needs `unshare` of util-linux to block the network.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1" && work=$(cd "$1" && pwd)
shift
pythons=("$@")
max_megabytes=60

# The main job, away from the checkout, once a model: five tables of the example's reports, no row in errors, facts among
# them.
main_job() {
    local environment=$1 model=$2
    (
        cd "$work" && rm -rf "out_$(basename "$environment")"
        unshare -rn "$environment/bin/policynlp" label reports --out "out_$(basename "$environment")" --model "$model" --quiet
        unshare -rn "$environment/bin/python" - "out_$(basename "$environment")" "$checkout" <<'PYTHON'
import socket
import sys

import policynlp
import pyarrow.parquet as pq

out, checkout = sys.argv[1:]
assert not policynlp.__file__.startswith(checkout), policynlp.__file__
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError:
    pass
else:
    raise SystemExit("the network is not blocked")
rows = {name: pq.read_table(f"{out}/{name}.parquet").num_rows for name in ("reports", "facts", "commitments", "errors")}
assert rows["reports"] == 5 and rows["facts"] > 150 and rows["commitments"] > 50 and rows["errors"] == 0, rows
PYTHON
    )
}

try_install() {
    local name=$1 python=$2
    shift 2
    rm -rf "${work:?}/$name"
    "$python" -m venv "$work/$name"
    "$work/$name/bin/pip" install -qq --disable-pip-version-check -c "$checkout/constraints.txt" "$@"
    "$work/$name/bin/pip" check >/dev/null
    local model
    for model in "$work"/source/models/*/config.json; do
        main_job "$work/$name" "$(basename "$(dirname "$model")")"
    done
    echo "ok  $name: $("$python" --version), $("$work/$name/bin/pip" freeze | wc -l) packages, $(du -sm "$work/$name" | cut -f1) MB"
    rm -rf "${work:?}/$name"  # several gigabytes where torch brings CUDA
}

rm -rf "$work/source" "$work/dist" "$work/reports"
mkdir -p "$work/source" "$work/reports"
git -C "$checkout" archive HEAD | tar -x -C "$work/source"
cp "$checkout"/corpus/example/*.txt "$work/reports"
"${pythons[0]}" -m venv "$work/build"
"$work/build/bin/pip" install -qq --disable-pip-version-check build
"$work/build/bin/python" -m build -q -o "$work/dist" "$work/source" >"$work/build.log"
wheel=$(ls "$work"/dist/*.whl)
sdist=$(ls "$work"/dist/*.tar.gz)
bytes=$(stat -c %s "$wheel")
[ "$bytes" -le $((max_megabytes * 1000000)) ] || { echo "the wheel has $bytes bytes"; exit 1; }
echo "ok  wheel $((bytes / 1000)) kB, sdist $(($(stat -c %s "$sdist") / 1000)) kB"

for python in "${pythons[@]}"; do
    try_install "wheel-$("$python" -c 'import platform; print(platform.python_version())')" "$python" "$wheel"
done
try_install sdist "${pythons[0]}" "$sdist"
try_install extras "${pythons[0]}" "$wheel[docx,pdf,dask]"

# Every bound of setup.cfg as an exact version, but torch's.
"${pythons[0]}" - "$checkout/setup.cfg" >"$work/lowest.txt" <<'PYTHON'
import configparser
import sys

setup = configparser.ConfigParser()
setup.read(sys.argv[1], encoding="utf-8")
extras = setup["options.extras_require"]
for line in "\n".join([setup["options"]["install_requires"], *(extras[name] for name in ("docx", "pdf", "dask"))]).split():
    if not line.startswith("torch>="):
        print(line.replace(">=", "=="))
PYTHON
try_install lowest "${pythons[0]}" -c "$work/lowest.txt" "$wheel[docx,pdf,dask]"
