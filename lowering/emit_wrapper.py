"""From an `rt.func` to the text of one flat Python function, `-t python`.

```
rt.func @main(%x: T) {                       def main(args):
                                                 x, = args
                                                 args.clear()
  %b = rt.alloc : T                              buf0 = empty_cpu((4096, 1024), (1024, 1), torch.float32)
  rt.launch @k0_add(%x, %b) outputs 1 : T, T     k0_add(x.data_ptr(), buf0.data_ptr())
  rt.return((%b,))                               return (buf0,)
}
```
The text is deterministic and depends only on the module. It is executed with a namespace (`runtime/host_program.py`)
that binds `torch`, `empty_cpu`, `empty_cuda`, `realigned`, `reinterpret`, `conform`, `extern`, `python_fn`, `subgraph`,
`attribute` and one callable a kernel.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from typing import Any

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue

from fxopt.dialects.fx import ops as fx
from fxopt.dialects.rt import ops as rt
from fxopt.ir.errors import PassError
from fxopt.ir.fx_args import Ref, Special
from fxopt.ir.symbolic import Expr, IntExpr, free_vars, to_python
from fxopt.ir.types import DTYPES, SymType, TensorType
from fxopt.lowering.buffer_alignment import ALIGNMENT_BYTES, realigned_arguments

_RESERVED = frozenset(
    (
        "torch", "args", "attribute", "conform", "copies", "current_stream", "empty_cpu", "empty_cuda", "empty_other",
        "extern", "overload", "python_fn", "realigned", "reinterpret", "subgraph",
    )
)  # fmt: skip


def emit_wrapper(module: ModuleOp) -> str:
    """The Python source of every host program in `module`; one function each, named after it."""
    programs = [op for op in module.body.ops if isinstance(op, rt.FuncOp)]
    if not programs:
        raise PassError("there is no rt.func to emit as Python", hint="run convert-loop-to-rt before")
    return "\n\n".join(_WrapperEmitter(program).emit() for program in programs)


class _WrapperEmitter:
    """Emits one program. Python names: arguments by their SSA names, buffers `buf0 …`, symbols by their own."""

    def __init__(self, program: rt.FuncOp) -> None:
        self.program = program
        self.names: dict[SSAValue, str] = {}
        self.lines: list[str] = []
        self.prologue: dict[str, str] = {}
        """Global name → the expression that binds it."""
        self.symbols: set[str] = set()
        self.next_buffer = 0
        self.devices: list[str] = []
        self.addresses: dict[SSAValue, str] = {}
        """Arguments whose address has a name."""

    def emit(self) -> str:
        block = self.program.body.block
        arguments = [self._argument_name(arg, i) for i, arg in enumerate(block.args)]
        if arguments:
            self.lines.append(f"{', '.join(arguments)}{',' if len(arguments) == 1 else ''} = args")
        self.lines.append("args.clear()")
        for arg in block.args:
            self._bind_symbols(arg)
        self._realign(realigned_arguments(self.program))
        for op in block.ops:
            self._emit(op)
        body = "".join(f"    {line}\n" for line in self.lines)
        prologue = "".join(f"{name} = {value}\n" for name, value in self.prologue.items())
        name = self.program.sym_name.data
        return f"{prologue}\n\ndef {name}(args):\n{body}" if prologue else f"def {name}(args):\n{body}"

    # ---- names

    def _argument_name(self, arg: SSAValue, index: int) -> str:
        name = f"arg{index}"
        self.names[arg] = name
        return name

    def _new_buffer(self, value: SSAValue) -> str:
        name = f"buf{self.next_buffer}"
        self.next_buffer += 1
        self.names[value] = name
        return name

    def _global(self, stem: str, value: str) -> str:
        """A name bound once before the function to `value`."""
        name = "".join(c if c.isalnum() else "_" for c in stem)
        if keyword.iskeyword(name) or name in _RESERVED:
            name += "_"
        while self.prologue.get(name, value) != value:
            name += "_"
        self.prologue[name] = value
        return name

    # ---- symbols

    def _bind_symbols(self, value: SSAValue) -> None:
        """Binds the size symbols that a value's type shows and that are not bound yet."""
        type_, name = value.type, self.names[value]
        if isinstance(type_, SymType):
            symbol = _bare(type_.expr)
            if symbol is not None and symbol not in self.symbols:
                self._bind_symbol(symbol, name)
        elif isinstance(type_, TensorType):
            for method, extents in (("size", type_.sizes), ("stride", type_.strides)):
                for dim, extent in enumerate(extents):
                    symbol = _bare(extent)
                    if symbol is not None and symbol not in self.symbols:
                        self._bind_symbol(symbol, f"{name}.{method}({dim})")

    def _shows_new_symbol(self, value: SSAValue) -> bool:
        """Whether a kernel may need the value for a symbol in its type, though no operation takes it."""
        type_ = value.type
        extents = (type_.expr,) if isinstance(type_, SymType) else type_.sizes if isinstance(type_, TensorType) else ()
        return any(_bare(extent) not in self.symbols | {None} for extent in extents)

    def _bind_symbol(self, symbol: str, source: str) -> None:
        self.symbols.add(symbol)
        if symbol != source:
            self.lines.append(f"{symbol} = {source}")

    def _expr(self, expr: IntExpr) -> str:
        missing = free_vars(expr) - self.symbols
        if missing:
            raise PassError(
                f"the host program needs {', '.join(sorted(missing))}, which no argument or result shows",
                where=f"in {expr}",
            )
        return to_python(expr)

    def _shape(self, extents: Sequence[IntExpr]) -> str:
        items = [self._expr(extent) for extent in extents]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"

    def _realign(self, arguments: Sequence[SSAValue]) -> None:
        """Names the addresses of arguments that GPU kernels read; those that are not aligned are copied."""
        for arg in arguments:
            self.addresses[arg] = f"{self.names[arg]}_ptr"
            self.lines.append(f"{self.addresses[arg]} = {self.names[arg]}.data_ptr()")
        if arguments:
            names = [self.addresses[arg] for arg in arguments]
            self.lines.append(f"if ({' | '.join(names)}) & {ALIGNMENT_BYTES - 1}:")
            tensors = ", ".join(self.names[arg] for arg in arguments)
            self.lines.append(f"    copies, ({', '.join(names)},) = realigned({tensors})")

    # ---- operations

    def _emit(self, op: Operation) -> None:
        if isinstance(op, rt.AllocOp):
            self.lines.append(f"{self._new_buffer(op.result)} = {self._empty(op.result.type)}")
        elif isinstance(op, rt.ReuseOp):
            self._emit_reuse(op)
        elif isinstance(op, rt.FreeOp):
            self._emit_free(op)
        elif isinstance(op, rt.ViewOp):
            self._emit_view(op)
        elif isinstance(op, rt.CopyOp):
            self.lines.append(f"{self.names[op.destination]}.copy_({self.names[op.source]})")
        elif isinstance(op, rt.LaunchOp):
            self._emit_launch(op)
        elif isinstance(op, rt.ExternOp):
            self._emit_extern(op)
        elif isinstance(op, fx.GetItemOp):
            self._emit_getitem(op)
        elif isinstance(op, fx.GetAttrOp):
            assert op.target is not None
            name = self._global(f"attr_{op.target.data}", f"attribute({op.target.data!r})")
            self.names[op.results[0]] = name
            self._bind_symbols(op.results[0])
        elif isinstance(op, fx.CallPythonOp):
            self._emit_python_call(op)
        elif isinstance(op, fx.SubgraphOp):
            assert op.target is not None
            name = op.target.data
            self.names[op.results[0]] = self._global(f"graph_{name}", f"subgraph({name!r})")
        elif isinstance(op, rt.ReturnOp):
            self.lines.append(f"return {self._value(op.template.args[0], op)}")
        else:
            raise PassError(f"emit_wrapper: no Python for {op.name}", where=str(op.location))

    def _empty(self, type_: Attribute) -> str:
        assert isinstance(type_, TensorType)
        layout = f"{self._shape(type_.sizes)}, {self._shape(type_.strides)}, {_torch_dtype(type_)}"
        if type_.device == "cpu":
            return f"empty_cpu({layout})"
        if type_.device in ("cuda", "cuda:0"):
            return f"empty_cuda({layout})"
        return f"empty_other({layout}, {type_.device!r})"

    def _reinterpret(self, source: str, type_: TensorType, offset: str) -> str:
        return f"reinterpret({source}, {self._shape(type_.sizes)}, {self._shape(type_.strides)}, {offset})"

    def _emit_reuse(self, op: rt.ReuseOp) -> None:
        source, old, new = self.names[op.source], op.source.type, op.result.type
        assert isinstance(old, TensorType) and isinstance(new, TensorType)
        name = self._new_buffer(op.result)
        same = (old.sizes, old.strides) == (new.sizes, new.strides)
        self.lines.append(f"{name} = {source if same else self._reinterpret(source, new, '0')}")
        self.lines.append(f"del {source}")

    def _emit_free(self, op: rt.FreeOp) -> None:
        name = self.names[op.buffer]
        if isinstance(op.prev_op, rt.FreeOp):
            self.lines[-1] += f", {name}"
        else:
            self.lines.append(f"del {name}")

    def _emit_view(self, op: rt.ViewOp) -> None:
        source, old, new = self.names[op.source], op.source.type, op.result.type
        assert isinstance(old, TensorType) and isinstance(new, TensorType)
        if old.dtype != new.dtype:
            source = f"{source}.view({_torch_dtype(new)})"
        name = self._new_buffer(op.result)
        self.lines.append(f"{name} = {self._reinterpret(source, new, self._expr(op.offset.data))}")

    def _emit_launch(self, op: rt.LaunchOp) -> None:
        kernel = op.kernel.string_value()
        arguments = []
        device = "cpu"
        for buffer in op.buffers:
            if isinstance(buffer.type, TensorType):
                arguments.append(self.addresses.get(buffer) or f"{self.names[buffer]}.data_ptr()")
                device = buffer.type.device if device == "cpu" else device
            else:
                arguments.append(self.names[buffer])
        arguments += [self._expr(size) for size in op.sizes]
        if device != "cpu":
            arguments.insert(0, self._stream(device))
        self.lines.append(f"{kernel}({', '.join(arguments)})")

    def _stream(self, device: str) -> str:
        """The device's current stream, asked for once a call."""
        index = device.partition(":")[2] or "0"
        name = f"stream{index}"
        if device not in self.devices:
            self.devices.append(device)
            self.lines.append(f"{name} = current_stream({index})")
        return name

    def _emit_extern(self, op: rt.ExternOp) -> None:
        assert op.target is not None
        target = op.target.data
        callee = self._global(target.replace("aten.", "", 1).removesuffix(".default"), f"extern({target!r})")
        call = f"{callee}({self._arguments(op)})"
        if not op.results or (op.results[0].first_use is None and not self._shows_new_symbol(op.results[0])):
            self.lines.append(call)
            return
        name = self._new_buffer(op.results[0])
        self.lines.append(f"{name} = {call}")
        self._conform(op.results[0])

    def _conform(self, value: SSAValue) -> None:
        """Binds the symbols that a library result shows, and makes its layout the one that was promised."""
        self._bind_symbols(value)
        type_ = value.type
        if isinstance(type_, TensorType) and type_.rank:
            name = self.names[value]
            self.lines.append(f"{name} = conform({name}, {self._shape(type_.sizes)}, {self._shape(type_.strides)})")

    def _emit_getitem(self, op: fx.GetItemOp) -> None:
        source, index = self.names[op.operands[0]], op.template.args[1]
        if not any(op.results[0].uses):
            self.names[op.results[0]] = "None"
            return
        self.lines.append(f"{self._new_buffer(op.results[0])} = {source}[{index}]")
        self._conform(op.results[0])

    def _emit_python_call(self, op: fx.CallPythonOp) -> None:
        assert op.target is not None
        result = op.results[0]
        type_ = result.type
        if isinstance(type_, SymType) and isinstance(type_.expr, int | Expr) and free_vars(type_.expr) <= self.symbols:
            self.names[result] = self._expr(type_.expr)
            return
        callee = self._global(op.target.data, f"python_fn({op.target.data!r})")
        self.lines.append(f"{self._new_buffer(result)} = {callee}({self._arguments(op)})")
        self._bind_symbols(result)

    # ---- arguments

    def _arguments(self, op: fx.FxCallOp) -> str:
        template = op.template
        parts = [self._value(value, op) for value in template.args]
        parts += [f"{key}={self._value(value, op)}" for key, value in template.kwargs]
        return ", ".join(parts)

    def _value(self, value: Any, op: fx.FxCallOp) -> str:
        """One argument of the template as Python source."""
        if isinstance(value, Ref):
            return self.names[op.operands[value.index]]
        if isinstance(value, Special):
            return self._special(value, op)
        if isinstance(value, tuple):
            return f"[{', '.join(self._value(item, op) for item in value)}]"
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            return f"float({str(value)!r})"
        return repr(value)

    def _special(self, value: Special, op: fx.FxCallOp) -> str:
        items = [self._value(item, op) for item in value.args]
        kind = value.kind
        if kind == "torch":
            return f"torch.{value.args[0]}"
        if kind == "device":
            return self._global(f"device_{value.args[0]}", f"torch.device({value.args[0]!r})")
        if kind == "op":
            return self._global(f"op_{value.args[0]}", f"overload({value.args[0]!r})")
        if kind == "fn":
            return self._global(f"fn_{value.args[0]}", f"python_fn({value.args[0]!r})")
        if kind in ("opaque", "graph"):
            return self._global(f"{kind}_{value.args[0]}", f"attribute({value.args[0]!r})")
        if kind == "tuple":
            return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
        if kind == "dict":
            return "{" + ", ".join(f"{k}: {v}" for k, v in zip(items[::2], items[1::2], strict=True)) + "}"
        if kind == "ellipsis":
            return "..."
        return f"torch.Size({items[0]})" if kind == "Size" else f"{kind}({', '.join(items)})"


def _bare(expr: IntExpr | str) -> str | None:
    """The symbol that `expr` is, if it is nothing else."""
    atom = expr.as_atom() if isinstance(expr, Expr) else None
    return atom.name if atom is not None and atom.kind == "var" else None


def _torch_dtype(type_: TensorType) -> str:
    return f"torch.{DTYPES[type_.dtype].torch_name}"
