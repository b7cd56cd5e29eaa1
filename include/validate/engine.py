"""The door to Great Expectations: run a form's suite over readings and map every failure back to submission, item, row and cell.

The engine's import costs seconds and prints hundreds of lines once Airflow has set up logging, so this module is imported inside the task only.
"""

import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
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
from include.validate.frame import Frame, answer_at, frames  # noqa: E402
from include.validate.suite import derive, expectations  # noqa: E402


def check(
    form: Form,
    readings: Sequence[Reading],
    rules: Mapping[str, Rule],
    *,
    asks: frozenset[str] = frozenset(),
    docs: Path | None = None,
) -> list[tuple[Finding, ...]]:
    """Return the findings of each reading, in the order of the readings.

    One run over all of them; `rules` gives the severities, `asks` are optional items that are asked for here, `docs` a folder for the engineers' Data
    Docs. A required item without answer on which reading left no finding is V301, so that nothing passes unseen. Items that already have an error from
    reading are silent here. Raises EngineFault when an expectation crashed: that is ours, never the unit's.
    """
    found: list[list[Finding]] = [[] for _ in readings]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas(form.code)
    for frame in frames(form, readings):
        if not len(frame.data):
            continue
        derive(form, frame)
        name = "-".join([form.code, *(table.code for table in frame.tables)])
        batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
        suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=_asked(expectations(form, frame), form, asks)))
        definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))
        outcome = definition.run(
            batch_parameters={"dataframe": frame.data},
            result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
        )
        for result in outcome.results:
            _map_back(result, form, frame, readings, rules, found)
    if docs is not None:
        _write_docs(context, docs)
    for number, reading in enumerate(readings):
        found[number].extend(_too_few_rows(form, reading, rules))
    return [_settle(form, reading, items) for reading, items in zip(readings, found, strict=True)]


def counts(found: Sequence[Sequence[Finding]]) -> Counter[str]:
    """Count findings by code."""
    return Counter(finding.code for findings in found for finding in findings)


def _asked(all_of_them: list[Any], form: Form, asks: frozenset[str]) -> list[Any]:
    for code in sorted(asks):
        item = form.item(code)
        if item.optional:
            all_of_them.append(
                gx.expectations.ExpectColumnValuesToNotBeNull(column=f"{code}:answered", meta={"code": "V301", "item": code})
            )
    return all_of_them


def _map_back(
    result: Any, form: Form, frame: Frame, readings: Sequence[Reading], rules: Mapping[str, Rule], found: list[list[Finding]]
) -> None:
    meta = result.expectation_config.meta
    crash = _crash(result.exception_info)
    if crash:
        raise EngineFault(
            f"form {form.code}: the expectation {result.expectation_config.type} for rule {meta.get('code')}, item {meta.get('item')} crashed: {crash}. "
            "No submission was judged by it. Mend the form's definition or the suite, then run the intake again."
        )
    if result.success:
        return
    for position in result.result["unexpected_index_list"]:
        number, row = frame.reading_of[position], frame.row_of[position]
        found[number].append(_finding(meta, form, readings[number], row, rules))


def _crash(info: Mapping[str, Any]) -> str:
    """The exception's message, or "". A crash shows only in `exception_info`, either flat or keyed by metric."""
    for value in [info, *info.values()]:
        if isinstance(value, Mapping) and value.get("raised_exception"):
            return str(value.get("exception_message") or "unknown reason")
    return ""


def _finding(meta: Mapping[str, Any], form: Form, reading: Reading, row: int | None, rules: Mapping[str, Rule]) -> Finding:
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
            return f"“{form.item(meta['whole']).label}”{where} {_shown(whole)}".rstrip()
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


def _too_few_rows(form: Form, reading: Reading, rules: Mapping[str, Rule]) -> list[Finding]:
    """V302 for many-row tables, which an empty frame cannot show; silent on nil reports and where reading found no table."""
    if reading.is_nil or not reading.answers:
        return []
    result = []
    for table in form.tables:
        codes = {item.code for item in table.items}
        rows = {answer.row for answer in reading.answers if answer.item in codes}
        if table.rows == "many" and len(rows) < table.min_rows:
            result.append(Finding(code="V302", severity=rules["V302"].severity, given=str(len(rows)), expected=str(table.min_rows)))
    return result


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
    kept = [
        finding for finding in found if (finding.item, finding.row) not in known and not (finding.code == "V301" and (finding.item, finding.row) in blank)
    ]
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
