"""Op classes of the `aten` dialect, made from the tables in `dialects/aten/tables/`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from xdsl.irdl import traits_def
from xdsl.traits import Pure

from fxopt.dialects.aten.tables import FAMILIES
from fxopt.dialects.aten.verify import VERIFIERS, verify_pointwise, verify_reduction, verify_view_dtype
from fxopt.dialects.aten.verify_args import verify_arguments
from fxopt.ir.fx_call import FxCallOp


class AtenOp(FxCallOp):
    """One ATen overload: `%2 = aten.add.Tensor(%0, %1, alpha=2) : type`. Subclasses are made from the tables."""

    name = "aten.any_overload"
    OVERLOAD: ClassVar[str] = ""
    """The name without the dialect: `add.Tensor`."""
    FAMILY: ClassVar[str] = ""
    """The table that the op comes from."""

    PURE: ClassVar[bool] = True
    """Depends on its arguments alone and changes nothing: may be merged with its equal, and dropped if unused."""
    POINTWISE: ClassVar[bool] = False
    """Each element of the (broadcast) result depends on the same element of each tensor argument."""
    REDUCTION: ClassVar[bool] = False
    """Combines the elements along some dims into one."""
    VIEW: ClassVar[bool] = False
    """The result shares the storage of the first argument."""
    MAYBE_VIEW: ClassVar[bool] = False
    """The result may share the storage of an argument."""
    INPLACE: ClassVar[bool] = False
    """Writes to an argument and returns it."""
    RANDOM: ClassVar[bool] = False
    """Draws from the generator; see `draws`."""
    FACTORY: ClassVar[bool] = False
    """Makes a tensor from sizes and scalars; a tensor argument lends its shape, dtype and device only."""
    DATA_DEPENDENT: ClassVar[bool] = False
    """The result's shape or a host value depends on the elements of a tensor."""
    EFFECT: ClassVar[bool] = False
    """Called for its effect: a check, or output."""

    def draws(self) -> bool:
        """Whether this call draws random numbers: `RANDOM`, unless its dropout is off."""
        if not self.RANDOM:
            return False
        names = {param.name for param in self.params()}
        if "dropout_p" in names:
            return self.arg("dropout_p") != 0
        if "train" in names:
            return self.arg("train") is not False
        return not ("training" in names and self.arg("training") is False)

    def is_pure(self) -> bool:
        """Whether this call is a function of its arguments without effects: it may be merged and dropped."""
        return self.PURE or (self.RANDOM and not self.INPLACE and not self.draws())

    def verify_(self) -> None:
        super().verify_()
        verify_arguments(self)
        if self.VIEW:
            verify_view_dtype(self)
        verify = VERIFIERS.get(self.OVERLOAD)
        if verify is not None:
            verify(self)
        elif self.POINTWISE:
            verify_pointwise(self)
        elif self.REDUCTION:
            verify_reduction(self)


class CallOp(FxCallOp):
    """Any other operator overload, custom ones included: `%1 = aten.call "mylib.foo.default"(%0) : type`.

    Nothing is known of it but its name. A higher-order operator is `aten.call "higher_order.cond"(…)`.
    """

    name = "aten.call"
    HAS_TARGET: ClassVar[bool] = True


_PURE_TRAITS = traits_def(Pure())
_IMPURE_FACTS = frozenset(("INPLACE", "RANDOM", "EFFECT", "IMPURE"))


def _class_of(family: str, facts: frozenset[str], overload: str, schema: str, doc: str) -> type[AtenOp]:
    pure = facts.isdisjoint(_IMPURE_FACTS) and "!" not in schema
    namespace: dict[str, Any] = {
        "__doc__": doc,
        "__module__": __name__,
        "name": f"aten.{overload}",
        "OVERLOAD": overload,
        "FAMILY": family,
        "SCHEMA": schema,
        "PURE": pure,
        **dict.fromkeys(facts - {"IMPURE"}, True),
    }
    if pure:
        namespace["traits"] = _PURE_TRAITS
    return type(_class_name(overload), (AtenOp,), namespace)


def _class_name(overload: str) -> str:
    """`add.Tensor` -> `AddTensorOp`, `mm.default` -> `MmOp`."""
    words = overload.removesuffix(".default").replace(".", "_").split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) + "Op"


def _read_table(family: str) -> Iterator[type[AtenOp]]:
    table = importlib.import_module(f"fxopt.dialects.aten.tables.{family}")
    shared = frozenset(table.FACTS.split())
    for row in table.ROWS.strip().splitlines():
        declaration, _, remark = row.partition("  # ")
        doc, *marks = remark.split(" !")
        overload, _, schema = declaration.partition("(")
        yield _class_of(family, shared.union(marks), overload, f"({schema}", doc)


OPS: Mapping[str, type[AtenOp]] = MappingProxyType({op.name: op for name in FAMILIES for op in _read_table(name)})
"""Every declared op by name: `OPS["aten.add.Tensor"]`."""
