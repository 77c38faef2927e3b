"""Counts the words of new notes, one after the other, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import time

import redis
from psycopg_pool import ConnectionPool

from app.settings import read_settings
from app.stores import QUEUE, open_pool, open_redis

LOG = logging.getLogger("worker")


class Stop:
    """Remembers that the process was asked to end, so that a note is finished first."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def count(pool: ConnectionPool, note: int) -> None:
    """Write how many words a note has; counting it twice does no harm."""
    with pool.connection() as connection:
        row = connection.execute("SELECT text FROM notes WHERE id = %s", (note,)).fetchone()
        if row is not None:
            words = len(row["text"].split())
            connection.execute("UPDATE notes SET words = %s WHERE id = %s", (words, note))


def main() -> None:
    """Take notes from the queue for as long as nobody asks to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    settings, stop = read_settings(), Stop()
    pool, queue = open_pool(settings), open_redis(settings)
    LOG.info("waiting for notes")
    while not stop.asked:
        try:
            taken = queue.brpop([QUEUE], timeout=1)
        except redis.RedisError as error:
            LOG.warning("the queue is away: %s", type(error).__name__)
            time.sleep(1)
            continue
        if taken is not None:
            count(pool, int(taken[1]))
            LOG.info("counted note %s", taken[1])
    pool.close()
    LOG.info("stopped")


if __name__ == "__main__":
    main()
