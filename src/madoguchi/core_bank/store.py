"""The SQL of reading a core's events."""

CURSOR = "SELECT cursor FROM core_bank_cursor WHERE institution = $1"

# Moves the cursor from $2 (NULL: there was none) to $3; no row where another reader was first.
MOVE_CURSOR = """
INSERT INTO core_bank_cursor AS c (institution, cursor) VALUES ($1, $3)
ON CONFLICT (institution) DO UPDATE SET cursor = excluded.cursor WHERE c.cursor = $2
RETURNING institution"""
