"""What applications with outgrow-kit are told: who signs in, what browsers may do, traces."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.render.document.blocks import Block, Code, Details, Paragraph, Section, Text, text
from outgrow.render.document.words import percent
from outgrow.strategy.bindings import Http, SignIn, Tracing
from outgrow.strategy.strategy import Strategy


def application(strategy: Strategy) -> Section:
    """Return what the code is told; empty where nothing of it imports outgrow-kit."""
    told = tuple(name for name, spec in strategy.components.items() if spec.kit)
    if not told:
        return Section("application", "What the application is told")
    facts = (
        *_sign_in(strategy.sign_in),
        *_http(strategy.http),
        *_tracing(strategy.tracing),
    )
    names: list[str | Code] = []
    for name in told:
        names += [", ", Code(name)] if names else [Code(name)]
    said = text(*names, " imports outgrow-kit" if len(told) == 1 else " import outgrow-kit",
                ": each phase hands over what it has, and the code stays the same.")  # fmt: skip
    blocks: tuple[Block, ...] = (Paragraph(said),)
    return Section(
        "application",
        "What the application is told",
        (*blocks, Details(facts)) if facts else blocks,
    )


def _sign_in(section: SignIn) -> Iterable[tuple[str, Text]]:
    if section.issuer is not None:
        yield "Tokens of", text(Code(section.issuer))
    if section.audience:
        yield "Made for", text(", ".join(section.audience))
    if section.authorized_parties:
        yield "Made for the pages", text(", ".join(section.authorized_parties))


def _http(section: Http) -> Iterable[tuple[str, Text]]:
    if section.allowed_origins:
        yield "Pages that may call", text(", ".join(section.allowed_origins))
    if section.trusted_proxies:
        yield "Trusted proxies", text(", ".join(section.trusted_proxies))
    for name, value in section.headers.items():
        yield "Header", text(Code(f"{name}: {value}"))


def _tracing(section: Tracing) -> Iterable[tuple[str, Text]]:
    if section.errors_sample_share is not None:
        yield "Errors sent", text(percent(section.errors_sample_share))
    if section.traces_sample_share is not None:
        yield "Requests traced", text(percent(section.traces_sample_share))
    if section.otlp_endpoint is not None:
        yield "Traces and metrics to", text(Code(section.otlp_endpoint))
