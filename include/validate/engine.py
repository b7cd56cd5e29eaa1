"""The door to Great Expectations: run a form's suite over readings and map every failure back to submission, item, row and cell.

The engine's import costs seconds and prints hundreds of lines once Airflow has set up logging, so this module is imported inside the task only.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"
for _noisy in ("great_expectations", "great_expectations._docs_decorators"):
    logging.getLogger(_noisy).setLevel(logging.ERROR)

import great_expectations as gx  # noqa: E402 - its settings stand in the environment, and its loggers are silenced, before it is imported
from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: E402

from include.domain.finding import Finding, Rule  # noqa: E402
from include.domain.form import Form, Item  # noqa: E402
from include.domain.reading import Answer, Reading  # noqa: E402
from include.exceptions import EngineFault  # noqa: E402
from include.validate.frame import answer_at, builders  # noqa: E402
from include.validate.suite import derive, expectations  # noqa: E402
from include.warehouse import bulk  # noqa: E402


def check(
    form: Form,
    readings: Iterable[Reading],
    again: Callable[[Sequence[int]], Mapping[int, Reading]],
    rules: Mapping[str, Rule],
    *,
    asks: frozenset[str] = frozenset(),
    docs: Path | None = None,
) -> list[tuple[Finding, ...]]:
    """Return the findings of each reading, in the order of the readings.

    One run over all of them. The readings pass by once; `again` gives those that failed, by position, a second time, so that memory holds columns and
    not readings. `rules` gives the severities, `asks` are optional items that are asked for here, `docs` a folder for the engineers' Data Docs. A
    required item without answer on which reading left no finding is V301, so that nothing passes unseen. Items that already have an error from
    reading are silent here. Raises EngineFault when an expectation crashed: that is ours, never the unit's.
    """
    parts = builders(form)
    failures: dict[int, list[tuple[Mapping[str, Any], int | None]]] = {}
    total = 0
    with bulk.without_collector():
        for number, reading in enumerate(readings):
            total += 1
            rows = [part.add(number, reading) for part in parts]
            if reading.answers and not reading.is_nil:
                for part, count in zip(parts, rows, strict=True):
                    if part.tables[0].rows == "many" and count < part.tables[0].min_rows:
                        failures.setdefault(number, []).append(({"code": "V302", "seen": count, "limit": part.tables[0].min_rows}, None))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas(form.code)
    for frame in (part.build() for part in parts):
        if not len(frame.data):
            continue
        derive(form, frame)
        name = "-".join([form.code, *(table.code for table in frame.tables)])
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations(form, frame, asks)))
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        outcome = definition.run(
            batch_parameters={"dataframe": frame.data},
            result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
        )
        for result in outcome.results:
            meta = _meta_of(result)
            crash = _crash(result.exception_info)
            if crash:
                raise EngineFault(
                    f"form {form.code}: the expectation for rule {meta.get('code')}, item {meta.get('item')} crashed: {crash}. "
                    "No submission was judged by it. Mend the form's definition or the suite, then run the intake again."
                )
            for position in () if result.success else result.result["unexpected_index_list"]:
                failures.setdefault(frame.reading_of[position], []).append((meta, frame.row_of[position] or None))
    if docs is not None:
        _write_docs(context, docs)
    found: list[tuple[Finding, ...]] = [()] * total
    failed = sorted(failures)
    for first in range(0, len(failed), 500):
        for number, reading in again(failed[first : first + 500]).items():
            told = [_finding(meta, form, reading, row, rules) for meta, row in failures[number]]
            found[number] = _settle(form, reading, told)
    return found


def _meta_of(result: Any) -> dict[str, Any]:
    return dict(result.expectation_config.meta)


def _crash(info: Mapping[str, Any]) -> str:
    """The exception's message, or "". A crash shows only in `exception_info`, either flat or keyed by metric."""
    for value in [info, *info.values()]:
        if isinstance(value, Mapping) and value.get("raised_exception"):
            return str(value.get("exception_message") or "unknown reason")
    return ""


def _finding(meta: Mapping[str, Any], form: Form, reading: Reading, row: int | None, rules: Mapping[str, Rule]) -> Finding:
    if meta["code"] == "V302":
        return Finding(code="V302", severity=rules["V302"].severity, given=str(meta["seen"]), expected=str(meta["limit"]))
    item = form.item(meta["item"])
    answer = answer_at(reading, item.code, row)
    return Finding(
        code=meta["code"],
        severity=rules[meta["code"]].severity,
        item=item.code,
        row=row,
        sheet=answer.sheet if answer else "",
        cell=answer.cell if answer else "",
        given=_shown(answer),
        expected=_expected(meta, form, item, reading, row),
    )


def _expected(meta: Mapping[str, Any], form: Form, item: Item, reading: Reading, row: int | None) -> str:
    """What should stand there, in the words of the form."""
    match meta["code"]:
        case "V301":
            return f"{item.label}（{item.measurement_unit}）" if item.measurement_unit else item.label
        case "V402":
            return f"“{item.measurement_unit}”"
        case "V404":
            return "手机号码，或带区号的固定电话"
        case "V405":
            return "形如 name@example.com 的地址"
        case "V406":
            return "、".join(item.choices)
        case "V503" | "V505":
            return _rate(answer_at(reading, meta["part"], row), answer_at(reading, meta["whole"], row))
        case "V502":
            total = sum(_number(answer_at(reading, part, row)) for part in meta["parts"])
            return f"{total:g}"
        case _ if "whole" in meta:
            whole = answer_at(reading, meta["whole"], row)
            where = f"（{whole.cell}）" if whole and whole.cell else ""
            named = f"“{form.item(meta['whole']).label}”{where}"
            # Their sentences say themselves that it is 0.
            return named if meta["code"] in ("V504", "V506", "V507") else f"{named} {_shown(whole)}".rstrip()
        case _:
            return f"{meta['limit']:g}"


def _rate(part: Answer | None, whole: Answer | None) -> str:
    return f"{_number(part) / _number(whole) * 100:.1f}%" if _number(whole) else "/"


def _number(answer: Answer | None) -> float:
    return float(answer.value) if answer is not None and isinstance(answer.value, int | float) else 0.0


def _shown(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return answer.raw or ("无" if answer.value is None else str(answer.value))


def _settle(form: Form, reading: Reading, found: list[Finding]) -> tuple[Finding, ...]:
    """Drop what reading already said (a blank or doubtful cell silences further findings on it) and order by the form."""
    if reading.is_nil:
        found = [finding for finding in found if finding.code != "V301"]
    known = {(finding.item, finding.row) for finding in reading.findings if finding.severity == "error" and finding.item}
    # Coarse before fine: where a whole sheet or table could not be read, its items are not blamed one by one.
    is_unread = any(finding.severity == "error" and finding.item is None for finding in reading.findings) and not reading.answers
    if is_unread:
        return ()
    blank = {(place.item, place.row) for place in reading.blanks}
    order = {item.code: number for number, item in enumerate(form.items())}
    silent = known | blank
    kept = [finding for finding in found if finding.item is None or (finding.item, finding.row) not in silent]
    return tuple(sorted(kept, key=lambda f: (order.get(f.item or "", -1), f.row or 0, f.code)))


def _write_docs(context: Any, folder: Path) -> None:
    """Write the engine's own pages, for engineers; one folder per campaign and form, made anew at each intake."""
    folder.mkdir(parents=True, exist_ok=True)
    context.add_data_docs_site(
        site_name="baosong",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        },
    )
    context.build_data_docs(site_names=["baosong"])
