"""Redis and PostgreSQL as sessions and rate limits use them: under a deadline, with a breaker.

A call that gets no answer in time raises `StoreUnavailable`; later ones raise it at once, until
the breaker lets one of them try again.
"""
