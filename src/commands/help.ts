/** One screen. */
export const HELP = `mapfix finds Go maps that goroutines share unsafely, rewrites them, and proves the patch.

  mapfix [--transform=NAME] [packages]    find, rewrite, prove, write what passed
  mapfix check [packages]                 find and report; runs none of your code, writes nothing
  mapfix -i [packages]                    the same, asking about each fix; --resume goes on with it
  mapfix explain NAME [packages]          every access of a map, the locks held there, who gets there
  mapfix explain --rule=RULE              what a rule means
  mapfix batch [ROOT…]                    the same over many modules and repositories: mapfix batch --help
  mapfix verify FILE [--rerun]            is the tree what this certificate says was proved?
  mapfix lsp                              a language server, for editors
  mapfix collect URL | -- COMMAND         gather evidence: of a running program, or of tests
  mapfix init                             write mapfix.yaml, a GitHub workflow and a pre-commit hook

Packages are the go command's patterns; the default is ./...

What    --transform=auto|rwmutex|mutex|sharded|syncmap|guard|PATH   --style=wrapper|inline
        --emit=package|PATH (where wrappers go)   --exported=refuse|rewrite
        --only=NAMES --skip=NAMES   --rules=R --no-rules=R   --select=findings|shared|all
        --min-confidence=likely|possible|proven   --unsafe-fixes   --tags=T   -C DIR
        --platforms=OS/ARCH,… (rewrite their files, too)
Proof   --validate=gofmt,build,vet,test,race|none   --validate-tests=affected|package|all
        --witness=temp|keep|off (a test that races)   --timeout=2m (each test binary)   --jobs=N
        --certificate=FILE (what was proved, and how)   --annotate=checklocks (comments for gVisor's analyzer)
Output  --diff (print a patch, write nothing)   --patch=FILE   --format=pretty|json|sarif|github|vet
        --html=FILE (a page)   --summary=FILE (Markdown for a pull request)
        --quiet --verbose --color=auto|always|never   --config=FILE
Known   --suppressions=FILE (findings to accept)   --update-suppressions (write it)
        --new-from-rev=REV (only what stands on a line that changed since)
Seen    --evidence=FILE|FOLDER (race reports, crashes; repeatable)   --only-evidence
        --evidence-rev=REV (the commit that was built)   --by-label=KEY (of profiles)   --format=markdown|csv
Writing --allow-dirty --allow-staged --allow-no-vcs

Examples
  mapfix check ./...                          what is wrong?
  mapfix --diff ./cache | git apply           look at the patch first, or apply it elsewhere
  mapfix --transform=rwmutex --only=Store.items ./...

Exit status: 0 nothing left to do, 1 findings remain (or there is a patch), 2 it could not be done, 130 interrupted.
`
