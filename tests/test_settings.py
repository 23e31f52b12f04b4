"""Settings: what is wrong in them is said before anything starts."""

import os
from pathlib import Path

import pytest

from mobilize.core.errors import SetupError
from mobilize.settings import load_settings


def test_a_text_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    name = os.fsdecode("Québec".encode("latin-1"))

    with pytest.raises(SetupError) as refused:
        load_settings(instance=tmp_path, environ={"MOBILIZE_SENDGRID_FROM_NAME_FR": name})

    assert "MOBILIZE_SENDGRID_FROM_NAME_FR: 'utf-8' codec" in str(refused.value)
