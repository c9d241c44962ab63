"""Pages about oneself: signing in and out, my details."""

from webapp.account.views import blueprint

__all__ = ["blueprint"]
