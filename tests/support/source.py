"""The product's own source text, as the architecture tests read it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@dataclass(frozen=True)
class Import:
    """One name that a module imports: `name` from `module` (no name where the module itself is)."""

    importer: str
    module: str
    name: str
    line: int


def python_files(*folders: str) -> list[Path]:
    """Return every Python file below the folders (of the repository), in order."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def committed_files() -> list[Path]:
    """Return every file that git keeps, or would keep, but for what it ignores."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def module_name(path: Path) -> str:
    """Return the dotted name of a file below `src`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[Import]:
    """Yield every import of a file below `src`, relative ones made absolute."""
    importer = module_name(path)
    package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, "", node.lineno)
        elif isinstance(node, ast.ImportFrom):
            above = (
                package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            )
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(importer, module, alias.name, node.lineno)
