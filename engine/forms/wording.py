"""Titles of fields and the words for problems, in both languages."""

from collections.abc import Mapping

from engine.forms.model import Choice, Field, Form, Kind, Lang, Options, Words
from engine.forms.problems import Problem

_SHAPE = Words(
    "{title}的内容无法读取，请重新填写", "{title} cannot be read. Enter it again on this page"
)
_MESSAGES: dict[str, Words] = {
    "required": Words("请填写{title}", "Enter {title}"),
    "required.choice": Words("请选择{title}", "Choose {title}"),
    "required.several": Words("请选择{title}，至少一项", "Choose {title}, at least one"),
    "required.tick": Words("请选择{title}：是或否", "Choose yes or no for {title}"),
    "required.file": Words("请上传{title}", "Upload {title}"),
    "required.files": Words("请上传{title}，至少一份", "Upload {title}, at least one file"),
    "required.rows": Words("请填写{title}，至少一行", "Fill in {title}, at least one row"),
    "required_when": Words(
        "{because}为“{wanted}”时，请填写{title}", "Enter {title}, because {because} is “{wanted}”"
    ),
    "required_when.choice": Words(
        "{because}为“{wanted}”时，请选择{title}", "Choose {title}, because {because} is “{wanted}”"
    ),
    "required_when.file": Words(
        "{because}为“{wanted}”时，请上传{title}", "Upload {title}, because {because} is “{wanted}”"
    ),
    "must_tick": Words("请勾选{title}后再提交", "Tick “{title}” before you submit"),
    "too_long": Words(
        "{title}不能超过 {limit} 个字，现有 {length} 个字，请缩短",
        "{title} may have at most {limit} characters and has {length}. Shorten it",
    ),
    "too_short": Words(
        "{title}至少需要 {limit} 个字，现有 {length} 个字，请补充",
        "{title} needs at least {limit} characters and has {length}. Add to it",
    ),
    "pattern": Words(
        "{title}的格式不正确，请按要求填写{hint}", "{title} is not in the form asked for{hint}"
    ),
    "characters": Words(
        "{title}含有无法保存的字符，请删除后重新填写",
        "{title} holds characters that cannot be stored. Remove them",
    ),
    "integer": Words("{title}须为整数，例如 12", "{title} must be a whole number, such as 12"),
    "decimal": Words(
        "{title}须为数字，小数点用“.”，例如 27.5",
        "{title} must be a number with a point before the decimals, such as 27.5",
    ),
    "too_small": Words("{title}不能小于 {limit}", "{title} must be {limit} or more"),
    "too_large": Words("{title}不能大于 {limit}", "{title} must be {limit} or less"),
    "step": Words(
        "{title}须从 {start} 起以 {step} 为一档填写",
        "{title} must go up in steps of {step} from {start}",
    ),
    "date": Words(
        "{title}须为有效日期，例如 2026-03-05", "{title} must be a real date, such as 2026-03-05"
    ),
    "time": Words(
        "{title}须为有效时间，例如 08:30", "{title} must be a time of day, such as 08:30"
    ),
    "instant": Words(
        "{title}须为有效的日期和时间，例如 2026-03-05 08:30",
        "{title} must be a date and time, such as 2026-03-05 08:30",
    ),
    "email": Words(
        "{title}须为有效的电子邮箱，例如 name@example.cn",
        "{title} must be an e-mail address, such as name@example.cn",
    ),
    "tick": Words("{title}请选择是或否", "Choose yes or no for {title}"),
    "choice": Words(
        "{title}的选项无效，请从列表中选择", "Choose {title} from the list that is offered"
    ),
    "repeated": Words("{title}中有重复的选项，请去掉重复", "{title}: choose each only once"),
    "file_type": Words(
        "{title}只接受以下类型的文件：{accept}", "{title} must be a file of type {accept}"
    ),
    "file_size": Words(
        "{title}不能超过 {megabytes} MB，请压缩或拆分后重新上传",
        "{title} must be at most {megabytes} MB. Upload a smaller file",
    ),
    "file_empty": Words(
        "{title}是空文件，请重新选择文件上传", "{title} is an empty file. Choose another file"
    ),
    "file_unknown": Words(
        "{title}的文件已失效，请重新上传", "{title}: the file is no longer there. Upload it again"
    ),
    "too_few": Words(
        "{title}至少需要 {limit} 项，现有 {count} 项，请补充",
        "Add to {title}: at least {limit} needed, {count} chosen",
    ),
    "too_few.rows": Words(
        "{title}至少需要 {limit} 行，现有 {count} 行，请补充",
        "Add rows to {title}: at least {limit} needed, {count} filled in",
    ),
    "too_many": Words(
        "{title}最多 {limit} 项，现有 {count} 项，请减少",
        "Choose fewer in {title}: at most {limit} allowed, {count} chosen",
    ),
    "too_many.rows": Words(
        "{title}最多 {limit} 行，现有 {count} 行，请删减",
        "Remove rows from {title}: at most {limit} allowed, {count} filled in",
    ),
    "row_unknown": Words(
        "{title}不在应填名单内，请刷新页面后重新填写",
        "{title} is not one of the rows asked for. Reload the page and fill it in again",
    ),
    "row_repeated": Words(
        "{title}与前面的行重复，请只保留一行", "{title} repeats an earlier row. Keep only one"
    ),
    "person_is_candidate": Words(
        "{title}与报名人选同名，不得列入；确系另一人的，请填写其手机号码",
        "{title} has a candidate's name and may not be on the list. If it is somebody else, "
        "enter the phone number",
    ),
    "person_is_relative": Words(
        "{title}与人选申报的亲属同名，应当回避；确系另一人的，请填写完整单位",
        "{title} has the name of a candidate's relative and must step aside. If it is somebody "
        "else, enter the unit in full",
    ),
    "person_twice": Words(
        "{title}与第 {other} 行是同一人，请只保留一行",
        "{title} is the person of row {other}. Keep only one of them",
    ),
    "person_in_two_groups": Words(
        "{title}与第 {other} 行是同一人，却列入不同层面，请只保留一行",
        "{title} is the person of row {other}, in another group. Keep only one of them",
    ),
    "person_has_role": Words(
        "{title}已承担不能兼任的职责，请更换人员",
        "{title} has a role that may not be combined with this one. Choose somebody else",
    ),
    "too_few_people": Words(
        "{title}至少需要 {needed} 人，现有 {found} 人，请补充",
        "{title} needs {needed} people and has {found}. Add to it",
    ),
    "group_size": Words(
        "{title}中有一类人员应为 {needed} 人，现为 {found} 人，请核对各类人数",
        "{title}: one group must have {needed} people and has {found}. Check the groups",
    ),
    "not_entitled": Words(
        "{title}有不在应到人员名单内的人员，请刷新页面后重新勾选",
        "{title} names somebody who is not on the list. Reload the page and tick again",
    ),
    "present_and_excluded": Words(
        "{title}有同时列为不计入应到的人员，请改正",
        "{title} names somebody who is left out of the entitled as well. Correct one of the two",
    ),
    "unknown": Words(
        "提交的内容含有本表没有的 {count} 个字段，请刷新页面后重新填写",
        "{count} fields are not part of this form. Reload the page and fill it in again",
    ),
    "shape": _SHAPE,
}
YES, NO = Words("是", "Yes"), Words("否", "No")
_FORM = Words("本表", "This form")


def title(form: Form, path: str, lang: Lang) -> str:
    """Give the title of a field, of the form for '', the path itself for what the form lacks."""
    if not path:
        return (form.label or _FORM).in_(lang)
    field = form.field(path)
    return field.label.in_(lang) if field else path


def place(form: Form, path: str, lang: Lang, options: Options | None = None) -> str:
    """Give the title with the row it stands in: 'Name, row 3', or 'Score, K03' for fixed rows."""
    rows, _, rest = path.partition(".")
    index, _, column = rest.partition(".")
    if not index.isdecimal():
        return title(form, path, lang)
    row = row_name(form.field(rows), int(index), lang, options)
    if not column:
        return row
    named = title(form, path, lang)
    return f"{row}“{named}”" if lang == "zh" else f"{named}, {row}"


def row_name(field: Field | None, index: int, lang: Lang, options: Options | None = None) -> str:
    """Name a row by its fixed choice where `options` tell it, else by its number from 1."""
    fixed = (
        (options or {}).get(field.path, ()) if field and field.rows and field.rows.source else ()
    )
    if index < len(fixed):
        return fixed[index].label(lang)
    return f"第 {index + 1} 行" if lang == "zh" else f"row {index + 1}"


def word_problem(problem: Problem, form: Form, lang: Lang, options: Options | None = None) -> str:
    """Say what to correct, naming the field and the remedy.

    `options` name the fixed rows; without them rows are numbered.
    """
    field = form.field(problem.path)
    words = _MESSAGES.get(f"{problem.code}.{field.kind}" if field else "")
    words = words or _MESSAGES.get(problem.code, _SHAPE)
    facts: dict[str, str | int] = {"title": _subject(form, problem.path, lang, options)}
    facts |= problem.values
    if field and field.hint and problem.code == "pattern":
        facts["hint"] = f"：{field.hint.zh}" if lang == "zh" else f": {field.hint.en}"
    if problem.code == "required_when":
        facts |= _reason(problem, form, lang, options)
    text = words.in_(lang).format_map(_Known(facts))
    return text[:1].upper() + text[1:]


def _subject(form: Form, path: str, lang: Lang, options: Options | None) -> str:
    """Make the place the subject of a sentence: Chinese puts titles of fields in quotes."""
    named = place(form, path, lang, options)
    return f"“{named}”" if lang == "zh" and path.count(".") == 0 and path else named


def _reason(problem: Problem, form: Form, lang: Lang, options: Options | None) -> dict[str, str]:
    """Put the deciding field and its choice into words."""
    path, code = str(problem.values.get("because", "")), str(problem.values.get("wanted", ""))
    field = form.field(path)
    wanted = code
    if field is not None and field.kind is Kind.TICK:
        wanted = (YES if code == "true" else NO).in_(lang)
    elif field is not None:
        offered: Mapping[str, Choice] = {
            choice.code: choice for choice in field.choices or (options or {}).get(field.path, ())
        }
        wanted = offered[code].label(lang) if code in offered else code
    because = title(form, path, lang)
    return {"because": f"“{because}”" if lang == "zh" else because, "wanted": wanted}


class _Known(dict[str, str | int]):
    """Facts of a problem; one that is missing is left blank rather than failing the page."""

    def __missing__(self, key: str) -> str:
        return ""
