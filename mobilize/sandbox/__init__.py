"""A stand-in for SendGrid's and Twilio's servers, for development, demonstrations and tests.

It runs as a process of its own (``python -m mobilize.sandbox``), listens on loopback only, calls
nothing but loopback, and shares no code with the rest of the project: what it accepted is counted
in its own ledger, so that it can judge us.

Routes:

* ``POST /v3/mail/send``: SendGrid's Mail Send.
* ``/2010-04-01/Accounts/{Sid}/Messages...``: Twilio's Messages (create, fetch, list).
* ``GET /_ledger``, ``/_ledger/summary``, ``/_ledger/messages`` (channel, to, custom_arg, limit,
  after) and ``/_ledger/messages/email/{seq}``: everything that was really accepted.
* ``GET /_control/state``, and ``POST`` to ``/_control/``: ``clock`` (now), ``webhooks``
  (email_events_url, inbound_sms_url, app_url, public_url), ``faults`` (see ``faults``; ``DELETE``
  withdraws them), ``inbound-sms`` (from, to, body), ``flush`` (seconds, retry_refused), ``reset``.
* ``/``: the mail and the texts as a person would see them.

Magic recipients are described in ``fates`` (what becomes of a message) and ``text_rules`` (numbers
refused at once).
"""
