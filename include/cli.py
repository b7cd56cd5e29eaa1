"""The command line `baosong`: every verb of the flow, the definitions, and what people ask of a campaign.

Exit status: 0 done, 1 `read` met an error-level finding or `check`/`verify` is not met, 2 usage or broken definition. Messages go to stderr,
results to stdout. Instants are ISO 8601; without a zone they are in the campaign's.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.exceptions import BaosongError, BrokenDefinition

if TYPE_CHECKING:
    from include.domain.campaign import Campaign

app = typer.Typer(
    name="baosong",
    help="报送: collect units' spreadsheets, validate, merge, judge against the notice's deadlines, and report.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
units_app = typer.Typer(help="The registry of units.", no_args_is_help=True)
receipt_app = typer.Typer(help="The chain of receipts.", no_args_is_help=True)
app.add_typer(units_app, name="units")
app.add_typer(receipt_app, name="receipt")

CampaignCode = Annotated[str, typer.Argument(help="A campaign's code, such as beipiao-2021.", metavar="CAMPAIGN")]
Out = Annotated[Path, typer.Option("--out", help="The folder to write into.")]


def main() -> None:
    """Run the command line; our own errors become one clear message and the exit status of the contract."""
    try:
        app()
    except BrokenDefinition as broken:
        _say(*broken.problems)
        sys.exit(2)
    except BaosongError as error:
        _say(str(error))
        sys.exit(2)


@app.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Definition files or folders; ours and BAOSONG_DEFINITIONS if none is named.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schemas of definitions instead.")] = False,
) -> None:
    """Check definitions: all problems at once, with file, line, key and what to write instead.

    Example: [cyan]baosong check include/definitions/campaigns/beipiao-2021.yaml[/cyan]
    """
    import json

    from include import catalogue

    if schema:
        typer.echo(json.dumps(catalogue.schema(), ensure_ascii=False, indent=2))
        return
    problems = catalogue.problems(tuple(paths or ()))
    for problem in problems:
        _say(str(problem))
    if problems:
        _say(f"{len(problems)} problem(s); nothing was changed.")
        raise typer.Exit(2)
    typer.echo(f"{len(catalogue.campaign_codes())} campaigns, {len(catalogue.form_codes())} forms: no problems.")


@app.command()
def new(
    campaign: CampaignCode,
    into: Annotated[Path | None, typer.Option("--in", help="A definitions folder (default: the first of BAOSONG_DEFINITIONS, else our own).")] = None,
) -> None:
    """Start a further campaign: a commented definition, a registry and a place for the notice's text.

    Example: [cyan]baosong new qingshan-2026[/cyan]
    """
    from include.catalogue.start import home, new_campaign

    for path in new_campaign(campaign, into or home(campaign)):
        typer.echo(path)


@units_app.command("import")
def import_units(
    file: Annotated[Path, typer.Argument(help="A workbook with the units in official order.", exists=True, dir_okay=False)],
    campaign: Annotated[str, typer.Option("--campaign", help="The campaign whose registry it becomes.")],
    into: Annotated[Path | None, typer.Option("--in", help="A definitions folder (default: where the campaign's definition lies).")] = None,
) -> None:
    """Make a campaign's registry from a spreadsheet (columns: 单位名称, 代码, 上级单位, 别名, 标签, ...).

    Example: [cyan]baosong units import 单位名册.xlsx --campaign beipiao-2021[/cyan]
    """
    from include.catalogue.start import home
    from include.catalogue.start import import_units as write_registry

    typer.echo(write_registry(file, campaign, into or home(campaign)))


@app.command()
def forms(campaign: CampaignCode, out: Out) -> None:
    """Write a blank workbook per unit and form, ready to fill.

    Example: [cyan]baosong forms beipiao-2021 --out var/forms[/cyan]
    """
    from include.report.blanks import write_blanks

    typer.echo(f"{len(write_blanks(campaign, out))} blanks below {out}")


@app.command()
def sample(out: Out, seed: Annotated[int, typer.Option("--seed", help="The same seed writes the same bytes.")] = 1) -> None:
    """Write the sample inbox of the five campaigns, with receipts.csv and truth.jsonl.

    Example: [cyan]baosong sample --out var/sample[/cyan]
    """
    from include.sample import write_sample

    typer.echo(write_sample(out, seed))


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="The files to read; many cost one start-up.")],
    form: Annotated[str, typer.Option("--form", help="The form they are read as.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file, flushed as it goes.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="For each item: which cell, which label, what was rejected.")] = False,
) -> None:
    """Say what files say, cell by cell, and what is wrong with them; touches nothing. Exit 1 if any has an error.

    Example: [cyan]baosong read 统计表.xlsx --form statistics-beipiao --explain[/cyan]
    """
    from include.flow import read_files
    from include.terminal import show

    has_error = False
    for said in read_files(files, form, explain=explain):
        show(said, as_json=as_json, explain=explain)
        has_error = has_error or not said.is_accepted
    if has_error:
        raise typer.Exit(1)


@app.command()
def intake(
    campaign: CampaignCode,
    inbox: Annotated[str | None, typer.Option("--inbox", help="The campaign's own folder, or any fsspec address.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The clock of this run, if not now.")] = None,
) -> None:
    """Collect, read, validate and merge what is new.

    Example: [cyan]baosong intake beipiao-2021 --inbox var/sample/beipiao-2021[/cyan]
    """
    from include import flow

    changed = flow.intake(campaign, inbox=inbox, as_of=_instant(as_of, campaign))
    typer.echo(f"{campaign}: {changed} submissions new or changed")


@app.command()
def reread(
    campaign: CampaignCode,
    form: Annotated[str | None, typer.Option("--form", help="Only files that hold this form, or may hold it.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it: new readings beside the old ones, all in one transaction.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a changed submission.")] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", help="When units are told of it, if not now.")] = None,
) -> None:
    """Read the kept originals anew after a form was mended; show what would change, touching nothing, or do it with --apply.

    What was received when, the decisions, and frozen roll-ups stay as they are; the old readings stay beside the new ones.

    Example: [cyan]baosong reread beipiao-2021 --form statistics-beipiao[/cyan]
    """
    from include import flow
    from include.terminal import show_reread

    show_reread(flow.reread(campaign, form, is_applied=apply, as_of=_instant(as_of, campaign)), as_json=as_json)


@app.command()
def judge(
    campaign: CampaignCode,
    as_of: Annotated[str, typer.Option("--as-of", help="The moment judged.")],
    known_at: Annotated[str | None, typer.Option("--known-at", help="What was recorded by then (default: now).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Standings and scores as JSON.")] = False,
) -> None:
    """Judge how every unit stands on every expectation as of a moment.

    Example: [cyan]baosong judge beipiao-2021 --as-of 2021-06-24 --json[/cyan]
    """
    from include import flow

    moment = _instant(as_of, campaign)
    assert moment is not None
    judgement = flow.judge(campaign, moment, known_at=_instant(known_at, campaign))
    if as_json:
        from include.judge.as_json import to_json

        typer.echo(to_json(judgement))
        return
    from include.terminal import show_standings

    show_standings(judgement)


@app.command()
def report(campaign: CampaignCode, as_of: Annotated[str, typer.Option("--as-of", help="The moment reported.")], out: Out) -> None:
    """Write the compliance workbook, return copies and roll-ups.

    Example: [cyan]baosong report beipiao-2021 --as-of 2021-06-24 --out var/out[/cyan]
    """
    from include import flow

    moment = _instant(as_of, campaign)
    assert moment is not None
    for path in flow.report(campaign, moment, str(out)):
        typer.echo(path)


@app.command()
def decide(
    campaign: CampaignCode,
    verb: Annotated[str, typer.Argument(help="accept return exempt extend confirm withdraw place register freeze reopen award")],
    why: Annotated[str, typer.Option("--why", help="The reason, as it will stand in every sheet.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    obligation: Annotated[str | None, typer.Option("--obligation")] = None,
    period: Annotated[str | None, typer.Option("--period")] = None,
    submission: Annotated[str | None, typer.Option("--submission")] = None,
    receipt: Annotated[int | None, typer.Option("--receipt", help="A receipt's number, to place or register it.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="The new moment, for extend; a day alone is met until its 24:00.")] = None,
    paper: Annotated[str, typer.Option("--paper", help="The paper it rests on: words, or a file, which is kept in the vault.")] = "",
    at: Annotated[str | None, typer.Option("--at", help="When it was decided, if not now.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="The item of the scoring table, for award.")] = None,
    points: Annotated[float | None, typer.Option("--points", help="The points, for award; negative ones are taken.")] = None,
    decision: Annotated[int | None, typer.Option("--decision", help="The number of an exemption, extension or award to withdraw.")] = None,
    approved_by: Annotated[
        str | None, typer.Option("--approved-by", help="The second person who approved it, where the campaign's `approval` asks for one.")
    ] = None,
) -> None:
    """Enter a supervisor's decision; append-only, effective from its moment, visible in every sheet.

    Example: [cyan]baosong decide beipiao-2021 exempt --unit dangban --obligation weekly --period 2021-06-10 --why 抗洪抢险 --by 王股长[/cyan]

    Points: [cyan]baosong decide beipiao-2021 award --unit dangban --item adopted --points 2 --why 做法被采用 --paper 简报第3期 --by 王股长[/cyan]
    """
    from include import flow

    number = flow.decide(
        campaign,
        verb,
        by=by,
        why=why,
        unit=unit,
        obligation=obligation,
        period=period,
        submission=submission,
        receipt_number=receipt,
        until=_until(until, campaign),
        paper=_evidence(paper),
        at=_instant(at, campaign),
        item=item,
        points=points,
        withdraws=decision,
        approved_by=approved_by,
    )
    typer.echo(f"{campaign}: decision {number} entered")


def _evidence(paper: str) -> str | Path:
    """What a decision rests on: a file where there is one of that name, else words, however long."""
    try:
        return Path(paper) if Path(paper).is_file() else paper
    except OSError:
        return paper


@receipt_app.command("verify")
def verify(
    campaign: CampaignCode,
    head: Annotated[str | None, typer.Option("--head", help="The chain's head as printed in a workbook or receipt.")] = None,
) -> None:
    """Find any altered, removed, inserted or cut-off receipt. Exit 1 if one is found.

    Example: [cyan]baosong receipt verify beipiao-2021 --head 3f9a...[/cyan]
    """
    from include import flow

    problems, count, last = flow.verify(campaign, head)
    for problem in problems:
        _say(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{campaign}: {count} receipts, chain whole, head {last}")


@app.command()
def score(
    campaign: CampaignCode,
    as_of: Annotated[str, typer.Option("--as-of", help="The moment scored.")],
    explain: Annotated[str | None, typer.Option("--explain", help="One unit: every point with its clause and reason.")] = None,
) -> None:
    """Show the scores, or one unit's points explained.

    Example: [cyan]baosong score beipiao-2021 --as-of 2021-12-27 --explain dangban[/cyan]
    """
    from include import flow
    from include.terminal import show_scores

    moment = _instant(as_of, campaign)
    assert moment is not None
    show_scores(flow.judge(campaign, moment), unit=explain)


@app.command()
def trace(
    campaign: CampaignCode,
    obligation: Annotated[str | None, typer.Argument(help="The obligation whose form holds the number.")] = None,
    item: Annotated[str | None, typer.Argument(help="The item's code, such as G2.")] = None,
    period: Annotated[str | None, typer.Option("--period", help="That of one period (default: as the roll-up has it).")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="One unit's cells, and the totals above it.")] = None,
    receipt: Annotated[int | None, typer.Option("--receipt", help="The other way: a file's receipt, to the numbers it goes into.")] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="With --receipt: one sheet of the file.")] = "",
    cell: Annotated[str, typer.Option("--cell", help="With --receipt: one cell, such as D5.")] = "",
    as_of: Annotated[str | None, typer.Option("--as-of", help="As of a moment (default: that of the newest verdict).")] = None,
) -> None:
    """Trace a number to the files, sheets and cells it is made of, with its totals at every level; or a cell to its numbers.

    Example: [cyan]baosong trace beipiao-2021 month-statistics G2[/cyan]

    Back: [cyan]baosong trace beipiao-2021 --receipt 12 --cell D5[/cyan]
    """
    from include import flow
    from include.terminal import show_trace

    moment = _instant(as_of, campaign)
    if receipt is not None:
        show_trace(flow.trace_back(campaign, receipt, sheet=sheet, cell=cell, as_of=moment), only_cells_of=receipt)
        return
    if obligation is None or item is None:
        raise typer.BadParameter("name an obligation and an item, or a file by --receipt")
    show_trace([flow.trace(campaign, obligation, item, period, unit=unit, as_of=moment)])


@app.command()
def docs(language: Annotated[str, typer.Option("--lang", help="zh or en")] = "zh") -> None:
    """Print the catalogue of findings.

    Example: [cyan]baosong docs --lang en[/cyan]
    """
    from include.terminal import show_rules

    show_rules(language)


def _instant(text: str | None, campaign_code: str) -> datetime | None:
    """Read an ISO 8601 day or moment; without a zone it is the campaign's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _no_moment(text) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_campaign(campaign_code).zone)
    return moment


def _until(text: str | None, campaign_code: str) -> datetime | None:
    from include.domain.deadline import until

    try:
        return until(text, _campaign(campaign_code).zone) if text is not None else None
    except ValueError:
        raise _no_moment(str(text)) from None


def _no_moment(text: str) -> typer.BadParameter:
    return typer.BadParameter(f"{text!r} is not a moment: write 2021-06-24, 2021-06-24T16:00 or 2021-06-24T16:00:00+08:00")


def _campaign(code: str) -> Campaign:
    from include import catalogue

    return catalogue.load(code).campaign


def _say(*lines: Any) -> None:
    for line in lines:
        print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
