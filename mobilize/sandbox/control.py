"""What a test or a demonstration may do to the sandbox."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, request

from mobilize.sandbox.answers import json_answer
from mobilize.sandbox.clock import parse_instant
from mobilize.sandbox.faults import Fault
from mobilize.sandbox.ledger import text_item
from mobilize.sandbox.posting import Answer
from mobilize.sandbox.reading import OrderError, read_order
from mobilize.sandbox.scenario import Scenario, load_scenario, read_scenario, shipped
from mobilize.sandbox.targets import require_loopback
from mobilize.sandbox.tricks import Trick
from mobilize.sandbox.world import World

_FLUSH_SECONDS = 30.0


def control_blueprint(world: World) -> Blueprint:
    """The routes under ``/_control``."""
    blueprint = Blueprint("control", __name__, url_prefix="/_control")

    @blueprint.get("/state")
    def state() -> Response:
        return json_answer(_state(world))

    @blueprint.post("/clock")
    def clock() -> Response:
        now = _given().get("now")
        world.set_clock(None if now is None else _value(parse_instant, now))
        return json_answer(_state(world))

    @blueprint.post("/webhooks")
    def webhooks() -> Response:
        given = _given()
        unknown = set(given) - set(asdict(world.targets))
        if unknown:
            abort(400, f"unknown: {', '.join(sorted(unknown))}")
        if given.get("app_url"):
            _value(require_loopback, given["app_url"])
        for name, url in given.items():
            setattr(world.targets, name, str(url))
        return json_answer(_state(world))

    @blueprint.post("/faults")
    def add_fault() -> Response:
        world.faults.add(_value(lambda given: read_order(Fault, given), _given()))
        return json_answer({"faults": world.faults.report()}, 201)

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        world.faults.clear()
        return json_answer({"faults": []})

    @blueprint.post("/tricks")
    def add_trick() -> Response:
        world.tricks.add(_value(lambda given: read_order(Trick, given), _given()))
        return json_answer({"tricks": world.tricks.report()}, 201)

    @blueprint.delete("/tricks")
    def clear_tricks() -> Response:
        world.tricks.clear()
        return json_answer({"tricks": []})

    @blueprint.get("/scenarios")
    def scenarios() -> Response:
        return json_answer({name: load_scenario(name).about for name in shipped()})

    @blueprint.post("/scenario")
    def play() -> Response:
        world.play(_value(_scenario, _given()))
        return json_answer(_state(world), 201)

    @blueprint.delete("/scenario")
    def calm() -> Response:
        world.play(load_scenario("calm"))
        return json_answer(_state(world))

    @blueprint.post("/retries")
    def retries() -> Response:
        _value(world.retries.choose, _given().get("policy"))
        return json_answer(_state(world))

    @blueprint.post("/flush")
    def flush() -> Response:
        given = _given()
        if given.get("retry_refused"):
            world.dispatcher.retry_refused()
        done = world.dispatcher.wait(_value(float, given.get("seconds", _FLUSH_SECONDS)))
        return json_answer({"done": done, **world.dispatcher.report()})

    @blueprint.post("/inbound-sms")
    def inbound_sms() -> Response:
        given = _given()
        missing = [name for name in ("from", "to", "body") if not isinstance(given.get(name), str)]
        if missing:
            abort(400, f"missing: {', '.join(missing)}")
        talk = _value(
            lambda told: world.switchboard.receive(told["from"], told["to"], told["body"]), given
        )
        answer = talk.answer or Answer(0)
        return json_answer(
            {
                "sid": talk.inbound.sid,
                "webhook_status": answer.status or None,
                "webhook_answer": answer.body.decode("utf-8", "replace"),
                "failure": answer.failure if not answer.ok else None,
                "replies": [text_item(text) for text in talk.replies],
                "blocked": talk.blocked,
            }
        )

    @blueprint.post("/opt-outs")
    def opt_outs() -> Response:
        given = _given()
        at = _value(parse_instant, given["at"]) if given.get("at") else None
        for to in _people(given):
            world.judge.opt_out(to, at)
        return json_answer({"opt_outs": len(world.judge.opt_outs())}, 201)

    @blueprint.post("/opt-ins")
    def opt_ins() -> Response:
        for to in _people(_given()):
            world.judge.opt_in(to)
        return json_answer({"opt_outs": len(world.judge.opt_outs())}, 201)

    @blueprint.post("/reset")
    def reset() -> Response:
        world.reset()
        return json_answer(_state(world))

    return blueprint


def _given() -> dict[str, Any]:
    """The request's JSON object; no body is an empty one."""
    if not request.get_data():
        return {}
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict):
        abort(400, "send a JSON object")
    return given


def _scenario(given: dict[str, Any]) -> Scenario:
    """One that is shipped, by nothing but its name; or the one that is told in full.

    Raises:
        OrderError: When there is none of that name, or when it holds mistakes.
    """
    if set(given) != {"name"}:
        return read_scenario(given, "told")
    if given["name"] not in shipped():
        raise OrderError([f"name must be one of {', '.join(shipped())}"])
    return load_scenario(given["name"])


def _people(given: dict[str, Any]) -> list[str]:
    """The addresses and numbers in ``to``: one, or a list."""
    to = given.get("to")
    people = [to] if isinstance(to, str) else to
    if not (isinstance(people, list) and people and all(isinstance(one, str) for one in people)):
        abort(400, "to must be an address or a number, or a list of them")
    return people


def _value(read: Any, given: Any) -> Any:
    """``read(given)``, with a mistake in it answered as 400."""
    try:
        return read(given)
    except (TypeError, ValueError, KeyError) as error:
        abort(400, str(error))


def _state(world: World) -> dict[str, Any]:
    with world.store.lock:
        recipients = world.store.state()
    return {
        "now": world.clock.now().isoformat(),
        "virtual_clock": world.clock.is_virtual,
        "sendgrid_public_key": world.signer.public_key,
        "twilio_account_sid": world.options.account,
        "webhooks": asdict(world.targets),
        "told": world.dispatcher.report(),
        "later": world.timetable.waiting(),
        "retries": world.retries.policy,
        "scenario": {"name": world.scenario.name, "about": world.scenario.about},
        "fates": world.fates.report(),
        "faults": world.faults.report(),
        "tricks": world.tricks.report(),
        **recipients,
    }
