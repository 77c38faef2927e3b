"""What runs on the machine of an application itself: it starts, watches and ends programs.

It goes there as one archive (`clients/host_archive.py`), also on this machine, so it uses the
standard library of Python 3.10 only, and of outgrow only `clients/listeners.py`.
"""
