"""RappelConso: joined lists taken apart, brands that are none, and the kind of goods."""

from __future__ import annotations

from crawlers.declarations import declared_source
from crawlers.formats import Record

SOURCE = "fr_rappelconso_recalls"
READ = frozenset(
    "marque_produit risques_encourus conduites_a_tenir_par_le_consommateur numero_version numero_fiche "
    "categorie_produit sous_categorie_produit".split()
)
NO_BRAND = {"sans marque", "sans", "aucune", "non concerné", "non communiqué", "inconnue", "/", "-", "na", "nc"}


def prepare(record: Record) -> Record:
    """The record with `brand`, `risks`, `advice`, `kind`, and why it was published again."""
    brand = str(record.get("marque_produit") or "").strip()
    version = record.get("numero_version") or 1
    return {
        **record,
        "brand": "" if brand.lower() in NO_BRAND else brand,
        "risks": apart(record.get("risques_encourus")),
        "advice": apart(record.get("conduites_a_tenir_par_le_consommateur")),
        "kind": kind_of(record),
        "distributeurs": str(record.get("distributeurs") or "").replace("¤", ", "),
        "reason": "updated" if int(version) > 1 else "",
    }


def apart(text: object) -> list[str]:
    """'brûlures|risque chimique' as its parts."""
    return [part.strip() for part in str(text or "").split("|") if part.strip()]


def kind_of(record: Record) -> str:
    """The finer kind of goods where it has a label, else the group; as printed, with plain apostrophes."""
    category = declared_source(SOURCE).category
    group, finer = (
        str(record.get(name) or "").strip().lower().replace("\u2019", "'").replace("œ", "oe")
        for name in ("categorie_produit", "sous_categorie_produit")
    )
    known = category.labels if category else {}
    return finer if finer in known and finer != "autres" else group
