"""Shows forms as pages: what the templates in `templates/forms/` need, and the row buttons."""

from webapp.forms.actions import apply_row_action, import_name
from webapp.forms.pages import form_lang, form_page
from webapp.forms.views import FormPage

__all__ = ["FormPage", "apply_row_action", "form_lang", "form_page", "import_name"]
