"""Which requests are traced, when whoever calls says that this one should be."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


def request_sampler(share: float, *, trust_traceparent: bool = False) -> Sampler:
    """Return what traces a share (0 to 1) of the requests, each whole.

    A caller's `traceparent` decides only with `trust_traceparent`.
    """
    root = TraceIdRatioBased(share)
    if trust_traceparent:
        return ParentBased(root)
    own = _OwnChance(share)
    return ParentBased(root, remote_parent_sampled=own, remote_parent_not_sampled=own)


class _OwnChance(Sampler):
    """Draws a number of its own: the id of the trace, too, is chosen by the caller."""

    def __init__(self, share: float) -> None:
        self._ratio = TraceIdRatioBased(share)
        self._ids = RandomIdGenerator()

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,  # noqa: ARG002 - what the caller chose
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Return the decision for one request."""
        drawn = self._ids.generate_trace_id()
        return self._ratio.should_sample(
            parent_context, drawn, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """Return what it is, for those who debug OpenTelemetry."""
        return f"OwnChance{{{self._ratio.rate}}}"
