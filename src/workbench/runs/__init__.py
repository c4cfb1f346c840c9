"""Run notebooks and publish what came out, if it is whole.

`plans` says what a run will do (nothing heavy is imported for it), `driver` does it: `execute` by
papermill, `verify` what came out, export it, `publish` it by rename. `records` and `pages` tell
readers what happened.
"""
