"""The sample inbox: what the units of the five campaigns send, messes and all, and the truth of it.

In: the definitions' forms and registries, and a seed. Out: `DIR/<campaign>/<unit>/<obligation>/[<period>/]file`, `DIR/<campaign>/receipts.csv` and
`DIR/truth.jsonl`; the same seed writes the same bytes, and a second run with the same seed rewrites nothing. The generator knows neither readers nor
judges: deadlines are typed from the notices (`calendar`), values are what it wrote (`page`), standings are how its stories end (`stories`).

truth.jsonl has one JSON object a line, of three kinds: `{"campaign","as_of"}`; then one for every file (`path`, `unit`, `obligation`, `period`,
`form`, `received_at`, `mess`, `verdict`, `nil`, `answers`, `blanks`, `findings`); then one for every expectation
(`expectation`, `due_at`, `standing`, `received_at`).
"""

from include.sample.inbox import Summary, write_sample

__all__ = ["Summary", "write_sample"]
