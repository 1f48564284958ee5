"""The project as mutmut can mutate it: a copy, in which the rules are plain functions.

mutmut leaves decorated functions alone, because a copy of one would run its decorator again: each mutant of
`@security("H01", ...) def one_assertion` would register H01 once more. All rules are decorated. So the copy says

    def one_assertion(exchange, policy): ...
    one_assertion = security("H01", ...)(one_assertion)

which means the same, and registers mutmut's trampoline (it passes generators through): the original, or the mutant
under test. Nothing else of the project is changed.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import libcst as cst

MUTATED: Final = ("mockserver/gateway/rules/*.py", "mockserver/cbss/requester.py", "mockserver/cbss/person.py")
"""As [tool.mutmut] only_mutate has it."""

_COPIED: Final = ("mockserver", "conformance", "tests", "wsdl", "fixtures", "docs", "pyproject.toml")


def prepare(project: Path, scratch: Path) -> list[Path]:
    """Copy the project into `scratch`, anew. Returns the files that are to be mutated, relative to it."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in _COPIED:
        if (project / name).is_dir():
            shutil.copytree(project / name, scratch / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(project / name, scratch / name)
    files = sorted(file for pattern in MUTATED for file in scratch.glob(pattern))
    for file in files:
        file.write_text(registered_afterwards(file.read_text("utf-8")), "utf-8")
    return [file.relative_to(scratch) for file in files]


def registered_afterwards(source: str) -> str:
    """The source of a module with each decorated function as a plain one, decorated in a statement of its own."""
    return cst.parse_module(source).visit(_Undecorate()).code


class _Undecorate(cst.CSTTransformer):
    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:  # noqa: N802
        body: list[cst.BaseStatement | cst.SimpleStatementLine | cst.BaseCompoundStatement] = []
        for statement in updated_node.body:
            if isinstance(statement, cst.FunctionDef) and statement.decorators:
                body += [statement.with_changes(decorators=()), *_decorated(statement)]
            else:
                body.append(statement)
        return updated_node.with_changes(body=body)


def _decorated(function: cst.FunctionDef) -> Sequence[cst.SimpleStatementLine]:
    """`name = decorator(name)` for each decorator, the innermost first."""
    return [
        cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(function.name)], cst.Call(decorator.decorator, [cst.Arg(function.name)]))]
        )
        for decorator in reversed(function.decorators)
    ]
