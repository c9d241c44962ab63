"""Whose word is taken for where a request comes from: that of the proxy in front, nobody else's."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.middleware.proxy_fix import ProxyFix

from engine.settings import BadSetting

_CLAIMS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class TrustedProxy:
    """Give a request the address, scheme and host that a trusted proxy says it had.

    Works the same behind waitress and gunicorn. A claim of anybody else is dropped.

    Args:
        app: what answers.
        trusted: addresses or networks with commas between them: `127.0.0.1`, `10.1.0.0/16`.

    Raises:
        BadSetting: one of them is neither.
    """

    def __init__(self, app: WSGIApplication, trusted: str) -> None:
        self._app = app
        self._behind = ProxyFix(app, x_for=1, x_proto=1, x_host=1)
        self._networks = networks(trusted)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            return self._behind(environ, start)
        for claim in _CLAIMS:
            environ.pop(claim, None)
        return self._app(environ, start)

    def _trusts(self, address: str) -> bool:
        try:
            at = ip_address(address)
        except ValueError:  # a socket in a folder has no address
            return False
        return any(at in network for network in self._networks)


def networks(trusted: str) -> list[IPv4Network | IPv6Network]:
    """Read the setting.

    Raises:
        BadSetting: naming the remedy.
    """
    try:
        return [ip_network(each.strip()) for each in trusted.split(",") if each.strip()]
    except ValueError as error:
        remedy = f"give addresses or networks such as 127.0.0.1, 10.1.0.0/16 ({error})"
        raise BadSetting("GONGXUAN_TRUSTED_PROXY", trusted, remedy) from error
