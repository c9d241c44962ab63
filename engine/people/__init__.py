"""People, how they sign in, and what they are in one selection."""

from engine.people.accounts import (
    DUTIES,
    LoginTaken,
    UnknownDuty,
    WeakPassword,
    WrongPassword,
    change_password,
    create_account,
    create_person,
    sign_in,
)
from engine.people.members import (
    AlreadyMember,
    MemberNotFound,
    MemberView,
    RolesConflict,
    add_member,
    remove_member,
    roles_of,
)
from engine.people.slips import SlipNotValid, issue_slip, revoke_slips, use_slip
from engine.people.throttling import SignInThrottled

__all__ = [
    "DUTIES",
    "AlreadyMember",
    "LoginTaken",
    "MemberNotFound",
    "MemberView",
    "RolesConflict",
    "SignInThrottled",
    "SlipNotValid",
    "UnknownDuty",
    "WeakPassword",
    "WrongPassword",
    "add_member",
    "change_password",
    "create_account",
    "create_person",
    "issue_slip",
    "remove_member",
    "revoke_slips",
    "roles_of",
    "sign_in",
    "use_slip",
]
