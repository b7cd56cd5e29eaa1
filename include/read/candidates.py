"""What a received file may be: the forms to look for in it, by what its path tells; its content has the last word."""

from include.catalogue.definitions import Definitions
from include.catalogue.wording import fold, similar
from include.domain.campaign import Obligation
from include.domain.placing import UnitIndex, clues
from include.domain.receipt import Receipt
from include.read.encoding import Otherwise
from include.read.pool import Job
from include.warehouse import vault

_latest: list["Candidates"] = []


class Candidates:
    """The jobs for one campaign's receipts."""

    @staticmethod
    def of(definitions: Definitions) -> "Candidates":
        """The candidates of a campaign; the last ones are kept while its definitions stay the same, as an index of 40,000 units costs seconds."""
        if not (_latest and _latest[0].definitions is definitions):
            _latest[:] = [Candidates(definitions)]
        return _latest[0]

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._campaign = definitions.campaign
        self._index = UnitIndex.build(definitions.units, fold, similar)
        self._forms = tuple(dict.fromkeys(obligation.form for obligation in self._campaign.reports() if obligation.what == "form"))

    def job(self, receipt: Receipt) -> Job:
        """Say what to look for in a received file. A folder's word goes before the file name's; where neither speaks every report is possible.

        The other forms of the campaign are looked for too, as one file may meet two obligations.
        """
        told = clues(receipt.path, self._campaign, self._index)
        named = told.obligations_by_folder or told.obligations_by_name
        meant = [obligation for obligation in self._campaign.reports() if not named or obligation.code in named]
        expected = tuple(dict.fromkeys(obligation.form for obligation in meant if obligation.what == "form"))
        place = vault.local_path(receipt.sha256)
        data = None
        if place is None:
            with vault.open(receipt.sha256) as file:
                data = file.read()
        return Job(
            key=str(receipt.number),
            name=receipt.path.rpartition("/")[2],
            path=place or "",
            data=data,
            forms=expected if named else (),
            also=tuple(form for form in self._forms if form not in expected or not named),
            asks=_asked(meant),
            otherwise="document" if named and not expected else _otherwise(meant),
        )


def _asked(meant: list[Obligation]) -> frozenset[str]:
    """Optional items that every obligation in question asks for: a doubt about the obligation must not become a missing item."""
    asked = [frozenset(obligation.asks_items) for obligation in meant if obligation.what == "form"]
    return frozenset.intersection(*asked) if asked else frozenset()


def _otherwise(meant: list[Obligation]) -> Otherwise:
    if any(obligation.what != "form" for obligation in meant):
        return "material"
    return "picture" if any("scan" in obligation.parts for obligation in meant) else "nothing"
