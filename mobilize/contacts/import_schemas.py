"""What the API's imports take and give."""

from marshmallow import Schema, fields

_LINES = {"description": "The first hundred of them."}


class LineSchema(Schema):
    """A row of a file, with why it is named."""

    line = fields.Integer(required=True)
    reason = fields.String(required=True)


class ImportReportSchema(Schema):
    """What became of a file of supporters."""

    run = fields.String(required=True, metadata={"description": "The import's id."})
    file_name = fields.String(required=True)
    encoding = fields.String(required=True)
    delimiter = fields.String(required=True)
    ignored_columns = fields.List(fields.String(), required=True)
    rows = fields.Integer(required=True)
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    closed = fields.Integer(
        required=True,
        metadata={
            "description": "Rows of people who left elsewhere and are not on file: their addresses"
            " are closed, and nothing else is kept."
        },
    )
    rejected = fields.Integer(required=True)
    consents = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    without_consent = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    rejects = fields.List(fields.Nested(LineSchema), required=True, metadata=_LINES)
    first = fields.List(
        fields.Dict(),
        metadata={
            "description": "In a dry run, the first rows as they would be kept, addresses masked."
        },
    )
    likely = fields.Integer(
        metadata={
            "description": "In a dry run, how many may be on file under another email address."
        }
    )
    likely_lines = fields.List(fields.Nested(LineSchema), metadata=_LINES)


class UploadSchema(Schema):
    """A file to bring in."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class DeclaredSchema(Schema):
    """A consent that is declared for every row that claims none."""

    channel = fields.String(required=True)
    basis = fields.String(required=True)
    day = fields.String(load_default="")
    evidence = fields.String(required=True)


class SupportersSchema(UploadSchema):
    """A file of supporters and how it is read; what is not said is read as its header says."""

    dry_run = fields.Boolean(load_default=False)
    columns = fields.String(
        load_default="{}",
        metadata={
            "description": "JSON: the title of a column to what it is read as (one of ours,"
            " `field:KEY`, `tag:NAME`, or empty)."
        },
    )
    tags = fields.String(load_default="", metadata={"description": "Between commas."})
    language = fields.String(load_default="")
    source = fields.String(load_default="")
    declared = fields.String(
        load_default="[]",
        metadata={"description": "JSON: consents with `channel`, `basis`, `day`, `evidence`."},
    )


class ImportSchema(Schema):
    """An import that was begun."""

    id = fields.String(attribute="public_id", required=True)
    kind = fields.String(required=True)
    dialect = fields.String(required=True)
    file_name = fields.String(required=True)
    actor = fields.String(required=True)
    counts = fields.Dict(required=True)
    started_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)


class KeptSchema(Schema):
    """Somebody whom a file brought and who stays."""

    id = fields.String(required=True)
    why = fields.String(required=True)


class UndoingSchema(Schema):
    """What an undo does, or would do."""

    removed = fields.Integer(required=True)
    kept = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    kept_first = fields.List(fields.Nested(KeptSchema), required=True, metadata=_LINES)
    restored = fields.Integer(required=True)
    changed_since = fields.Integer(required=True)
    consents = fields.Integer(required=True)
    tags = fields.Integer(required=True)
    answers = fields.Integer(required=True)
    opt_outs = fields.Integer(required=True)
