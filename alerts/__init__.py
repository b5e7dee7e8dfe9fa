"""From a classification to a warning, its reviews and its mails."""
