"""The nouns of reporting compliance: frozen, typed, standard library only, no I/O.

Definition nouns (`form`, `campaign`, `unit`, `finding.Rule`) double as the strict models of the YAML and CSV files: the catalogue validates
files straight into them, so a form or an obligation is described once. Fact nouns (`receipt`, `reading`, `decision`, `standing`) are what the
warehouse keeps. `expectation` and `standing` hold the pure functions that say what is owed and how units stand.
"""
