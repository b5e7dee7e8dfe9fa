"""What a firm agrees to when it signs up (个人信息保护法 articles 14 and 17): who, what for, how long."""

from __future__ import annotations

VERSION = "2026-11"  # kept with every consent: a changed text gets a new version


def consent_lines(processor: str, contact: str, bureau: str) -> list[str]:
    """The text in paragraphs. `processor`: the 处理者; `bureau`: the firm's own, "" while it is not known yet."""
    own = bureau if bureau == processor else f"{bureau}及其上级市、省主管部门"
    receives = own if bureau else "企业所在地的县（镇）、市、省主管部门"
    reached = f"，联系方式：{contact}" if contact else ""
    return [
        f"个人信息处理者：{processor}{reached}。",
        "处理的信息：您填写的邮箱，以及您自愿填写的企业名称、统一社会信用代码、所在地和手机号码。",
        "处理目的：按您填写的产品和市场发送技术性贸易措施预警、摘要和与之有关的信件；红色预警邮件送不到时，由主管部门打电话通知。",
        "保存期限：订阅期间，以及订阅结束后三年（用于答复“为什么收到或没收到”）；没有确认的订阅十四天后失效，不再使用。",
        f"接收方：{receives}，用于预警联络和统计。不向其他单位提供，不用于商业推广。",
        "您可以随时用邮件里的链接退订，也可以向处理者要求查阅、更正、删除您的信息。不同意不影响您在网页上查看预警。",
    ]
