"""Statements fit the tables, and in every table and key the institution comes first."""

import ast
import re
from pathlib import Path

import pytest

from madoguchi.plumbing.database import Database
from tests.support.source import ROOT, python_files

STATEMENT = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|VALUES)\b", re.IGNORECASE)
NOT_OF_AN_INSTITUTION = {
    "migrations_applied": "of the installation as a whole",
    "jobs_schedules": "when the installation's own recurring jobs run next",
    "call_back_call": "a call is its gateway's; whose it is, is only known once it is matched",
}
TABLES = """
SELECT json_agg(format('%s %s', c.table_name, c.column_name))
FROM information_schema.columns AS c
JOIN information_schema.tables AS t USING (table_schema, table_name)
WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema')
  AND t.table_type = 'BASE TABLE' AND c.ordinal_position = 1
"""
KEYS = """
SELECT json_agg(format('%s %s', k.conrelid::regclass, a.attname) || ' (' || k.conname || ')')
FROM pg_constraint AS k
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype IN ('p', 'u', 'f')
  AND k.connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
"""
UNIQUE_INDEXES = """
SELECT json_agg(format('%s %s', i.indrelid::regclass, coalesce(a.attname, '?'))
                || ' (' || i.indexrelid::regclass || ')')
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indrelid
LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attnum > 0
WHERE i.indisunique
  AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def _statements() -> list[tuple[str, str]]:
    """Return every UPPER_CASE statement of every store, with where it stands."""
    found = []
    for path in python_files("src/madoguchi"):
        if path.name == "store.py" or path.parent.name == "store":
            found += _constants(path)
    return found


def _constants(path: Path) -> list[tuple[str, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    found = []
    values: dict[str, str] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if not isinstance(target, ast.Name) or not target.id.strip("_").isupper() or value is None:
            continue
        text = _text(value, values)
        if text is not None:
            values[target.id] = text
            if STATEMENT.match(text):
                found.append((f"{path.relative_to(ROOT)}:{node.lineno} {target.id}", text))
    return found


def _text(node: ast.expr, known: dict[str, str]) -> str | None:
    """Return the text of a literal, of an f-string or a sum over constants before it; else None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known)
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part, known) for part in node.values]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [_text(node.left, known), _text(node.right, known)]
    else:
        return None
    return None if None in parts else "".join(part or "" for part in parts)


STATEMENTS = _statements()


async def test_every_statement_fits_the_schema(database: Database) -> None:
    """PostgreSQL can prepare every statement of every store against the migrated schema."""
    broken = []
    for place, sql in STATEMENTS:
        try:
            async with database.transaction() as tx:
                await tx.execute(f"PREPARE checked AS {sql.strip().rstrip(';')}")
                await tx.execute("DEALLOCATE checked")
        except Exception as error:  # noqa: BLE001 -- each is told
            broken.append(f"{place}: {error}")
    assert not broken, "\n".join(broken)


def _is_broken(line: str) -> bool:
    table, column, *_ = line.split(" ")
    return column != "institution" and table not in NOT_OF_AN_INSTITUTION


@pytest.mark.requirement("INST-04")
@pytest.mark.parametrize(
    "question", [TABLES, KEYS, UNIQUE_INDEXES], ids=["tables", "keys", "unique"]
)
async def test_an_institution_comes_first(database: Database, question: str) -> None:
    """`institution` is the first column of every table, primary, unique and foreign key."""
    async with database.transaction() as tx:
        lines: list[str] = await tx.value(question) or []
    broken = [line for line in lines if _is_broken(line)]
    assert not broken, "\n".join(sorted(broken))
