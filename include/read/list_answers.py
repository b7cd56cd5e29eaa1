"""From the cells that claim an item to its answer: copies of a table, rows that stand twice, labels that are not quite the form's.

Two cells with different contents that could both be an item are a finding that names both; there is no choice between them.
"""

from include.domain.form import Item, Table
from include.domain.reading import Place
from include.read.cells import is_blank, looks_like_figure, raw_text, read_entry
from include.read.desk import Desk, place_of, range_of, region_name, take, tell_faults
from include.read.layout import Claim, Region


def take_list(desk: Desk, table: Table, wanted: frozenset[int], regions: list[tuple[int, Region]]) -> None:
    """Give each item of a list its answer or its finding; `regions` are the places where the table was found, with their sheet's number."""
    words = desk.words
    regions.sort(
        key=lambda each: (
            sum(_is_explained(claim, words.items[claim.item]) for claim in each[1].claims) - each[1].filled(),
            -len(each[1].found()),
            each[1].view.grid.is_hidden,
            each[0],
        )
    )
    regions = _total_first(desk, regions)
    main = regions[0][1]
    own = [main]
    rivals: list[Region] = []
    covered = main.found()
    for _, region in regions[1:]:
        overlap = region.found() & covered
        if len(overlap) * 5 <= len(region.found()):
            own.append(region)
            covered |= region.found()
        else:
            rivals.append(region)
    claims: dict[int, list[tuple[Region, Claim]]] = {}
    for region in own:
        for claim in region.claims:
            if claim.item in wanted:
                claims.setdefault(claim.item, []).append((region, claim))
    if _is_repeated(desk, table, main, rivals, claims):
        return
    tell_faults(desk, own)
    is_unreadable = all(any(fault[0] in ("value_column_unclear", "other_period_only") for fault in region.faults) for region in own)
    if is_unreadable:
        return
    if len(regions) == 1:
        desk.sole = main
    for region in own:
        if not any(words.items[claim.item].is_number and not is_blank(claim.value) for claim in region.claims):
            # With no figure anywhere, a label or a total beside a text item's label is no answer to it.
            for claim in region.claims:
                sense = words.sense(claim.value) if isinstance(claim.value, str) and not claim.inline else None
                if sense is not None and (sense.is_total or (sense.is_official and claim.item not in sense.items)):
                    claim.value = None
    filled = sum(region.filled() for region in own)
    numbers = [claim for each in claims.values() for _, claim in each if words.items[claim.item].is_number]
    if not filled and not desk.nil_said and numbers:
        cells = [claim.value_at for claim in numbers if claim.value_at]
        where = range_of(main.view, cells) if cells else ""
        for item in sorted(claims):
            for region, claim in claims[item][:1]:
                if claim.value_at:
                    cell = region.view.address(*claim.value_at)
                    desk.blanks.append(Place(item=words.items[item].code, row=None, sheet=region.view.grid.name, cell=cell))
        desk.find("table_blank", sheet=main.view.grid.name, cell=where, expected=table.title.zh)
        return
    near: dict[int, tuple[Region, str, str, tuple[int, ...]]] = {}
    for region in own:
        for stray in region.strays:
            place = region.view.address(*stray.at)
            open_items = tuple(item for item in stray.may_be if item in wanted and item not in claims)
            for item in open_items:
                near.setdefault(item, (region, place, stray.label, stray.may_be))
            if stray.has_figure and not open_items and stray.copy_of in claims:
                # A misprinted copy of a row that is there: harmless if it says the same.
                copied = stray.copy_of
                theirs = region.view.at(*stray.value_at) if stray.value_at is not None else None
                if not is_blank(theirs) and all(theirs != claim.value for _, claim in claims[copied]):
                    label = words.items[copied].label
                    desk.find("elsewhere_differs", copied, sheet=region.view.grid.name, cell=place, given=raw_text(theirs), expected=label)
                    continue
            if stray.has_figure and not open_items:
                expected = words.items[stray.nearest].label if stray.nearest is not None else "—"
                desk.find("row_not_in_form", sheet=region.view.grid.name, cell=place, given=stray.label, expected=expected)
                desk.say(f"{place} “{stray.label}”: not in the form, nearest “{expected}”")
    for item in sorted(wanted):
        _settle(desk, item, claims.get(item, []), near.get(item))


def _total_first(desk: Desk, regions: list[tuple[int, Region]]) -> list[tuple[int, Region]]:
    """Keep the one table that is the sum of all others, where a unit sent a table of each of its parts and one of the whole."""
    if len(regions) < 3:
        return regions
    figures: list[dict[int, float]] = []
    for _, region in regions:
        read = {claim.item: read_entry(claim.inline or claim.value, desk.words.items[claim.item]) for claim in region.claims}
        figures.append({item: entry.value for item, entry in read.items() if isinstance(entry.value, (int, float))})
    for number, total in enumerate(figures):
        others = figures[:number] + figures[number + 1 :]
        shared = [item for item in total if desk.words.items[item].kind in ("count", "amount") and all(item in other for other in others)]
        telling = [item for item in shared if sum(1 for other in others if other[item]) >= 2]
        if len(telling) >= 3 and all(abs(sum(other[item] for other in others) - total[item]) < 1e-6 for item in shared):
            names = "、".join(region_name(region) for _, region in regions)
            whole = regions[number][1]
            desk.find("total_column_taken", sheet=whole.view.grid.name, given=names, expected=region_name(whole))
            return [regions[number]]
    return regions


def _is_repeated(desk: Desk, table: Table, main: Region, rivals: list[Region], claims: dict[int, list[tuple[Region, Claim]]]) -> bool:
    """Tell of copies of the table elsewhere in the file; True if they contradict so that nothing can be taken."""
    words = desk.words
    for rival in rivals:
        if not rival.filled():
            continue
        both: list[tuple[int, Claim, Claim]] = []
        for claim in rival.claims:
            ours = claims.get(claim.item)
            if ours and not is_blank(claim.value) and claim.value_at is not None and not _is_explained(claim, words.items[claim.item]):
                both.append((claim.item, ours[0][1], claim))
        differing = [(item, one, other) for item, one, other in both if not _says_the_same(one, other, words.items[item])]
        names = f"{region_name(main)}、{region_name(rival)}"
        if not differing:
            if both:
                desk.find("table_repeated_alike", sheet=rival.view.grid.name, given=names)
        elif len(rival.found()) * 3 <= len(main.found()) and (len(main.claims) - main.filled()) * 5 <= len(main.claims):
            for item, one, other in differing:
                desk.find(
                    "elsewhere_differs",
                    item,
                    sheet=rival.view.grid.name,
                    cell=rival.view.address(*other.value_at) if other.value_at else "",
                    given=raw_text(other.value),
                    expected=words.items[item].label,
                )
                desk.say(f"{words.items[item].code}: rejected {raw_text(other.value)!r} outside the main table against {raw_text(one.value)!r}")
        else:
            desk.find("table_repeated", sheet=rival.view.grid.name, given=names, expected=table.title.zh)
            return True
    lanes = [claim for each in claims.values() for _, claim in each]
    claims = {item: _without_other_period(desk, each) for item, each in claims.items()}
    doubled = [item for item, each in claims.items() if len({claim.label_at for _, claim in each}) > 1]
    if len(doubled) >= 4 and len(doubled) * 2 >= len(claims):
        differing_items = [item for item in doubled if _differs(claims[item], words.items[item])]
        blocks = f"{main.view.grid.name} {range_of(main.view, [claim.label_at for claim in lanes])}".strip()
        if differing_items and not is_blank(claims[differing_items[0]][0][1].value):
            desk.find("table_repeated", sheet=main.view.grid.name, given=blocks, expected=table.title.zh)
            return True
    return False


def _is_explained(claim: Claim, item: Item) -> bool:
    """Whether the words behind a label in its own cell explain the item and are no answer to it, as on a sheet of instructions."""
    return bool(claim.inline) and item.is_number and not looks_like_figure(claim.inline) and read_entry(claim.inline, item).state == "fault"


def _differs(claims: list[tuple[Region, Claim]], item: Item) -> bool:
    """Whether cells that claim one item say different things; blanks say nothing."""
    first = claims[0][1]
    return any(not _says_the_same(first, claim, item) for _, claim in claims[1:] if not is_blank(claim.value))


def _says_the_same(one: Claim, other: Claim, item: Item) -> bool:
    if one.value == other.value and type(one.value) is type(other.value):
        return True
    left, right = read_entry(one.inline or one.value, item), read_entry(other.inline or other.value, item)
    return left.state == right.state and left.value == right.value and left.state in ("value", "nil", "blank")


def _settle(desk: Desk, item: int, claims: list[tuple[Region, Claim]], near: tuple[Region, str, str, tuple[int, ...]] | None) -> None:
    """Choose among the cells that claim an item; more than one with different contents is a finding, never a choice."""
    definition = desk.words.items[item]
    if len(claims) > 1:
        claims = _without_other_period(desk, claims)
        distinct: list[tuple[Region, Claim]] = []
        for region, claim in claims:
            if not any(region is other and claim.value_at == kept.value_at and claim.value_at is not None for other, kept in distinct):
                distinct.append((region, claim))
        filled = [each for each in distinct if each[1].inline or not is_blank(each[1].value)]
        claims = filled or distinct[:1]
        if len(filled) > 1:
            places = "、".join(place_of(region, claim) for region, claim in filled)
            given = "、".join(raw_text(claim.value).strip() for _, claim in filled)
            region, claim = filled[0]
            if all(_says_the_same(claim, other, definition) for _, other in filled[1:]):
                desk.find("item_repeated_alike", item, sheet=region.view.grid.name, cell=places, given=given, expected=definition.label)
            else:
                desk.find("item_found_twice", item, sheet=region.view.grid.name, cell=places, given=given, expected=definition.label)
                desk.say(f"{definition.code}: {places} could both be “{definition.label}” ({given}); none taken")
                desk.blanks.append(Place(item=definition.code, row=None, sheet=region.view.grid.name, cell=place_of(region, claim)))
                return
    if not claims:
        if item not in desk.asked or (not definition.required and near is None):
            return
        if near is not None:
            region, place, label, may_be = near
            expected = "、".join(f"“{desk.words.items[other].label}”" for other in may_be)
            desk.find("label_unclear", item, sheet=region.view.grid.name, cell=place, given=label, expected=expected)
            desk.say(f"{definition.code}: {place} “{label}” is near “{definition.label}”, not near enough or not alone; none taken")
        else:
            desk.find("item_not_found", item, expected=definition.label)
            desk.say(f"{definition.code}: no label found")
        return
    region, claim = claims[0]
    if any(fault[0] in ("value_column_unclear", "other_period_only") for fault in region.faults) and claim.value_at is None:
        return
    take(desk, item, None, region.view, claim)


def _without_other_period(desk: Desk, claims: list[tuple[Region, Claim]]) -> list[tuple[Region, Claim]]:
    """Where rows of 本周 and 累计 stand one below the other, keep those the form asks for."""
    wanted = {"increment": "week", "cumulative": "total"}.get(desk.form.figures, "")
    if wanted and any(claim.period for _, claim in claims):
        kept = [each for each in claims if each[1].period == wanted]
        return kept or claims
    return claims
