"""Rules for roles.yaml, parameters-schema.json and plan.yaml."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from engine.checks.findings import Finding, error, warning
from engine.checks.model import Package

_ROLES, _PARAMETERS, _PLAN = "roles.yaml", "parameters-schema.json", "plan.yaml"
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")

BAD_KEY = error(
    "key_invalid",
    zh=("名称{key}不能用", "只用小写字母、数字和下划线，以字母开头"),
    en=("the name {key} cannot be used", "write lower case letters, digits and underscores"),
)
WORDS_MISSING = error(
    "words_missing",
    zh=("{part}的{key}缺少中文名称（zh）", "写成 {{zh: …, en: …}}"),
    en=("{part}: {key} has no Chinese name (zh)", "write {{zh: …, en: …}}"),
)
ENGLISH_MISSING = warning(
    "english_missing",
    zh=("{part}的{key}缺少英文名称（en）", "补上en"),
    en=("{part}: {key} has no English name (en)", "add en"),
)
ROLE_FIELD = error(
    "role_field",
    zh=("责任主体{key}的{field}不是可用的写法", "只用zh、en、blind、never_with"),
    en=("role {key}: {field} is not known", "use zh, en, blind and never_with only"),
)
NEVER_WITH = error(
    "never_with",
    zh=("责任主体{key}的never_with写了不存在的{other}", "改为roles中已有的责任主体"),
    en=("role {key}: never_with names {other}, which is no role", "name a role of the file"),
)
NO_ROLES = error(
    "no_roles",
    zh=("没有责任主体（roles）", "至少写一个责任主体"),
    en=("it names no roles", "write at least one role under roles:"),
)
BAD_SCHEMA = error(
    "parameters_invalid",
    zh=("不是合格的JSON Schema：{reason}", "改正{place}"),
    en=("it is not a JSON Schema: {reason}", "repair {place}"),
)
NO_DEFAULT = error(
    "parameter_default",
    zh=("参数{key}没有可用的默认值：{reason}", "给出符合自身规则的default"),
    en=("parameter {key} has no default that fits it: {reason}", "give it a default that fits"),
)
PARAMETER_WORDS = warning(
    "parameter_words",
    zh=("参数{key}缺少{field}", "补上{field}"),
    en=("parameter {key} has no {field}", "add {field}"),
)
SUM_INVALID = error(
    "sum_invalid",
    zh=("x-sums的一项不可用：{reason}", "写成{{of: [参数…], total: 合计}}，参数为整数"),
    en=("a rule of x-sums cannot be used: {reason}", "write {{of: [parameter…], total: number}}"),
)
SUM_DEFAULTS = error(
    "sum_defaults",
    zh=("{names}的默认值合计为{actual}，应为{total}", "改正默认值或x-sums"),
    en=("the defaults of {names} make {actual}, not {total}", "correct a default, or x-sums"),
)
WORKDAYS_OF = error(
    "plan_parameter",
    zh=("{key}按不存在的参数{name}计算工作日", "改为方案中已有的参数"),
    en=("{key} counts by the parameter {name}, which does not exist", "name one of the plan"),
)


CONFIRMS_ROLE = error(
    "confirms_role",
    zh=("confirms_changes写了不存在的责任主体{name}", "改为roles中的责任主体"),
    en=("confirms_changes names {name}, which is no role", "name one of roles"),
)


def roles_have_names(package: Package) -> Iterator[Finding]:
    if _ROLES in package.files and not package.roles:
        yield NO_ROLES.at(_ROLES)
    parts = {"roles": package.roles, "functions": package.functions, "words": package.words}
    for part, entries in parts.items():
        for key, entry in entries.items():
            yield from _named(part, key, entry)


def _named(part: str, key: str, entry: Any) -> Iterator[Finding]:
    pattern = _KEY if part == "words" else _SNAKE
    if not pattern.fullmatch(key):
        yield BAD_KEY.at(_ROLES, key=key)
    names = entry if isinstance(entry, Mapping) else {}
    if not isinstance(names.get("zh"), str) or not names["zh"].strip():
        yield WORDS_MISSING.at(_ROLES, part=part, key=key)
    elif not names.get("en"):
        yield ENGLISH_MISSING.at(_ROLES, part=part, key=key)


def changes_are_confirmed_by_roles(package: Package) -> Iterator[Finding]:
    for role in package.confirms:
        if role not in package.roles:
            yield CONFIRMS_ROLE.at(_ROLES, name=role)


def roles_say_only_what_is_known(package: Package) -> Iterator[Finding]:
    for key, entry in package.roles.items():
        fields: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
        for field in fields.keys() - {"zh", "en", "blind", "never_with"}:
            yield ROLE_FIELD.at(_ROLES, key=key, field=field)
        others = fields.get("never_with", [])
        for other in others if isinstance(others, list) else [others]:
            if other not in package.roles:
                yield NEVER_WITH.at(_ROLES, key=key, other=other)


def parameters_are_a_schema(package: Package) -> Iterator[Finding]:
    for key, schema in package.parameters.items():
        if not _SNAKE.fullmatch(key):
            yield BAD_KEY.at(_PARAMETERS, key=key)
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as bad:
            yield BAD_SCHEMA.at(_PARAMETERS, place=key, reason=bad.message[:200])
            continue
        yield from _default(key, schema)
        yield from _parameter_words(key, schema)


def _default(key: str, schema: Any) -> Iterator[Finding]:
    if not isinstance(schema, Mapping) or "default" not in schema:
        yield NO_DEFAULT.at(_PARAMETERS, key=key, reason="–")
        return
    wrong = next(Draft202012Validator(schema).iter_errors(schema["default"]), None)
    if wrong is not None:
        yield NO_DEFAULT.at(_PARAMETERS, key=key, reason=wrong.message[:200])


def _parameter_words(key: str, schema: Any) -> Iterator[Finding]:
    english = schema.get("x-i18n") if isinstance(schema, Mapping) else None
    english = english.get("en") if isinstance(english, Mapping) else None
    told = {
        "title": schema.get("title"),
        "x-group": schema.get("x-group"),
        "x-i18n.en.title": english.get("title") if isinstance(english, Mapping) else None,
    }
    for field, words in told.items():
        if not words:
            yield PARAMETER_WORDS.at(_PARAMETERS, key=key, field=field)


def sums_fit(package: Package) -> Iterator[Finding]:
    for rule in package.sums:
        paths = rule.get("of") if isinstance(rule, Mapping) else None
        total = rule.get("total") if isinstance(rule, Mapping) else None
        if not isinstance(paths, list) or not paths or type(total) is not int:
            yield SUM_INVALID.at(_PARAMETERS, reason=str(rule)[:80])
            continue
        schemas = [package.parameters.get(path) for path in paths if isinstance(path, str)]
        defaults = [s.get("default") if isinstance(s, Mapping) else None for s in schemas]
        numbers = [value for value in defaults if isinstance(value, int)]
        if len(numbers) != len(paths):
            yield SUM_INVALID.at(_PARAMETERS, reason=", ".join(map(str, paths)))
        elif sum(numbers) != total:
            yield SUM_DEFAULTS.at(
                _PARAMETERS, names=", ".join(paths), actual=str(sum(numbers)), total=str(total)
            )


def plan_counts_by_parameters(package: Package) -> Iterator[Finding]:
    for line in package.plan:
        name = line.working_days
        if isinstance(name, str) and name not in package.parameters:
            yield WORKDAYS_OF.at(_PLAN, key=line.key, name=name)


RULES = (
    roles_have_names,
    roles_say_only_what_is_known,
    changes_are_confirmed_by_roles,
    parameters_are_a_schema,
    sums_fit,
    plan_counts_by_parameters,
)
