"""Addresses of live sources that a setting replaces, so that nothing reaches the true host."""

from __future__ import annotations

from urllib.parse import urlsplit

from engine.errors import BadInput


def require_address(variable: str, address: str) -> None:
    """Refuse what is no ``http(s)://host``."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise BadInput("unknown_choice", field=variable, value=address, accepted="http:// or https:// and a host")


def rewritten(url: str, base: str) -> str:
    """The URL on another scheme and host, path and query kept."""
    parts = urlsplit(url)
    return base.rstrip("/") + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
