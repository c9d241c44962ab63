"""A tiny process package with one task of every kind, and selections that stand at one of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import ballots, definitions
from engine.db import Sessions
from engine.definitions import PackageVersion, read_package
from engine.model import (
    Attendance,
    Attendee,
    Candidate,
    Case,
    CaseMember,
    Person,
    Problem,
    Seat,
    UserTask,
)
from engine.run import advance
from engine.run.context import Context

KEY = "tiny"
_BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"
  targetNamespace="http://gongxuan/tests">
  <bpmn:process id="{process}" isExecutable="true">
    <bpmn:startEvent id="{process}_begin">
      <bpmn:outgoing>{process}_f0</bpmn:outgoing>
    </bpmn:startEvent>
    {tasks}
    <bpmn:endEvent id="{process}_over">
      <bpmn:incoming>{process}_f{last}</bpmn:incoming>
    </bpmn:endEvent>
    {flows}
  </bpmn:process>
</bpmn:definitions>
"""
_TASK = """<bpmn:userTask id="{id}" name="{name}">
      <bpmn:extensionElements>
        <spiffworkflow:properties>{properties}</spiffworkflow:properties>
      </bpmn:extensionElements>
      <bpmn:incoming>{process}_f{n}</bpmn:incoming><bpmn:outgoing>{process}_f{m}</bpmn:outgoing>
      {marker}
    </bpmn:userTask>"""
_MARKER = "<bpmn:multiInstanceLoopCharacteristics />"

TASKS: Mapping[str, Sequence[tuple[str, str, Mapping[str, str]]]] = {
    "single": [
        (
            "fill_in",
            "填写情况",
            {
                "name_en": "Fill in the facts",
                "role": "selection_office",
                "recorders": "scribe",
                "due": "now() + days(3)",
                "result": "facts",
                "returns": "number",
            },
        ),
        (
            "look_again",
            "复核情况",
            {
                "name_en": "Check the facts",
                "role": "selection_office",
                "form": "fill_in",
                "not_by": "fill_in",
            },
        ),
    ],
    "open": [
        (
            "comment",
            "提出意见",
            {
                "name_en": "Comment",
                "role": "writer",
                "seats": "members('writer')",
                "form": "fill_in",
                "closes": "now() + hours(2)",
                "result": "comments",
            },
        )
    ],
    "scores": [
        (
            "score",
            "面试打分",
            {
                "name_en": "Score",
                "role": "judge",
                "kind": "scores",
                "seats": "times(members('judge'), codes)",
                "in_order": "yes",
                "form": "score",
                "result": "scores",
            },
        )
    ],
    "per": [
        (
            "review",
            "资格审查",
            {
                "name_en": "Check eligibility",
                "role": "selection_office",
                "seats": "per(codes, 'selection_office')",
                "form": "fill_in",
                "result": "reviews",
            },
        )
    ],
    "sealed": [
        (
            "write",
            "撰写材料",
            {
                "name_en": "Write",
                "role": "writer",
                "kind": "sealed",
                "seats": "members('writer')",
                "form": "fill_in",
                "completes": "closing",
                "result": "writing",
            },
        )
    ],
    "ballot": [
        (
            "vote",
            "投票",
            {
                "name_en": "Vote",
                "role": "voter",
                "kind": "ballot",
                "ballot": "ballot",
                "seats": "present(attendance)",
                "completes": "closing",
                "result": "turnout",
            },
        )
    ],
}
FORMS: Mapping[str, tuple[Any, Any]] = {
    "fill_in": (
        {
            "type": "object",
            "title": "情况表",
            "x-i18n": {"en": {"title": "Facts"}},
            "required": ["number"],
            "properties": {
                "number": {
                    "type": "integer",
                    "minimum": 1,
                    "title": "人数",
                    "x-i18n": {"en": {"title": "Number of people"}},
                },
                "remark": {
                    "type": "string",
                    "maxLength": 200,
                    "title": "说明",
                    "x-i18n": {"en": {"title": "Remark"}},
                },
                "people": {
                    "type": "array",
                    "title": "名单",
                    "x-i18n": {"en": {"title": "List"}},
                    "maxItems": 300,
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {
                                "type": "string",
                                "maxLength": 40,
                                "title": "姓名",
                                "x-i18n": {"en": {"title": "Name"}},
                            }
                        },
                    },
                },
                "paper": {
                    "type": "string",
                    "format": "file",
                    "x-file": {"accept": [".pdf"], "megabytes": 1},
                    "title": "扫描件",
                    "x-i18n": {"en": {"title": "Scan"}},
                },
            },
        },
        {"people": {"ui:options": {"import": True}}, "remark": {"ui:widget": "textarea"}},
    ),
    "score": (
        {
            "type": "object",
            "required": ["content"],
            "properties": {
                "content": {
                    "type": "string",
                    "format": "decimal",
                    "x-decimal": {"minimum": "0", "maximum": "6", "step": "0.1"},
                    "title": "演讲内容",
                    "x-i18n": {"en": {"title": "Content"}},
                }
            },
        },
        {},
    ),
}
_ROLES = """
roles:
  selection_office: {zh: 公选办, en: Selection office}
  scribe: {zh: 记录员, en: Scribe}
  writer: {zh: 撰稿人, en: Writer}
  judge: {zh: 面试评委, en: Judge}
  voter: {zh: 推荐人员, en: Recommender}
functions: {}
words:
  first_post: {zh: 副局长, en: Deputy director}
"""


def write_package(folder: Path) -> PackageVersion:
    """Write the package and read it back, as the application does."""
    home, forms = folder / "processes" / KEY, folder / "forms" / KEY
    home.mkdir(parents=True)
    forms.mkdir(parents=True)
    for process, tasks in TASKS.items():
        (home / f"{process}.bpmn").write_text(_diagram(process, tasks), "utf-8")
    (home / "roles.yaml").write_text(_ROLES, "utf-8")
    (home / "plan.yaml").write_text("- {key: start, zh: 公告, en: Start, day: 0, time: '08:30'}\n")
    (home / "parameters-schema.json").write_text('{"type": "object", "properties": {}}')
    for form, (schema, ui) in FORMS.items():
        (forms / f"{form}-schema.json").write_text(json.dumps(schema), "utf-8")
        (forms / f"{form}-uischema.json").write_text(json.dumps(ui), "utf-8")
    return read_package(folder / "processes", folder / "forms", KEY)


def _diagram(process: str, tasks: Sequence[tuple[str, str, Mapping[str, str]]]) -> str:
    nodes = [f"{process}_begin", *(task[0] for task in tasks), f"{process}_over"]
    flows = [
        f'<bpmn:sequenceFlow id="{process}_f{n}" sourceRef="{a}" targetRef="{b}" />'
        for n, (a, b) in enumerate(pairwise(nodes))
    ]
    drawn = [
        _TASK.format(
            id=key, name=name, process=process, n=n, m=n + 1,
            marker=_MARKER if "seats" in properties else "",
            properties="".join(
                f'<spiffworkflow:property name="{k}" value="{v}" />' for k, v in properties.items()
            ),
        )
        for n, (key, name, properties) in enumerate(tasks)
    ]  # fmt: skip
    return _BPMN.format(
        process=process, tasks="\n".join(drawn), flows="\n".join(flows), last=len(tasks)
    )


@dataclass
class Staged:
    """A selection that stands at one task."""

    case_id: UUID
    task_id: UUID
    people: dict[str, UUID]
    seats: list[UUID] = field(default_factory=list)

    @property
    def seat(self) -> UUID:
        return self.seats[0]


def stage(
    sessions: Sessions,
    package: PackageVersion,
    process: str,
    *,
    now: datetime,
    members: Mapping[str, Sequence[str]],
    codes: Sequence[str] = (),
    ballot: Sequence[Mapping[str, Any]] = (),
    title: str = "副局长公开选拔",
) -> Staged:
    """Start a selection at a task.

    Args:
        sessions: of an empty or a used database.
        package: what `write_package` gave.
        process: a key of `TASKS`.
        now: an aware instant.
        members: name of a person → roles; a name used before is the same person.
        codes: candidates; each gets a person of the same name.
        ballot: the contests of the paper; everybody who is a voter is present.
        title: of the selection.
    """
    with sessions.begin() as session:
        case = Case(
            id=uuid4(), package_key=KEY, title=title, title_en="Selection of a deputy director",
            started_at=now,
        )  # fmt: skip
        session.add(case)
        definitions.pin(session, package, now=now)
        session.flush()
        people = {name: _person(session, name) for name in (*members, *codes)}
        for position, (name, roles) in enumerate(members.items(), start=1):
            session.add_all(
                CaseMember(case_id=case.id, person_id=people[name], role=role, position=position)
                for role in roles
            )
        session.add_all(
            Candidate(case_id=case.id, person_id=people[code], code=code) for code in codes
        )
        session.flush()
        variables: dict[str, Any] = {"codes": list(codes)}
        if ballot:
            voters = [people[name] for name, roles in members.items() if "voter" in roles]
            variables |= _meeting(session, case, voters, ballot, now)
        ctx = Context(session, case, now, None)
        advance.start(
            ctx, package=package, process_id=process, instance_id=case.id, variables=variables
        )
        session.flush()
        problems = session.scalars(select(Problem.message).where(Problem.case_id == case.id)).all()
        assert not problems, problems
        task = session.scalars(select(UserTask).where(UserTask.case_id == case.id)).one()
        places = session.scalars(
            select(Seat.id).where(Seat.task_id == task.id).order_by(Seat.position)
        )
        return Staged(case.id, task.id, people, list(places))


def _person(session: Session, name: str) -> UUID:
    known = session.scalar(select(Person.id).where(Person.name == name))
    if known is not None:
        return known
    person = Person(name=name, unit="市教育局")
    session.add(person)
    session.flush()
    return person.id


def _meeting(
    session: Session,
    case: Case,
    voters: Sequence[UUID],
    contests: Sequence[Mapping[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    meeting = Attendance(case_id=case.id, element_id="meeting", taken_at=now)
    session.add(meeting)
    session.flush()
    session.add_all(
        Attendee(attendance_id=meeting.id, person_id=voter, position=n, state="present")
        for n, voter in enumerate(voters, start=1)
    )
    session.flush()
    box = ballots.lock_box(
        session, case_id=case.id, title="会议推荐票", contests=contests, base="present",
        attendance_id=meeting.id, now=now,
    )  # fmt: skip
    return {"attendance": {"id": str(meeting.id)}, "ballot": {"id": str(box)}}
