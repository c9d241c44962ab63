"""For every address that can be opened: by whom, when, and with which parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine import definitions, feeds
from engine.db import transaction
from engine.forms import Form
from engine.identity import Identity
from engine.model import (
    Account,
    Candidate,
    Conflict,
    Instance,
    Notice,
    OperationRun,
    Publication,
    Recusal,
    Seat,
    StoredFile,
    UserTask,
)


@dataclass(frozen=True)
class Facts:
    """Where to find what an address names."""

    session: Session
    case_id: UUID
    draft_id: UUID

    def one(self, asked: Any) -> Any:
        found = self.session.scalars(asked.limit(1)).first()
        assert found is not None, asked
        return found

    def task(self, element: str) -> UserTask:
        latest = UserTask.opened_at.desc(), UserTask.id
        found: UserTask = self.one(
            select(UserTask).where(UserTask.element_id == element).order_by(*latest)
        )
        return found

    def seat(self, element: str, state: str = "open", *, on: bool | None = None) -> Seat:
        """A seat of the task; `on`: about the one who is on now, or about another one."""
        task = self.task(element)
        asked = select(Seat).where(Seat.task_id == task.id, Seat.state == state)
        if on is not None:
            asked = asked.where((Seat.subject == task.current_subject) == on)
        found: Seat = self.one(asked.order_by(Seat.position))
        return found

    def login(self, login: str) -> UUID:
        found: UUID = self.one(select(Account.person_id).where(Account.login == login))
        return found

    def candidate(self, code: str) -> UUID:
        found: UUID = self.one(select(Candidate.person_id).where(Candidate.code == code))
        return found

    def run(self, element: str) -> UUID:
        found: UUID = self.one(select(OperationRun.id).where(OperationRun.element_id == element))
        return found

    def publication(self, text: str) -> UUID:
        found: UUID = self.one(select(Publication.id).where(Publication.text_id == text))
        return found

    def told(self) -> UUID:
        """Somebody with notices."""
        found: UUID = self.one(select(Notice.person_id).order_by(Notice.at))
        return found

    def file(self) -> StoredFile:
        found: StoredFile = self.one(select(StoredFile).where(StoredFile.owner_id.is_not(None)))
        return found

    def sheet(self) -> dict[str, Any]:
        """A seat of the office whose form takes a spreadsheet."""
        rows = self.session.execute(
            select(Seat.id, UserTask.element_id, UserTask.package_hash)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(Seat.state == "open", UserTask.role == "selection_office")
        )
        for seat_id, element, package_hash in rows:
            package = definitions.pinned(self.session, package_hash)
            form: Form | None = package.form_of(package.element(element))
            for field in form.fields if form else ():
                if field.rows is not None and field.rows.imports:
                    return {"seat_id": seat_id, "path": field.path}
        raise AssertionError("no open task takes a spreadsheet")

    def conflict(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "conflict_id": self.one(select(Conflict.id).where(Conflict.state == "open")),
        }

    def recusal(self) -> dict[str, Any]:
        return {
            "case_id": self.case_id,
            "recusal_id": self.one(select(Recusal.id).where(Recusal.withdrawn_at.is_(None))),
        }


Who = Callable[[Facts], UUID | None]
Values = Callable[[Facts], Mapping[str, Any]]


@dataclass(frozen=True)
class Sample:
    """One address to open. `kind` is `page`, `part` of a page, `file`, or `away` (leads on)."""

    endpoint: str
    moment: str
    who: Who
    values: Values
    kind: str = "page"
    name: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.endpoint, self.name, self.moment)))


def nobody(_facts: Facts) -> UUID | None:
    return None


def account(login: str) -> Who:
    return lambda facts: facts.login(login)


def candidate(code: str) -> Who:
    return lambda facts: facts.candidate(code)


def holder(element: str, state: str = "open", *, on: bool | None = None) -> Who:
    """Whoever's seat it is."""
    return lambda facts: facts.seat(element, state, on=on).person_id


office, supervisor, admin = account("selection-office-1"), account("supervisor-1"), account("admin")
chief = account("scrutineer-1")


def reviewer(facts: Facts) -> UUID | None:
    """Whoever has taken an application."""
    found: UUID = facts.one(select(Seat.person_id).where(Seat.claimed_at.is_not(None)))
    return found


def nothing(_facts: Facts) -> Mapping[str, Any]:
    return {}


def case(facts: Facts, **more: Any) -> Mapping[str, Any]:
    return {"case_id": facts.case_id, **more}


def draft(facts: Facts) -> Mapping[str, Any]:
    return {"draft_id": facts.draft_id}


def drafted(facts: Facts, **more: Any) -> Mapping[str, Any]:
    return {"draft_id": facts.draft_id, **more}


def procedure(_facts: Facts, **more: Any) -> Mapping[str, Any]:
    return {"key": "open_selection", **more}


def of_task(element: str, *, in_case: bool = False) -> Values:
    return lambda facts: {
        "task_id": facts.task(element).id, **({"case_id": facts.case_id} if in_case else {})
    }  # fmt: skip


def of_seat(element: str, state: str = "open", *, on: bool | None = None) -> Values:
    return lambda facts: {"seat_id": facts.seat(element, state, on=on).id}


def in_case(values: Values) -> Values:
    return lambda facts: {"case_id": facts.case_id, **values(facts)}


def of_stage(element: str) -> Values:
    return lambda facts: {"instance_id": facts.task(element).instance_id}


def of_run(element: str) -> Values:
    return lambda facts: case(facts, run_id=facts.run(element))


def of_publication(text: str) -> Values:
    return lambda facts: case(facts, publication_id=facts.publication(text))


def _next(facts: Facts) -> Mapping[str, Any]:
    waiting = facts.seat("s3_statements", on=False)
    return {**of_stage("s3_statements")(facts), "subject": waiting.subject}


def _main(facts: Facts) -> Mapping[str, Any]:
    return case(facts, process_id=facts.one(select(Instance.process_id)))


def _place(facts: Facts) -> Mapping[str, Any]:
    task = facts.task("s3_statements")
    return case(facts, instance=task.instance_id, step=task.step)


def _file(facts: Facts) -> Mapping[str, Any]:
    return {"file_id": facts.file().id}


def moved_plan(facts: Facts) -> Mapping[str, Any]:
    """The notice a week later, with everything behind it."""
    return case(facts, _action="check", **{"plan.notice_end": "2026-04-07T17:30"})


def _calendar(facts: Facts) -> Mapping[str, Any]:
    """A secret address, made now: only its digest is kept."""
    who = Identity(token="", person_id=facts.login("selection-office-1"), name="", language="zh")
    with transaction(sessionmaker(facts.session.get_bind())) as session:
        return {"token": feeds.make(session, who, now=facts.task("s3_statements").opened_at)}


S = Sample
SAMPLES = (
    # Everybody
    S("home", "demo", nobody, nothing, "away"),
    S("static", "demo", nobody, lambda _f: {"filename": "gongxuan.css"}, "file"),
    S("demo.people", "demo", nobody, nothing),
    S("account.sign_in", "demo", nobody, nothing),
    S("account.slip", "demo", nobody, nothing),
    S("account.details", "demo", office, nothing),
    S("account.absences", "demo", office, nothing),
    S("account.absences", "demo", candidate("K16"), nothing, name="candidate"),
    S("account.messages", "demo", office, nothing),
    S("account.messages", "demo", candidate("K16"), nothing, name="candidate"),
    S("account.calendar", "demo", nobody, _calendar, "file"),
    # To do
    S("inbox.todo", "demo", office, nothing, name="office"),
    S("inbox.todo", "demo", candidate("K16"), nothing, name="candidate"),
    S("inbox.todo", "ballot", holder("mv_cast"), nothing, name="voter"),
    S("inbox.todo", "reviewing", office, nothing, name="stand-in"),
    S("inbox.todo", "scores", holder("s5_score", on=True), nothing, name="judge"),
    S("inbox.todo_part", "demo", office, lambda _f: {"which": "record"}),
    S("inbox.done", "demo", office, nothing),
    S("inbox.notices", "demo", Facts.told, nothing),
    S("inbox.notices", "end", candidate("K09"), nothing, name="loser"),
    S("inbox.task", "demo", office, of_task("s3_statements")),
    S("inbox.show", "reviewing", office, of_seat("s1_review"), name="stand-in"),
    S("inbox.show", "scores", office, of_seat("s5_present", on=True), name="times"),
    S("inbox.show", "demo", office, of_seat("s3_statements", on=False), name="waiting"),
    S(
        "inbox.show",
        "demo",
        holder("s3_fill_fact_sheet", "handed_in"),
        of_seat("s3_fill_fact_sheet", "handed_in"),
        name="handed-in",
    ),
    S("inbox.show", "ballot", holder("mv_cast"), of_seat("mv_cast"), name="ballot"),
    S(
        "inbox.show",
        "scores",
        holder("s5_score", on=True),
        of_seat("s5_score", on=True),
        name="score",
    ),
    S(
        "inbox.show",
        "scores",
        holder("s5_score", on=False),
        of_seat("s5_score", on=False),
        name="not-yet",
    ),
    S("inbox.show", "applying", office, of_seat("s2_invite_setters"), name="rows"),
    S("inbox.show", "lists", office, of_seat("s3_draw_up_recommenders"), name="import"),
    S(
        "inbox.receipt",
        "demo",
        holder("s3_fill_fact_sheet", "handed_in"),
        of_seat("s3_fill_fact_sheet", "handed_in"),
    ),
    S(
        "inbox.receipt",
        "ballot",
        holder("mv_cast", "handed_in"),
        of_seat("mv_cast", "handed_in"),
        name="voted",
    ),
    S("inbox.turn", "scores", holder("s5_score", on=False), of_seat("s5_score", on=False), "part"),
    S("inbox.empty_sheet", "lists", office, Facts.sheet, "file"),
    S("inbox.ask_delegate", "reviewing", reviewer, of_seat("s1_review")),
    S("inbox.download", "demo", lambda f: f.file().owner_id, _file, "file"),
    # Meetings
    S("meeting.index", "ballot", office, nothing),
    S("meeting.index", "end", office, nothing, name="none"),
    S("meeting.stage", "demo", office, of_stage("s3_statements")),
    S("meeting.stage", "scores", office, of_stage("s5_score"), name="scores"),
    S("meeting.stage_part", "demo", office, of_stage("s3_statements"), "part"),
    S("meeting.order_part", "demo", office, of_stage("s3_statements"), "part"),
    S("meeting.confirm_next", "demo", office, _next),
    S("meeting.screen", "scores", nobody, of_stage("s5_score")),
    S("meeting.screen_part", "scores", nobody, of_stage("s5_score"), "part"),
    S("meeting.roll", "roll", office, of_seat("mv_attendance")),
    S("meeting.ballot", "ballot", chief, of_task("mv_cast")),
    S("meeting.ballot", "end", chief, of_task("mv_cast"), name="counted"),
    S("meeting.ballot_part", "ballot", chief, of_task("mv_cast"), "part"),
    S("meeting.confirm_end", "ballot", chief, of_task("mv_cast")),
    # Selections
    S("cases.index", "demo", office, nothing),
    S("cases.show", "demo", office, case, name="office"),
    S("cases.show", "demo", candidate("K16"), case, name="candidate"),
    S("cases.show", "end", supervisor, case, name="ended"),
    S("cases.drawing", "demo", office, _main, "file"),
    S("cases.marks", "demo", office, _main, "file"),
    S("cases.step", "demo", office, partial(case, element_id="s1_review")),
    S("cases.step", "demo", office, partial(case, element_id="s3_statements"), name="on"),
    S("cases.step", "end", office, partial(case, element_id="mv_cast"), name="ballot"),
    S("cases.results", "demo", office, case),
    S("cases.results", "end", office, case, name="ended"),
    S("cases.result", "demo", office, of_run("s2_cut"), name="shortlist"),
    S("cases.result", "end", office, of_run("s6_composite"), name="final"),
    S("cases.result", "end", office, of_run("uv_gate_share"), name="share"),
    S("cases.result", "end", office, of_run("mv_count"), name="count"),
    S("cases.publications", "demo", office, case),
    S("cases.publications", "end", office, case, name="ended"),
    S("cases.publication", "demo", office, of_publication("announcement")),
    S("cases.people", "demo", office, case),
    S("cases.roster", "demo", office, partial(case, key="first_electors")),
    S("cases.plan", "demo", office, case),
    S("cases.ask_move_plan", "demo", office, case),
    S("cases.ask_move_plan", "demo", office, moved_plan, name="check"),
    S("cases.listed", "demo", office, case),
    S("cases.history", "demo", office, case),
    S("cases.history", "end", supervisor, partial(case, all="1"), name="all"),
    S("cases.desk", "demo", office, case),
    S("cases.desk", "scores", office, case, name="scores"),
    S("cases.desk", "end", office, case, name="ended"),
    S("cases.ask_close", "demo", office, of_task("s3_statements", in_case=True)),
    S("cases.ask_extend", "demo", office, of_task("s3_statements", in_case=True)),
    S("cases.ask_slips", "scores", office, of_task("s5_score", in_case=True)),
    S("cases.everywhere", "demo", office, nothing),
    S("cases.problems", "demo", office, case),
    S("cases.ask_skip", "demo", office, partial(case, problem_id=UUID(int=0)), "away"),
    S("cases.course", "demo", office, case),
    S("cases.course", "end", office, case, name="ended"),
    S("cases.choose", "demo", office, _place),
    S("cases.review", "demo", office, partial(case, kind="pause"), name="pause"),
    S("cases.review", "demo", office, lambda f: {**_place(f), "kind": "leave"}, name="leave"),
    S("cases.review", "demo", office, partial(case, kind="cancel"), name="cancel"),
    S("cases.ask_decide", "demo", supervisor, partial(case, change_id=UUID(int=0)), "away"),
    S("cases.ask_repeat", "demo", office, case),
    S("cases.ask_reassign", "scores", office, in_case(of_seat("s5_score"))),
    S("cases.absences", "demo", office, case),
    S("cases.ask_absence", "demo", office, case),
    S("cases.recusals", "demo", office, case),
    S("cases.ask_recuse", "demo", supervisor, case),
    S("cases.ask_conflict", "demo", office, Facts.conflict),
    S("cases.ask_take_back", "demo", supervisor, Facts.recusal),
    S("cases.ask_step_aside", "demo", office, case),
    S("cases.desk", "reviewing", office, case, name="away"),
    S("cases.ask_begin", "demo", supervisor, partial(case, message="stop_ordered")),
    # The administrator
    S("admin.calendar", "demo", admin, nothing),
    S("admin.year_page", "demo", admin, lambda _f: {"year": 2026}),
    S("admin.ask_confirm", "demo", admin, lambda _f: {"year": 2027}),
    # The start of a selection
    S("cases.start_new", "demo", office, nothing),
    S("cases.start_form", "demo", office, draft),
    S("cases.start_numbers", "demo", office, draft),
    S("cases.start_plan", "demo", office, draft),
    S("cases.start_people", "demo", office, draft),
    S("cases.start_people_sheet", "demo", office, draft, "file"),
    S("cases.start_summary", "demo", office, draft),
    # Procedures; the administrator of a demonstration is an owner too
    S("studio.index", "demo", admin, nothing),
    S("studio.new", "demo", admin, nothing),
    S("studio.procedure", "demo", admin, procedure),
    S("studio.compare", "demo", admin, procedure),
    S("studio.version_zip", "demo", admin, partial(procedure, version="0"), "file"),
    S("studio.numbers", "demo", admin, draft),
    S("studio.parameters", "demo", admin, draft),
    S("studio.parameter", "demo", admin, partial(drafted, kind="numbers", key="test_ratio")),
    S("studio.parameter", "demo", admin, partial(drafted, kind="plan", key="+"), name="new"),
    S("studio.steps", "demo", admin, draft),
    S("studio.step", "demo", admin, partial(drafted, element_id="s2_enter_scores")),
    S("studio.step", "demo", admin, partial(drafted, element_id="s2_scores_equal"), name="branch"),
    S("studio.forms", "demo", admin, draft),
    S("studio.form", "demo", admin, partial(drafted, form_id="s1_apply")),
    S("studio.field", "demo", admin, partial(drafted, form_id="s1_appeal", path="ground")),
    S("studio.field", "demo", admin, partial(drafted, form_id="s1_appeal", path="+"), name="new"),
    S("studio.raw_form", "demo", admin, partial(drafted, form_id="s1_appeal")),
    S("studio.preview", "demo", admin, partial(drafted, form_id="s5_score")),
    S("studio.texts", "demo", admin, draft),
    S(
        "studio.text",
        "demo",
        admin,
        partial(drafted, folder="publications", text_id="test_shortlist"),
    ),
    S("studio.roles", "demo", admin, draft),
    S("studio.review", "demo", admin, draft),
    S("studio.more", "demo", admin, draft),
    S("studio.draft_zip", "demo", admin, draft, "file"),
    S("studio.files", "demo", admin, draft),
    S("studio.file", "demo", admin, partial(drafted, path="plan.yaml")),
    # The public page
    S("bulletin.index", "demo", nobody, nothing),
    S("bulletin.selection", "applying", nobody, case, name="open"),
    S("bulletin.selection", "demo", nobody, case),
    S("bulletin.selection", "end", nobody, case, name="ended"),
    S("bulletin.publication", "demo", nobody, of_publication("announcement")),
    S("bulletin.apply", "applying", nobody, case),
    S("bulletin.correct", "applied", holder("s1_apply", "handed_in"), case),
    S("bulletin.mine", "applied", holder("s1_apply", "handed_in"), case, name="just-applied"),
    S("bulletin.withdraw", "applied", holder("s1_apply", "handed_in"), case, name="take-back"),
    S("bulletin.apply", "demo", nobody, case, name="over"),
    S("bulletin.applied", "demo", nobody, case, "away"),
    S("bulletin.mine", "demo", candidate("K16"), case),
    S("bulletin.mine", "end", candidate("K09"), case, name="loser"),
    S("bulletin.mine", "end", candidate("K38"), case, name="refused"),
    S("bulletin.withdraw", "demo", candidate("K16"), case),
    S("bulletin.report", "demo", nobody, case),
    S("bulletin.reported", "demo", nobody, case, "away"),
    S("bulletin.robots", "demo", nobody, nothing, "file"),
    # For the proxy
    S("health", "demo", nobody, nothing, "file"),
    S("ready", "demo", nobody, nothing, "file"),
)
