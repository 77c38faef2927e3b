"""The modules of the exporter: what each way of asking takes for an answer.

Keys as in https://github.com/prometheus/blackbox_exporter/blob/master/CONFIGURATION.md.
"""

from __future__ import annotations

from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Flow, Yaml, yaml_text

_VERSIONS = Flow(["HTTP/1.1", "HTTP/2.0"])
_ADDRESSES: dict[str, Yaml] = {"preferred_ip_protocol": "ip4", "ip_protocol_fallback": True}


def blackbox_yml(system: System) -> str:
    """Return `blackbox.yml`; every module is there, so that an address can be added by hand."""
    modules: dict[str, Yaml] = {
        "http_2xx": Commented(_http({"follow_redirects": True}), "Any 2xx, after redirects."),
        "https_2xx": Commented(
            _http(
                {
                    "follow_redirects": True,
                    "fail_if_not_ssl": True,
                    "tls_config": {"insecure_skip_verify": False, "min_version": "TLS12"},
                }
            ),
            "Any 2xx over TLS with a certificate that browsers accept. The exporter also says "
            "when it expires.",
        ),
        "http_redirects_to_https": Commented(
            _http(
                {
                    "follow_redirects": False,
                    "valid_status_codes": Flow([301, 302, 307, 308]),
                    "fail_if_header_not_matches": [
                        {"header": "Location", "regexp": "^https://", "allow_missing": False}
                    ],
                }
            ),
            "Plain text is answered with a redirect to TLS and nothing else.",
        ),
        "tcp_connect": Commented(
            {"prober": "tcp", "timeout": "5s", "tcp": dict(_ADDRESSES)},
            "The port accepts a connection. It says nothing of what is behind it.",
        ),
    }
    where = system.where("environments", system.environment)
    header = (
        f"How {system.name} in {system.environment} is asked from outside ({where}). No ICMP: it "
        "needs rights of root, and an answer to a ping is no answer to a user."
    )
    return yaml_text({"modules": modules}, header=header)


def _http(more: dict[str, Yaml]) -> Yaml:
    http: dict[str, Yaml] = {
        "method": "GET",
        "valid_http_versions": _VERSIONS,
        **more,
        **_ADDRESSES,
    }
    return {"prober": "http", "timeout": "10s", "http": http}
