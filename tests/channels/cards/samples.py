"""Manuscripts for the card tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from channels.manuscript import Content, Imprint, InterpreterRef, KeyPoint, Manuscript, PolicyRef, Question

LONG = (
    "社区登记5个工作日，街道初审15个工作日，区住房建设局复核30个工作日，资金在使用登记后30天内拨付到单元共管账户。"
    "申请人只需交一次材料：业主同意书、房屋权属证明、设计方案、施工合同。社区代为录入“一网通办”平台，"
    "此后各环节共用，不得要求重复提交；缺件的，当场一次性告知，并在2个工作日内协助补齐。"
)
CONTENT = Content(
    title="锦溪区老旧住宅加装电梯财政补贴实施细则政策解读",
    short_title="老楼装电梯，补贴怎么领",
    summary="装一部电梯最高补贴25万元，由社区统一受理，90天内办结。",
    source="锦溪区住房建设局",
    keywords=("加装电梯", "财政补贴"),
    policies=(PolicyRef(title="锦溪区老旧住宅加装电梯财政补贴实施细则（试行）", number="锦府办发〔2026〕12号"),),
    interpreters=(InterpreterRef(name="解读人甲", role="科长", office="锦溪区住房建设局", phone="0500-8862310"),),
    key_points=(
        KeyPoint(heading="补贴给谁", text="四层以上、未设电梯的住宅，本单元三分之二以上业主同意即可申请。"),
        KeyPoint(heading="最高补贴25万元", text="每部电梯按造价的40%补贴，困难家庭另减每户1,200元。"),
        KeyPoint(heading="90天内办结，材料只交一次", text=LONG),
    ),
    questions=(Question(q="一楼住户不同意，还能装吗？", a="可以。先由社区组织协商，协商期15天。"),),
)
IMPRINT = Imprint(id=12, office="锦溪区政务公开办", published=datetime(2026, 9, 3, 1, tzinfo=UTC))


def manuscript(**changes: Any) -> Manuscript:
    """The sample with some of its content changed."""
    return Manuscript(content=CONTENT.model_copy(update=changes), imprint=IMPRINT)
