"""A stand-in for SendGrid's and Twilio's servers, for development, demonstrations and tests.

It runs as a process of its own (``python -m mobilize.sandbox``), listens on loopback only, calls
nothing but loopback, and shares no code with the rest of the project: what it accepted is counted
in its own ledger, so that it can judge us.

Every route and order stands in ``docs/reference/sandbox.md``. What can go wrong is in ``faults``
(requests), ``tricks`` (webhooks), ``fates`` (messages) and ``scenario`` (a whole run); numbers that
are refused at once in ``text_rules``; what a sender must not do in ``verdicts``.
"""
