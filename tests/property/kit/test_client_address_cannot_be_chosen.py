"""Whatever a caller writes into `X-Forwarded-For`, it cannot become somebody else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outgrow_kit.web import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "fd00::/8"])
_WRITTEN = st.lists(
    st.one_of(
        st.ip_addresses().map(str),
        st.sampled_from(["10.0.0.1", "127.0.0.1", "unknown", "", ",", "[::1]:80", "10.0.0.1:9"]),
        st.text(max_size=20),
    ),
    max_size=6,
)


@given(written=_WRITTEN, hops=st.integers(0, 3))
def test_a_caller_behind_proxies_is_the_address_they_saw(written: list[str], hops: int) -> None:
    """Each proxy appends whom it talked to: the caller first, then the proxies before it."""
    proxies = [f"10.0.0.{number}" for number in range(1, hops + 2)]
    forwarded = [*written, ", ".join(["203.0.113.9", *proxies[:-1]])]
    assert PROXIES.client(proxies[-1], forwarded) == "203.0.113.9"


@given(written=_WRITTEN)
def test_a_caller_without_proxies_is_itself(written: list[str]) -> None:
    assert PROXIES.client("203.0.113.9", written) == "203.0.113.9"
