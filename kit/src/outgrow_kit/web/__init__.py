"""What browsers, CDNs and proxies are told: caching, CORS, security headers, client addresses.

Pure ASGI middleware for Starlette and FastAPI. Each takes `Settings.http`.
"""

from __future__ import annotations

from outgrow_kit.web.address import ClientAddressMiddleware, TrustedProxies
from outgrow_kit.web.cache_control import CacheControl, http_cache, mark, mark_personal
from outgrow_kit.web.caching import HttpCacheMiddleware
from outgrow_kit.web.cors import cors_middleware
from outgrow_kit.web.headers import (
    FASTAPI_DOCS_POLICY,
    SecurityHeadersMiddleware,
    security_headers,
)
from outgrow_kit.web.stack import web_middleware, wrapped

__all__ = [
    "FASTAPI_DOCS_POLICY",
    "CacheControl",
    "ClientAddressMiddleware",
    "HttpCacheMiddleware",
    "SecurityHeadersMiddleware",
    "TrustedProxies",
    "cors_middleware",
    "http_cache",
    "mark",
    "mark_personal",
    "security_headers",
    "web_middleware",
    "wrapped",
]
