"""A stand-in for SendGrid's and Twilio's servers, for development, demonstrations and tests.

It runs as a process of its own (``python -m mobilize.sandbox``), listens on loopback only, calls
nothing but loopback, and shares no code with the rest of the project: what it accepted is counted
in its own ledger, so that it can judge us.

Routes:

* ``POST /v3/mail/send``: SendGrid's Mail Send.
* ``/2010-04-01/Accounts/{Sid}/Messages...``: Twilio's Messages (create, fetch, list).
* ``/_ledger...``: everything that was really accepted.
* ``/_control/...``: clock, faults, webhooks, inbound texts, flush, reset.
* ``/``: the mail and the texts as a person would see them.

Magic recipients are described in ``fates`` (what becomes of a message) and ``text_rules`` (numbers
refused at once).
"""
