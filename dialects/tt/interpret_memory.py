"""Global memory of the `tt` interpreter: one virtual address space over numpy arrays, which checks every access.

An address is an int64: the number of its buffer in the upper bits and the byte offset below, so that pointers can be
added to, selected, cast and compared like any value, and an offset out of bounds is found wherever it lands. Found as
errors: accesses outside of the buffer, misaligned ones, stores of different values to one element, and, until a kernel
uses atomics, elements that one program writes and another one reads or writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import BFloat16Type
from xdsl.ir import Attribute

from fxopt.dialects.loop.interpret_scalar import Array, decode_bf16, encode_bf16, numpy_dtype
from fxopt.ir.errors import FxOptError

_BUFFER_SHIFT = 40
# A buffer starts in the middle of its range, so that negative offsets are found to be its, too.
_START = 1 << (_BUFFER_SHIFT - 1)
_OFFSET_MASK = (1 << _BUFFER_SHIFT) - 1
_NOBODY, _MANY = -1, -2


class InterpretError(FxOptError):
    """A kernel does something that no program may do, or that the interpreter does not know."""


def storage_dtype(element: Attribute) -> np.dtype[Any]:
    """How elements lie in memory: bf16 as uint16 bits, the others as computed."""
    if isinstance(element, BFloat16Type):
        return np.dtype(np.uint16)
    return numpy_dtype(element)


def encode(values: Array, element: Attribute) -> Array:
    """Values as they lie in memory."""
    if isinstance(element, BFloat16Type):
        return encode_bf16(values)
    return np.asarray(values).astype(storage_dtype(element), copy=False)


def decode(raw: Array, element: Attribute) -> Array:
    """Values of what lies in memory."""
    if isinstance(element, BFloat16Type):
        return decode_bf16(raw)
    return raw.astype(numpy_dtype(element), copy=False)


class _Buffer:
    """The bytes of one argument (or of several that overlap), and which program touched which element."""

    def __init__(self, data: Array, names: str) -> None:
        self.data = data
        self.names = names
        self._views: dict[np.dtype[Any], Array] = {}
        self._owners: dict[tuple[str, int], Array] = {}

    def view(self, dtype: np.dtype[Any]) -> Array:
        view = self._views.get(dtype)
        if view is None:
            whole = self.data.size // dtype.itemsize * dtype.itemsize
            view = self._views[dtype] = self.data[:whole].view(dtype)
        return view

    def owners(self, kind: str, itemsize: int) -> Array:
        """For each element of that size the program that last wrote (or read) it."""
        owners = self._owners.get((kind, itemsize))
        if owners is None:
            count = self.data.size // itemsize
            owners = self._owners[kind, itemsize] = np.full(count, _NOBODY, np.int64)
        return owners


class Memory:
    """Buffers at virtual addresses. `program` is the linear id of the running program, for the race check."""

    def __init__(self) -> None:
        self._buffers: list[_Buffer] = []
        self.program = 0
        self.check_races = True

    def map_arrays(self, arrays: Sequence[tuple[str, Array]]) -> list[int]:
        """Maps named arrays and gives their addresses. Arrays that overlap in memory overlap here, too."""
        spans = []
        for index, (name, array) in enumerate(arrays):
            if not array.flags.c_contiguous or not array.flags.writeable:
                raise InterpretError(f"argument {name}: arrays are contiguous and writeable")
            spans.append((array.__array_interface__["data"][0], array.nbytes, index))
        addresses = [0] * len(arrays)
        group: list[tuple[int, int, int]] = []
        for span in [*sorted(spans), (0, 0, -1)]:
            end = max((start + size for start, size, _ in group), default=0)
            if group and (span[2] < 0 or span[0] >= end or span[1] == 0):
                self._map_group(group, arrays, addresses)
                group = []
            group.append(span)
        return addresses

    def _map_group(
        self, group: list[tuple[int, int, int]], arrays: Sequence[tuple[str, Array]], addresses: list[int]
    ) -> None:
        start, end = group[0][0], max(s + size for s, size, _ in group)
        widest = max(group, key=lambda span: span[1])
        if widest[1] < end - start:
            raise InterpretError("arguments overlap in part; pass views of one whole array only beside it")
        data: Any = arrays[widest[2]][1].reshape(-1).view(np.uint8)
        self._buffers.append(_Buffer(data, "/".join(arrays[index][0] for _, _, index in group)))
        for address, _, index in group:
            addresses[index] = (len(self._buffers) << _BUFFER_SHIFT) + _START + address - start

    def load(self, addresses: Array, mask: Array | None, element: Attribute, where: str) -> Array:
        """Raw values at the addresses; 0 where the mask is false."""
        dtype = storage_dtype(element)
        out = np.zeros(addresses.shape, dtype)
        for buffer, lanes, index in self._resolve(addresses, mask, dtype, where):
            out[lanes] = buffer.view(dtype)[index]
            self._note_read(buffer, index, dtype.itemsize, where)
        return out

    def store(self, addresses: Array, raw: Array, mask: Array | None, element: Attribute, where: str) -> None:
        """Writes raw values where the mask is true."""
        dtype = storage_dtype(element)
        raw = np.broadcast_to(raw, addresses.shape)
        for buffer, lanes, index in self._resolve(addresses, mask, dtype, where):
            view, values = buffer.view(dtype), raw[lanes]
            self._note_write(buffer, index, values, dtype, where)
            view[index] = values
            if not np.array_equal(view[index], values, equal_nan=dtype.kind == "f"):
                raise InterpretError(
                    f"{where}: lanes of one program store different values to one element of {buffer.names}"
                )

    def atomic_lanes(
        self, addresses: Array, mask: Array | None, element: Attribute, where: str
    ) -> list[tuple[Array, Array, Array]]:
        """(storage view, lane numbers in the flattened block, element indices) of an atomic access."""
        self.check_races = False
        dtype = storage_dtype(element)
        flat_mask = None if mask is None else np.broadcast_to(mask, addresses.shape).reshape(-1)
        return [
            (buffer.view(dtype), np.flatnonzero(lanes), index)
            for buffer, lanes, index in self._resolve(addresses.reshape(-1), flat_mask, dtype, where)
        ]

    def _resolve(
        self, addresses: Array, mask: Array | None, dtype: np.dtype[Any], where: str
    ) -> list[tuple[_Buffer, Array, Array]]:
        """Splits the active lanes by buffer: (buffer, boolean lanes, element indices). Raises on a bad address."""
        active = np.ones(addresses.shape, np.bool_) if mask is None else np.broadcast_to(mask, addresses.shape)
        numbers = addresses >> _BUFFER_SHIFT
        parts = []
        for number in np.unique(numbers[active]):
            lanes = active & (numbers == number)
            offsets = (addresses[lanes] & _OFFSET_MASK) - _START
            if not 1 <= number <= len(self._buffers):
                raise InterpretError(f"{where}: no argument is at address {int(addresses[lanes][0]):#x}")
            buffer = self._buffers[int(number) - 1]
            self._check_bounds(buffer, offsets, dtype, where)
            parts.append((buffer, lanes, offsets // dtype.itemsize))
        return parts

    def _check_bounds(self, buffer: _Buffer, offsets: Array, dtype: np.dtype[Any], where: str) -> None:
        outside = (offsets < 0) | (offsets + dtype.itemsize > buffer.data.size)
        if outside.any():
            raise InterpretError(
                f"{where}: access outside of a buffer",
                got=f"byte {int(offsets[outside][0])} of argument {buffer.names}",
                expected=f"0 to {buffer.data.size - dtype.itemsize}",
                where=f"program {self.program}",
            )
        if (offsets % dtype.itemsize).any():
            raise InterpretError(
                f"{where}: misaligned access to argument {buffer.names}", where=f"program {self.program}"
            )

    def _note_read(self, buffer: _Buffer, index: Array, itemsize: int, where: str) -> None:
        if not self.check_races:
            return
        writers = buffer.owners("write", itemsize)[index]
        foreign = (writers != _NOBODY) & (writers != self.program)
        if foreign.any():
            raise InterpretError(
                f"{where}: race on {buffer.names}: program {self.program} reads element {int(index[foreign][0])}, "
                f"which program {int(writers[foreign][0])} writes"
            )
        readers = buffer.owners("read", itemsize)
        previous = readers[index]
        readers[index] = np.where((previous == _NOBODY) | (previous == self.program), self.program, _MANY)

    def _note_write(self, buffer: _Buffer, index: Array, values: Array, dtype: np.dtype[Any], where: str) -> None:
        if not self.check_races:
            return
        writers, readers = buffer.owners("write", dtype.itemsize), buffer.owners("read", dtype.itemsize)
        same = np.equal(buffer.view(dtype)[index], values) | (values != values)
        foreign = (writers[index] != _NOBODY) & (writers[index] != self.program) & ~same
        foreign |= (readers[index] != _NOBODY) & (readers[index] != self.program) & ~same
        if foreign.any():
            raise InterpretError(
                f"{where}: race on {buffer.names}: program {self.program} writes element {int(index[foreign][0])}, "
                "which another program reads or writes"
            )
        writers[index] = self.program
