"""Which TLS every HAProxy of outgrow speaks: Mozilla's intermediate profile."""

from __future__ import annotations

from outgrow.render.routes import TLS_CIPHERS

_TLS_1_3_CIPHERS = ":".join(
    f"TLS_{name}"
    for name in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
)

TLS_DEFAULTS = f"""\
    # Mozilla's intermediate profile: TLS 1.2 with forward secrecy, and 1.3.
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
    ssl-default-bind-ciphers {TLS_CIPHERS}
    ssl-default-bind-ciphersuites {_TLS_1_3_CIPHERS}
"""


def secured_bind(address: str, certificates: str) -> str:
    """Return the line that takes connections with TLS; each certificate serves its own names."""
    return f"    bind {address} ssl crt {certificates} alpn h2,http/1.1"
