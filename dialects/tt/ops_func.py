"""Functions and the SPMD grid: `tt.func`, `tt.call`, `tt.return`, `tt.get_program_id`, …"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DictionaryAttr,
    FlatSymbolRefAttrConstr,
    FunctionType,
    IntegerAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    i1,
    i32,
)
from xdsl.dialects.utils import parse_func_op_like, print_func_op_like
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    MemoryReadEffect,
    MemoryWriteEffect,
    Pure,
    ReturnLike,
    SymbolOpInterface,
)
from xdsl.utils.exceptions import VerifyException

from fxopt.dialects.tt.attrs import (
    PowerOfTwoBlocks,
    ProgramDim,
    PtrType,
    block_type,
    element_type_of,
    enum_attr,
    shape_of,
)
from fxopt.dialects.tt.directives import Dim
from fxopt.dialects.tt.launch import LAUNCH, LaunchAttr, LaunchConfig, launch_config, verify_launch

DIVISIBILITY = "tt.divisibility"
"""Argument attribute: the pointer (bytes) or integer is a multiple of this, so accesses can be vectorised."""


@irdl_op_definition
class FuncOp(IRDLOperation):
    """A kernel (`public`), or a device function: one program of the grid runs the body once.

    Argument attribute `tt.divisibility = 16 : i32` promises alignment; attribute `launch` (`#tt.launch<..>`) is the
    grid and the schedule of a kernel. Source: func.func.
    """

    name = "tt.func"

    body = region_def()
    sym_name = prop_def(SymbolNameConstraint())
    function_type = prop_def(FunctionType)
    sym_visibility = opt_prop_def(StringAttr)
    arg_attrs = opt_prop_def(ArrayAttr[DictionaryAttr])
    res_attrs = opt_prop_def(ArrayAttr[DictionaryAttr])

    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    def __init__(
        self,
        name: str,
        arg_types: Sequence[Attribute],
        result_types: Sequence[Attribute] = (),
        body: Region | None = None,
        *,
        visibility: str = "public",
        divisibility: Sequence[int] = (),
        launch: LaunchConfig | None = None,
    ) -> None:
        """Without `body`, a function with an empty entry block; `divisibility[i]` 0 promises nothing."""
        if body is None:
            body = Region(Block(arg_types=arg_types))
        properties: dict[str, Attribute] = {
            "sym_name": StringAttr(name),
            "function_type": FunctionType.from_lists(arg_types, result_types),
            "sym_visibility": StringAttr(visibility),
        }
        if any(divisibility):
            padded = (*divisibility, *([0] * (len(arg_types) - len(divisibility))))
            properties["arg_attrs"] = ArrayAttr(
                DictionaryAttr({DIVISIBILITY: IntegerAttr(d, i32)} if d else {}) for d in padded
            )
        attributes: dict[str, Attribute] = {"noinline": IntegerAttr(0, i1)}
        if launch is not None:
            attributes[LAUNCH] = LaunchAttr(launch)
        super().__init__(properties=properties, attributes=attributes, regions=[body])

    @property
    def args(self) -> Sequence[SSAValue]:
        return self.body.block.args if len(self.body.blocks) == 1 else self.body.blocks[0].args

    @property
    def launch(self) -> LaunchConfig | None:
        """Grid and schedule, where they are set."""
        return launch_config(self.attributes)

    def divisibility_of(self, index: int) -> int:
        """The promised divisor of argument `index`; 1 when nothing is promised."""
        if self.arg_attrs is None:
            return 1
        value = self.arg_attrs.data[index].data.get(DIVISIBILITY)
        return value.value.data if isinstance(value, IntegerAttr) else 1

    def verify_(self) -> None:
        count = len(self.function_type.inputs)
        if self.arg_attrs is not None and len(self.arg_attrs) != count:
            raise VerifyException(f"tt.func: {len(self.arg_attrs)} argument attributes for {count} arguments")
        if self.launch is not None:
            verify_launch(self.launch, self.function_type.inputs.data)
        entry = self.body.blocks.first
        if entry is None:
            return
        if self.function_type.inputs.data != tuple(entry.arg_types):
            raise VerifyException(
                f"tt.func @{self.sym_name.data}: entry block takes ({', '.join(map(str, entry.arg_types))}), "
                f"the function type ({', '.join(map(str, self.function_type.inputs))})"
            )

    @classmethod
    def parse(cls, parser: Parser) -> FuncOp:
        visibility = parser.parse_optional_visibility_keyword()
        name, inputs, outputs, region, extra, arg_attrs, res_attrs = parse_func_op_like(
            parser, reserved_attr_names=("sym_name", "function_type", "sym_visibility")
        )
        properties: dict[str, Attribute] = {
            "sym_name": StringAttr(name),
            "function_type": FunctionType.from_lists(inputs, outputs),
        }
        optional = {"sym_visibility": visibility, "arg_attrs": arg_attrs, "res_attrs": res_attrs}
        properties |= {key: value for key, value in optional.items() if value is not None}
        return cls.create(properties=properties, attributes=extra.data if extra is not None else {}, regions=[region])

    def print(self, printer: Printer) -> None:
        if self.sym_visibility is not None:
            printer.print_string(f" {self.sym_visibility.data}")
        print_func_op_like(
            printer,
            self.sym_name,
            self.function_type,
            self.body,
            self.attributes,
            arg_attrs=self.arg_attrs,
            res_attrs=self.res_attrs,
            reserved_attr_names=("sym_name", "function_type", "sym_visibility", "arg_attrs"),
        )


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """End of the program, or the results of a device function."""

    name = "tt.return"

    srcs = var_operand_def()

    assembly_format = "attr-dict ($srcs^ `:` type($srcs))?"
    traits = traits_def(IsTerminator(), ReturnLike(), Pure(), HasParent(FuncOp))

    def __init__(self, *srcs: SSAValue | Operation) -> None:
        super().__init__(operands=[srcs])

    def verify_(self) -> None:
        func = self.parent_op()
        if not isinstance(func, FuncOp):
            return
        expected = func.function_type.outputs.data
        got = tuple(self.srcs.types)
        if got != expected:
            raise VerifyException(
                f"tt.return: returns ({', '.join(map(str, got))}) from @{func.sym_name.data}, "
                f"which returns ({', '.join(map(str, expected))})"
            )


@irdl_op_definition
class CallOp(IRDLOperation):
    """`results = callee(args)`: a call of a device function of the same module."""

    name = "tt.call"

    args = var_operand_def()
    res = var_result_def()
    callee = prop_def(FlatSymbolRefAttrConstr)

    assembly_format = "$callee `(` $args `)` attr-dict `:` functional-type($args, $res)"
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(self, callee: str, args: Sequence[SSAValue], result_types: Sequence[Attribute]) -> None:
        super().__init__(operands=[args], result_types=[result_types], properties={"callee": SymbolRefAttr(callee)})


@irdl_op_definition
class GetProgramIdOp(IRDLOperation):
    """Index of this program along grid axis x, y or z: i32."""

    name = "tt.get_program_id"

    axis = prop_def(IntegerAttr)
    result = result_def(i32)

    assembly_format = "custom<Dim>($axis) attr-dict `:` type($result)"
    custom_directives = (Dim,)
    traits = traits_def(Pure())

    def __init__(self, axis: int | ProgramDim = ProgramDim.X) -> None:
        super().__init__(result_types=[i32], properties={"axis": enum_attr(ProgramDim(axis))})

    def verify_(self) -> None:
        if self.axis.value.data not in (0, 1, 2):
            raise VerifyException(f"tt.get_program_id: axis is {self.axis.value.data}, not 0, 1 or 2")


@irdl_op_definition
class GetNumProgramsOp(IRDLOperation):
    """Number of programs along grid axis x, y or z: i32."""

    name = "tt.get_num_programs"

    axis = prop_def(IntegerAttr)
    result = result_def(i32)

    assembly_format = "custom<Dim>($axis) attr-dict `:` type($result)"
    custom_directives = (Dim,)
    traits = traits_def(Pure())

    def __init__(self, axis: int | ProgramDim = ProgramDim.X) -> None:
        super().__init__(result_types=[i32], properties={"axis": enum_attr(ProgramDim(axis))})

    def verify_(self) -> None:
        if self.axis.value.data not in (0, 1, 2):
            raise VerifyException(f"tt.get_num_programs: axis is {self.axis.value.data}, not 0, 1 or 2")


@irdl_op_definition
class MakeRangeOp(IRDLOperation):
    """`[start, start + 1, …, end - 1]`: tensor<(end - start)xi32>, a power of two long."""

    name = "tt.make_range"

    start = prop_def(IntegerAttr.constr(i32))
    end = prop_def(IntegerAttr.constr(i32))
    result = result_def()

    assembly_format = "attr-dict `:` type($result)"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure(), PowerOfTwoBlocks())

    def __init__(self, start: int, end: int) -> None:
        super().__init__(
            result_types=[block_type(i32, [end - start])],
            properties={"start": IntegerAttr(start, i32), "end": IntegerAttr(end, i32)},
        )

    def verify_(self) -> None:
        length = self.end.value.data - self.start.value.data
        if element_type_of(self.result.type) != i32 or shape_of(self.result.type) != (length,):
            raise VerifyException(
                f"tt.make_range: {self.start.value.data} to {self.end.value.data} is tensor<{length}xi32>, "
                f"the result is {self.result.type}"
            )


@irdl_op_definition
class AssertOp(IRDLOperation):
    """Stops with `message` where an element of `condition` (i1 or a tensor) is false; debug compiles only."""

    name = "tt.assert"

    condition = operand_def()
    message = prop_def(StringAttr)

    assembly_format = "$condition `,` $message attr-dict `:` type($condition)"
    traits = traits_def(MemoryWriteEffect())

    def __init__(self, condition: SSAValue | Operation, message: str) -> None:
        super().__init__(operands=[condition], properties={"message": StringAttr(message)})

    def verify_(self) -> None:
        if element_type_of(self.condition.type) != i1:
            raise VerifyException(f"tt.assert: condition is {self.condition.type}, not i1 or a tensor of i1")


@irdl_op_definition
class PrintOp(IRDLOperation):
    """Device-side print of a prefix and scalars or tensors."""

    name = "tt.print"

    args = var_operand_def()
    prefix = prop_def(StringAttr)
    hex = prop_def(BoolAttr)
    is_signed = prop_def(DenseArrayBase.constr(i32), prop_name="isSigned")

    assembly_format = "$prefix attr-dict (`:` $args^ `:` type($args))?"
    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(MemoryWriteEffect())

    def __init__(self, prefix: str, args: Sequence[SSAValue], *, hex: bool = False) -> None:
        signed = DenseArrayBase.from_list(i32, [1] * len(args))
        properties: dict[str, Attribute] = {
            "prefix": StringAttr(prefix),
            "hex": IntegerAttr(int(hex), i1),
            "isSigned": signed,
        }
        super().__init__(operands=[args], properties=properties)

    def verify_(self) -> None:
        flags = len(self.is_signed)
        if flags != len(self.args):
            raise VerifyException(f"tt.print: {flags} isSigned flags for {len(self.args)} arguments")
        if any(isinstance(element_type_of(t), PtrType) for t in self.args.types):
            raise VerifyException("tt.print: cannot print pointers")
