#!/usr/bin/env bash
# The wheel as a stranger gets it: it holds every data file, and installs into an empty environment with a working command.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
python=${1:-python3}
extra=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/tree"
git ls-files -z pipeline pyproject.toml README.md 'LICENSE*' | xargs -0 cp --parents -t "$work/tree"  # building leaves files behind
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work" "$work/tree"
wheel=$(ls "$work"/*.whl)
"$python" - "$wheel" <<'PY'
import subprocess, sys, zipfile
inside = set(zipfile.ZipFile(sys.argv[1]).namelist())
wanted = subprocess.run(["git", "ls-files", "pipeline"], capture_output=True, text=True, check=True).stdout.split()
missing = [name for name in wanted if name not in inside]
assert not missing, f"not in the wheel: {missing}"
PY

"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check -c .ci/constraints.txt "$wheel$extra"
cd "$work"  # nothing of the tree can be imported from here
printf '<p>Chalk is <b>soft</b>.' | "$work/venv/bin/pipeline" clean - --as text | grep -qx 'Chalk is soft.'
cp -r "$root/raw" raw
"$work/venv/bin/pipeline" ingest --quiet
diff -r --exclude=.state "$root/processed" processed
if [ -n "$extra" ]; then
  "$work/venv/bin/pipeline" export --to parquet --out documents.parquet
  test -s documents.parquet
fi
echo "the wheel${extra} installs and works"
