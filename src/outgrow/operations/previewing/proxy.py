"""The HAProxy in front of previews, kept by outgrow on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outgrow.clients.clock import wait_seconds
from outgrow.clients.files import state_of
from outgrow.clients.kept_programs import Supervised
from outgrow.deploy.previews.values import Preview
from outgrow.deploy.values import Problem
from outgrow.operations.deploying.own_hosts.proxy import SOCKET, KeptProxy
from outgrow.operations.previewing.place import PreviewPlace
from outgrow.render.haproxy.placing import listening
from outgrow.render.haproxy.previews import PreviewPlaces, preview_configuration, server_of

MAP_FILE = "hosts.map"
_USUAL_PORTS = frozenset({("http", "80"), ("https", "443")})


@dataclass(frozen=True, slots=True)
class PreviewProxy:
    """Host names come and go by lines of a map: in its file, and in the running process."""

    place: PreviewPlace

    def problems(self) -> Sequence[Problem]:
        """Return why it cannot be used; raises InputError where it has no certificates."""
        return self._kept().problems()

    def refresh(self) -> None:
        """Let it run again where the machine was restarted, and with certificates that are new."""
        proxy = self._kept()
        if proxy.is_there():
            proxy.ensure()

    def open(self, preview: Preview) -> Sequence[str]:
        """Send requests for the preview's host name to it; return its URL."""
        server = server_of(preview.number)
        proxy = self._kept()
        self._write({**self._read(), preview.host: server})
        proxy.ensure()
        # One that was started just now has read the line from the file.
        proxy.runtime.tell(
            [*_forget(proxy, preview), f"add map {MAP_FILE} {preview.host} {server}"]
        )
        return [self.url(preview)]

    def close(self, preview: Preview) -> None:
        """Send it nothing more; the last preview takes the proxy with it."""
        left = {host: server for host, server in self._read().items() if host != preview.host}
        proxy = self._kept()
        self._write(left)
        if not proxy.is_there():
            return
        if not left:
            proxy.stop()
            return
        proxy.ensure()
        if forget := _forget(proxy, preview):
            proxy.runtime.tell(forget)

    def _kept(self) -> KeptProxy:
        settings = self.place.settings
        system = self.place.system
        title = f"{system.name}: previews, as the environment {system.environment} says."
        text = preview_configuration(title, self.place.routes, settings.limit, self._places())
        return KeptProxy(
            self.place.host,
            Supervised(self.place.host),
            text,
            wait_seconds,
            f"environments/{system.environment}/previews/listen",
        )

    def _places(self) -> PreviewPlaces:
        settings, certificates = self.place.settings, self.place.certificates
        plain, secured = listening(settings.listen, str(certificates) if certificates else None)
        return PreviewPlaces(
            plain=plain,
            socket=f"unix@{SOCKET}",
            map_file=MAP_FILE,
            first_port=settings.first_port,
            secured=secured,
            certificates=str(certificates or ""),
            certificates_are=state_of(certificates, "certificates") if certificates else "",
        )

    def url(self, preview: Preview) -> str:
        """Return where a preview answers, once DNS sends its name here."""
        listen, certificates = self.place.settings.listen, self.place.certificates
        plain, secured = listening(listen, str(certificates) if certificates else None)
        scheme, address = ("https", secured[0]) if secured else ("http", plain[0])
        port = address.rpartition(":")[2]
        shown = "" if (scheme, port) in _USUAL_PORTS else f":{port}"
        return f"{scheme}://{preview.host}{shown}"

    def _read(self) -> dict[str, str]:
        path = str(self._kept().folder / MAP_FILE)
        text = str(self.place.host.ask("read", {"path": path})["text"] or "")
        return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)

    def _write(self, entries: Mapping[str, str]) -> None:
        text = "".join(f"{host} {server}\n" for host, server in sorted(entries.items()))
        path = str(self._kept().folder / MAP_FILE)
        self.place.host.ask("write", {"path": path, "text": text, "mode": 0o600})


def _forget(proxy: KeptProxy, preview: Preview) -> list[str]:
    """Return what takes the host name out of the running map, nothing where it is not there."""
    known = preview.host in proxy.runtime.map_keys(MAP_FILE)
    return [f"del map {MAP_FILE} {preview.host}"] if known else []
