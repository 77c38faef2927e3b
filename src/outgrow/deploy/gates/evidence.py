"""How strongly counted requests speak against a claim about shares, however often one looks.

The method is that of e-processes. For a claim ("the new version fails at most one point more
often than the old one") the evidence is

    E = chance of what was counted, averaged over all shares under a prior
        / its chance under the one pair of shares that fits best while the claim is true

While the claim is true, E is never above a nonnegative martingale that begins at 1, whatever
the order in which requests reach the two versions and however the split of the traffic is
changed. Ville's inequality then says that E *ever* reaches 1/alpha with a probability of at
most alpha: one may look after every request and end at any of them.

The average is the beta-binomial mixture of Robbins ("Statistical methods related to the law of
the iterated logarithm", Annals of Mathematical Statistics 41, 1970); dividing by the best fit
under the claim is the universal inference of Wasserman, Ramdas and Balakrishnan (PNAS 117,
2020); tests of two shares that allow for optional stopping are those of Turner, Ly and Gruenwald
("Generic E-variables for exact sequential k-sample tests", JSPI 230, 2024). A prior that does not
fit costs requests, never the guarantee. All results are natural logarithms of E.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, lgamma, log

_HALVINGS = 40  # to a share of 1e-12, far finer than any difference that counts


@dataclass(frozen=True, slots=True)
class Trials:
    """So many requests, of which so many were `hits`: failed ones, or slow ones."""

    count: float
    hits: float

    @property
    def share(self) -> float:
        """Return the share of hits; 0 of nothing."""
        return self.hits / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Prior:
    """A beta distribution: where shares are expected to lie."""

    hits: float
    others: float

    def log_chance(self, trials: Trials) -> float:
        """Return the chance of these trials in this order, averaged over the distribution."""
        after = _log_beta(self.hits + trials.hits, self.others + trials.count - trials.hits)
        return after - _log_beta(self.hits, self.others)


# Found by trial on the cases of benchmarks/bench_gates.py; see docs/deploy/gates.md.
BROKEN = Prior(0.5, 2)  # a version with a fault: any share, many of them large
SOUND = Prior(0.25, 20)  # one that does its work: around one in a hundred, often none


def against_at_most(trials: Trials, limit: float, prior: Prior = BROKEN) -> float:
    """Return the evidence against "the share is at most `limit`"."""
    return prior.log_chance(trials) - log_likelihood(trials, min(trials.share, limit))


def against_at_least(trials: Trials, limit: float, prior: Prior = SOUND) -> float:
    """Return the evidence against "the share is at least `limit`"."""
    return prior.log_chance(trials) - log_likelihood(trials, max(trials.share, limit))


def against_close(new: Trials, old: Trials, margin: float) -> float:
    """Return the evidence against "the new share is at most the old one plus `margin`"."""
    fits = not new.count or not old.count or new.share <= old.share + margin
    return _joint(BROKEN, new, old) - _best(new, old, margin, free=fits)


def against_apart(new: Trials, old: Trials, margin: float) -> float:
    """Return the evidence against "the new share is at least the old one plus `margin`"."""
    fits = not new.count or new.share >= old.share + margin
    return _joint(SOUND, new, old) - _best(new, old, margin, free=fits)


def log_likelihood(trials: Trials, share: float) -> float:
    """Return the chance of these trials in this order when `share` is the true one."""
    others = trials.count - trials.hits
    return _times_log(trials.hits, share) + _times_log(others, 1 - share)


def _joint(prior: Prior, new: Trials, old: Trials) -> float:
    return prior.log_chance(new) + SOUND.log_chance(old)


def _best(new: Trials, old: Trials, margin: float, *, free: bool) -> float:
    """Return the best likelihood of both, on the edge of the claim unless it is `free` of it."""
    if free:
        return log_likelihood(new, new.share) + log_likelihood(old, old.share)
    share = _best_old_share(new, old, margin)
    return log_likelihood(new, share + margin) + log_likelihood(old, share)


def _best_old_share(new: Trials, old: Trials, margin: float) -> float:
    """Return the old share that fits best when the new one lies `margin` above it.

    The likelihood is concave along that edge, so its slope changes sign once.
    """
    low, high = 0.0, 1.0 - margin
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _slope(new, middle + margin) + _slope(old, middle) > 0:
            low = middle
        else:
            high = middle
    return low if low == 0.0 else (low + high) / 2


def _slope(trials: Trials, share: float) -> float:
    up = trials.hits / share if share > 0 else (inf if trials.hits else 0.0)
    others = trials.count - trials.hits
    down = others / (1 - share) if share < 1 else (inf if others else 0.0)
    return up - down if up != down else 0.0


def _times_log(count: float, share: float) -> float:
    if count <= 0:
        return 0.0
    return count * log(share) if share > 0 else -inf


def _log_beta(one: float, two: float) -> float:
    return lgamma(one) + lgamma(two) - lgamma(one + two)
