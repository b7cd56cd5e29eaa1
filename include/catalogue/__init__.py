"""The door to the definitions.

In: YAML, CSV and text below `include/definitions` and the folders of BAOSONG_DEFINITIONS. Out: domain nouns, validated strictly.
`campaign_codes()`, `brief(code)` read one campaign's YAML and nothing else (for DAG files); `load(code)` gives a `Definitions` with campaign,
units, forms and calendar; `form(code)`, `rules()`, `problems()` and `schema()` serve the command line. Broken files raise `BrokenDefinition`
with every problem of every file; an unknown code raises `UnknownName` with the nearest one.
"""
