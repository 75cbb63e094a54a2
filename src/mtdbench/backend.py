"""JAX as this project uses it: 64-bit types, compiled programs cached across processes."""

import os
from pathlib import Path

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    _home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    jax.config.update("jax_compilation_cache_dir", str(Path(_home) / "mtdbench" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def threads() -> int:
    """How many threads this process may use: what its environment says, else one."""
    value = os.environ.get("OMP_NUM_THREADS", "1")
    return int(value) if value.isdecimal() and int(value) > 0 else 1


__all__ = ["jax", "jnp", "threads"]
