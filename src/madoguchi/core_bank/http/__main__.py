"""Print the OpenAPI description: `python -m madoguchi.core_bank.http`."""

import sys

from madoguchi.core_bank.http.openapi import text

sys.stdout.write(text())
