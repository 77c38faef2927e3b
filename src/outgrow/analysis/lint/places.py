"""Where a provider's region lies, so that a residency rule can be held against it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EU = ("at", "be", "de", "es", "fi", "fr", "ie", "it", "nl", "pl", "ro", "se")
_COUNTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"eu": _EU, "europe": ("eu", *_EU, "ch", "gb"), "uk": ("gb",), "usa": ("us",)}
)
# Short names that do not say where they are: the airport codes of Fly.io and Vercel, and the
# data centres of Hetzner, DigitalOcean, OVH and Scaleway. The rest begin with their place.
_COUNTRY_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("fsn1", "nbg1", "fra", "fra1", "frankfurt", "de"), "de"),
        **dict.fromkeys(("hel1",), "fi"),
        **dict.fromkeys(("ams", "ams2", "ams3", "amsterdam"), "nl"),
        **dict.fromkeys(("cdg", "cdg1", "par", "gra", "rbx", "sbg", "paris"), "fr"),
        **dict.fromkeys(("dub", "dub1", "westireland", "northeurope"), "ie"),
        **dict.fromkeys(("arn", "arn1", "stockholm"), "se"),
        **dict.fromkeys(("mad",), "es"),
        **dict.fromkeys(("waw",), "pl"),
        **dict.fromkeys(("otp",), "ro"),
        **dict.fromkeys(("westeurope",), "nl"),
        **dict.fromkeys(("lhr", "lhr1", "lon1", "london"), "gb"),
        **dict.fromkeys(("zrh",), "ch"),
        **dict.fromkeys(("ash", "hil", "sea", "lax", "ord", "iad", "iad1", "sfo1", "dfw"), "us"),
        **dict.fromkeys(("ewr", "sjc", "nyc1", "nyc3", "sfo2", "sfo3", "cle1", "pdx1"), "us"),
        **dict.fromkeys(("oregon", "ohio", "virginia", "eastus", "eastus2", "westus"), "us"),
        **dict.fromkeys(("sin", "sin1", "sgp1", "singapore"), "sg"),
        **dict.fromkeys(("nrt", "hnd1", "kix1"), "jp"),
        **dict.fromkeys(("syd", "syd1"), "au"),
    }
)
# A provider's own word at the beginning of its regions, where it is not the place's usual one.
_BEGINNINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"eu": ("eu-", "europe-"), "europe": ("eu-", "europe-"), "us": ("us-",), "usa": ("us-",)}
)


def lies_in(region: str, place: str) -> bool | None:
    """Return whether `region` is `place` or within it, or None when its name does not tell.

    eu-west-1 lies in EU, eu and eu-west; fsn1 in eu and de.
    """
    here, wanted = region.strip().lower(), place.strip().lower()
    if here == wanted or here.startswith((f"{wanted}-", *_BEGINNINGS.get(wanted, ()))):
        return True
    country = _COUNTRY_OF.get(here)
    if country is not None:
        return country == wanted or country in _COUNTRIES.get(wanted, ())
    # us-east-1 does say that it is not in the EU; a name without a place says nothing.
    return False if "-" in here else None
