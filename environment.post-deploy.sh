#!/bin/sh
# Install the package and the locked versions of its dependencies beside `python`, from this folder.
# make calls this for .venv, `snakemake --sdm conda` for the environment made from environment.yaml.
set -eu
install() { python -m pip --disable-pip-version-check --no-input install --quiet "$@"; }

# First the backend that one pure-Python dependency is built with, then all, then the package:
# without build isolation pip fetches nothing that the lock file does not name.
backend=$(mktemp)
trap 'rm -f "$backend"' EXIT
awk '/^[a-z]/ { keep = /^setuptools==/ } keep' requirements.lock > "$backend"
install --require-hashes -r "$backend"
install --no-build-isolation --require-hashes -r requirements.lock
install --no-build-isolation --no-deps -e .
