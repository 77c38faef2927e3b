"""The cookie that carries a session's id."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCookie:
    """A cookie that scripts cannot read and other sites do not send along.

    Where users come over TLS its name begins with `__Host-`, so that browsers take it only from
    this very host, over TLS, and a subdomain cannot plant one.
    """

    name: str = "session"
    is_secure: bool = True

    @property
    def full_name(self) -> str:
        """Return the name that browsers see."""
        return f"__Host-{self.name}" if self.is_secure else self.name

    def read(self, connection: HTTPConnection) -> str | None:
        """Return the id that a request carries."""
        return connection.cookies.get(self.full_name)

    def setting(self, token: str, seconds: float) -> bytes:
        """Return the value of `Set-Cookie` that hands out an id."""
        return self._header(token, int(seconds))

    def forgetting(self) -> bytes:
        """Return the value of `Set-Cookie` that takes the id away."""
        return self._header("", 0)

    def _header(self, value: str, max_age: int) -> bytes:
        secure = "; Secure" if self.is_secure else ""
        text = f"{self.full_name}={value}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Lax"
        return (text + secure).encode()
