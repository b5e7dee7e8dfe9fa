"""Foreign publications (境外来源) become notices: declared sources, reusable spiders, one write path."""
