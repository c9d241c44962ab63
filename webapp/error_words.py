"""Words and HTTP statuses for everything that is refused; a test asserts that none is missing."""

from typing import NamedTuple


class Said(NamedTuple):
    """What happened and what to do now; both may use the facts of the error, `%(limit)s`."""

    status: int
    what: str
    remedy: str


def N_(text: str) -> str:  # noqa: N802 - the name by which message ids are found
    """Mark a message id; it is put into words when it is shown."""
    return text


_PROCEDURE = N_("Correct the procedure with the procedure manager, check it and try again.")
_OFFICE = N_("Tell the selection office; the problem is on its page.")
NOTHING_HERE = Said(
    404,
    N_("There is nothing here for you"),
    N_("The address is wrong, or this is meant for somebody else. Go back to your to-do list."),
)

WORDS: dict[str, Said] = {
    "engine_error": Said(400, N_("This cannot be done"), _OFFICE),
    # not found, and not yours: the two must look alike
    "seat_not_found": NOTHING_HERE,
    "task_not_found": NOTHING_HERE,
    "case_not_found": NOTHING_HERE,
    "notice_not_found": NOTHING_HERE,
    "box_not_found": NOTHING_HERE,
    "absence_not_found": NOTHING_HERE,
    "recusal_not_found": NOTHING_HERE,
    "conflict_not_found": NOTHING_HERE,
    # being away and stepping aside
    "absence_times": Said(
        422,
        N_("The times of the absence cannot be"),
        N_("Give a beginning, and an end that is later and lies ahead."),
    ),
    "oneself_as_stand_in": Said(
        422, N_("Nobody stands in for themselves"), N_("Choose somebody else.")
    ),
    "stand_in_unknown": Said(
        422, N_("Nobody is chosen to stand in"), N_("Choose a person of the list.")
    ),
    "absence_loop": Said(
        409,
        N_("The two would stand in for each other"),
        N_("Whoever you chose has handed over to who is away; choose another person."),
    ),
    "away_already": Said(
        409,
        N_("There is an absence for this time already"),
        N_("End that one first, or choose another time."),
    ),
    "stand_in_away": Said(
        409,
        N_("Whoever should stand in is away then"),
        N_("Choose another person, or another time."),
    ),
    "stands_in_meanwhile": Said(
        409,
        N_("Who is to be away stands in for somebody then"),
        N_("That absence must name another person first: what was handed over is not passed on."),
    ),
    "stand_in_not_allowed": Said(
        409, N_("This person may not stand in"), N_("Choose another person.")
    ),
    "role_not_held": Said(
        422,
        N_("There is nothing of that kind to stand in for"),
        N_("Choose what the person who is away really does."),
    ),
    "nothing_recused": Said(
        422, N_("Nothing is chosen"), N_("Choose dealing with it, voting, or both.")
    ),
    "unknown_subject": Said(
        422, N_("Nobody is chosen"), N_("Choose the whole selection or somebody of the list.")
    ),
    "not_taking_part": Said(
        422, N_("This person takes no part here"), N_("Choose a person of the list.")
    ),
    "last_of_office": Said(
        409,
        N_("Nobody of the selection office would be left"),
        N_("Another member of the office must be named first."),
    ),
    "not_reassignable": Said(
        409,
        N_("This stays with the person"),
        N_("Ballots, sealed writing and what a candidate is asked are not handed over."),
    ),
    "cannot_take_over": Said(
        422,
        N_("This person cannot take it over"),
        N_("Choose somebody of the list."),
    ),
    "may_not_delegate": Said(
        409,
        N_("This cannot be handed over by yourself"),
        N_("Ask the selection office; it can hand it over for you."),
    ),
    "chat_not_found": NOTHING_HERE,
    "feed_not_found": NOTHING_HERE,
    # messages
    "bad_preferences": Said(
        422,
        N_("What was chosen about messages cannot be used"),
        N_("Correct the place that is marked. Nothing was changed."),
    ),
    "bad_chat": Said(
        422,
        N_("This is no address of a chat that can be used here"),
        N_("Copy it as the help of the chat says. It begins with one of: %(services)s."),
    ),
    "bad_number": Said(
        422,
        N_("This is no number of a mobile telephone"),
        N_("Give 11 digits, or + and the number with its country code."),
    ),
    "bad_code": Said(
        422,
        N_("The code is not right or not valid any more"),
        N_("Compare it with the message; after five wrong codes, or 15 minutes, ask for another."),
    ),
    "too_soon": Said(
        429,
        N_("One was sent a moment ago"),
        N_("Wait a minute before you ask for another."),
    ),
    "message_failed": Said(
        409,
        N_("A message to %(person)s (%(address)s) could not be delivered"),
        N_("Correct the number or the address, then send it again; or call the person."),
    ),
    # handing in
    "seat_taken": Said(
        409,
        N_("Somebody else has taken this"),
        N_("Choose another item from the list. Nothing was changed."),
    ),
    "already_handed_in": Said(
        409,
        N_("This was handed in before"),
        N_("Nothing was changed; what was handed in first counts."),
    ),
    "task_closed": Said(
        409,
        N_("Nothing can be handed in here now"),
        N_("Look at the times on this page; ask the selection office if you should still act."),
    ),
    "case_paused": Said(
        409,
        N_("The selection is stopped"),
        N_("Everything can be read. It goes on once the body in charge has decided."),
    ),
    "one_seat_each": Said(
        409,
        N_("Somebody else must hand this in"),
        N_("You hand in another one of the same work; two are two people. Tell the office."),
    ),
    "same_person": Said(
        409,
        N_("Another person must do this"),
        N_("You did the step that is checked here. Put it back so that a colleague can take it."),
    ),
    "not_allowed": Said(
        403,
        N_("You may not do this in this selection"),
        N_("Ask the selection office if you think you should."),
    ),
    "invalid_answers": Said(
        422, N_("Some answers need correction"), N_("Go back and correct what is marked.")
    ),
    "unreadable_sheet": Said(
        422,
        N_("The spreadsheet cannot be read"),
        N_("Save it as .xlsx or .csv with the headings in the first row and upload it again."),
    ),
    # ballots and seals
    "already_voted": Said(409, N_("You have voted"), N_("The first ballot counts.")),
    "ballot_closed": Said(
        409,
        N_("Nobody can vote now"),
        N_("Voting has not started or has ended. The scrutineers start and end it."),
    ),
    "not_entitled": Said(
        403,
        N_("Only who is present in this meeting may vote"),
        N_("Sign in at the door first; the attendance list decides."),
    ),
    "envelope_unusable": Said(
        422,
        N_("This ballot could not be put into the box"),
        N_("Open the ballot paper again and vote once more."),
    ),
    "wrong_box_state": Said(
        409,
        N_("The ballot box is not ready for this"),
        N_("Check and lock the box, start voting, end voting, count: in this order."),
    ),
    "ballot_rules_wrong": Said(422, N_("The ballot paper cannot be made like this"), _PROCEDURE),
    "box_changed": Said(
        409,
        N_("The ballot box was changed after the end of voting"),
        N_("Nothing was opened. Tell the supervisor; this ballot must be repeated."),
    ),
    "seals_opened": Said(
        409, N_("The sealed writing has been opened"), N_("Nothing more is accepted.")
    ),
    "seal_damaged": Said(
        409,
        N_("Sealed writing has been damaged"),
        N_("Nothing was opened. Restore it from a backup, or let it be written again."),
    ),
    # meetings
    "another_is_on": Said(
        409,
        N_("Somebody else has called the next one meanwhile"),
        N_("Nothing was changed. Look who is on now."),
    ),
    "still_missing": Said(
        409,
        N_("%(missing)s have not handed in their scores yet"),
        N_("Wait for them, or call the next one all the same."),
    ),
    # the public page
    "nothing_published": Said(
        404,
        N_("Nothing is published here now"),
        N_("The address is wrong, or the time of the publication is over."),
    ),
    "no_application": Said(
        404,
        N_("There is no application of yours here"),
        N_("Sign in with the code you got when you applied."),
    ),
    "cannot_withdraw": Said(
        409,
        N_("There is nothing to withdraw"),
        N_("It was withdrawn before, or applications are still open: call the selection office."),
    ),
    "too_many_requests": Said(
        429,
        N_("Too much was sent from this connection"),
        N_("Wait %(minutes)s minutes and try again. If it is urgent, call the selection office."),
    ),
    # results
    "too_few_scores": Said(
        422,
        N_("%(scores)s scores are in, at least %(needed)s are needed"),
        N_("Wait for the missing judges."),
    ),
    "paper_counts_wrong": Said(
        422,
        N_("The numbers of the paper ballots cannot be right"),
        N_("Count this bundle again and enter it again."),
    ),
    # applying and taking part
    "already_applied": Said(
        409,
        N_("%(name)s has applied already"),
        N_("One application each. Sign in with the code of the first one to change anything."),
    ),
    "already_member": Said(
        409, N_("This person has this role already"), N_("Nothing was changed.")
    ),
    "member_not_found": NOTHING_HERE,
    "roles_conflict": Said(
        409,
        N_("Nobody may hold both roles"),
        N_("Name somebody else, or end the other role first."),
    ),
    "roster_refused": Said(
        422, N_("Some people may not be on this list"), N_("Correct the rows that are marked.")
    ),
    "attendance_refused": Said(
        422, N_("The attendance cannot be right"), N_("Correct the fields that are marked.")
    ),
    "no_scrutineers": Said(
        422,
        N_("%(found)s scrutineers are named, at least %(needed)s are needed"),
        N_("Name the missing ones; the meeting must agree to them."),
    ),
    "lot_drawn_twice": Said(
        422, N_("The lot number %(number)s stands twice"), N_("Look at the slips and correct it.")
    ),
    "review_missing": Said(
        409,
        N_("Some applications have not been reviewed"),
        N_("Review them first; they are on the to-do list of the reviewers."),
    ),
    "unknown_candidate": Said(
        422, N_("Nobody in this selection has this code"), N_("Correct the code.")
    ),
    "rule_unknown": Said(
        422,
        N_("This number of the plan cannot be changed like this"),
        N_("Correct its name or its new value."),
    ),
    "not_ready": Said(
        422,
        N_("The selection cannot start yet"),
        N_("Correct what is marked on this page; nothing was started."),
    ),
    "reason_needed": Said(
        422, N_("A written reason is needed"), N_("Give it; it becomes part of the record.")
    ),
    "deadline_not_ahead": Said(
        422,
        N_("This deadline cannot be set"),
        N_("Name another instant that lies ahead; closing now has its own button."),
    ),
    "too_little_notice": Said(
        422,
        N_("This is too soon for those who still have to act"),
        N_("A deadline can be brought forward to %(hours)s hours from now at the earliest."),
    ),
    "problem_not_found": NOTHING_HERE,
    "message_not_found": NOTHING_HERE,
    "step_not_found": NOTHING_HERE,
    "result_not_found": NOTHING_HERE,
    "publication_not_found": NOTHING_HERE,
    "draft_not_found": NOTHING_HERE,
    "delivery_failed": Said(
        502, N_("A message could not be sent"), N_("It is tried again by itself.")
    ),
    # files
    "file_not_found": NOTHING_HERE,
    "file_damaged": Said(
        409,
        N_("The file has been damaged"),
        N_("It is not what was handed in. The administrator restores it from a backup."),
    ),
    "file_not_allowed": Said(
        422, N_("A file of this kind is not accepted"), N_("Hand in one of the kinds named.")
    ),
    "file_too_large": Said(422, N_("The file is too large"), N_("Hand in a smaller one.")),
    # accounts
    "login_taken": Said(
        409, N_("This account name is taken"), N_("Choose another; each person has one account.")
    ),
    "unknown_duty": Said(422, N_("There is no such duty"), N_("Choose one of the list.")),
    "weak_password": Said(
        422,
        N_("The new password is too weak"),
        N_("Use at least %(shortest)s characters, and not the account name."),
    ),
    "wrong_password": Said(
        422, N_("The present password is not right"), N_("Nothing was changed. Type it again.")
    ),
    "sign_in_throttled": Said(
        429, N_("Too many failed attempts"), N_("Wait a quarter of an hour and try again.")
    ),
    "slip_not_valid": Said(
        409,
        N_("This slip cannot be used any more"),
        N_("It was used before, or has expired. The selection office gives you another."),
    ),
    # the plan
    "plan_refused": Said(
        422,
        N_("The dates of the plan do not fit together"),
        N_("Correct the lines that are marked."),
    ),
    "plan_move_refused": Said(
        422,
        N_("These dates cannot be used"),
        N_("Nothing was changed. Correct the dates that are named."),
    ),
    # the calendar
    "calendar_year_not_found": Said(
        404, N_("The calendar has no such year"), N_("Add it first, from 2007 to 2100.")
    ),
    "calendar_year_confirmed": Said(
        409, N_("This year was confirmed before"), N_("Nothing was changed.")
    ),
    "calendar_not_recounted": Said(
        409,
        N_("Dates could not be counted anew after the calendar was confirmed"),
        N_("Look at the plan, and change the dates that do not fit any more."),
    ),
    "calendar_day_refused": Said(
        422,
        N_("This day is like that already"),
        N_("Nothing was changed. Choose another day, or the other kind."),
    ),
    "unreadable_plan": Said(422, N_("The plan table of the procedure cannot be read"), _PROCEDURE),
    # the procedure: the office sees these as problems to deal with
    "bad_package": Said(422, N_("A file of the procedure cannot be used"), _PROCEDURE),
    "invalid_form": Said(422, N_("A form of the procedure cannot be used"), _PROCEDURE),
    "unknown_package": Said(404, N_("There is no such procedure"), _PROCEDURE),
    "unsafe_expression": Said(422, N_("An expression is not allowed"), _PROCEDURE),
    "expression_failed": Said(422, N_("An expression could not be worked out"), _PROCEDURE),
    "unknown_operation": Said(422, N_("The procedure asks for an unknown step"), _PROCEDURE),
    "bad_parameters": Said(422, N_("A step of the procedure lacks what it needs"), _PROCEDURE),
    "unknown_message": Said(404, N_("This cannot be started here"), _OFFICE),
    "unreadable_text": Said(422, N_("A text of the procedure cannot be used"), _PROCEDURE),
    "value_without_words": Said(422, N_("A text of the procedure cannot be used"), _PROCEDURE),
    "bad_scenario": Said(422, N_("A scenario of the procedure cannot be used"), _PROCEDURE),
    "scenario_stuck": Said(409, N_("The scenario does not go on"), _PROCEDURE),
    "write_conflict": Said(409, N_("Two parts of the procedure contradict each other"), _PROCEDURE),
    "unsound_move": Said(
        409,
        N_("The selection cannot go there"),
        N_("Choose one of the steps that are offered; the reason stands beside the others."),
    ),
    "not_waiting": Said(
        409,
        N_("The selection does not stand there any more"),
        N_("Nothing was changed. Look where it stands now."),
    ),
    "changed_meanwhile": Said(
        409,
        N_("Something has happened since you looked"),
        N_("Nothing was changed. Read what would happen now, and decide again."),
    ),
    "change_not_found": NOTHING_HERE,
    "cannot_skip": Said(
        409,
        N_("The procedure itself stands still here"),
        N_("Nothing can stand in its place. Move the selection to another step."),
    ),
    "no_replacement": Said(
        409,
        N_("Later steps need a result that nobody can enter by hand"),
        N_("Have the cause mended and try again, or move the selection to another step."),
    ),
    "wrong_replacement": Said(
        422,
        N_("Some of the values are missing or cannot be right"),
        N_("Correct what is marked."),
    ),
    "internal_fault": Said(
        500,
        N_("The program itself has a fault here"),
        N_("Tell the administrator; what the program said helps to find it."),
    ),
    "database_unavailable": Said(
        500,
        N_("The database did not answer"),
        N_("It is tried again by itself. If it goes on, tell the administrator."),
    ),
    "network_unavailable": Said(
        500,
        N_("Another computer did not answer"),
        N_("It is tried again by itself. If it goes on, tell the administrator."),
    ),
    "storage_failed": Said(
        500,
        N_("A file could not be read or written"),
        N_("It is tried again by itself. If it goes on, tell the administrator: is the disk full?"),
    ),
    "step_failed": Said(409, N_("The next step could not be taken"), _OFFICE),
    "lost_elements": Said(409, N_("The procedure lacks a step that is in progress"), _PROCEDURE),
    "message_not_awaited": Said(409, N_("Nothing waits for this any more"), _OFFICE),
    "never_reached": Said(
        409, N_("This step has not run yet"), N_("Only a step that has run can be repeated.")
    ),
    # procedures
    "studio_closed": Said(
        403,
        N_("This is for procedure managers"),
        N_("An administrator can give your account the duty of a procedure manager."),
    ),
    "package_draft_not_found": Said(
        404,
        N_("There is no such draft"),
        N_("It may have been published or thrown away. Go back to the list of procedures."),
    ),
    "release_not_found": Said(
        404, N_("There is no such version"), N_("Go back to the list of procedures.")
    ),
    "draft_submitted": Said(
        409,
        N_("The draft waits for approval"),
        N_("It is not changed meanwhile. Take it back first, on the page “Check and submit”."),
    ),
    "draft_held": Said(
        409,
        N_("%(name)s is editing this draft"),
        N_("Nothing was changed. Take the draft over, or wait until it is free."),
    ),
    "draft_moved": Said(
        409,
        N_("The draft was changed meanwhile"),
        N_("Nothing was changed now. Open the page again and look at what it says."),
    ),
    "draft_has_errors": Said(
        409,
        N_("The check has found errors"),
        N_("Correct them first; they are listed with what to do."),
    ),
    "own_draft": Said(
        403,
        N_("Another person must approve this"),
        N_("You have worked on it yourself. Ask another procedure manager or an administrator."),
    ),
    "notes_missing": Said(
        422, N_("Say what and why"), N_("Write at least a sentence for the others.")
    ),
    "nothing_changed": Said(
        409,
        N_("Nothing differs from the version in use"),
        N_("Change something first, or throw the draft away."),
    ),
    "release_stands": Said(
        409,
        N_("Version %(number)s was published or withdrawn already"),
        N_("Nothing was changed. Look at the list of versions."),
    ),
    "unknown_part": Said(
        404,
        N_("The procedure has no %(part)s, or it cannot have one"),
        N_("It may have been removed, or the name is taken. Go back and look."),
    ),
    "studio_unreadable": Said(
        409,
        N_("%(file)s cannot be read"),
        N_("Correct it under “More”, all files as text; or go back to an earlier state there."),
    ),
    "still_used": Said(
        409,
        N_("“%(name)s” is still used"),
        N_("Change these places first: %(places)s"),
    ),
    "in_use": Said(409, N_("“%(name)s” is in use"), N_("Change the places that name it first.")),
    "bad_key": Said(
        422,
        N_("This short name cannot be used"),
        N_("Use small letters, digits and single underscores, beginning with a letter."),
    ),
    "key_taken": Said(
        409, N_("There is a procedure of this short name"), N_("Choose another short name.")
    ),
    "name_missing": Said(422, N_("The name is missing"), N_("Write it in Chinese and in English.")),
    "import_refused": Said(
        422,
        N_("The zip cannot be brought in"),
        N_("Bring a zip with the folders processes/… and forms/…."),
    ),
    "work_given_up": Said(
        500,
        N_("This could not be worked out, after several attempts"),
        N_("Tell the administrator the time; then try again."),
    ),
    # the installation
    "bad_setting": Said(
        500, N_("A setting cannot be used"), N_("The administrator finds the reason in the log.")
    ),
    "tables_unknown": Said(
        500,
        N_("The tables of the database belong to another version"),
        N_("The administrator installs the matching version."),
    ),
    "tables_outdated": Said(
        500,
        N_("The tables of the database belong to another version"),
        N_("The administrator installs the matching version."),
    ),
    "target_not_empty": Said(
        500, N_("The other database is not empty"), N_("The administrator gives an empty one.")
    ),
    "move_differs": Said(
        500,
        N_("What arrived in the other database is not what left"),
        N_("The administrator stops everything and moves again."),
    ),
    "clock_goes_back": Said(
        409, N_("The clock only goes forward"), N_("Start the demonstration again to go back.")
    ),
    "sign_in_needed": Said(401, N_("Sign in first"), N_("Then open the page again.")),
}

OF_STATUS: dict[int, Said] = {
    400: Said(400, N_("The page could not be understood"), N_("Go back and send it once more.")),
    404: NOTHING_HERE,
    405: NOTHING_HERE,
    413: Said(413, N_("This is too large"), N_("Send smaller files, or several files one by one.")),
    429: Said(429, N_("Too many attempts"), N_("Wait a few minutes and try again.")),
}
STALE = Said(
    409,
    N_("Somebody else has just changed the same thing"),
    N_("Nothing was changed. Open the page again and check what still has to be done."),
)
FORGED = Said(
    400,
    N_("This page was open for too long"),
    N_("Nothing was sent. Sign in again, open the page again and repeat what you did."),
)
OUR_FAULT = Said(
    500,
    N_("Something went wrong on our side"),
    N_("Nothing was changed. Try again; if it fails again, tell the administrator the time."),
)
