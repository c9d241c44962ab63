"""Languages: which one a request gets, its catalogue, and how moments and spans are worded.

Message ids are English; Chinese comes from `translations/zh_Hans_CN/LC_MESSAGES/*.po` (one file, or
one for each page family). The .po files are read when the application starts, so no compiled
catalogue can be missing or stale.
"""

from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from babel.dates import get_timezone_name
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, has_request_context, request
from flask_babel import (
    Babel,
    format_date,
    format_datetime,
    get_locale,
    get_timezone,
    gettext,
    ngettext,
)
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

LANGUAGES = {"zh-Hans": "zh_Hans_CN", "en": "en"}  # what HTML calls it: what Babel calls it
DEFAULT_LANGUAGE = "zh-Hans"
COOKIE = "lang"
COOKIE_LIFE = timedelta(days=365)
CATALOGUES = Path(__file__).parent / "translations"
MOMENT_FORMATS = {"zh-Hans": "y年M月d日 HH:mm", "en": "d MMMM y, HH:mm"}
DAY_FORMATS = {"zh-Hans": "y年M月d日", "en": "d MMMM y"}


def init_i18n(app: Flask) -> None:
    """Set up the languages of `app`; `BABEL_DEFAULT_TIMEZONE` in its config names the time zone.

    Templates get `_()`, `ngettext()`, the filters `moment`, `day` and `span`, and the variables
    `lang`, `html_lang`, `switch_language_url` and `time_zone_name`.
    """
    babel = Babel(
        app,
        default_locale=LANGUAGES[DEFAULT_LANGUAGE],
        default_timezone="Asia/Shanghai",
        locale_selector=_locale_of_request,
    )
    with app.app_context():
        for locale in LANGUAGES.values():
            catalogue = read_catalogue(CATALOGUES / locale / "LC_MESSAGES", locale)
            babel.domain_instance.cache[locale, babel.domain] = catalogue
    app.add_template_filter(moment)
    app.add_template_filter(day)
    app.add_template_filter(span)
    app.add_template_filter(datetime.fromisoformat, "instant")
    app.context_processor(_template_variables)
    app.after_request(_remember_language)


def read_catalogue(folder: Path, locale: str) -> NullTranslations:
    """Read every .po file of a language; without any, messages stay as they are written."""
    translations: Translations | None = None
    for path in sorted(folder.glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale))
        compiled.seek(0)
        part = Translations(compiled)
        translations = part.merge(translations) if translations else part
    return translations or NullTranslations()


def current_language() -> str:
    """Say what HTML calls the language in use: "zh-Hans" or "en"."""
    return "en" if str(get_locale()) == "en" else DEFAULT_LANGUAGE


def moment(instant: datetime) -> str:
    """Word an aware instant as local date and time, to the minute."""
    return str(format_datetime(instant, MOMENT_FORMATS[current_language()]))


def day(when: date) -> str:
    """Word a calendar date, or the local date of an aware instant."""
    return str(format_date(when, DAY_FORMATS[current_language()]))


def span(length: timedelta) -> str:
    """Word a span of time in its largest whole unit, never rounded up; the sign is ignored."""
    length = abs(length)
    hours, seconds = divmod(length.seconds, 3600)
    if length.days:
        return str(ngettext("%(num)d day", "%(num)d days", length.days))
    if hours:
        return str(ngettext("%(num)d hour", "%(num)d hours", hours))
    return str(ngettext("%(num)d minute", "%(num)d minutes", seconds // 60))


def _locale_of_request() -> str:
    if not has_request_context():
        return LANGUAGES[DEFAULT_LANGUAGE]
    language = (
        _known(request.args.get("lang"))
        or _known(request.cookies.get(COOKIE))
        or _known(_language_of_person())
        or request.accept_languages.best_match(LANGUAGES)
        or DEFAULT_LANGUAGE
    )
    return LANGUAGES[language]


def _language_of_person() -> str | None:
    """The language a signed-in person has chosen for good."""
    if not hasattr(current_app, "login_manager"):
        return None
    return getattr(getattr(current_user, "identity", None), "language", None)


def _known(asked: str | None) -> str | None:
    """Accept the names of HTML and of Babel alike, and plain "zh"."""
    primary = (asked or "").replace("_", "-").split("-")[0]
    return {"zh": "zh-Hans", "en": "en"}.get(primary)


def _template_variables() -> dict[str, str]:
    language = current_language()
    other = next(name for name in LANGUAGES if name != language)
    arguments = request.args.to_dict(flat=False) if has_request_context() else {}
    return {
        "lang": LANGUAGES[language],
        "html_lang": language,
        # A link without a path keeps the page, whatever address it has.
        "switch_language_url": "?" + urlencode({**arguments, "lang": [other]}, doseq=True),
        "time_zone_name": _time_zone_name(),
    }


def _time_zone_name() -> str:
    zone = get_timezone()
    if str(zone) == "Asia/Shanghai":
        return str(gettext("Beijing time"))  # as everybody says; the locale data has "China Time"
    return get_timezone_name(zone, locale=get_locale())


def _remember_language(response: Response) -> Response:
    response.vary.update(("Accept-Language", "Cookie"))
    if language := _known(request.args.get("lang")):
        remember_language(response, language)
    return response


def remember_language(response: AnyResponse, language: str) -> None:
    """Keep the language in this browser, as HTML or the engine calls it."""
    response.set_cookie(
        COOKIE,
        _known(language) or DEFAULT_LANGUAGE,
        max_age=COOKIE_LIFE,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
