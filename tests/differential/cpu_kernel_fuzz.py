"""Random kernels: domains, access patterns, bodies with reductions that feed later ones."""

from __future__ import annotations

import random

from cpu_kernel_cases import kernel, tensor

_UNARY = ("math.exp", "math.absf", "arith.negf", "math.tanh", "math.floor")
_BINARY = ("arith.addf", "arith.subf", "arith.mulf", "arith.maximumf")
_SIZES = (1, 2, 3, 5, 8, 16, 17, 31, 33, 64, 70)


class KernelFuzzer:
    """Builds one kernel from a seed; values stay small, so that results can be compared."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        rank, reduced = self.rng.choice([(1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (1, 2), (0, 1), (0, 2), (2, 2)])
        self.parallel = [self.rng.choice(_SIZES) for _ in range(rank)]
        self.reduced = [self.rng.choice(_SIZES) for _ in range(reduced)]
        self.lines: list[str] = []
        self.types: list[str] = []
        self.count = 0
        self.symbols: dict[str, int] = {}

    def name(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def dims(self, inside: bool) -> list[tuple[str, int]]:
        dims = [(f"d{i}", n) for i, n in enumerate(self.parallel)]
        return dims + ([(f"r{i}", n) for i, n in enumerate(self.reduced)] if inside else [])

    def address(self, dims: list[tuple[str, int]], dense: bool = False) -> tuple[str, int]:
        """A layout of the dims in random order, with gaps unless `dense`, and how many elements it spans."""
        self.rng.shuffle(dims)
        terms, step = [], 1 if dense else self.rng.choice([1, 1, 1, 2, 3])
        stride = step
        for name, size in dims:
            terms.append(f"{name} * {stride}" if stride != 1 else name)
            stride *= size
        return " + ".join(terms) or "0", stride if dense else stride + 1

    def load(self, inside: bool) -> str:
        dims = [dim for dim in self.dims(inside) if self.rng.random() < 0.8]
        index, span = self.address(dims)
        if dims and self.rng.random() < 0.25:
            name, size = self.rng.choice(dims)
            divisor = self.rng.choice([2, 3, 8, 16, 64])
            kind = self.rng.choice(["floordiv", "mod"])
            index, span = f"({name} {kind} {divisor})", max(size, divisor)
        elif dims and self.rng.random() < 0.2:
            name, size = dims[0]
            index, span = f"{size - 1} - {name}", size
        arg = f"%a{len(self.types)}"
        self.types.append(tensor(span))
        value = self.name()
        if dims and self.rng.random() < 0.2:
            name, size = self.rng.choice(dims)
            i, c, m, z = self.name(), self.name(), self.name(), self.name()
            self.lines += [
                f"  {i} = loop.index [{name}] : i64",
                f"  {c} = arith.constant {self.rng.randrange(size + 1)} : i64",
                f"  {m} = arith.cmpi slt, {i}, {c} : i64",
                f"  {z} = arith.constant 0.5 : f32",
                f"  {value} = loop.load {arg}[{index}] if {m} else {z} : f32",
            ]
        else:
            self.lines.append(f"  {value} = loop.load {arg}[{index}] : f32")
        return value

    def tamed(self, value: str) -> str:
        """Bounded, so that sums and exponentials stay comparable."""
        result = self.name()
        self.lines.append(f"  {result} = math.tanh {value} : f32")
        return result

    def mix(self, pool: list[str]) -> str:
        value = self.name()
        if self.rng.random() < 0.4:
            self.lines.append(f"  {value} = {self.rng.choice(_UNARY)} {self.tamed(self.rng.choice(pool))} : f32")
        else:
            a, b = self.rng.choice(pool), self.rng.choice(pool)
            self.lines.append(f"  {value} = {self.rng.choice(_BINARY)} {a}, {b} : f32")
        return value

    def build(self) -> str:
        inside = bool(self.reduced)
        varying = [self.load(inside) for _ in range(self.rng.randint(1, 3))]
        fixed = [self.load(False)]
        stores: list[tuple[str, bool]] = []
        for _ in range(self.rng.randint(1, 3)):
            varying.append(self.tamed(self.mix(varying + fixed)))
            if inside:
                total = self.name()
                kind = self.rng.choice(["sum", "max", "min", "sum"])
                self.lines.append(f"  {total} = loop.reduce {kind} {varying[-1]} : f32")
                fixed.append(self.tamed(total))
                stores.append((total, False))
        stores.append((self.mix(varying + fixed), inside))
        # Layouts with gaps start as copies, so that the gaps have values.
        tied = self.rng.random() < 0.3
        base, count = len(self.types), len(stores[-3:])
        for k, (value, is_inside) in enumerate(stores[-3:]):
            index, span = self.address(self.dims(is_inside), dense=not tied)
            self.types.append(tensor(span))
            self.lines.append(f"  loop.store {value}, %a{base + k + (count if tied else 0)}[{index}]")
        inits = ""
        if tied:
            self.types += self.types[base:]
            inits = f"inits [{', '.join(str(base + k) for k in range(count))}]"
        return kernel(self.domain(), self.types, count, "\n".join(self.lines), inits)

    def domain(self) -> str:
        """The domain's text; a third of the kernels have symbolic extents, with values in `symbols`."""
        symbolic = self.rng.random() < 0.35

        def extents(prefix: str, sizes: list[int]) -> str:
            parts = []
            for i, size in enumerate(sizes):
                if symbolic and self.rng.random() < 0.7:
                    self.symbols[f"{prefix}size{i}"] = size
                    parts.append(f"{prefix}{i} = {prefix}size{i}")
                else:
                    parts.append(f"{prefix}{i} = {size}")
            return ", ".join(parts)

        text = f"[{extents('d', self.parallel)}]"
        return f"{text} reduce [{extents('r', self.reduced)}]" if self.reduced else text
