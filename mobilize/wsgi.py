"""What a WSGI server loads: `gunicorn mobilize.wsgi:app`; as careful as `mobilize web`."""

from mobilize.app import create_app
from mobilize.cli.doctor import require_ready
from mobilize.core.garbage import collect_seldom
from mobilize.messaging.providers.transports import check_hosts
from mobilize.runtime import open_runtime
from mobilize.settings import load_settings

runtime = open_runtime(load_settings())
check_hosts(runtime.settings)
require_ready(runtime)
app = create_app(runtime)
collect_seldom()
