"""What the catalogue hands out for one campaign."""

from collections.abc import Mapping
from dataclasses import dataclass

from include.domain.campaign import Campaign
from include.domain.expectation import WorkCalendar
from include.domain.form import Form
from include.domain.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """A campaign with everything it refers to: units in official order, its forms by code, the work calendar and the notice's text.

    The calendar is a lenient one (`include.catalogue.calendar`): rules that need a year's official calendar were checked to have it.
    """

    campaign: Campaign
    units: tuple[Unit, ...]
    forms: Mapping[str, Form]
    calendar: WorkCalendar
    notice: str

    def unit(self, code: str) -> Unit:
        """Return the unit of that code; KeyError if the registry has none."""
        for unit in self.units:
            if unit.code == code:
                return unit
        raise KeyError(code)
