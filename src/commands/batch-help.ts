/** One screen for `mapfix batch --help`. */
export const BATCH_HELP = `mapfix batch finds and fixes in many modules, each in a process and a git worktree of its own, and
makes a branch (or a patch) of what passed. Nobody's checkout is touched, and nothing is pushed.

  mapfix batch ROOT…                    every module below these folders; the default is .
  mapfix batch --manifest=batch.yaml    repositories by path or URL (schema/batch.schema.json)
  mapfix batch --resume                 go on where the last batch was cut short
  mapfix batch-status [LEDGER]          what is left, by owner, rule and state, over time

Which   --owner=@team,…   --path=GLOBS (module folders)   --imports=PATHS
How     --jobs=N (units at one time)   --memory=4GB (all of them together)   --unit-timeout=30m
        and the flags of a fix: --transform --style --only --skip --rules --validate --witness …
Result  --output=branch|patch   --out=DIR (patches)   --split=unit|owner|package   --max-fixes=N (each)
        --dry-run (make nothing, show what)   --approve (ask for each)
        --exec='CMD' (for each that was made; MAPFIX_UNIT, _BRANCH, _PATCH, _BASE, _TIP, _OWNER, _DIR,
        _REPOSITORY, _URL and _FIXES are in its environment, and it runs in the repository)
Far     --queue=redis://HOST: units are run by "mapfix worker --queue=redis://HOST" on any machine that
        git gets them on. Whoever can write to that Redis can have the workers run code.
Ledger  --ledger=FILE   --resume   --retry=failed
        What was done at a commit is not done again by the same version with the same flags.

A batch works on commits: what is not committed is not looked at. Exit status: 0 when every module is clean or
fixed, 1 when something is left or a unit failed, 2 when the batch could not be done, 130 when interrupted.
`
