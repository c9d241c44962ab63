"""What waits for a person and what they did: to-do list, task pages, ballots, notices."""

from flask import Blueprint

from webapp.inbox import ballot, files, handing_over, lists, seat, sheets

blueprint = Blueprint("inbox", __name__)

blueprint.get("/todo")(lists.todo)
blueprint.get("/todo/<any(own, queue, away, record):which>")(lists.todo_part)
blueprint.get("/done")(lists.done)
blueprint.get("/notices")(lists.notices)
blueprint.post("/notices/<uuid:notice_id>/read")(lists.read_notice)
blueprint.post("/notices/read")(lists.read_all_notices)
blueprint.get("/task/<uuid:task_id>")(lists.task)

blueprint.get("/seat/<uuid:seat_id>")(seat.show)
blueprint.post("/seat/<uuid:seat_id>")(seat.act)
blueprint.post("/seat/<uuid:seat_id>/take")(seat.take)
blueprint.post("/seat/<uuid:seat_id>/put-back")(seat.put_back)
blueprint.get("/seat/<uuid:seat_id>/hand-over")(handing_over.ask_delegate)
blueprint.post("/seat/<uuid:seat_id>/hand-over")(handing_over.delegate)
blueprint.get("/seat/<uuid:seat_id>/receipt")(seat.receipt)
blueprint.get("/seat/<uuid:seat_id>/turn")(seat.turn)
blueprint.get("/seat/<uuid:seat_id>/sheet/<path>.xlsx")(sheets.empty_sheet)
blueprint.post("/seat/<uuid:seat_id>/ballot")(ballot.vote)
blueprint.get("/file/<uuid:file_id>")(files.download)
