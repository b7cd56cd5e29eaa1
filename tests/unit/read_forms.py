"""Two small forms for the readers' tests: a list and a record."""

from include.domain.form import Form, Item, Table
from include.domain.wordings import Wording

FORM = Form(
    code="statistics",
    version=1,
    title=Wording(zh="安全生产月活动进展情况统计表", en="statistics"),
    basis="test",
    tables=(
        Table(
            code="T",
            title=Wording(zh="统计表", en="statistics"),
            shape="list",
            items=(
                Item(code="A1", label="开展宣传活动", measurement_unit="场次"),
                Item(code="A2", label="参与人数", measurement_unit="人次"),
                Item(code="A3", label="投入资金", measurement_unit="万元", kind="amount"),
            ),
        ),
    ),
)
OTHER = Form(
    code="other",
    version=1,
    title=Wording(zh="联络员推荐表", en="liaison"),
    basis="test",
    tables=(
        Table(
            code="L",
            title=Wording(zh="联络员", en="liaison"),
            shape="record",
            items=tuple(Item(code=f"L{n}", label=label, kind="text") for n, label in enumerate(("姓名", "职务", "办公电话", "邮箱"), 1)),
        ),
    ),
)
