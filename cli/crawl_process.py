"""The process of one crawl of `tbtwatch crawl`: the same as crawlers.process, on a store that it upgrades first."""

from __future__ import annotations

from crawlers.process import main


def prepare() -> None:
    """Upgrade a fresh store, and refuse one of the other profile."""
    from cli.opening import open_place

    open_place(load=False).engine.dispose()


if __name__ == "__main__":
    main(prepare)
