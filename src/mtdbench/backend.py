"""JAX as this project uses it: 64-bit types, compiled programs cached across processes."""

import os
from pathlib import Path

import jax

from mtdbench.errors import InputError

jax.config.update("jax_enable_x64", True)

if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    _home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    jax.config.update("jax_compilation_cache_dir", str(Path(_home) / "mtdbench" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)

jnp = jax.numpy


def threads() -> int:
    """How many threads this process may use: what its environment says, else one."""
    value = os.environ.get("OMP_NUM_THREADS", "1")
    return int(value) if value.isdecimal() and int(value) > 0 else 1


def check_platform() -> None:
    """Check that JAX finds the devices that `JAX_PLATFORMS` asks for.

    Raises
    ------
    InputError
        If it does not.
    """
    asked = os.environ.get("JAX_PLATFORMS", "")
    if asked in ("", "cpu"):
        return
    try:
        jax.devices()
    except Exception as error:  # whatever a plugin of JAX raises
        reason = "".join(f" ({line})" for line in str(error).splitlines()[:1])
        raise InputError(
            f"JAX_PLATFORMS is '{asked}': JAX finds no such device here{reason}, expected"
            " 'cpu', or nothing"
        ) from error


__all__ = ["check_platform", "jax", "jnp", "threads"]
