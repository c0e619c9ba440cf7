"""The files of a page that a server of ours shows, with headers that let it load nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageFiles:
    """The files of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._files = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in MEDIA_TYPES}

    def response(self, name: str) -> Response | None:
        """A file as it is served; None: there is none of that name."""
        if name not in self._files:
            return None
        headers = {**HEADERS, "Content-Security-Policy": POLICY}
        return Response(self._files[name], headers=headers, media_type=MEDIA_TYPES[Path(name).suffix])
