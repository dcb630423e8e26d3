#!/bin/sh
# Says in one sentence what is missing before anything long starts.
# usage: prerequisites.sh PYTHON CARGO [test]
python=$1 cargo=$2 purpose=$3

missing() { echo "facegate needs $1" >&2; exit 1; }

command -v "$cargo" >/dev/null 2>&1 || missing "Rust 1.92 or later: install it with rustup (https://rustup.rs)."
rust=$("$cargo" --version 2>/dev/null | sed -n 's/^cargo 1\.\([0-9]*\)\..*/\1/p')
[ "${rust:-0}" -ge 92 ] || missing "Rust 1.92 or later, this is $("$cargo" --version): run 'rustup update'."
command -v cc >/dev/null 2>&1 || missing "a C compiler: install gcc or clang (on Debian: apt install build-essential)."
: "${CXX:=c++}"
if [ "$purpose" = test ] && ! command -v "$CXX" >/dev/null 2>&1 && ! command -v g++ >/dev/null 2>&1 && ! command -v clang++ >/dev/null 2>&1; then
    missing "a C++ compiler for its tests (the fuzzer is C++): install g++ or clang (on Debian: apt install build-essential)."
fi
command -v "$python" >/dev/null 2>&1 || missing "Python 3.9 or later: install python3 (on Debian: apt install python3 python3-pip)."
found=$("$python" -c 'import sys, importlib.util as u; print(sys.version_info >= (3, 9), u.find_spec("pip") is not None)' 2>/dev/null)
case "$found" in
    "True True") ;;
    "True False") missing "Python's pip: install it (on Debian: apt install python3-pip)." ;;
    *) missing "Python 3.9 or later, this is $("$python" --version 2>&1)." ;;
esac
command -v npm >/dev/null 2>&1 || missing "Node.js 18 or later with npm: install it (on Debian: apt install nodejs npm)."
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 18 ? 1 : 0)' 2>/dev/null || missing "Node.js 18 or later, this is $(node --version 2>&1)."
