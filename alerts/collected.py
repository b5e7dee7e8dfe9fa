"""How several warnings stand in one mail: the most urgent in full, then in one line each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerts.ics import Dated
from alerts.severity import SEVERITIES
from alerts.telling import Telling
from store.display_names import display_name

MOST_BLOCKS, MOST_LINES = 10, 60  # in full and in one line each; the rest stands on the mail's page


@dataclass(frozen=True, slots=True)
class Block:
    """One warning in a mail with others: what it tells, as which mail kind, its page, and what is the reader's own."""

    told: Telling
    kind: str  # issue | update | cancel
    url: str
    deadline: str  # ISO 8601, "" when there is none
    reason: str
    fields: dict[str, str] = field(default_factory=dict)
    public_id: str = ""  # of the warning
    dates: tuple[Dated, ...] = ()  # for the calendar file

    @property
    def headline(self) -> str:
        """欧盟 玩具新规草案 7月10日前可提意见; an update or cancel says so first."""
        told = self.told
        label = {"update": "更新：", "cancel": "撤销："}.get(self.kind, "")
        when = {"update": told.news, "cancel": "措施已撤回"}.get(self.kind, told.lead[0])
        return f"{label}{told.market} {told.about}{told.matter} {when}".rstrip()


def blocks_of(blocks: Sequence[Block]) -> tuple[list[Block], list[Block], int]:
    """(told in full, told in one line, how many are left): by colour, then the nearest deadline first."""
    ordered = sorted(blocks, key=lambda b: (SEVERITIES.index(b.told.severity), b.deadline or "9", b.headline))
    full, lines = ordered[:MOST_BLOCKS], ordered[MOST_BLOCKS : MOST_BLOCKS + MOST_LINES]
    return full, lines, len(ordered) - len(full) - len(lines)


def subject_of(blocks: Sequence[Block], count: int) -> str:
    """【黄色、蓝色预警】5件：欧盟 玩具新规草案等."""
    colours = [one for one in SEVERITIES if any(block.told.severity == one for block in blocks)]
    first = blocks[0].told
    names = "、".join(display_name("severity", colour) for colour in colours)
    return f"【{names}预警】{count}件：{first.market} {first.about}{first.matter}等"
