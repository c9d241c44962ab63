"""Tables. No behaviour beyond what one row can answer about itself; see docs/data-model.md."""

from engine.model.absences import Absence, Conflict, Recusal
from engine.model.ballots import BallotBox, BallotEnvelope, BallotLine, SealedItem
from engine.model.base import Base, UtcDateTime
from engine.model.calendar import CalendarDay, CalendarYear
from engine.model.cases import Candidate, Case, CaseMember, PlanDate, Slip
from engine.model.changes import CaseChange
from engine.model.messages import (
    CalendarFeed,
    ChatChannel,
    Contact,
    Invitation,
    Notice,
    Outgoing,
    OutgoingAbout,
    Reminder,
)
from engine.model.people import Account, Person, SignInAttempt
from engine.model.record import HistoryEntry, OperationRun, Problem
from engine.model.results import Attendance, Attendee, Publication, StoredFile
from engine.model.running import Instance, Package, Seat, Timer, UserTask
from engine.model.starting import StartDraft
from engine.model.studio import DraftRevision, DraftTyping, PackageDraft, PackageRelease
from engine.model.working import Job, Upkeep

__all__ = [
    "Absence",
    "Account",
    "Attendance",
    "Attendee",
    "BallotBox",
    "BallotEnvelope",
    "BallotLine",
    "Base",
    "CalendarDay",
    "CalendarFeed",
    "CalendarYear",
    "Candidate",
    "Case",
    "CaseChange",
    "CaseMember",
    "ChatChannel",
    "Conflict",
    "Contact",
    "DraftRevision",
    "DraftTyping",
    "HistoryEntry",
    "Instance",
    "Invitation",
    "Job",
    "Notice",
    "OperationRun",
    "Outgoing",
    "OutgoingAbout",
    "Package",
    "PackageDraft",
    "PackageRelease",
    "Person",
    "PlanDate",
    "Problem",
    "Publication",
    "Recusal",
    "Reminder",
    "SealedItem",
    "Seat",
    "SignInAttempt",
    "Slip",
    "StartDraft",
    "StoredFile",
    "Timer",
    "Upkeep",
    "UserTask",
    "UtcDateTime",
]
