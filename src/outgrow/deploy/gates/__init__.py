"""Whether a new version may have more traffic: judged beside the old one, honestly."""

from outgrow.deploy.gates.judge import judge
from outgrow.deploy.gates.verdict import Finding, Verdict

__all__ = ["Finding", "Verdict", "judge"]
