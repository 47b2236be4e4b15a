"""Exact and safe arithmetic: an expression is read as a tree of which only sums are computed."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias

from evolve.tools.base import Arguments, Tool, ToolError

Number: TypeAlias = float | Fraction

MAX_CHARACTERS = 1_000
MAX_BITS = 20_000
"""Of any number on the way; larger ones cost time and say nothing to a model."""

_SUMS: Mapping[type, Callable[[Any, Any], float | Fraction | int]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
    }
)
_FUNCTIONS: Mapping[str, Callable[..., float | Fraction | int]] = MappingProxyType(
    {
        **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log2", "log10")},
        **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
        **{name: getattr(math, name) for name in ("floor", "ceil", "gcd", "lcm", "degrees")},
        **{"radians": math.radians, "abs": abs, "round": round, "min": min, "max": max},
    }
)
_BOUNDED: Mapping[str, int] = MappingProxyType({"factorial": 2_000, "comb": 5_000, "perm": 5_000})
"""Functions that grow fast, and the largest argument that each takes."""

_CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "tau": math.tau})


class Calculator(Tool):
    """Computes an arithmetic expression; whole numbers and fractions are exact."""

    @property
    def description(self) -> str:
        """The description for models."""
        return (
            "Computes an arithmetic expression such as (3 + 4.5) * 2 ** 10 / 7 exactly. Knows "
            "+ - * / // % ** and "
            + ", ".join((*_FUNCTIONS, *_BOUNDED, *_CONSTANTS))
            + ". No variables."
        )

    @property
    def parameters(self) -> Mapping[str, Any]:
        """One expression."""
        return {
            "type": "object",
            "properties": {"expression": {"type": "string", "description": "What to compute."}},
            "required": ["expression"],
            "additionalProperties": False,
        }

    async def call(self, arguments: Arguments) -> str:
        """Computes it.

        Raises:
            ToolError: It is no such expression, or too large.
        """
        expression = arguments.get("expression")
        if not isinstance(expression, str):
            raise ToolError("`expression` has to be a text, such as '2 * 21'")
        return shown(compute(expression))


def compute(expression: str) -> Number:
    """The value of an arithmetic expression.

    Raises:
        ToolError: It is none, or too large.
    """
    if len(expression) > MAX_CHARACTERS:
        raise ToolError(f"more than {MAX_CHARACTERS} characters")
    try:
        return _value(ast.parse(expression.strip().replace("^", "**"), mode="eval").body)
    except ToolError:
        raise
    except ZeroDivisionError:
        raise ToolError("division by zero") from None
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise ToolError(f"cannot be computed: {error}") from None


def shown(value: Number) -> str:
    """A number for a model: whole ones as such, fractions as a decimal and exactly."""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if value.denominator == 1 and value.numerator.bit_length() < 12_000:
        return str(value.numerator)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 1_000:
        return f"{Decimal(value.numerator) / Decimal(value.denominator):.6e}"
    decimal = float(value)
    return repr(decimal) if Fraction(repr(decimal)) == value else f"{decimal!r} (exactly {value})"


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _small(Fraction(repr(value)) if math.isfinite(value) else value)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand)
        case ast.UnaryOp(op=ast.UAdd()):
            return _value(node.operand)
        case ast.BinOp():
            return _small(_combined(node.op, _value(node.left), _value(node.right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _small(_called(name, [_value(each) for each in args]))
    raise ToolError(f"{ast.unparse(node)[:60]!r} is no arithmetic")


def _combined(sign: ast.operator, left: Number, right: Number) -> float | Fraction | int:
    if isinstance(sign, ast.Div):
        return Fraction(left) / right if not isinstance(left, float) else left / right
    if isinstance(sign, ast.Pow):
        return _power(left, right)
    if type(sign) not in _SUMS:
        raise ToolError(f"{type(sign).__name__} is no arithmetic")
    return _SUMS[type(sign)](left, right)


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, float) or isinstance(exponent, float) or exponent.denominator != 1:
        root: float | complex = float(base) ** float(exponent)
        if isinstance(root, complex):
            raise ToolError("the root of a negative number is not real")
        return root
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent.numerator) * bits > MAX_BITS:
        raise ToolError("the power is too large")
    return Fraction(base) ** exponent.numerator


def _called(name: str, values: list[Number]) -> float | Fraction | int:
    if name in _BOUNDED:
        whole = [_whole(value) for value in values]
        if max(map(abs, whole), default=0) > _BOUNDED[name]:
            raise ToolError(f"{name} takes numbers up to {_BOUNDED[name]}")
        exact: int = getattr(math, name)(*whole)
        return exact
    if name not in _FUNCTIONS:
        raise ToolError(f"unknown function {name!r:.40}; known: {', '.join(_FUNCTIONS)}")
    if name in ("gcd", "lcm") or (name == "round" and len(values) > 1):
        first = name == "round"
        return _FUNCTIONS[name](*values[:first], *map(_whole, values[first:]))
    return _FUNCTIONS[name](*values)


def _whole(value: Number) -> int:
    if value != int(value):
        raise ToolError(f"{shown(value)} is no whole number")
    return int(value)


def _small(value: float | Fraction | int) -> Number:
    if isinstance(value, int):
        value = Fraction(value)
    if isinstance(value, Fraction):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
            raise ToolError("the numbers become too large")
    elif not math.isfinite(value):
        raise ToolError("the result is no finite number")
    return value
