"""The ledger as a judge: what a sender must not do, and whether it did."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mobilize.sandbox.judge import OptOut
from mobilize.sandbox.records import opaque_id
from mobilize.sandbox.repeated import repeated
from mobilize.sandbox.tricks import FORGERIES
from mobilize.sandbox.world import World

_SHOWN = 100


def verdicts(world: World, *, opt_out_grace: float, pause_grace: float) -> dict[str, Any]:
    """Every verdict, and whether all of them are for the sender.

    Args:
        world: Whose ledger is asked; its store is locked by the caller.
        opt_out_grace: Seconds after an opt-out in which a message is not blamed.
        pause_grace: Seconds after a pause was told in which a request is not blamed.
    """
    twice = repeated(world.store)
    late = list(_after_opt_out(world, opt_out_grace))
    manners = world.judge.report(pause_grace)
    told = world.dispatcher.report()
    believed = {
        kind: outcome["taken"]
        for kind, outcome in told["beside"].items()
        if kind in FORGERIES and outcome["taken"]
    }
    ignored = manners["pauses"]["ignored"]
    found: dict[str, dict[str, Any]] = {
        "nothing_twice": {"ok": not twice["by_opaque_id"]["count"], **twice["by_opaque_id"]},
        "none_after_opt_out": {
            "ok": not late,
            "opt_outs": len(world.judge.opt_outs()),
            "count": len(late),
            "first": late[:_SHOWN],
        },
        "no_forgery_believed": {"ok": not believed, "believed": believed},
        "pauses_kept": {"ok": not ignored, **manners["pauses"]},
    }
    return {
        "ok": all(verdict["ok"] for verdict in found.values()),
        "verdicts": found,
        # These may be as they are for a good reason.
        "notes": {
            "same_words_to_the_same_person": twice["by_address_and_content"],
            "webhooks": told,
            "answers": manners["answers"],
            "fastest_second": manners["fastest_second"],
        },
    }


def _after_opt_out(world: World, grace: float) -> Iterator[dict[str, Any]]:
    """What was accepted for people who had opted out before, oldest first on each channel."""
    opt_outs = world.judge.opt_outs()
    if not opt_outs:
        return
    wanted = {hash(to): found for to, found in opt_outs.items()}
    for request in world.store.requests:
        for position, address in enumerate(request.addresses):
            if address not in wanted:
                continue
            late = _lateness(wanted[address], request.accepted_at, request.tick)
            if late > grace:
                mail = world.store.mails_of(request)[position]
                yield _told("email", mail.seq, mail.to, opaque_id(mail.arguments), late)
    for text in world.store.texts:
        if text.direction == "outbound-api" and text.to in opt_outs:
            late = _lateness(opt_outs[text.to], text.accepted_at, text.tick)
            if late > grace:
                yield _told("sms", text.seq, text.to, opaque_id(text.arguments), late)


def _lateness(opt_outs: list[OptOut], accepted_at: datetime, tick: float) -> float:
    return max(one.lateness(accepted_at, tick) for one in opt_outs)


def _told(channel: str, seq: int, to: str, name: str | None, late: float) -> dict[str, Any]:
    return {
        "channel": channel, "seq": seq, "to": to, "opaque_id": name, "seconds_late": round(late, 3)
    }  # fmt: skip
