"""Static files: style, scripts, icons, served from memory under a path that names their content.

The path holds one hash over all files, so that modules and styles import each other by plain
relative paths and everything may be cached for ever; a file asked for under an older hash is served
too, but not to be kept.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

PACKAGE = Path(__file__).parents[2]
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_GZIP_FROM_BYTES = 1000


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    packed: bytes | None
    media_type: str


def default_roots() -> tuple[Path, ...]:
    """Return the product's folders: its styles, and `web/` (inside the wheel, or beside `src/`)."""
    packaged = PACKAGE / "web"
    return (
        Path(__file__).parent / "static",
        packaged if packaged.is_dir() else PACKAGE.parents[1] / "web",
    )


class Assets:
    """An ASGI application to mount at `prefix`; `url` names a file of it."""

    def __init__(self, roots: Sequence[Path] | None = None, *, prefix: str = "/assets") -> None:
        self.prefix = prefix
        self._files: dict[str, _File] = {}
        for root in default_roots() if roots is None else roots:
            self._files.update(_read(root))
        self.version = _hash(self._files)

    def url(self, name: str) -> str:
        """Return the path of a file such as `app.css`. Raises `KeyError` where there is none."""
        if name not in self._files:
            raise KeyError(f"no static file {name!r}")
        return f"{self.prefix}/{self.version}/{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD for `/<version>/<name>` below the mount."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).strip("/")
        version, _, name = path.partition("/")
        file = self._files.get(name)
        if file is None:
            return PlainTextResponse("Not Found", status_code=404)
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse(
                "Method Not Allowed", status_code=405, headers={"Allow": "GET, HEAD"}
            )
        headers = {
            "Cache-Control": _FOR_EVER if version == self.version else "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if file.packed and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            return Response(
                file.packed,
                media_type=file.media_type,
                headers={**headers, "Content-Encoding": "gzip"},
            )
        return Response(file.plain, media_type=file.media_type, headers=headers)


def _read(root: Path) -> dict[str, _File]:
    paths = (
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in {*_TYPES, ".png"}
    )
    return {path.relative_to(root).as_posix(): _file(path) for path in paths}


def _file(path: Path) -> _File:
    plain = path.read_bytes()
    media_type = (
        _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    )
    packable = path.suffix in _TYPES and len(plain) >= _GZIP_FROM_BYTES
    return _File(plain, gzip.compress(plain, mtime=0) if packable else None, media_type)


def _hash(files: dict[str, _File]) -> str:
    digest = hashlib.sha256()
    for name, file in sorted(files.items()):
        digest.update(f"{name}\0{len(file.plain)}\0".encode())
        digest.update(file.plain)
    return digest.hexdigest()[:16]
