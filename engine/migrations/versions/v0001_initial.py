"""Initial.

After nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "package",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False, comment="path in the package → text"),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_package")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=120), nullable=False),
        sa.Column("post", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("born", sa.Date(), nullable=True),
        sa.Column(
            "anonymous",
            sa.Boolean(),
            nullable=False,
            comment="stands for a paper or slip voter whose name is not recorded",
        ),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_name"), ["name"], unique=False)

    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "key", sa.String(length=120), nullable=False, comment="what was tried: login or address"
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_key_at"), ["key", "at"], unique=False)

    op.create_table(
        "upkeep",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_upkeep")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column(
            "duties",
            sa.JSON(),
            nullable=False,
            comment="outside any selection: administrator, office, owner",
        ),
        sa.Column("epoch", sa.Integer(), nullable=False, comment="raised to end all its sessions"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("login <> ''", name=op.f("ck_account_login_not_empty")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('working', 'off')", name=op.f("ck_calendar_day_kind")),
        sa.CheckConstraint(
            "source IN ('official', 'administrator')", name=op.f("ck_calendar_day_source")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["person.id"], name=op.f("fk_calendar_day_changed_by")
        ),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("person_id", name=op.f("uq_calendar_feed_person_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("recounted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "recounted_at IS NULL OR confirmed_at IS NOT NULL",
            name=op.f("ck_calendar_year_recounted_after_confirmed"),
        ),
        sa.CheckConstraint("year BETWEEN 1900 AND 2200", name=op.f("ck_calendar_year_year")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["person.id"], name=op.f("fk_calendar_year_confirmed_by")
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "chat_channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column(
            "service", sa.String(length=40), nullable=False, comment="the first word of the address"
        ),
        sa.Column(
            "address", sa.Text(), nullable=False, comment="an Apprise URL; it carries a password"
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_chat_channel_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_channel")),
    )
    with op.batch_alter_table("chat_channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chat_channel_person_id"), ["person_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channels",
            sa.JSON(),
            nullable=False,
            comment="in this order; empty: as the installation says",
        ),
        sa.Column(
            "quiet_from",
            sa.String(length=5),
            nullable=False,
            comment="HH:MM; equal ends: never; empty: as the installation says",
        ),
        sa.Column("quiet_until", sa.String(length=5), nullable=False),
        sa.Column(
            "confirmed",
            sa.JSON(),
            nullable=False,
            comment="channel → the address this person has confirmed",
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "code_for",
            sa.String(length=300),
            nullable=False,
            comment="channel and address that the code was sent to",
        ),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("last_digest_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "package_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column(
            "base_hash",
            sa.String(length=64),
            nullable=True,
            comment="what it began as; none: it was imported",
        ),
        sa.Column("files", sa.JSON(), nullable=False, comment="path in the package → text"),
        sa.Column(
            "findings", sa.JSON(), nullable=False, comment="what the check found at the last saving"
        ),
        sa.Column("errors", sa.Integer(), nullable=False, comment="how many of them are errors"),
        sa.Column("version", sa.Integer(), nullable=False, comment="counts the savings"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False, comment="for who approves it"),
        sa.Column("answer", sa.Text(), nullable=False, comment="why it was returned"),
        sa.Column(
            "authors",
            sa.JSON(),
            nullable=False,
            comment="ids of all who have changed it; none of them may approve it",
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("holder_id", sa.Uuid(), nullable=True, comment="who is editing it"),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'submitted' OR (submitted_by IS NOT NULL AND submitted_at IS NOT NULL)",
            name=op.f("ck_package_draft_submitted_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned')", name=op.f("ck_package_draft_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["base_hash"], ["package.hash"], name=op.f("fk_package_draft_base_hash")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["person.id"], name=op.f("fk_package_draft_changed_by")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["person.id"], name=op.f("fk_package_draft_holder_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name=op.f("fk_package_draft_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_draft")),
    )
    with op.batch_alter_table("package_draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_package_draft_key_changed_at"), ["key", "changed_at"], unique=False
        )

    op.create_table(
        "package_release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("base_hash", sa.String(length=64), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.CheckConstraint("drafted_by <> approved_by", name=op.f("ck_package_release_two_people")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_package_release_number_from_1")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_by IS NOT NULL",
            name=op.f("ck_package_release_withdrawn_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["person.id"], name=op.f("fk_package_release_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["base_hash"], ["package.hash"], name=op.f("fk_package_release_base_hash")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["person.id"], name=op.f("fk_package_release_drafted_by")
        ),
        sa.ForeignKeyConstraint(
            ["package_hash"], ["package.hash"], name=op.f("fk_package_release_package_hash")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["person.id"], name=op.f("fk_package_release_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_release")),
        sa.UniqueConstraint("key", "number", name=op.f("uq_package_release_key_number")),
    )
    op.create_table(
        "selection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("package_key", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column(
            "paused_by",
            sa.Uuid(),
            nullable=True,
            comment="the instance that stopped it and alone goes on",
        ),
        sa.Column("time_zone", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column(
            "details",
            sa.JSON(),
            nullable=False,
            comment="answers of the start form: posts, conditions, contacts",
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=80), nullable=False, comment="id of the end event"),
        sa.Column(
            "cancel_reason",
            sa.String(length=400),
            nullable=False,
            comment="why the office ended it without a result",
        ),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'ended')", name=op.f("ck_selection_state")
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["person.id"], name=op.f("fk_selection_started_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection")),
    )
    with op.batch_alter_table("selection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_selection_started_by"), ["started_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_selection_state_started_at"), ["state", "started_at"], unique=False
        )

    op.create_table(
        "start_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("package_key", sa.String(length=80), nullable=False),
        sa.Column(
            "data",
            sa.JSON(),
            nullable=False,
            comment="details, numbers, announced_on, plan, members: as typed",
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_start_draft_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_draft")),
    )
    with op.batch_alter_table("start_draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_start_draft_owner_id_changed_at"),
            ["owner_id", "changed_at"],
            unique=False,
        )

    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "to_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the first instant of being back",
        ),
        sa.Column(
            "case_id", sa.Uuid(), nullable=True, comment="only in this selection; none: in all"
        ),
        sa.Column(
            "role",
            sa.String(length=40),
            nullable=False,
            comment="only what this role does; empty: every role",
        ),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="back, or revoked, before `to_at`",
        ),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_absence_ended")
        ),
        sa.CheckConstraint("from_at < to_at", name=op.f("ck_absence_times")),
        sa.CheckConstraint("person_id <> stand_in_id", name=op.f("ck_absence_another")),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_absence_case_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_absence_ended_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_absence_entered_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["person.id"], name=op.f("fk_absence_stand_in_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_absence_person_id_to_at"), ["person_id", "to_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_absence_stand_in_id_to_at"), ["stand_in_id", "to_at"], unique=False
        )

    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_attendance_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
    )
    op.create_table(
        "candidate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False, comment="admission number"),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("stroke_order", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'withdrawn', 'refused', 'stopped')",
            name=op.f("ck_candidate_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_candidate_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_candidate_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("case_id", "code", name=op.f("uq_candidate_case_id_code")),
        sa.UniqueConstraint("case_id", "person_id", name=op.f("uq_candidate_case_id_person_id")),
    )
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_candidate_person_id"), ["person_id"], unique=False)

    op.create_table(
        "case_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("roster", sa.String(length=80), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False, comment="counted apart"),
        sa.Column("label", sa.String(length=80), nullable=False, comment="shown, never counted"),
        sa.Column("position", sa.Integer(), nullable=False, comment="order on the list, from 1"),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_case_member_case_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_case_member_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_member")),
        sa.UniqueConstraint(
            "case_id",
            "person_id",
            "role",
            "function",
            "roster",
            name=op.f("uq_case_member_case_id_person_id_role_function_roster"),
        ),
    )
    with op.batch_alter_table("case_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_member_case_id_role_roster"),
            ["case_id", "role", "roster"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_case_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False, comment="instance, step, element, values"),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column(
            "summary", sa.JSON(), nullable=False, comment="what was shown when it was confirmed"
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_change_decided")
        ),
        sa.CheckConstraint(
            "kind IN ('move', 'leave', 'repeat', 'end', 'cancel', 'pause', 'resume')",
            name=op.f("ck_change_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'done', 'refused')", name=op.f("ck_change_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_change_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_change_decided_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_change_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_change_case_id_state"), ["case_id", "state"], unique=False
        )

    op.create_table(
        "conflict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column(
            "found",
            sa.JSON(),
            nullable=False,
            comment="what the two have in common, as it was written",
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_conflict_decided")
        ),
        sa.CheckConstraint(
            "kind IN ('same_unit', 'relative', 'named', 'stated')", name=op.f("ck_conflict_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'recused', 'none')", name=op.f("ck_conflict_state")),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_conflict_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_conflict_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint(
            "case_id",
            "person_id",
            "subject",
            "kind",
            name=op.f("uq_conflict_case_id_person_id_subject_kind"),
        ),
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_conflict_case_id_state_found_at"),
            ["case_id", "state", "found_at"],
            unique=False,
        )

    op.create_table(
        "draft_revision",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=False,
            comment="the version of the draft before the saving",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False, comment="the page that was saved"),
        sa.Column(
            "before",
            sa.JSON(),
            nullable=False,
            comment="path → text before, or nothing where the file is new",
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["package_draft.id"],
            name=op.f("fk_draft_revision_draft_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_draft_revision_person_id")
        ),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_draft_revision")),
    )
    op.create_table(
        "draft_typing",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(length=160), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="of the draft, when the page was opened",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["package_draft.id"],
            name=op.f("fk_draft_typing_draft_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_draft_typing_person_id")
        ),
        sa.PrimaryKeyConstraint("draft_id", "person_id", "page", name=op.f("pk_draft_typing")),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=80), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "parent_step",
            sa.String(length=36),
            nullable=False,
            comment="the engine step of the parent that waits for it",
        ),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="among the linked runs of one step"
        ),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("frontier", sa.Text(), nullable=False),
        sa.Column("active", sa.JSON(), nullable=False, comment="element ids with a token"),
        sa.Column("has_timers", sa.Boolean(), nullable=False, comment="timer events wait"),
        sa.Column(
            "has_problems",
            sa.Boolean(),
            nullable=False,
            comment="a step of it has failed; asked before its problems are read",
        ),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'completed', 'cancelled')", name=op.f("ck_instance_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_instance_case_id")),
        sa.ForeignKeyConstraint(
            ["package_hash"], ["package.hash"], name=op.f("fk_instance_package_hash")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["instance.id"], name=op.f("fk_instance_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instance_case_id_state"), ["case_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_instance_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True, comment="id of the row to look at"),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column(
            "queueing_key",
            sa.String(length=80),
            nullable=False,
            comment="one of these waits at a time",
        ),
        sa.Column(
            "serial_key",
            sa.String(length=80),
            nullable=False,
            comment="one of these runs at a time",
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "run", sa.String(length=36), nullable=False, comment="of the process that has it"
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'dead')", name=op.f("ck_job_state")),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_job_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_next", ["state", "not_before"], unique=False)
        batch_op.create_index(
            "ix_job_runs",
            ["serial_key"],
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.create_index(
            "ix_job_waits",
            ["queueing_key"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True, comment="none: about several selections"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="{zh: …, en: …} of title, paragraphs, tables",
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_notice_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_case_id_at"), ["case_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notice_person_id_at"), ["person_id", "at"], unique=False
        )
        batch_op.create_index(
            "ix_notice_unread",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "outgoing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "case_id", sa.Uuid(), nullable=True, comment="the selection it is about, if it is one"
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column(
            "chat_id",
            sa.Uuid(),
            nullable=True,
            comment="channel chat: where its secret address stands",
        ),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("short", sa.Text(), nullable=False, comment="for a telephone or a chat"),
        sa.Column("calendar", sa.Text(), nullable=False, comment="an iCalendar invitation"),
        sa.Column("urgent", sa.Boolean(), nullable=False, comment="quiet hours do not hold it"),
        sa.Column(
            "origin_id",
            sa.Uuid(),
            nullable=True,
            comment="the message it stands in for, which could not be delivered",
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('', 'email', 'sms', 'chat')", name=op.f("ck_outgoing_channel")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'handed', 'sent', 'dead', 'no_way')", name=op.f("ck_outgoing_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_outgoing_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outgoing_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outgoing_dedupe_key")),
    )
    with op.batch_alter_table("outgoing", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outgoing_handed",
            ["next_try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'handed'"),
            postgresql_where=sa.text("state = 'handed'"),
        )
        batch_op.create_index(
            "ix_outgoing_next",
            ["next_try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )
        batch_op.create_index(batch_op.f("ix_outgoing_origin_id"), ["origin_id"], unique=False)
        batch_op.create_index(
            "ix_outgoing_undelivered",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state IN ('dead', 'no_way')"),
            postgresql_where=sa.text("state IN ('dead', 'no_way')"),
        )
        batch_op.create_index(
            "ix_outgoing_unrouted",
            ["next_try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'new' AND channel = ''"),
            postgresql_where=sa.text("state = 'new' AND channel = ''"),
        )

    op.create_table(
        "plan_date",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "workday_year",
            sa.Integer(),
            nullable=True,
            comment="counted in working days up to this year; empty where a person set the date",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_plan_date_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_plan_date")),
    )
    with op.batch_alter_table("plan_date", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plan_date_workday_year"), ["workday_year"], unique=False
        )

    op.create_table(
        "publication",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("text_id", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="{zh: …, en: …} of title, paragraphs, tables",
        ),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the canonical content",
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_publication_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_publication_case_id_published_at"),
            ["case_id", "published_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_publication_public",
            ["published_at", "case_id"],
            unique=False,
            sqlite_where=sa.text("audience = 'public' AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("audience = 'public' AND withdrawn_at IS NULL"),
        )

    op.create_table(
        "recusal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=40),
            nullable=False,
            comment="a candidate's code; empty: the whole selection",
        ),
        sa.Column(
            "deliberation",
            sa.Boolean(),
            nullable=False,
            comment="kept out of reading and dealing with it",
        ),
        sa.Column("vote", sa.Boolean(), nullable=False, comment="kept out of ballots and scores"),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "source IN ('declared', 'detected', 'ordered')", name=op.f("ck_recusal_source")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_recusal_withdrawn")
        ),
        sa.CheckConstraint("deliberation OR vote", name=op.f("ck_recusal_something")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_recusal_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_recusal_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recusal_person_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["person.id"], name=op.f("fk_recusal_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusal")),
    )
    with op.batch_alter_table("recusal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_recusal_in_force",
            ["case_id", "person_id", "subject"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_recusal_person_id_case_id"), ["person_id", "case_id"], unique=False
        )

    op.create_table(
        "slip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.String(length=80),
            nullable=False,
            comment="id of the element it is good for; empty: the selection",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_slip_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_slip_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_slip_code_hash")),
    )
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_slip_case_id_person_id"), ["case_id", "person_id"], unique=False
        )

    op.create_table(
        "attendee",
        sa.Column("attendance_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "state IN ('present', 'absent', 'excluded')", name=op.f("ck_attendee_state")
        ),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["attendance.id"], name=op.f("fk_attendee_attendance_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendee_person_id")),
        sa.PrimaryKeyConstraint("attendance_id", "person_id", name=op.f("pk_attendee")),
    )
    op.create_table(
        "ballot_box",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False, comment="title, contests, base"),
        sa.Column("attendance_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="over all envelopes"),
        sa.CheckConstraint(
            "state IN ('locked', 'open', 'closed', 'counted', 'void')",
            name=op.f("ck_ballot_box_state"),
        ),
        sa.ForeignKeyConstraint(
            ["attendance_id"], ["attendance.id"], name=op.f("fk_ballot_box_attendance_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_ballot_box_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_box")),
    )
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_for", sa.String(length=80), nullable=False),
        sa.Column(
            "for_person_id",
            sa.Uuid(),
            nullable=True,
            comment="the absent person for whom a stand-in acted",
        ),
        sa.Column(
            "about_person_id",
            sa.Uuid(),
            nullable=True,
            comment="who is away, steps aside, or had the work before",
        ),
        sa.Column(
            "to_person_id", sa.Uuid(), nullable=True, comment="who stands in, or has the work now"
        ),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["about_person_id"], ["person.id"], name=op.f("fk_history_about_person_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_history_case_id")),
        sa.ForeignKeyConstraint(
            ["for_person_id"], ["person.id"], name=op.f("fk_history_for_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_history_instance_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_history_person_id")),
        sa.ForeignKeyConstraint(
            ["to_person_id"], ["person.id"], name=op.f("fk_history_to_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_history_case_id_action"), ["case_id", "action"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_history_case_id_id"), ["case_id", "id"], unique=False)

    op.create_table(
        "operation_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["selection.id"], name=op.f("fk_operation_run_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_operation_run_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_run")),
    )
    with op.batch_alter_table("operation_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_operation_run_case_id_element_id_round"),
            ["case_id", "element_id", "round"],
            unique=False,
        )

    op.create_table(
        "outgoing_about",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["selection.id"], name=op.f("fk_outgoing_about_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing.id"],
            name=op.f("fk_outgoing_about_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "message_id", name=op.f("pk_outgoing_about")),
    )
    with op.batch_alter_table("outgoing_about", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outgoing_about_case_id_posted_at_message_id"),
            ["case_id", "posted_at", "message_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_outgoing_about_message_id"), ["message_id"], unique=False
        )

    op.create_table(
        "problem",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "case_id", sa.Uuid(), nullable=True, comment="none: of the installation, e.g. a backup"
        ),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "step",
            sa.String(length=80),
            nullable=False,
            comment="engine step; id of the timer, message or job",
        ),
        sa.Column(
            "about", sa.String(length=160), nullable=False, comment="kind, instance and step in one"
        ),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column(
            "facts",
            sa.JSON(),
            nullable=False,
            comment="of the error, for its words; an effect that is still to happen",
        ),
        sa.Column("message", sa.Text(), nullable=False, comment="what the program said"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="failed first"),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, comment="failed last"),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="by itself; none: never",
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("remark", sa.String(length=400), nullable=False, comment="why it was skipped"),
        sa.CheckConstraint(
            "kind IN ('step', 'closing', 'effect', 'timer', 'message', 'job')",
            name=op.f("ck_problem_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'retried', 'skipped', 'gone')", name=op.f("ck_problem_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_problem_case_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_problem_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["person.id"], name=op.f("fk_problem_resolved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_problem_case_id_state_last_at"),
            ["case_id", "state", "last_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_problem_latest",
            ["last_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_problem_next",
            ["next_try_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "uq_problem_open",
            ["about"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "user_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("package_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "step", sa.String(length=36), nullable=False, comment="the engine step behind it"
        ),
        sa.Column("element_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("recorders", sa.String(length=200), nullable=False),
        sa.Column(
            "stand_in",
            sa.Boolean(),
            nullable=False,
            comment="whoever stands in for an absent person may hand it in",
        ),
        sa.Column(
            "about",
            sa.String(length=40),
            nullable=False,
            comment="whom its whole run is about, e.g. the visit of a unit",
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column(
            "context",
            sa.JSON(),
            nullable=False,
            comment="the process's variables when it opened: codes and results",
        ),
        sa.Column(
            "box_id", sa.Uuid(), nullable=True, comment="kind ballot: the box behind the seam"
        ),
        sa.Column("current_subject", sa.String(length=40), nullable=False),
        sa.Column(
            "enough",
            sa.Integer(),
            nullable=True,
            comment="so many seats complete it; 0: all; none: only time or a person",
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "workday_year",
            sa.Integer(),
            nullable=True,
            comment="the last year whose working days its times were counted in",
        ),
        sa.Column(
            "set_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="its deadline before the office first set another",
        ),
        sa.Column(
            "set_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the office set its deadline",
        ),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_reason", sa.String(length=400), nullable=False),
        sa.Column(
            "moves",
            sa.Integer(),
            nullable=False,
            comment="how often its instants have changed; counted by the model",
        ),
        sa.Column(
            "invited",
            sa.Integer(),
            nullable=True,
            comment="of a meeting: the move its invitations tell of, -1 before the first",
        ),
        sa.Column(
            "meeting",
            sa.JSON(),
            nullable=False,
            comment="minutes, place; whether the topic is hidden",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("close_reason", sa.String(length=400), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False, comment="the variable the task wrote"),
        sa.CheckConstraint(
            "kind IN ('single', 'open', 'scores', 'sealed', 'ballot')",
            name=op.f("ck_user_task_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'done', 'cancelled')", name=op.f("ck_user_task_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_user_task_case_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_user_task_closed_by")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_user_task_instance_id")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_user_task_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_task")),
    )
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_task_case_id_element_id"), ["case_id", "element_id"], unique=False
        )
        batch_op.create_index(
            "ix_user_task_closed",
            ["case_id"],
            unique=False,
            sqlite_where=sa.text("state = 'closed'"),
            postgresql_where=sa.text("state = 'closed'"),
        )
        batch_op.create_index(
            batch_op.f("ix_user_task_instance_id_state"), ["instance_id", "state"], unique=False
        )
        batch_op.create_index(
            "ix_user_task_open",
            ["case_id"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_user_task_to_invite",
            ["id"],
            unique=False,
            sqlite_where=sa.text("invited <> moves"),
            postgresql_where=sa.text("invited <> moves"),
        )
        batch_op.create_index(
            "ix_user_task_workdays",
            ["workday_year"],
            unique=False,
            sqlite_where=sa.text("state = 'open' AND workday_year IS NOT NULL"),
            postgresql_where=sa.text("state = 'open' AND workday_year IS NOT NULL"),
        )

    op.create_table(
        "ballot_envelope",
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("voter_id", sa.Uuid(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["box_id"], ["ballot_box.id"], name=op.f("fk_ballot_envelope_box_id")
        ),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["person.id"], name=op.f("fk_ballot_envelope_voter_id")
        ),
        sa.PrimaryKeyConstraint("box_id", "voter_id", name=op.f("pk_ballot_envelope")),
    )
    op.create_table(
        "ballot_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("box_id", sa.Uuid(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("validity", sa.String(length=8), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "validity IN ('valid', 'blank', 'invalid')", name=op.f("ck_ballot_line_validity")
        ),
        sa.ForeignKeyConstraint(["box_id"], ["ballot_box.id"], name=op.f("fk_ballot_line_box_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot_line")),
    )
    with op.batch_alter_table("ballot_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ballot_line_box_id"), ["box_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_invitation_task_id")),
        sa.PrimaryKeyConstraint("task_id", "person_id", name=op.f("pk_invitation")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_person_id"), ["person_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="reminder, office, moved, escalation",
        ),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when the rung of the ladder was reached",
        ),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="set back while the digest is held",
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True, comment="the digest, while it is kept"),
        sa.CheckConstraint(
            "state IN ('waiting', 'told', 'dropped')", name=op.f("ck_reminder_state")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_reminder_case_id")),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outgoing.id"],
            name=op.f("fk_reminder_message_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_person_id")),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_reminder_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_reminder_dedupe_key")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            "ix_reminder_person",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "ix_reminder_waiting",
            ["not_before", "person_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("function", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.Column("draft_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_for",
            sa.String(length=80),
            nullable=False,
            comment="the person or body on whose behalf it was handed in",
        ),
        sa.Column(
            "absence_id",
            sa.Uuid(),
            nullable=True,
            comment="handed in by the stand-in of this absence, for `person_id`",
        ),
        sa.Column("void_reason", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "(state = 'handed_in') = (submitted_at IS NOT NULL)", name=op.f("ck_seat_handed_in")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'handed_in', 'closed', 'void')", name=op.f("ck_seat_state")
        ),
        sa.ForeignKeyConstraint(["absence_id"], ["absence.id"], name=op.f("fk_seat_absence_id")),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_seat_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seat_person_id")),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_seat_submitted_by")),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_seat_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(
            "ix_seat_handed_in",
            ["submitted_at", "task_id"],
            unique=False,
            sqlite_where=sa.text("submitted_at IS NOT NULL"),
            postgresql_where=sa.text("submitted_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_seat_open",
            ["task_id", "position"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_seat_person",
            ["person_id", "state"],
            unique=False,
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_seat_queue",
            ["case_id", "role"],
            unique=False,
            sqlite_where=sa.text("state = 'open' AND person_id IS NULL"),
            postgresql_where=sa.text("state = 'open' AND person_id IS NULL"),
        )
        batch_op.create_index("ix_seat_submitted", ["submitted_by", "submitted_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_seat_task_id_subject"), ["task_id", "subject"], unique=False
        )

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "subject",
            sa.String(length=40),
            nullable=False,
            comment="whom it is about; who is kept out does not get it",
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_stored_file_size")),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_stored_file_case_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_stored_file_owner_id")),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_stored_file_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_case_id"), ["case_id"], unique=False)

    op.create_table(
        "timer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False, comment="which line of `escalate`, from 0"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="set back after a failure",
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('close', 'reminder', 'escalation', 'event')", name=op.f("ck_timer_kind")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'skipped', 'cancelled', 'dead')",
            name=op.f("ck_timer_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["selection.id"], name=op.f("fk_timer_case_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_timer_instance_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_timer_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_timer_dedupe_key")),
    )
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_timer_case_due",
            ["case_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            "ix_timer_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            batch_op.f("ix_timer_instance_id_state"), ["instance_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_timer_task_id_kind"), ["task_id", "kind"], unique=False
        )

    op.create_table(
        "sealed_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_sealed_item_seat_id")),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_sealed_item_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_item")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_sealed_item_seat_id")),
    )
    with op.batch_alter_table("sealed_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_item_task_id"), ["task_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sealed_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_item_task_id"))

    op.drop_table("sealed_item")
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_timer_task_id_kind"))
        batch_op.drop_index(batch_op.f("ix_timer_instance_id_state"))
        batch_op.drop_index(
            "ix_timer_due",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(
            "ix_timer_case_due",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.drop_table("timer")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_case_id"))

    op.drop_table("stored_file")
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_task_id_subject"))
        batch_op.drop_index("ix_seat_submitted")
        batch_op.drop_index(
            "ix_seat_queue",
            sqlite_where=sa.text("state = 'open' AND person_id IS NULL"),
            postgresql_where=sa.text("state = 'open' AND person_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_seat_person",
            sqlite_where=sa.text("person_id IS NOT NULL"),
            postgresql_where=sa.text("person_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_seat_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(
            "ix_seat_handed_in",
            sqlite_where=sa.text("submitted_at IS NOT NULL"),
            postgresql_where=sa.text("submitted_at IS NOT NULL"),
        )

    op.drop_table("seat")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reminder_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_reminder_person",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_reminder_message_id"))

    op.drop_table("reminder")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_person_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("ballot_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ballot_line_box_id"))

    op.drop_table("ballot_line")
    op.drop_table("ballot_envelope")
    with op.batch_alter_table("user_task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_user_task_workdays",
            sqlite_where=sa.text("state = 'open' AND workday_year IS NOT NULL"),
            postgresql_where=sa.text("state = 'open' AND workday_year IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_user_task_to_invite",
            sqlite_where=sa.text("invited <> moves"),
            postgresql_where=sa.text("invited <> moves"),
        )
        batch_op.drop_index(
            "ix_user_task_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_user_task_instance_id_state"))
        batch_op.drop_index(
            "ix_user_task_closed",
            sqlite_where=sa.text("state = 'closed'"),
            postgresql_where=sa.text("state = 'closed'"),
        )
        batch_op.drop_index(batch_op.f("ix_user_task_case_id_element_id"))

    op.drop_table("user_task")
    with op.batch_alter_table("problem", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_problem_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(
            "ix_problem_next",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(
            "ix_problem_latest",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_problem_case_id_state_last_at"))

    op.drop_table("problem")
    with op.batch_alter_table("outgoing_about", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_about_message_id"))
        batch_op.drop_index(batch_op.f("ix_outgoing_about_case_id_posted_at_message_id"))

    op.drop_table("outgoing_about")
    with op.batch_alter_table("operation_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operation_run_case_id_element_id_round"))

    op.drop_table("operation_run")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_case_id_id"))
        batch_op.drop_index(batch_op.f("ix_history_case_id_action"))

    op.drop_table("history")
    op.drop_table("ballot_box")
    op.drop_table("attendee")
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_case_id_person_id"))

    op.drop_table("slip")
    with op.batch_alter_table("recusal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recusal_person_id_case_id"))
        batch_op.drop_index(
            "ix_recusal_in_force",
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.drop_table("recusal")
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_publication_public",
            sqlite_where=sa.text("audience = 'public' AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("audience = 'public' AND withdrawn_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_publication_case_id_published_at"))

    op.drop_table("publication")
    with op.batch_alter_table("plan_date", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_date_workday_year"))

    op.drop_table("plan_date")
    with op.batch_alter_table("outgoing", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outgoing_unrouted",
            sqlite_where=sa.text("state = 'new' AND channel = ''"),
            postgresql_where=sa.text("state = 'new' AND channel = ''"),
        )
        batch_op.drop_index(
            "ix_outgoing_undelivered",
            sqlite_where=sa.text("state IN ('dead', 'no_way')"),
            postgresql_where=sa.text("state IN ('dead', 'no_way')"),
        )
        batch_op.drop_index(batch_op.f("ix_outgoing_origin_id"))
        batch_op.drop_index(
            "ix_outgoing_next",
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )
        batch_op.drop_index(
            "ix_outgoing_handed",
            sqlite_where=sa.text("state = 'handed'"),
            postgresql_where=sa.text("state = 'handed'"),
        )

    op.drop_table("outgoing")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notice_unread",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_notice_person_id_at"))
        batch_op.drop_index(batch_op.f("ix_notice_case_id_at"))

    op.drop_table("notice")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_job_waits",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_job_runs",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.drop_index("ix_job_next")

    op.drop_table("job")
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instance_parent_id"))
        batch_op.drop_index(batch_op.f("ix_instance_case_id_state"))

    op.drop_table("instance")
    op.drop_table("draft_typing")
    op.drop_table("draft_revision")
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflict_case_id_state_found_at"))

    op.drop_table("conflict")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_case_id_state"))

    op.drop_table("change")
    with op.batch_alter_table("case_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_member_person_id"))
        batch_op.drop_index(batch_op.f("ix_case_member_case_id_role_roster"))

    op.drop_table("case_member")
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidate_person_id"))

    op.drop_table("candidate")
    op.drop_table("attendance")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absence_stand_in_id_to_at"))
        batch_op.drop_index(batch_op.f("ix_absence_person_id_to_at"))

    op.drop_table("absence")
    with op.batch_alter_table("start_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_start_draft_owner_id_changed_at"))

    op.drop_table("start_draft")
    with op.batch_alter_table("selection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_selection_state_started_at"))
        batch_op.drop_index(batch_op.f("ix_selection_started_by"))

    op.drop_table("selection")
    op.drop_table("package_release")
    with op.batch_alter_table("package_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_package_draft_key_changed_at"))

    op.drop_table("package_draft")
    op.drop_table("contact")
    with op.batch_alter_table("chat_channel", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chat_channel_person_id"))

    op.drop_table("chat_channel")
    op.drop_table("calendar_year")
    op.drop_table("calendar_feed")
    op.drop_table("calendar_day")
    op.drop_table("account")
    op.drop_table("upkeep")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_key_at"))

    op.drop_table("sign_in_attempt")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_name"))

    op.drop_table("person")
    op.drop_table("package")
