"""The open subscriptions as bitmaps: for each value asked for, the ids of those that ask for it. Pure.

A million subscriptions take some tens of megabytes and are matched in a fraction of a millisecond: what SQL or a loop
would look up row by row is here a few operations on compressed sets (Roaring bitmaps). The rule is that of
`criteria.hit_of`, and the reasons come from the same sets.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyroaring import BitMap

from alerts.bitmap_words import Words
from alerts.criteria import Hit, Told, floors_above, markets_met
from store.subscription import HS, INDUSTRY, KIND, MARKET, WORD

FLOOR, BUREAU = "floor", "bureau"  # kinds of values beside those of terms
LIMITED = "limited"  # MARKET or KIND -> who names any
LIVE = "live"  # "" -> all
SETS = (INDUSTRY, HS, WORD, MARKET, KIND, FLOOR, BUREAU, LIMITED, LIVE)
_ABOVE_DIGITS = "a"  # sorts after any digit
_NOBODY = BitMap()


@dataclass(frozen=True, slots=True)
class Row:
    """One open subscription of a confirmed subscriber: its ids and its values, (kind, value) each."""

    subscription_id: int
    subscriber_id: int
    bureau_id: int
    floor: str
    terms: Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Met:
    """Who meets a notice: subscription ids, and by kind the sets of the values that met it."""

    ids: BitMap
    values: Mapping[str, Mapping[str, BitMap]] = field(default_factory=dict)


class Bitmaps:
    """The index; equal to another when they say the same of the same subscriptions."""

    def __init__(self) -> None:
        """Begin without subscriptions."""
        self.sets: dict[str, dict[str, BitMap]] = {kind: {} for kind in SETS}
        self.owners = array("I")  # subscription id -> subscriber id
        self._words = Words()
        self._prefixes: list[str] | None = None  # the HS prefixes in order: what begins with a code stands together

    @property
    def live(self) -> BitMap:
        """The ids of all subscriptions in the index. Not to be changed."""
        return self.sets[LIVE].get("", _NOBODY)

    def add_set(self, kind: str, value: str, ids: BitMap) -> None:
        """Put `ids` to those who ask for this value."""
        if not ids:
            return
        known = self.sets[kind].get(value)
        if known is not None:
            known |= ids
            return
        self.sets[kind][value] = ids
        if kind == WORD:
            self._words.add((value,))
        elif kind == HS:
            self._prefixes = None

    def own(self, subscription_id: int, subscriber_id: int) -> None:
        """Remember whose a subscription is."""
        if subscription_id >= len(self.owners):
            self.owners.frombytes(bytes(4 * (subscription_id + 1 - len(self.owners))))
        self.owners[subscription_id] = subscriber_id

    def own_all(self, subscription_ids: Sequence[int], subscriber_ids: Sequence[int]) -> None:
        """The same of many, in the same order."""
        self.own(max(subscription_ids), 0)  # room for all at once
        owners = self.owners
        for subscription_id, subscriber_id in zip(subscription_ids, subscriber_ids, strict=True):
            owners[subscription_id] = subscriber_id

    def drop(self, ids: BitMap) -> None:
        """Take these subscriptions out, wherever they stand."""
        gone = ids & self.live
        if not gone:
            return
        for kind, sets in self.sets.items():
            for value, known in list(sets.items()):
                known -= gone
                if not known:
                    del sets[value]
                    self._prefixes = None if kind == HS else self._prefixes

    def put(self, rows: Iterable[Row]) -> None:
        """Put subscriptions in that are not there."""
        for row in rows:
            one = (row.subscription_id,)
            self.own(row.subscription_id, row.subscriber_id)
            limits = {(LIMITED, kind) for kind, _ in row.terms if kind in (MARKET, KIND)}
            floor = [(FLOOR, row.floor)] if row.floor else []
            for kind, value in (*row.terms, *limits, *floor, (BUREAU, str(row.bureau_id)), (LIVE, "")):
                self.add_set(kind, value, BitMap(one))

    def meeting(self, told: Told, members: Collection[str]) -> Met:
        """Who meets what is told; `members` are the wto_symbols of the EU's member states."""
        named = {
            INDUSTRY: self._of(INDUSTRY, told.industries),
            HS: self._of(HS, self._prefixes_met(told.hs)),
            WORD: self._of(WORD, self._words.standing_in(told.text) if told.text else ()),
        }
        found = _union([ids for sets in named.values() for ids in sets.values()])
        if not found:
            return Met(found)
        markets = self._of(MARKET, markets_met(told.issuers, members))
        found = self._narrowed(found, MARKET, markets.values())
        if told.kind:
            found = self._narrowed(found, KIND, self._of(KIND, (told.kind,)).values())
        for floor in floors_above(told.severity):
            found = found - self.sets[FLOOR].get(floor, _NOBODY)
        return Met(found, {**named, MARKET: markets})

    def of_bureaus(self, bureau_ids: Iterable[int]) -> BitMap:
        """The ids of the subscriptions of these bureaus' firms."""
        return _union(list(self._of(BUREAU, map(str, bureau_ids)).values()))

    def hits(self, met: Met) -> dict[int, Hit]:
        """subscription id -> why it meets, the same as `criteria.hit_of` says; equal reasons are one object."""
        terms: dict[int, list[tuple[str, str]]] = {key: [] for key in met.ids}
        for kind, sets in met.values.items():
            for value in sorted(sets):
                for key in met.ids & sets[value]:
                    terms[key].append((kind, value))
        made: dict[tuple[tuple[str, str], ...], Hit] = {}
        found = {}
        for key, each in terms.items():
            whole = tuple(each)
            if whole not in made:
                made[whole] = _hit(whole)
            found[key] = made[whole]
        return found

    def is_same(self, other: Bitmaps) -> bool:
        """Whether both say the same."""
        return self.sets == other.sets and all(self.owners[key] == other.owners[key] for key in self.live)

    def _of(self, kind: str, values: Iterable[str]) -> dict[str, BitMap]:
        sets = self.sets[kind]
        return {value: sets[value] for value in values if value in sets}

    def _narrowed(self, found: BitMap, kind: str, named: Collection[BitMap]) -> BitMap:
        """Those of `found` that stand in one of the sets, or name nothing of this kind."""
        limited = self.sets[LIMITED].get(kind)
        if limited is None:
            return found
        everywhere = found - limited
        return everywhere | (found & _union(list(named))) if named else everywhere

    def _prefixes_met(self, codes: Iterable[str]) -> set[str]:
        """The prefixes that meet one of the codes: its beginnings, and what begins with it."""
        sets, found = self.sets[HS], set[str]()
        if self._prefixes is None:
            self._prefixes = sorted(sets)
        for code in set(codes):
            found.update(code[:size] for size in range(1, len(code)) if code[:size] in sets)
            start = bisect_left(self._prefixes, code)
            found.update(self._prefixes[start : bisect_left(self._prefixes, code + _ABOVE_DIGITS, start)])
        return found


def _union(sets: list[BitMap]) -> BitMap:
    return BitMap.union(*sets) if sets else BitMap()


def _hit(terms: Iterable[tuple[str, str]]) -> Hit:
    by_kind: dict[str, list[str]] = {INDUSTRY: [], HS: [], WORD: [], MARKET: []}
    for kind, value in terms:
        by_kind[kind].append(value)
    return Hit(*(tuple(values) for values in by_kind.values()))


def pieces(index: Bitmaps) -> Iterator[tuple[str, str, BitMap]]:
    """(kind, value, ids) of every set, in a fixed order."""
    for kind in SETS:
        for value in sorted(index.sets[kind]):
            yield kind, value, index.sets[kind][value]
