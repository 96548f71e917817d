"""What the configuration says of the shop, as receipts want it."""

from __future__ import annotations

from totem.bootstrap.tuning import is_simulated
from totem.config.loader import Configuration
from totem.services.receipts.shop import TicketSettings


def ticket_settings(configuration: Configuration) -> TicketSettings:
    business, ticket = configuration.settings.business, configuration.settings.ticket
    details = (business.address, business.city, _document(business.document), business.phone)
    return TicketSettings(
        business_name=business.name,
        business_details=tuple(line for line in details if line),
        instructions={language: ticket.footer.get(language) for language in configuration.settings.kiosk.languages},
        validity_days=ticket.validity_days,
        logo="logo" if business.logo else "",
        simulated=is_simulated(configuration),
        training=configuration.settings.kiosk.training,
        kiosk_name=configuration.settings.kiosk.name,
        code=ticket.code,
    )


def _document(digits: str) -> str:
    """CNPJ and CPF as people write them; "" for none."""
    if len(digits) == 14:
        return f"CNPJ {digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"
    return f"CPF {digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}" if digits else ""
