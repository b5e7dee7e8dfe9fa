"""What a firm should do, by how far the measure has come: the sentences of the mail's 您可以这样做. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from alerts.wording import day_zh

# A comment goes county, city, province, national enquiry point: what is handed in later hardly arrives in time.
LEAD_TIME = timedelta(days=20)

_CHECK = "打开原文，先看您的产品在不在范围内，再看现在的设计、材料、标签和检测报告够不够。"
_CUSTOMER = "问问境外客户知不知道这件事，对您有没有新的要求。"
_WAIT = "留意正式通过和实施的日期；有变化时，我们会再发邮件给您。"
_CLOSED = "提意见的期限已过。如果影响很大，仍可以把情况告诉主管部门（见文末）。"
_SHIPPING = (
    "还没发的货：发货前对照原文逐项核对，不符合的先不要发。",
    "在途的货：马上和客户、货代商量，避免到港后被扣、被退。",
    "要补检测或认证的，尽快联系有资质的机构。",
)
_STEPS: dict[str, tuple[str, ...]] = {
    "emergency": (*_SHIPPING, "紧急措施一般不留提意见的时间；确有困难，请尽快告诉主管部门（见文末）。"),
    "in_force": _SHIPPING,
    "recall": (
        "查一查您有没有生产或供应同款、同类产品（型号、批次、供应商）。",
        "有的话，看召回所说的问题在您的产品上有没有；拿不准的先停止发货，送检。",
        "收到客户或境外监管部门通知的，保存好资料，并告诉主管部门（见文末）。",
    ),
    "border": (
        "查一查您发往同一市场的同类产品有没有同样的问题。",
        "有的话先停止发货，找出原因（原料、工艺、标签还是单证），整改并送检。",
        "在途的货马上和客户、货代商量；已被扣、被退的，请告诉主管部门（见文末）。",
    ),
    "withdrawn": ("不用再为这项措施做准备。", "如果对方以后重新提出，我们会再发邮件给您。"),
}
REVOKED = ("不用再按这份预警做准备。", "有疑问的，请联系主管部门（见文末）。")
_OTHERWISE = ("打开原文，看看和您的产品有没有关系。", _CUSTOMER)


def steps_for(
    stage: str, comment_deadline: date | None, force_on: date | None, today: date, firms_day: date | None = None
) -> tuple[str, ...]:
    """Two to four sentences for a measure at this stage; dates are calendar dates, `today` is Guangdong's.

    `firms_day`: their own last day for a comment, where the channel's ladder is known.
    """
    if stage == "draft":
        return (_CHECK, *_comment_steps(comment_deadline, today, firms_day), _CUSTOMER)
    if stage == "adopted":
        return (_CHECK, _counting_back(force_on, today), "和客户商定新旧产品从哪天起切换，写进合同。")
    return _STEPS.get(stage, _OTHERWISE)


def _comment_steps(deadline: date | None, today: date, firms_day: date | None) -> tuple[str, ...]:
    if deadline is not None and deadline < today:
        return (_CLOSED, _WAIT)
    ask = "觉得要求不合理、做不到或时间太紧，可以提意见：写明是哪一条、为什么、希望怎么改，交给主管部门（见文末）"
    if deadline is None:
        return (f"{ask}。原文没有给出能确认的截止日期，请尽早。",)
    handed_in = firms_day or deadline - LEAD_TIME
    when = f"最迟{day_zh(handed_in, today)}交来" if handed_in > today else "请马上联系"
    return (f"{ask}。意见要汇总、翻译，再由国家咨询点转给对方，{when}。",)


def _counting_back(force_on: date | None, today: date) -> str:
    start = f"从{day_zh(force_on, today)}往回排" if force_on else "实施日期以原文为准，先排好时间"
    return f"{start}：改版、备料、检测认证各要多久，在途和库存的旧货怎么处理。"
