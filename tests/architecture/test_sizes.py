"""Files and functions that stay small enough to read in one sitting."""

import ast

from tests.support.source import ROOT, python_files

LONGEST_FILE_LINES = 600
LONGEST_FUNCTION_LINES = 70


def test_no_file_is_too_long() -> None:
    """Every file of the product and of its tests stays under the limit."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files("src", "tests")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE_LINES
    }
    assert not long


def test_no_function_is_too_long() -> None:
    """Every function of the product stays under the limit."""
    long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": lines
        for path in python_files("src")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION_LINES
    }
    assert not long


def test_every_test_says_what_it_proves() -> None:
    """Every test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in python_files("tests")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and path.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not silent, "\n".join(silent)
