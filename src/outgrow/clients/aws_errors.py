"""How requests to AWS are made and fail, in words without what was asked for or answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outgrow.environments.resolving import Unread

if TYPE_CHECKING:
    from botocore.config import Config

WITHOUT_BOTO3 = Unread("reading it needs boto3: pip install 'outgrow[aws]'")
_CONNECT_SECONDS = 3
_READ_SECONDS = 5


def quick() -> Config:
    """Return settings for requests that a person waits for: seconds, and one more try."""
    from botocore.config import Config

    retries = {"total_max_attempts": 2, "mode": "standard"}
    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries=retries,  # type: ignore[arg-type]
    )


def refused(error: Exception) -> Unread:
    """Return why AWS gave nothing: the code of its answer, or the kind of the failure."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return Unread(f"AWS says {code or type(error).__name__}")
