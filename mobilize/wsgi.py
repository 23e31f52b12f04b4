"""What a WSGI server loads: `gunicorn mobilize.wsgi:app`."""

from mobilize.app import create_app
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings

app = create_app(open_runtime(load_settings()))
