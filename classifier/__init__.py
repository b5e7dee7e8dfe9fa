"""Notice -> suggested industries, with evidence that people can check."""
