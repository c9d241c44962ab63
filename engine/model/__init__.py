"""Tables. No behaviour beyond what one row can answer about itself; see docs/data-model.md."""

from engine.model.ballots import BallotBox, BallotEnvelope, BallotLine, SealedItem
from engine.model.base import Base, UtcDateTime
from engine.model.cases import Candidate, Case, CaseMember, PlanDate, Slip
from engine.model.messages import Notice, Outgoing
from engine.model.people import Account, Person, SignInAttempt
from engine.model.record import HistoryEntry, OperationRun, Problem
from engine.model.results import Attendance, Attendee, Publication, StoredFile
from engine.model.running import Instance, Package, Seat, Timer, UserTask
from engine.model.starting import StartDraft
from engine.model.studio import DraftRevision, DraftTyping, PackageDraft, PackageRelease

__all__ = [
    "Account",
    "Attendance",
    "Attendee",
    "BallotBox",
    "BallotEnvelope",
    "BallotLine",
    "Base",
    "Candidate",
    "Case",
    "CaseMember",
    "DraftRevision",
    "DraftTyping",
    "HistoryEntry",
    "Instance",
    "Notice",
    "OperationRun",
    "Outgoing",
    "Package",
    "PackageDraft",
    "PackageRelease",
    "Person",
    "PlanDate",
    "Problem",
    "Publication",
    "SealedItem",
    "Seat",
    "SignInAttempt",
    "Slip",
    "StartDraft",
    "StoredFile",
    "Timer",
    "UserTask",
    "UtcDateTime",
]
