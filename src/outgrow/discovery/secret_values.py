"""What must not be copied: values that are secrets by their key or by their look."""

from __future__ import annotations

import re

_SECRET_KEY = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|(?:^|_)PASS$|(?:^|_)PWD$|SECRET|TOKEN|CREDENTIAL|PRIVATE|SALT"
    r"|API_?KEY|ACCESS_?KEY|AUTH_?KEY|ENCRYPTION|SIGNING|(?:^|_)KEYS?$|(?:^|_)DSN$|COOKIE|_AUTH$"
    r"|WEBHOOK|CERT(?:IFICATE)?$|CONNECTION_STRING",
    re.IGNORECASE,
)
_NOT_SECRET_KEY = re.compile(
    r"PUBLIC|PUBLISHABLE|_FILE$|_PATH$|EXPIR|LIFETIME|ALGORITHM|_URL$|_URI$|_TTL|MAX_|MIN_|_LENGTH"
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


def without_secrets(text: str, literals: dict[str, str]) -> tuple[str, list[str]]:
    """Return a command without the secrets in it, and the names of the variables put there.

    `literals` holds the secret values that are known, each with its variable.
    """
    used: list[str] = []
    for value, key in literals.items():
        if len(value) >= 8 and value in text:
            text = text.replace(value, f"${{{key}}}")
            used.append(key)

    def named(match: re.Match[str]) -> str:
        flag, value = match["flag"], match["value"]
        if flag == "-p" and _PORT_FLAG.fullmatch(value):
            return match[0]
        key = _key_of(flag)
        used.append(key)
        return f"{flag}{match['quote']}${{{key}}}{match['quote']}"

    text = _IN_A_COMMAND.sub(named, text)
    return _URL_WITH_PASSWORD.sub(_hidden_url, text), used


def _hidden_url(match: re.Match[str]) -> str:
    url = match[0]
    if "$" in url:
        return url
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition(':')[0]}:${{PASSWORD}}@"


def _key_of(flag: str) -> str:
    word = flag.strip().strip("-=").upper().replace("-", "_")
    return {
        "REQUIREPASS": "REDIS_PASSWORD",
        "MASTERAUTH": "REDIS_PASSWORD",
        "REDIS_CLI  A": "REDIS_PASSWORD",
        "P": "PASSWORD",
    }.get(word, word if re.fullmatch(r"[A-Z_][A-Z0-9_]*", word) else "REDIS_PASSWORD")


def after_a_flag(words: list[str]) -> list[str]:
    """Return words of a list in which the one after `--password` is a variable."""
    found = list(words)
    for n, word in enumerate(words[:-1]):
        if re.fullmatch(r"--(requirepass|masterauth|password|token|secret)", word):
            following = words[n + 1]
            if not following.startswith(("$", "-")):
                redis = word in ("--requirepass", "--masterauth")
                found[n + 1] = "${" + ("REDIS_PASSWORD" if redis else word[2:].upper()) + "}"
    return found
