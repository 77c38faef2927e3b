"""No interleaving of fetches, writes and failures answers what an invalidation made void.

The world carries out the steps of many flows one at a time, in whatever order Hypothesis
likes (a byte is an action, so that a try has hundreds of them), over two processes and one
store that may lose everything, stop answering, or drop a subscription. The truth is a number
a key, which only grows. What a call returns is never less than it was at the last invalidation
that its process has heard of when the call began, nor than at any invalidation that the store
carried out a second before.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import cast

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.kit.cache.fakes import MemoryStore, Process

from outgrow_kit.cache.change import invalidate, look_up, write_through
from outgrow_kit.cache.debts import beat
from outgrow_kit.cache.fetch import fetch
from outgrow_kit.cache.flights import Abandoned
from outgrow_kit.cache.link import TRUST_SECONDS
from outgrow_kit.cache.steps import (
    Behind,
    Compute,
    Fill,
    Flow,
    Invalidate,
    Join,
    Pause,
    Step,
)
from outgrow_kit.errors import StoreUnavailable

# One key: with two, most interleavings have nothing to do with each other.
KEYS = ("a",)
TAG = "t"
Truth = dict[str, int]
_TO_THE_END = 20


@dataclass
class Peer:
    """A process: its cache, how many messages it has heard, and what it knows is void."""

    process: Process
    heard: int = 0
    connected: bool = True
    beating: Running | None = None
    known: Truth = field(default_factory=lambda: dict.fromkeys(KEYS, 0))

    def learns(self, floor: Truth) -> None:
        for key, value in floor.items():
            self.known[key] = max(self.known[key], value)


@dataclass
class Running:
    """A flow that is under way: what it waits for, and the least it may return."""

    peer: Peer
    flow: Flow[object]
    compute: Callable[[], object] | None
    step: Step[object] | None
    least: Truth
    check: Callable[[object, Truth], None]
    floor: Truth = field(default_factory=dict)


class World:
    """See the module."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.truth: Truth = dict.fromkeys(KEYS, 0)
        self.peers = [Peer(Process(self.store, origin=f"p{place}")) for place in (0, 1)]
        self.running: list[Running] = []
        # What each message of the store made void, and when.
        self.void: list[tuple[float, Truth]] = []

    # --- what is begun ------------------------------------------------------------------------

    def begin(
        self,
        peer: Peer,
        flow: Flow[object],
        compute: Callable[[], object] | None,
        check: Callable[[object, Truth], None],
    ) -> Running | None:
        try:
            step = next(flow)
        except StopIteration as done:
            check(done.value, self.least(peer))
            return None
        one = Running(peer, flow, compute, step, self.least(peer), check)
        self.running.append(one)
        return one

    def least(self, peer: Peer) -> Truth:
        least = dict(peer.known)
        for at, floor in self.void:
            if at <= self.store.clock() - 1.0:
                least.update({key: max(least[key], value) for key, value in floor.items()})
        return least

    def fetch(self, place: int) -> None:
        peer, key = self.peers[place], KEYS[0]
        of = peer.process.ask(key, TAG, seconds=5.0, stale_seconds=20.0)

        def check(value: object, least: Truth) -> None:
            assert cast(int, value) >= least[key], f"{key} is {value}, and was void below {least}"

        self.begin(peer, fetch(peer.process.core, of), lambda: self.truth[key], check)

    def fetch_at_once(self, place: int) -> None:
        self.fetch(place)
        self.go_on(-1, _TO_THE_END)

    def write_at_once(self, place: int) -> None:
        self.write(place)
        self.go_on(-1, _TO_THE_END)

    def look_up(self, place: int) -> None:
        peer = self.peers[place]

        def check(found: object, least: Truth) -> None:
            for key, value in cast(Truth, found).items():
                assert value >= least[key], f"{key} is {value}, and was void below {least}"

        flow = look_up(peer.process.core, [peer.process.ask(key) for key in KEYS])
        self.begin(peer, flow, None, check)

    def write(self, place: int) -> None:
        peer, key = self.peers[place], KEYS[0]
        self.truth[key] += 1
        self.begin(peer, invalidate(peer.process.core, (key,)), None, self.nothing)

    def write_what_is_tagged(self, place: int) -> None:
        peer = self.peers[place]
        for key in KEYS:
            self.truth[key] += 1
        self.begin(peer, invalidate(peer.process.core, tags=(TAG,)), None, self.nothing)

    def write_through(self, place: int) -> None:
        peer, key = self.peers[place], KEYS[0]
        of = peer.process.ask(key, TAG, seconds=5.0)

        def write() -> object:
            self.truth[key] += 1
            return self.truth[key]

        def check(value: object, least: Truth) -> None:
            peer.learns({key: cast(int, value)})

        self.begin(peer, write_through(peer.process.core, of), write, check)

    def clear(self, place: int) -> None:
        peer = self.peers[place]
        self.truth[KEYS[0]] += 1
        self.begin(peer, invalidate(peer.process.core, everything=True), None, self.nothing)
        self.go_on(-1, _TO_THE_END)

    @staticmethod
    def nothing(value: object, least: Truth) -> None:
        """Check nothing: the call changes, it does not read."""

    # --- what goes on -------------------------------------------------------------------------

    def go_on(self, choice: int, steps: int) -> None:
        if not self.running:
            return
        one = self.running[choice % len(self.running)]
        for _ in range(steps):
            if one not in self.running or not self.advance(one):
                break

    def cancel(self, choice: int) -> None:
        if not self.running:
            return
        one = self.running.pop(choice % len(self.running))
        one.flow.close()

    def advance(self, one: Running) -> bool:
        """Carry out one step of a flow; return False when it has to wait for another."""
        step = one.step
        assert step is not None
        if isinstance(step, Join) and not step.outcome.done():
            return False
        try:
            answer = self.perform(one, step)
            one.step = one.flow.send(answer)
        except StopIteration as done:
            self.ended(one, done.value)
        except (StoreUnavailable, Abandoned) as error:
            try:
                one.step = one.flow.throw(error)
            except StopIteration as done:
                self.ended(one, done.value)
            except StoreUnavailable:
                assert one is one.peer.beating, "no call fails because the store is out"
                one.peer.process.link.failed()
                self.running.remove(one)
        return True

    def ended(self, one: Running, value: object) -> None:
        self.running.remove(one)
        # Who pays knows what was void when it became owed; the truth may have moved on since.
        if one is not one.peer.beating:
            one.peer.learns(one.floor)
        one.check(value, one.least)

    def perform(self, one: Running, step: Step[object]) -> object:
        peer = one.peer
        if isinstance(step, Compute):
            assert one.compute is not None
            return one.compute()
        if isinstance(step, Join):
            return cast(Future[object], step.outcome).result(0)
        if isinstance(step, Pause):
            return None
        if isinstance(step, Behind):
            self.begin(peer, step.flow, one.compute, self.nothing)
            return None
        if isinstance(step, Invalidate):
            one.floor = self.made_void(step)
        assert peer.process.guard is not None
        answer = peer.process.guard.perform(step)
        self.note(step, answer)
        return answer

    def made_void(self, step: Invalidate) -> Truth:
        keys = KEYS if step.tags or step.everything else step.keys
        return {key: self.truth[key] for key in keys}

    def note(self, step: Step[object], answer: object) -> None:
        """Remember what the store's newest message made void."""
        if isinstance(step, Invalidate):
            self.void.append((self.store.clock(), self.made_void(step)))
        elif isinstance(step, Fill) and step.announce and answer:
            self.void.append((self.store.clock(), {}))

    # --- the threads that watch ---------------------------------------------------------------

    def recover(self) -> None:
        """Let all be well again: most of what can go wrong needs that it does."""
        self.store.out = False
        for place in (0, 1):
            self.connect(place)
            self.beat_at_once(place)

    def hear(self, place: int, count: int) -> None:
        peer = self.peers[place]
        if not peer.connected or self.store.out:
            return
        for message in self.store.messages[peer.heard : peer.heard + count]:
            if message.origin != peer.process.link.origin:
                if message.everything:
                    peer.process.link.joined()
                peer.process.local.heard(message.keys, message.tags, message.version)
                peer.process.core.flights.detach(message.keys, message.tags)
                peer.learns(self.void[peer.heard][1])
            peer.heard += 1

    def beat(self, place: int) -> None:
        """Begin a beat, as the pong arrives: what is owed is told step by step."""
        peer = self.peers[place]
        link = peer.process.link
        if peer.beating in self.running:  # one thread watches
            return
        if self.store.out or not peer.connected:
            link.failed()
            return
        self.hear(place, len(self.store.messages))
        flow = beat(link, self.store.clock(), link.confirmed)
        peer.beating = self.begin(peer, flow, None, self.nothing)

    def beat_at_once(self, place: int) -> None:
        self.beat(place)
        self.end_beat(self.peers[place])

    def end_beat(self, peer: Peer) -> None:
        while peer.beating is not None and peer.beating in self.running:
            self.advance(peer.beating)

    def connect(self, place: int) -> None:
        peer = self.peers[place]
        if peer.connected or self.store.out:
            return
        self.end_beat(peer)
        peer.connected = True
        peer.heard = len(self.store.messages)
        peer.process.link.joined()
        for _, floor in self.void:
            peer.learns(floor)

    # --- what goes wrong ----------------------------------------------------------------------

    def time_passes(self, seconds: float) -> None:
        self.store.clock.now += seconds

    def disconnect(self, place: int) -> None:
        self.peers[place].connected = False

    def stop_answering(self, out: bool) -> None:
        self.store.out = out

    def restart(self) -> None:
        self.store.restart()
        for peer in self.peers:
            peer.connected = False


# What an action is, and out of 64 how often: what breaks everything is rare, so that there is
# something to break. The number is the rest of the byte: 0 to 3.
ACTIONS: tuple[tuple[int, Callable[[World, int], None]], ...] = (
    (8, lambda world, number: world.fetch(number % 2)),
    (5, lambda world, number: world.fetch_at_once(number % 2)),
    (3, lambda world, number: world.write(number % 2)),
    (4, lambda world, number: world.write_at_once(number % 2)),
    (2, lambda world, number: world.write_what_is_tagged(number % 2)),
    (3, lambda world, number: world.write_through(number % 2)),
    (2, lambda world, number: world.look_up(number % 2)),
    (16, lambda world, number: world.go_on(number, 1)),
    (5, lambda world, number: world.go_on(number, _TO_THE_END)),
    (1, lambda world, number: world.cancel(number)),
    (3, lambda world, number: world.hear(number % 2, 1 + number // 2)),
    (2, lambda world, number: world.beat(number % 2)),
    (3, lambda world, number: world.recover()),
    (3, lambda world, number: world.time_passes((0.3, TRUST_SECONDS + 0.1, 1.0, 6.0)[number])),
    (1, lambda world, number: world.disconnect(number % 2)),
    (1, lambda world, number: world.connect(number % 2)),
    (1, lambda world, number: world.stop_answering(number > 1)),
    (1, lambda world, number: world.clear(number) if number < 2 else world.restart()),
)
TABLE = [action for often, action in ACTIONS for _ in range(often)]


# A caller joined a fetch that had begun before an invalidation its process never heard of.
_JOINED_TOO_LATE = b"\x00[[[\x00\x08\r\x1b\x1b\x1bHH\x00\x1b\x1b\x1bP\xf9\x00\x1b\x1b"


@settings(max_examples=500, deadline=None)
@example(_JOINED_TOO_LATE)
@given(st.binary(min_size=150, max_size=300))
def test_no_interleaving_answers_what_is_void(actions: bytes) -> None:
    assert len(TABLE) == 64
    world = World()
    for action in actions:
        TABLE[action % 64](world, action // 64)
