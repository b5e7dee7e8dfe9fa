"""The declared sources: one YAML a source, and a module of its own only where no shape can read it."""
