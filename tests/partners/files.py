"""Files of partners for the tests."""

HEADER = (
    "name_en", "name_fr", "kind", "province", "website", "email", "given_name", "family_name",
    "title", "language", "may_sign", "consent_email_basis", "consent_email_date",
    "consent_email_evidence",
)  # fmt: skip
HOUSE = {
    "name_en": "Example House",
    "name_fr": "Maison Exemple",
    "kind": "shelter",
    "province": "Québec",
    "website": "house.example.org",
}
DIRECTOR = {
    "email": "director@example.org",
    "given_name": "Ana",
    "family_name": "Lee",
    "title": "Director",
    "language": "fr",
    "may_sign": "oui",
    "consent_email_basis": "published",
    "consent_email_date": "2026-09-01",
    "consent_email_evidence": "staff page of the house",
}
CLERK = {"email": "clerk@example.org", "given_name": "Bo", "language": "en", "may_sign": "no"}
