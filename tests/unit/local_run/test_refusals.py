from __future__ import annotations

import pytest

from outgrow.operations.local_run.refusals import refusal_of, telling

_LOOKUP = "dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "Service 'api' failed to build : Get \"https://registry-1.docker.io/v2/\": " + _LOOKUP,
            "the registry registry-1.docker.io cannot be reached, so an image cannot be fetched",
        ),
        (
            'failed to do request: Head "https://ghcr.io/v2/a/b/manifests/1": ' + _LOOKUP,
            "the registry ghcr.io cannot be reached, so an image cannot be fetched",
        ),
        (
            "ERROR: manifest for redis:99 not found: manifest unknown: manifest unknown",
            "there is no image redis:99",
        ),
        (
            "failed to resolve source metadata for docker.io/library/redis:99: "
            "docker.io/library/redis:99: not found",
            "there is no image docker.io/library/redis:99",
        ),
        (
            "pull access denied for our/api, repository does not exist or may require login",
            "the image our/api does not exist, or only for those who sign in",
        ),
        (
            "toomanyrequests: You have reached your pull rate limit.",
            "the registry gives no more images for now: its limit for pulls is reached",
        ),
        (
            "write /var/lib/docker/tmp/x: no space left on device",
            "the disk of the Docker engine is full",
        ),
        (
            "Bind for 127.0.0.1:8080 failed: port is already allocated",
            "port 8080 is in use",
        ),
        (
            "listen tcp4 127.0.0.1:8080: bind: address already in use",
            "port 8080 is in use",
        ),
    ],
)
def test_what_docker_refuses_is_said_in_one_line(line: str, reason: str) -> None:
    found = refusal_of(["Creating network", line, "exit"])
    assert found is not None
    assert found.reason == reason
    assert found.advice


@pytest.mark.parametrize("line", ["/bin/sh: 1: npm: not found", "ERROR: no such package"])
def test_what_a_build_says_is_not_taken_for_a_refusal_of_docker(line: str) -> None:
    assert refusal_of([line]) is None


def test_only_the_build_that_failed_is_shown() -> None:
    lines = ["Building web", "Successfully built 1", "Building api", "Step 1/2", "failed"]
    assert telling(lines) == ("Building api", "Step 1/2", "failed")
    assert telling(["failed"]) == ("failed",)
