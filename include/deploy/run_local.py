"""`make run` and `make up`: the campaigns through a real Airflow on this machine.

run: the sample inbox, judged as of noon of the day after each campaign's last deadline; waits for intake, judge and report of every
campaign, stops Airflow, prints what stands where and which files to open. A second run finds nothing new and changes nothing.
up: the same Airflow left running until Ctrl-C, with its address and password.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console
from rich.live import Live
from rich.table import Table

from include import catalogue, settings
from include.deploy.local_airflow import AirflowFault, LocalAirflow
from include.domain.deadline import due_moments
from include.domain.standing import rates
from include.exceptions import BaosongError
from include.warehouse import connect, findings, ledger, standings

STAGES = ("intake", "judge", "report")
WORDS = {"intake": "收件", "judge": "审核", "report": "通报"}
MARKS = {
    "waiting": "·",
    "running": "[yellow]…[/yellow]",
    "success": "[green]✓[/green]",
    "unchanged": "[green]＝[/green]",
    "failed": "[red]✗[/red]",
}

console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)


@dataclass(slots=True)
class Course:
    """How far one campaign is: which run of which stage is watched, and what is known of it."""

    code: str
    as_of: datetime
    run_ids: dict[str, str] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=lambda: dict.fromkeys(STAGES, "waiting"))

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return all(state in ("success", "unchanged") for state in self.states.values())


def as_of(code: str) -> datetime:
    """Noon of the day after the campaign's last deadline, by its own clock."""
    definitions = catalogue.load(code)
    campaign = definitions.campaign
    last = max(due_moments(campaign, definitions.calendar))
    day = (last - timedelta(microseconds=1)).astimezone(campaign.zone).date() + timedelta(days=1)
    return datetime.combine(day, clock(12), campaign.zone)


def run() -> None:
    """The five campaigns, once, from an inbox to workbooks."""
    began = time.monotonic()
    with LocalAirflow(_home(), parallelism=max(2, os.cpu_count() or 2)) as airflow:
        _start(airflow)
        console.print(f"Airflow 已启动 / is up ({time.monotonic() - began:.0f} s)")
        courses = [Course(code, as_of(code)) for code in catalogue.campaign_codes()]
        for course in courses:
            course.known = {stage: {one["dag_run_id"] for one in airflow.runs(f"{course.code}.{stage}")} for stage in STAGES}
        for course in courses:
            course.run_ids["intake"] = airflow.trigger(f"{course.code}.intake", {"as_of": course.as_of.isoformat()})
        _follow(airflow, courses)
        with console.status("关闭 Airflow / stopping Airflow ..."):
            airflow.stop()
    _show(courses)
    if all(course.states["judge"] == "unchanged" for course in courses):
        console.print("[green]没有新文件，结果与上次相同。[/green] Nothing new arrived: everything stands as it stood.")
    console.print(f"用时 / took {time.monotonic() - began:.0f} s")


def up() -> None:
    """Airflow left running until Ctrl-C."""
    with LocalAirflow(_home(), parallelism=max(4, os.cpu_count() or 2), with_logs=True) as airflow:
        _start(airflow)
        console.print(f"Airflow  {airflow.url}\n用户 user  admin\n密码 password  {airflow.password}\nCtrl-C 停止 / stops it", soft_wrap=True)
        while True:
            time.sleep(2)
            airflow.check_alive()


def _home() -> Path:
    return settings.PROJECT / "var" / "airflow"


def _start(airflow: LocalAirflow) -> None:
    """Start Airflow; meanwhile make the warehouse's tables and, where no inbox was named, the sample inbox."""
    sample = settings.PROJECT / "var" / "sample"
    if "BAOSONG_INBOX" not in os.environ:
        os.environ["BAOSONG_INBOX"] = airflow.environment["BAOSONG_INBOX"] = str(sample)
    airflow.start()
    if os.environ["BAOSONG_INBOX"] == str(sample) and not (sample / "truth.jsonl").exists():
        with console.status("写样例收件箱，启动 Airflow / writing the sample inbox, starting Airflow ..."):
            _call("sample", "--out", str(sample))
    connect()  # the warehouse's tables, while Airflow comes up
    with console.status("启动 Airflow（调度器、解析器、接口）/ starting Airflow ..."):
        airflow.wait_for({f"{code}.{stage}" for code in catalogue.campaign_codes() for stage in STAGES})


def _call(*arguments: str) -> None:
    """One of our own commands, as a person would give it."""
    done = subprocess.run(
        [sys.executable, "-c", "from include.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise BaosongError(f"baosong {' '.join(arguments)} 失败 / failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def _follow(airflow: LocalAirflow, courses: list[Course], seconds: float = 900) -> None:
    """Watch every campaign's runs to their end; the first failure raises with the failed task's log."""
    deadline = time.monotonic() + seconds
    said = Counter[str]()
    with Live(_progress(courses), console=console, refresh_per_second=2, transient=True) as live:
        while not all(course.is_over for course in courses):
            if time.monotonic() > deadline:
                raise AirflowFault(
                    f"{seconds:.0f} 秒内没有完成 / not done in {seconds:.0f} s: {[(c.code, c.states) for c in courses if not c.is_over]}"
                )
            airflow.check_alive()
            for course in courses:
                _look(airflow, course)
            live.update(_progress(courses))
            if not console.is_terminal:
                _say_what_is_new(courses, said)
            time.sleep(0.5)
        live.update("")


def _look(airflow: LocalAirflow, course: Course) -> None:
    """See what became of a campaign's runs: a stage that announced nothing ends the course, one that did starts the next."""
    for stage, following in zip(STAGES, (*STAGES[1:], ""), strict=True):
        if course.states[stage] in ("success", "unchanged"):
            continue
        dag_id = f"{course.code}.{stage}"
        runs = airflow.runs(dag_id)
        mine = [one for one in runs if one["dag_run_id"] == course.run_ids.get(stage)] or [
            one for one in runs if stage != "intake" and one["dag_run_id"] not in course.known[stage]
        ]
        if not mine:
            return
        run_id = course.run_ids[stage] = mine[0]["dag_run_id"]
        state = mine[0]["state"]
        if state == "failed":
            course.states[stage] = "failed"
            raise AirflowFault(airflow.why_failed(dag_id, run_id))
        if state != "success":
            course.states[stage] = "running"
            return
        course.states[stage] = "success"
        announced = {task["task_id"]: task["state"] for task in airflow.tasks(dag_id, run_id)}
        if following and announced.get("announce") == "skipped":
            course.states.update(dict.fromkeys(STAGES[STAGES.index(following) :], "unchanged"))


def _progress(courses: list[Course]) -> Table:
    table = Table("活动", *WORDS.values(), box=None)
    for course in courses:
        table.add_row(course.code, *(MARKS[course.states[stage]] for stage in STAGES))
    return table


def _say_what_is_new(courses: list[Course], said: Counter[str]) -> None:
    """Where there is no terminal, one line for each stage that ended."""
    for course in courses:
        for stage in STAGES:
            if course.states[stage] in ("success", "unchanged") and not said[f"{course.code}.{stage}"]:
                said[f"{course.code}.{stage}"] = 1
                console.print(f"  {course.code}.{stage}: {course.states[stage]}")


def _show(courses: list[Course]) -> None:
    """What stands where, from the warehouse, and the files to open."""
    out = Path(settings.current().out)
    columns = ("应报", "实报", "按时", "迟报", "未报", "退回", "文件", "问题")
    table = Table("活动", "数据截至", *columns, title="报送情况 / what stands where")
    for column in table.columns[2:]:
        column.justify = "right"
    with connect().look() as connection:
        for course in courses:
            kept = standings.standings(connection, course.code)
            share = rates(kept)
            files, problems = ledger.count(connection, course.code), sum(1 for _ in findings.findings(connection, course.code))
            counted = (share.expected, share.received, share.on_time, share.late, share.missing, share.returned, files, problems)
            table.add_row(course.code, f"{course.as_of:%Y-%m-%d %H:%M}", *map(str, counted))
    console.print(table)
    console.print("请打开 / open:")
    for course in courses:
        console.print(f"  {out / course.code / 'compliance.xlsx'}", soft_wrap=True)


def main(arguments: list[str]) -> int:
    """Run or up; 0 done, 1 a task or Airflow failed, 130 stopped by Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lock = FileLock(settings.PROJECT / "var" / "airflow.lock")
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock.acquire(timeout=0):
            {"run": run, "up": up}[arguments[0]]()
    except Timeout:
        console.print("[red]另一个 make run 或 make up 正在运行。[/red] Another make run or make up is at work on this folder.")
        return 1
    except KeyboardInterrupt:
        console.print("已停止 / stopped")
        return 130
    except BaosongError as fault:
        console.print(str(fault), style="red", markup=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
