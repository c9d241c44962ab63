"""The demonstration: people to choose from, a clock to move; only where the settings say demo."""

from flask import Blueprint

from webapp.demo import views

blueprint = Blueprint("demo", __name__)

blueprint.get("/demo")(views.people)
blueprint.post("/demo/sign-in")(views.sign_in)
blueprint.post("/demo/clock")(views.move_clock)
