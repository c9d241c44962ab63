"""A small selection to run operations on: people, candidates, tasks with answers, a package."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bpmn import Element
from engine.definitions import PackageVersion
from engine.facts import CaseFacts
from engine.model import Candidate, Case, CaseMember, Instance, Package, Person, Seat, UserTask
from engine.operations import Call, Outcome, Submission, perform
from tests.support.clock import ANNOUNCEMENT_DAY

ROLES = """
roles:
  selection_office: {zh: 公选办, en: selection office}
  recommender: {zh: 推荐人员, en: recommender, never_with: [candidate, judge]}
  judge: {zh: 评委, en: judge}
  scrutineer: {zh: 监票人, en: scrutineer}
words:
  short_field: {zh: 人选不足, en: too few candidates}
"""
PARAMETERS = {
    "type": "object",
    "properties": {
        "first_ratio": {
            "title": "第一次推荐比例",
            "x-i18n": {"en": {"title": "first ratio"}},
            "type": "integer",
            "minimum": 2,
            "maximum": 20,
        },
        "paper_ballots": {"title": "使用纸质票", "type": "boolean"},
        "quorum": {
            "title": "到会要求",
            "type": "string",
            "oneOf": [{"const": "2/3", "title": "三分之二"}, {"const": "3/4", "title": "四分之三"}],
        },
        "grade_values": {"title": "四档分值", "type": "array"},
    },
}
TEXT = {"type": "string", "maxLength": 40, "title": "x", "x-i18n": {"en": {"title": "x"}}}
APPLICATION = {
    "title": "报名",
    "x-i18n": {"en": {"title": "apply"}},
    "type": "object",
    "properties": {
        name: {**TEXT, **({"format": "date"} if name.endswith(("_since", "_date")) else {})}
        for name in ("name", "birth_date", "rank_since", "party_since", "degree")
    },
}
for _date in ("birth_date", "rank_since", "party_since"):
    APPLICATION["properties"][_date].pop("maxLength")  # type: ignore[index]


def element(element_id: str, **properties: str) -> Element:
    return Element(
        id=element_id, kind="serviceTask", name="", name_en="", role="", process_id="p", inside="",
        file="p.bpmn", marker=False, called="", properties=properties,
    )  # fmt: skip


class Files(PackageVersion):
    """A package without diagrams: its elements have no properties."""

    def element(self, element_id: str) -> Element:
        return element(element_id)


@dataclass
class Bench:
    """One selection in one transaction; `run` performs an operation as the process would."""

    session: Session
    now: datetime = ANNOUNCEMENT_DAY
    files: dict[str, str] = field(default_factory=dict)
    case: Case = field(init=False)
    instance: Instance = field(init=False)

    def __post_init__(self) -> None:
        self.files = {
            "roles.yaml": ROLES,
            "parameters-schema.json": json.dumps(PARAMETERS),
            "forms/s1_apply-schema.json": json.dumps(APPLICATION),
            **self.files,
        }
        self.case = Case(
            package_key="p", title="两名镇长公选", title_en="two mayors", started_at=self.now,
            parameters={}, details={},
        )  # fmt: skip
        self.session.add_all(
            [self.case, Package(hash="0" * 64, key="p", files={}, first_used_at=self.now)]
        )
        self.session.flush()
        self.instance = self.add_instance()

    def add_instance(self) -> Instance:
        made = Instance(
            case_id=self.case.id, package_hash="0" * 64, process_id="p", started_at=self.now
        )
        self.session.add(made)
        self.session.flush()
        return made

    def person(self, name: str, **more: Any) -> Person:
        made = Person(name=name, **more)
        self.session.add(made)
        self.session.flush()
        return made

    def candidates(self, number: int, **more: Any) -> list[Candidate]:
        made = []
        for n in range(1, number + 1):
            person = self.person(f"候选人{n}号", phone=f"1380000{n:04d}", unit=f"单位{n}", **more)
            made.append(Candidate(case_id=self.case.id, person_id=person.id, code=f"K{n:02d}"))
        self.session.add_all(made)
        self.session.flush()
        return made

    def members(self, role: str, number: int, **more: Any) -> list[Person]:
        people = [self.person(f"成员{role}{more.get('roster', '')}{n}") for n in range(number)]
        self.session.add_all(
            CaseMember(
                case_id=self.case.id, person_id=person.id, role=role, position=n, **more
            )
            for n, person in enumerate(people, start=1)
        )  # fmt: skip
        self.session.flush()
        return people

    def task(
        self,
        element_id: str,
        answers: Sequence[tuple[Person | None, str, Mapping[str, Any]]],
        *,
        round_: int = 1,
        kind: str = "open",
        instance: Instance | None = None,
    ) -> UserTask:
        """A task whose seats were handed in, in this order."""
        task = UserTask(
            case_id=self.case.id, instance_id=(instance or self.instance).id,
            package_hash="0" * 64, step="", element_id=element_id, kind=kind, round=round_,
            opened_at=self.now,
        )  # fmt: skip
        self.session.add(task)
        self.session.flush()
        for position, (person, subject, given) in enumerate(answers, start=1):
            self.session.add(
                Seat(
                    task_id=task.id, case_id=self.case.id, position=position,
                    person_id=person.id if person else None, subject=subject, state="handed_in",
                    answers=dict(given), submitted_at=self.now,
                )
            )  # fmt: skip
        self.session.flush()
        return task

    def call(
        self,
        element_id: str = "some_element",
        *answers: Mapping[str, Any],
        subjects: Sequence[str] = (),
        instance_id: UUID | None = None,
    ) -> Call:
        submissions = [
            Submission(uuid4(), None, subjects[n] if subjects else "", "", given)
            for n, given in enumerate(answers)
        ]
        return Call(
            session=self.session, case=self.case, package=Files("p", "0" * 64, self.files),
            instance_id=instance_id or self.instance.id, element=element(element_id), variables={},
            facts=CaseFacts(self.session, self.case, self.now), now=self.now,
            submissions=submissions,
        )  # fmt: skip

    def run(
        self,
        operation: str,
        *answers: Mapping[str, Any],
        at: str = "some_element",
        subjects: Sequence[str] = (),
        **parameters: Any,
    ) -> Outcome:
        made = perform(self.call(at, *answers, subjects=subjects), operation, parameters)
        self.session.flush()
        self._require_nobody_named(json.dumps(made.result, ensure_ascii=False, allow_nan=False))
        return made

    def _require_nobody_named(self, result: str) -> None:
        """No result of any operation in any test holds a person's name or id."""
        for person_id, name in self.session.execute(select(Person.id, Person.name)):
            assert str(person_id) not in result
            assert len(name) < 2 or name not in result

    def result(self, operation: str, *answers: Mapping[str, Any], **parameters: Any) -> Any:
        return self.run(operation, *answers, **parameters).result

    def roster(self, name: str) -> list[tuple[str, str]]:
        """(name, group) of those on a list now, in order."""
        rows = self.session.execute(
            select(Person.name, CaseMember.group)
            .join(CaseMember, CaseMember.person_id == Person.id)
            .where(CaseMember.roster == name, CaseMember.to_at.is_(None))
            .order_by(CaseMember.position)
        )
        return [(row.name, row.group) for row in rows]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
