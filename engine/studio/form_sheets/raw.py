"""Both files of a form as text, for experts."""

from dataclasses import dataclass

from engine.forms import InvalidForm, load_form
from engine.studio.form_sheets.places import schema_file, ui_file
from engine.studio.sheets import Fault, Files, Typed, UnknownPart


@dataclass(frozen=True)
class RawFormSheet:
    """Both files of a form as text, for experts; saved only where they make a form."""

    form_id: str

    @property
    def name(self) -> str:
        return f"raw-form:{self.form_id}"

    def read(self, files: Files) -> dict[str, str]:
        if schema_file(self.form_id) not in files:
            raise UnknownPart(self.form_id)
        return {
            "schema": files[schema_file(self.form_id)],
            "ui": files.get(ui_file(self.form_id), "{}"),
        }

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        schema, ui = typed.get("schema", ""), typed.get("ui", "")
        try:
            load_form(self.form_id, schema, ui)
        except InvalidForm as bad:
            return dict(files), [
                Fault(
                    "schema" if fault.file.endswith("-schema.json") else "ui", "form",
                    {"place": fault.place or "/", "reason": f"{fault.wrong}; {fault.remedy}"},
                )
                for fault in bad.faults
            ]  # fmt: skip
        return {**files, schema_file(self.form_id): schema, ui_file(self.form_id): ui}, []
