"""Made-up exports of other tools, under the headers that their documentation gives."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

MAILCHIMP = (
    "Email Address", "First Name", "Last Name", "Address", "Phone Number", "MEMBER_RATING",
    "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF",
    "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip
MAILCHIMP_LEFT = (
    *MAILCHIMP[:5], "UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON",
    "UNSUB_REASON_OTHER", *MAILCHIMP[5:],
)  # fmt: skip
ACTION_NETWORK = (
    "uuid", "first_name", "last_name", "email", "can2_phone", "can2_user_address",
    "can2_user_city", "can2_state_abbreviated", "zip_code", "can2_county", "can2_user_tags",
    "can2_subscription_status", "can2_subscription_date", "can2_sms_status",
)  # fmt: skip
NATIONBUILDER = (
    "nationbuilder_id", "prefix", "first_name", "middle_name", "last_name", "suffix", "full_name",
    "email", "email_opt_in", "email1", "email1_is_bad", "email2", "email2_is_bad",
    "unsubscribed_at", "phone_number", "work_phone_number", "mobile_number", "mobile_opt_in",
    "is_mobile_bad", "fax_number", "do_not_call", "do_not_contact", "federal_donotcall",
    "primary_address1", "primary_city", "primary_state", "primary_zip", "primary_country_code",
    "employer", "occupation", "tag_list", "language", "created_at",
)  # fmt: skip
CIVICRM = (
    "Contact ID", "Contact Type", "Contact Subtype", "Do Not Email", "Do Not Phone", "Do Not Mail",
    "Do Not Sms", "Do Not Trade", "No Bulk Emails (User Opt Out)", "External Identifier",
    "Sort Name", "Display Name", "Preferred Communication Method", "Preferred Language",
    "First Name", "Middle Name", "Last Name", "Job Title", "Birth Date", "Deceased",
    "Current Employer", "Street Address", "City", "Postal Code", "State", "Country", "Phone",
    "Email", "On Hold", "Group(s)", "Tag(s)", "Note(s)",
)  # fmt: skip


def export(path: Path, header: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows under a header; what a row does not say is empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(header), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path
