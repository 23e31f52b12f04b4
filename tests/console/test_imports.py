"""Bringing in a file at the console: sent, mapped, looked at, started, taken back."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from mobilize.contacts.import_jobs import bring_in_files
from mobilize.contacts.import_models import UndoPreview
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.undo_previews import AT_ONCE, note_seen
from mobilize.contacts.upload_models import ImportUpload
from mobilize.runtime import Runtime
from tests.console.conftest import Desk
from tests.support.accounts import make_account, sign_in

pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)

FILE = "Mail,Choir?,Remarks\nana@example.org,yes,note\nbroken,no,\n"


def send(desk: Desk, text: str = FILE, name: str = "list.csv") -> Any:
    return desk.send("/console/imports", file=(io.BytesIO(text.encode()), name))


def mapped(desk: Desk, **more: str) -> str:
    """Send the file, say what its columns are; the file's page."""
    page: str = send(desk).headers["Location"]
    targets = {"target-0": "email", "target-1": "tag:Choir?", "target-2": ""}
    desk.follow(page, **{**targets, "language": "en", **more})
    return page


def test_a_file_is_mapped_looked_at_brought_in_and_taken_back(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk()
    page = send(desk).headers["Location"]
    form = desk.read(page)
    assert "What each column is" in form
    assert "a…@…" in form
    assert "ana@example.org" not in form

    page = mapped(desk)
    waiting = desk.read(page)
    assert "Dry run under way" in waiting
    assert f"{page}/progress" in waiting
    bring_in_files(runtime)
    seen = desk.read(page)
    assert "nothing was written" in seen
    assert "choir?" in seen
    assert "This is no email address" in seen
    assert "ana@example.org" not in seen

    assert "is being brought in" in desk.follow(f"{page}/start")
    refreshed = desk.client.get(f"{page}/progress")
    assert "HX-Refresh" not in refreshed.headers
    bring_in_files(runtime)
    assert desk.client.get(f"{page}/progress").headers["HX-Refresh"] == "true"
    answer = desk.client.get(page)
    run = desk.read(answer.headers["Location"])
    assert "Download these rows" in run
    with runtime.db.read() as session:
        ref = session.scalars(select(ImportRun.public_id)).one()
    rejects = desk.client.get(f"/console/imports/{ref}/rejects.csv").get_data(as_text=True)
    assert "broken" in rejects
    undo = desk.read(f"/console/imports/{ref}/undo")
    assert "1 person whom the file brought is removed." in undo
    assert "is being taken back" in desk.follow(f"/console/imports/{ref}/undo")
    bring_in_files(runtime)
    assert "Taken back on" in desk.read(f"/console/imports/{ref}")
    with runtime.db.read() as session:
        assert session.scalars(select(Contact.state)).all() == ["tombstoned"]


def test_what_an_undo_of_a_large_import_would_do_is_looked_at_by_the_worker(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk()
    rows = "".join(f"person{n}@example.org,no,\n" for n in range(AT_ONCE + 1))
    page = send(desk, f"Mail,Choir?,Remarks\n{rows}").headers["Location"]
    desk.follow(page, **{"target-0": "email", "target-1": "", "target-2": ""})
    bring_in_files(runtime)
    desk.follow(f"{page}/start")
    bring_in_files(runtime)
    undo = desk.client.get(page).headers["Location"] + "/undo"
    assert "5001 people" in desk.read(undo)
    assert "Take the import back</button>" not in desk.read(undo), "nobody knows yet what it does"

    assert "It is being looked at." in desk.follow(f"{undo}/look")
    assert f"{undo}/progress" in desk.read(undo)
    waiting = desk.client.get(f"{undo}/progress")
    assert "0 of 5001 people" in waiting.get_data(as_text=True)
    assert "HX-Refresh" not in waiting.headers
    bring_in_files(runtime)
    assert desk.client.get(f"{undo}/progress").headers["HX-Refresh"] == "true"
    seen = desk.read(undo)
    assert "5001 people whom the file brought are removed." in seen
    assert "Look once more" in seen
    assert "is being taken back" in desk.follow(undo)


def test_a_look_at_an_undo_that_failed_says_so_and_can_be_asked_for_again(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk(language="fr")
    page = mapped(desk)
    desk.follow(f"{page}/start")
    bring_in_files(runtime)
    undo = desk.client.get(page).headers["Location"] + "/undo"
    desk.follow(f"{undo}/look")
    with runtime.db.transaction() as session:
        session.execute(update(ImportRun).values(counts={"created": AT_ONCE + 1}))
        trouble = {"trouble": "Something went wrong with this file.", "hint": "Try it again."}
        note_seen(
            session, session.scalars(select(UndoPreview)).one(), trouble, now=runtime.clock.now()
        )

    seen = desk.read(undo)
    assert "Un problème est survenu avec ce fichier." in seen
    assert f'action="{undo}/look"' in seen
    assert f'action="{undo}"' not in seen, "nobody knows what it would do"


def test_french_pages_say_in_french_why_a_row_is_put_aside(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk(language="fr")
    page = mapped(desk)
    bring_in_files(runtime)
    seen = desk.read(page)
    assert "Ce n’est pas une adresse courriel" in seen
    assert "This is no email address" not in seen


def test_a_column_of_our_own_export_is_said_to_be_taken(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk()
    own = "email,do_not_contact,topics_left\nana@example.org,yes,\n"
    page = send(desk, own).headers["Location"]
    assert desk.read(page).count("As our own export says it") == 2
    desk.follow(page, **{"target-0": "email", "target-1": "", "target-2": ""})
    bring_in_files(runtime)
    assert "Nothing is taken from these columns" not in desk.read(page)


def test_what_was_typed_stays_where_it_does_not_fit(at_desk: Callable[..., Desk]) -> None:
    desk = at_desk()
    page = send(desk).headers["Location"]
    fields = {"target-0": "email", "target-1": "email", "target-2": "", "source": "Fall rally"}
    answer = desk.send(page, **fields)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Two columns are the email" in text
    assert 'value="Fall rally"' in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("email,Visa\na@example.org,x\n", "immigration status"),
        ("", "is empty"),
        ("\n\n", "does not begin with the names"),
    ],
)
def test_a_file_that_cannot_be_used_is_not_kept(
    at_desk: Callable[..., Desk], runtime: Runtime, text: str, says: str
) -> None:
    answer = send(at_desk(), text)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    with runtime.db.read() as session:
        assert session.scalars(select(ImportUpload)).all() == []


def test_a_file_is_let_go_of(at_desk: Callable[..., Desk]) -> None:
    desk = at_desk()
    page = send(desk).headers["Location"]
    assert "The file is deleted." in desk.follow(f"{page}/discard")
    desk.read(page, status=404)


def test_who_may_not_import_sees_none_of_it(at_desk: Callable[..., Desk]) -> None:
    desk = at_desk("viewer")
    desk.read("/console/imports", status=403)
    assert "/console/imports" not in desk.read("/console/")


def test_a_file_may_be_larger_than_other_forms_but_not_than_it_may_be(
    own_app: Flask, runtime: Runtime
) -> None:
    own_app.config["MAX_CONTENT_LENGTH"] = 1 << 16
    client = own_app.test_client()
    somebody = make_account(runtime, role="organizer")
    assert sign_in(client, somebody).status_code == 303
    desk = Desk(client, somebody.account.id)
    text = "email\n" + "".join(f"person{n}@example.org\n" for n in range(8000))
    assert len(text) > 1 << 16
    assert send(desk, text).status_code == 303
    answer = desk.send("/console/people", search="x" * (1 << 17))
    assert answer.status_code == 413
    assert "larger than it may be" in answer.get_data(as_text=True)
