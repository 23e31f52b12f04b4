"""The one blueprint of all that contacts offer over JSON."""

from typing import Any

from flask import Request
from flask_smorest import Blueprint
from typing_extensions import override
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict


class _Multipart(FlaskParser):
    """Reads a form with a file as the one body that it is; OpenAPI knows no two bodies."""

    @override
    def load_files(self, req: Request, schema: Any) -> Any:
        """The form's files and its other parts."""
        parts = MultiDict([*req.form.items(multi=True), *req.files.items(multi=True)])
        return MultiDictProxy(parts, schema, tuple(self.KNOWN_MULTI_FIELDS))


class _Contacts(Blueprint):
    ARGUMENTS_PARSER = _Multipart()


blueprint = _Contacts(
    "contacts",
    "mobilize.contacts.api",
    url_prefix="/contacts",
    description="Supporters and partners' people.",
)
