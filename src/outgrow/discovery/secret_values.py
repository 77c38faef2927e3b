"""What must not be copied: values that are secrets by their key or by their look."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECRET_KEY = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|(?:^|_)PASS$|(?:^|_)PWD$|SECRET|TOKEN|CREDENTIAL|PRIVATE|SALT"
    r"|API_?KEY|ACCESS_?KEY|AUTH_?KEY|ENCRYPTION|SIGNING|(?:^|_)KEYS?$|(?:^|_)DSN$|COOKIE|_AUTH$"
    r"|WEBHOOK|CERT(?:IFICATE)?$|CONNECTION_STRING",
    re.IGNORECASE,
)
_NOT_SECRET_KEY = re.compile(
    r"PUBLIC|PUBLISHABLE|^(?:VITE|REACT_APP|VUE_APP|GATSBY|NG_APP)_|_FILE$|_PATH$|EXPIR|LIFETIME|ALGORITHM|_URL$|_URI$|_TTL|MAX_|MIN_|_LENGTH"
    r"|ALLOW_EMPTY|AUTH_METHOD|_MINUTES|_SECONDS|_DAYS|_HOURS|TOKEN_TYPE|_NAME$|ENABLE|DISABLE"
    r"|_USER(?:NAME)?$|_ID$|_HEADER$|RANDOM_ROOT_PASSWORD|SECURE$|SAMESITE",
    re.IGNORECASE,
)
_URL_WITH_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*:[^\s@/]+@")
_LOOKS_SECRET = re.compile(
    r"sk_(?:live|test)_\w{8,}|sk-[\w-]{20,}|gh[pousr]_\w{20,}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,}"
    r"|-----BEGIN|eyJ[\w-]{10,}\.[\w-]{10,}|\bSG\.[\w-]{16,}|AIza[\w-]{30,}"
)
_IN_A_COMMAND = re.compile(
    r"(?P<flag>--(?:requirepass|masterauth|password|passwd|pass|token|secret|api[-_]?key"
    r"|root-password|auth)(?:[= ]+)|\b\w*(?:PASSWORD|SECRET|TOKEN)\w*=|(?<=\s)-p(?=[^\s$-])"
    r"|redis-cli\s+-a\s+)"
    r"(?P<quote>['\"]?)(?P<value>(?!\$)[^\s'\"]+)(?P=quote)",
    re.IGNORECASE,
)
_PORT_FLAG = re.compile(r"\d+(?:[:/]\S*)?")
_SHORTEST_TO_SEARCH = 8


@dataclass(frozen=True, slots=True)
class Literals:
    """Secret values that are known, each with its variable, and values that are no secret."""

    keys: Mapping[str, str] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()

    def named(self, own: Mapping[str, str]) -> Literals:
        """Return the same, each value called as in `own` where it stands there."""
        return Literals({**self.keys, **own}, self.plain)


def is_secret(key: str, value: str) -> bool:
    """Return whether the value of `key` must not be written down."""
    if not value:
        return False
    if holds_secret(value):
        return True
    return bool(_SECRET_KEY.search(key)) and not _NOT_SECRET_KEY.search(key)


def is_secret_key(key: str) -> bool:
    """Return whether a variable called `key` holds a secret, by its name."""
    return bool(_SECRET_KEY.search(key)) and not _NOT_SECRET_KEY.search(key)


def holds_secret(text: str) -> bool:
    """Return whether a text shows a password in a URL, or a key of a well-known form."""
    without_variables = re.sub(r"\$\{[^}]*\}|\$\w+", "", text)
    return bool(_URL_WITH_PASSWORD.search(without_variables) or _LOOKS_SECRET.search(text))


def masked(text: str) -> str:
    """Return `text` with asterisks for passwords in URLs and for keys of well-known forms."""
    found = _URL_WITH_PASSWORD.sub(lambda m: f"{m[0].split('://', 1)[0]}://***@", text)
    return _LOOKS_SECRET.sub("***", found)


def without_secrets(text: str, literals: Literals) -> tuple[str, dict[str, str]]:
    """Return a command without the secrets in it, and the variables put there with their values."""
    used: dict[str, str] = {}
    for value, key in literals.keys.items():
        if len(value) >= _SHORTEST_TO_SEARCH and value not in literals.plain:
            text, count = re.subn(rf"(?<!\w){re.escape(value)}(?!\w)", f"${{{key}}}", text)
            used |= {key: value} if count else {}

    def named(match: re.Match[str]) -> str:
        flag, value = match["flag"], match["value"]
        if flag == "-p" and _PORT_FLAG.fullmatch(value):
            return match[0]
        key = literals.keys.get(value) or _key_of(flag)
        used[key] = value
        return f"{flag}{match['quote']}${{{key}}}{match['quote']}"

    def hidden(match: re.Match[str]) -> str:
        url = match[0]
        if "$" in url:
            return url
        scheme, _, rest = url.partition("://")
        user, _, value = rest[:-1].partition(":")
        key = literals.keys.get(value) or "PASSWORD"
        used[key] = value
        return f"{scheme}://{user}:${{{key}}}@"

    return _URL_WITH_PASSWORD.sub(hidden, _IN_A_COMMAND.sub(named, text)), used


def words_without_secrets(
    words: Sequence[str], literals: Literals
) -> tuple[list[str], dict[str, str]]:
    """Return the words of a command without the secrets in them, and the variables put there.

    In a list, what follows `--password` is a word of its own.
    """
    cleaned: list[str] = []
    used: dict[str, str] = {}
    before = ""
    for word in words:
        text, names = without_secrets(word, literals)
        value = _value_in_a_list(before, word, words)
        if text == word and value:
            key = literals.keys.get(value) or _key_of(before if value == word else "-p")
            text, names = word[: -len(value)] + f"${{{key}}}", {key: value}
        cleaned.append(text)
        used |= names
        before = word
    return cleaned, used


def _value_in_a_list(before: str, word: str, words: Sequence[str]) -> str:
    """Return the secret that a word of a list is, or ends in, or ""."""
    programs = {one.rpartition("/")[2] for one in words}
    if _FLAG_OF_A_LIST.fullmatch(before) or (before == "-a" and "redis-cli" in programs):
        return "" if word.startswith(("$", "-")) else word
    mysql = any(one.startswith(("mysql", "mariadb")) for one in programs)
    return word[2:] if mysql and re.fullmatch(r"-p[^\s$-].*", word) else ""


_FLAG_OF_A_LIST = re.compile(r"--(?:requirepass|masterauth|password|pass|token|secret)")


def _key_of(flag: str) -> str:
    word = flag.strip().strip("-=").upper().replace("-", "_")
    if word in ("REQUIREPASS", "MASTERAUTH", "A", "REDIS_CLI  A"):
        return "REDIS_PASSWORD"
    if word in ("P", "PASS"):
        return "PASSWORD"
    return word if re.fullmatch(r"[A-Z_][A-Z0-9_]*", word) else "REDIS_PASSWORD"
