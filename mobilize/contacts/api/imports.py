"""Bringing in files over JSON."""

import tempfile
from pathlib import Path
from typing import Any

from mobilize.accounts.guards import caller, needs
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.contacts.schemas import ImportReportSchema, UploadSchema
from mobilize.runtime import runtime


@blueprint.post("/imports")
@blueprint.arguments(UploadSchema, location="files")
@blueprint.response(200, ImportReportSchema)
@needs("import")
def import_file(files: dict[str, Any]) -> dict[str, Any]:
    """Bring in a file (CSV or Excel) of supporters; the answer says what became of each row."""
    upload, parts = files["file"], runtime()
    with tempfile.TemporaryDirectory(prefix="mobilize-") as folder:
        path = Path(folder) / (Path(upload.filename or "").name or "supporters.csv")
        upload.save(path)
        report = import_supporters(
            parts.db,
            table=open_table(path),
            actor=caller().actor,
            clock=parts.clock,
            keyring=parts.keyring,
        )
    return report.as_dict()
