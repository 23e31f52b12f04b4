"""All tables of all features in one catalogue, for migrations and for tools."""

from sqlalchemy import MetaData

import mobilize.accounts.models
import mobilize.actions.models
import mobilize.alerts.models
import mobilize.contacts.consent_models
import mobilize.contacts.models
import mobilize.core.clock
import mobilize.core.leases
import mobilize.followups.models
import mobilize.messaging.models
import mobilize.mps.models
import mobilize.partners.models
import mobilize.strategy.models
from mobilize.core.db import Base

METADATA: MetaData = Base.metadata
