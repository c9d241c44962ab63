"""Those who applied: a code for each, and the rows a decision table is held against."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import conflicts
from engine.forms import Field, Kind
from engine.model import Candidate, Person, Seat
from engine.operations.answers import all_rounds
from engine.operations.base import BadParameters, Call, Outcome, operation
from engine.operations.entrants import RosterRefused, people_of, read_rows, repeated
from engine.operations.schemas import CODES, TEXT, parameter, takes

_HAND_ON = parameter(
    "随代码传递的选择项",
    "choices handed on",
    CODES,
    hint=(
        "如报考职位；只能是单选字段，姓名和文字不随流程传递。",
        "E.g. the post applied for; only choices, never names or free text.",
    ),
)
_COPIED = {"name": "name", "unit": "unit", "post": "post", "phone": "phone", "email": "email"}
_ANNOUNCEMENT = "announcement"
_SINCE = "_since"


@operation(
    "register_applicants",
    takes(
        {"applications": parameter("报名环节", "task of the applications")},
        {
            "same_by": parameter(
                "识别同一人的字段",
                "field that tells a person",
                hint=(
                    "如身份证号；该字段相同的，只登记最后提交的一份。不填则不比对。",
                    "Of applications that agree in it only the last counts. Empty: no comparison.",
                ),
            ),
            "hand_on": _HAND_ON,
        },
    ),
)
def register_applicants(
    call: Call, *, applications: str, same_by: str = "", hand_on: Sequence[str] = ()
) -> Outcome:
    """Make a candidate of everybody who applied, with codes K01, K02 … in the order of handing in.

    The answers stay in their seats; the person gets name, unit, post, phone, e-mail and date of
    birth from them. Run again after an extension it keeps the codes given before and goes on.

    Args:
        call: the public task, or any element after it.
        applications: id of the public task.
        same_by: field that is the same in two applications of one person; empty: none is.
        hand_on: choices of the form that are handed on per code, such as the post applied for.

    Returns:
        `{applicants: [code…], superseded: n, by_field: {field: {code: choice}}}` with every
        applicant of all rounds.

    Raises:
        BadParameters: `hand_on` names something that is no choice; free text never travels.

    Source: process.md, s1_apply.

    """
    seats = all_rounds(call, applications)
    counted = _last_of_each(seats, same_by)
    rows = call.session.scalars(select(Candidate).where(Candidate.case_id == call.case.id))
    known = {row.person_id: row for row in rows}
    number = max((int(row.code[1:]) for row in known.values()), default=0)
    width = max(2, len(str(number + len(counted))))
    for seat in counted:
        if seat.person_id in known:
            continue
        number += 1
        candidate = Candidate(
            case_id=call.case.id, person_id=seat.person_id, code=f"K{number:0{width}d}"
        )
        call.session.add(candidate)
        known[_person_of(seat)] = candidate
    people = _copy_to_people(call, counted)
    for candidate in known.values():
        person = people.get(candidate.person_id)
        if person is not None:
            candidate.stroke_order = int(person.details.get("stroke_order", 0))
    call.session.flush()  # the seats that open next ask for them
    conflicts.detect(call.session, case_id=call.case.id, now=call.now)
    codes = sorted((row.code for row in known.values()), key=lambda code: int(code[1:]))
    answers = {known[_person_of(seat)].code: seat.answers or {} for seat in counted}
    made = {"applicants": codes, "superseded": len(seats) - len(counted)}
    form = call.package.form_of(call.package.element(applications))
    return Outcome(made | {"by_field": _choices(form.fields if form else (), hand_on, answers)})


@operation(
    "enter_candidates",
    takes(
        {},
        {
            "field": parameter("名单所在字段", "field with the rows", TEXT),
            "hand_on": _HAND_ON,
        },
    ),
)
def enter_candidates(call: Call, *, field: str = "people", hand_on: Sequence[str] = ()) -> Outcome:
    """Make candidates of the people on a list, where nobody applies on a page of their own.

    For lists drawn up on paper, by an organisation or by law, e.g. everybody entitled to stand.
    Rows are known by name, unit and phone as in `store_roster`. Run again it keeps the codes given
    before, adds whoever is new and leaves the others as they are (`set_status` ends them).

    Args:
        call: the user task where the list is entered.
        field: its rows (`name`, `unit`, `post`, `phone`, `email` and choices).
        hand_on: choices of the rows that are handed on per code, such as the post stood for.

    Returns:
        `{applicants: [code…], by_field: {field: {code: choice}}, total}`: those on the list now,
        in its order.

    Raises:
        RosterRefused: one person twice; nothing is changed.
        BadParameters: `hand_on` names something that is no choice; free text never travels.

    Source: domain.md §2, A1 (named by organisations) and A12 (nobody applies).

    """
    raw = [row for each in call.submissions for row in each.answers.get(field) or ()]
    rows = read_rows(raw, path=field, functions=False)
    problems = repeated(rows)
    if problems:
        raise RosterRefused(problems)
    people = people_of(call, rows)
    known = {
        row.person_id: row.code
        for row in call.session.scalars(select(Candidate).where(Candidate.case_id == call.case.id))
    }
    number = max((int(code[1:]) for code in known.values()), default=0)
    width = max(2, len(str(number + len(people))))
    for person in people:
        if person.id not in known:
            number += 1
            known[person.id] = f"K{number:0{width}d}"
            call.session.add(
                Candidate(case_id=call.case.id, person_id=person.id, code=known[person.id])
            )
    call.session.flush()  # the seats that open next ask for them
    conflicts.detect(call.session, case_id=call.case.id, now=call.now)
    codes = [known[person.id] for person in people]
    form = call.package.form_of(call.element)
    asked = form.field(field) if form else None
    answers = dict(zip(codes, raw, strict=True))
    chosen = _choices(asked.columns if asked else (), hand_on, answers)
    return Outcome({"applicants": codes, "by_field": chosen, "total": len(codes)})


def rows_for_decision(
    call: Call, subjects: Sequence[str], answers_of: str
) -> dict[str, dict[str, Any]]:
    """Give the inputs of a decision table for each candidate.

    Args:
        call: the business rule task.
        subjects: candidates' codes.
        answers_of: the task whose answers are the inputs.

    Returns:
        Per code the answers of the latest round (None for what was left empty), `code`, `age` in
        full years from `birth_date`, and `months_in_<x>` in full months from every `<x>_since`,
        both on the day of `parameters.age_date`: a line of the plan or a date, by default the
        announcement's.

    Raises:
        BadParameters: a candidate has no answers there.

    """
    rows = call.session.execute(
        select(Candidate.person_id, Candidate.code).where(Candidate.case_id == call.case.id)
    )
    people = {row.person_id: row.code for row in rows}
    answers: dict[str, Mapping[str, Any]] = {}
    for seat in all_rounds(call, answers_of):
        code = seat.subject or (people.get(seat.person_id, "") if seat.person_id else "")
        answers[code] = seat.answers or {}
    absent = [code for code in subjects if code not in answers]
    if absent:
        raise BadParameters("apply_table", f"{answers_of} has no answers of {', '.join(absent)}")
    fields, day = _fields(call, answers_of), _age_date(call)
    return {
        code: {
            **dict.fromkeys(fields),
            **answers[code],
            "code": code,
            **_ages(fields, answers[code], day),
        }
        for code in subjects
    }


def _choices(
    fields: Sequence[Field], names: Sequence[str], answers: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, str]]:
    """Per field the choice of each code; nothing else of an application may travel."""
    kinds = {field.key: field.kind for field in fields}
    for name in names:
        if kinds.get(name) is not Kind.CHOICE:
            raise BadParameters("hand_on", f"{name!r} is not a choice of the form")
    return {
        name: {code: given[name] for code, given in answers.items() if given.get(name)}
        for name in names
    }


def full_years(born: date, day: date) -> int:
    """Age in full years; who was born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def full_months(since: date, day: date) -> int:
    """Whole months from one day to another, e.g. 24 from 2 March to 2 March two years later."""
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)


def _last_of_each(seats: Sequence[Seat], same_by: str) -> list[Seat]:
    """Of several applications of one person the last one, in the order of handing in."""
    last: dict[object, Seat] = {}
    for seat in seats:
        told = str((seat.answers or {}).get(same_by) or "").strip().upper() if same_by else ""
        key = told or seat.person_id
        last.pop(key, None)
        last[key] = seat
    return list(last.values())


def _person_of(seat: Seat) -> UUID:
    if seat.person_id is None:
        raise BadParameters("register_applicants", "an application belongs to nobody")
    return seat.person_id


def _copy_to_people(call: Call, seats: Sequence[Seat]) -> dict[UUID, Person]:
    ids = [_person_of(seat) for seat in seats]
    people = {p.id: p for p in call.session.scalars(select(Person).where(Person.id.in_(ids)))}
    for seat in seats:
        person, answers = people[_person_of(seat)], seat.answers or {}
        for field, column in _COPIED.items():
            if answers.get(field):
                setattr(person, column, str(answers[field]).strip())
        if answers.get("birth_date"):
            person.born = date.fromisoformat(answers["birth_date"])
    return people


def _fields(call: Call, element_id: str) -> list[str]:
    form = call.package.form_of(call.package.element(element_id))
    return [field.key for field in form.fields] if form else []


def _ages(fields: Sequence[str], answers: Mapping[str, Any], day: date) -> dict[str, int | None]:
    made: dict[str, int | None] = {}
    names = dict.fromkeys([*fields, *answers])
    if "birth_date" in names:
        made["age"] = _counted(answers.get("birth_date"), day, full_years)
    for name in names:
        if name.endswith(_SINCE):
            key = f"months_in_{name.removesuffix(_SINCE)}"
            made[key] = _counted(answers.get(name), day, full_months)
    return made


def _counted(value: Any, day: date, count: Any) -> int | None:
    return count(date.fromisoformat(value), day) if value else None


def _age_date(call: Call) -> date:
    word = str(call.case.parameters.get("age_date") or _ANNOUNCEMENT)
    plan: Mapping[str, datetime] = call.facts.plan
    if word in plan:
        return plan[word].astimezone(ZoneInfo(call.case.time_zone)).date()
    if word == _ANNOUNCEMENT:
        return call.case.started_at.astimezone(ZoneInfo(call.case.time_zone)).date()
    return date.fromisoformat(word)
