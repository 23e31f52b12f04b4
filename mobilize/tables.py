"""All tables of all features in one catalogue, for migrations and for tools."""

from sqlalchemy import MetaData

import mobilize.accounts.models
import mobilize.actions.doubt_models
import mobilize.actions.models
import mobilize.alerts.models
import mobilize.alerts.set_models
import mobilize.contacts.consent_models
import mobilize.contacts.identity_models
import mobilize.contacts.import_models
import mobilize.contacts.models
import mobilize.contacts.privacy_models
import mobilize.contacts.record_models
import mobilize.contacts.upload_models
import mobilize.core.clock
import mobilize.core.leases
import mobilize.followups.models
import mobilize.messaging.care.models
import mobilize.messaging.inbox.models
import mobilize.messaging.models
import mobilize.mps.models
import mobilize.mps.postal_models
import mobilize.mps.seat_models
import mobilize.partners.models
import mobilize.strategy.models
from mobilize.core.db import Base

MODULES = (
    mobilize.accounts.models,
    mobilize.actions.doubt_models,
    mobilize.actions.models,
    mobilize.alerts.models,
    mobilize.alerts.set_models,
    mobilize.contacts.consent_models,
    mobilize.contacts.identity_models,
    mobilize.contacts.import_models,
    mobilize.contacts.models,
    mobilize.contacts.privacy_models,
    mobilize.contacts.record_models,
    mobilize.contacts.upload_models,
    mobilize.core.clock,
    mobilize.core.leases,
    mobilize.followups.models,
    mobilize.messaging.care.models,
    mobilize.messaging.inbox.models,
    mobilize.messaging.models,
    mobilize.mps.models,
    mobilize.mps.seat_models,
    mobilize.mps.postal_models,
    mobilize.partners.models,
    mobilize.strategy.models,
)
"""Importing them is what fills the catalogue."""

METADATA: MetaData = Base.metadata
