"""At the edge: who makes the present request, and whether they may."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import g, request

from mobilize.accounts.keys import caller_of
from mobilize.accounts.roles import Caller, Permission, require
from mobilize.core.errors import SignInNeeded
from mobilize.core.i18n import LANGUAGES, is_language
from mobilize.runtime import runtime

Args = ParamSpec("Args")
Answer = TypeVar("Answer")


def set_caller(caller: Caller) -> None:
    """Note who makes the present request; their language becomes its language."""
    g.caller = caller
    if is_language(caller.language):
        g.language = caller.language


def caller() -> Caller:
    """Who makes the present request.

    Raises:
        SignInNeeded: Nobody showed who they are.
    """
    found = g.get("caller")
    if found is None:
        raise SignInNeeded("Nobody is signed in.", hint="Sign in, or send an API key.")
    return cast("Caller", found)


def needs(permission: Permission) -> Callable[[Callable[Args, Answer]], Callable[Args, Answer]]:
    """A view that is only for callers with a permission."""

    def guard(view: Callable[Args, Answer]) -> Callable[Args, Answer]:
        @wraps(view)
        def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Answer:
            require(caller(), permission)
            return view(*args, **kwargs)

        return guarded

    return guard


def need_api_key() -> None:
    """Let only requests with a good API key through; stated where a blueprint is mounted.

    Raises:
        SignInNeeded: There is no key, or none that opens.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = None
    if scheme.casefold() == "bearer":
        with runtime().db.read() as session:
            found = caller_of(session, text.strip())
    if found is None:
        raise SignInNeeded(
            "No API key that opens was sent.", hint="Send it as `Authorization: Bearer mob_…`."
        )
    set_caller(found)
    # A program says itself in which language it shows what it is told; else its account's.
    asked = request.accept_languages.best_match(LANGUAGES)
    if is_language(asked):
        g.language = asked
