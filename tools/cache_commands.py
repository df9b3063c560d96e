"""`fx-opt --cache-stats` and `fx-opt --cache-clear`: what the compile cache holds, and emptying it."""

from __future__ import annotations

from fxopt.runtime.config import Config
from fxopt.runtime.disk_cache import cache_stats, clear_cache


def cache_stats_text(config: Config) -> str:
    """A table of the cache folder, one line a kind of entry."""
    rows = cache_stats(config.cache_dir)
    lines = [f"{config.cache_dir} (limit {config.cache_size_mb} MB)"]
    lines += [f"{row.kind:<6} {row.num_files:7d} files {row.size_bytes / 1e6:10.2f} MB" for row in rows]
    total_files, total_bytes = sum(row.num_files for row in rows), sum(row.size_bytes for row in rows)
    lines.append(f"{'total':<6} {total_files:7d} files {total_bytes / 1e6:10.2f} MB")
    return "\n".join(lines) + "\n"


def cache_clear_text(config: Config) -> str:
    """Empties the cache; says how much that freed."""
    freed = clear_cache(config.cache_dir)
    return f"{config.cache_dir}: {freed / 1e6:.2f} MB freed\n"
