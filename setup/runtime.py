"""Which ONNX Runtime fits this machine, and whether it really loads."""

import ctypes
import platform
import sys

from .errors import SetupError

_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
# The wheels are built for glibc 2.28 (2018: Debian 10, Ubuntu 20.04, RHEL 8) or newer.
_GLIBC = (2, 28)
_ENTRY = "OrtGetApiBase"


def platform_key():
    """`x86_64-linux` or `aarch64-linux`, the names that the manifest uses."""
    machine = _MACHINES.get(platform.machine().lower())
    if not sys.platform.startswith("linux") or machine is None or sys.maxsize < 2**32:
        here = f"{platform.system()} on {platform.machine()}"
        raise SetupError(f"facegate runs on 64-bit Linux on x86_64 or aarch64; this is {here}")
    library, version = platform.libc_ver()
    numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
    if library != "glibc" or numbers < _GLIBC:
        raise SetupError(
            f"ONNX Runtime needs the GNU C library 2.28 or newer; this system has {library or 'another one'} {version}".rstrip()
        )
    return f"{machine}-linux"


def check_loads(path):
    """Raises unless the shared library at `path` loads and is ONNX Runtime."""
    try:
        # The first function of its C interface.
        getattr(ctypes.CDLL(str(path)), _ENTRY)
    except (OSError, AttributeError) as error:
        reason = str(error).replace(str(path), "it").splitlines()[0]
        raise SetupError(f"ONNX Runtime does not load on this system: {reason}") from error
