/** What `mapfix init` writes besides a configuration: how others run mapfix, and the race detector, as they should be run. Pure. */

/** For a repository's .github/workflows/. `dir` is the module's folder from the root, "" for the root. */
export function workflow(dir: string, version: string): string {
  const stand = dir === '' ? '' : `\n    defaults: { run: { working-directory: ${JSON.stringify(dir)} } }`
  const sarif = JSON.stringify(dir === '' ? 'mapfix.sarif' : `${dir}/mapfix.sarif`)
  const gomod = JSON.stringify(dir === '' ? 'go.mod' : `${dir}/go.mod`)
  return `# Written by "mapfix init"; yours to change.
name: mapfix
on:
  push: { branches: [main] }
  pull_request:
permissions:
  contents: read
  security-events: write
jobs:
  race:
    runs-on: ubuntu-latest${stand}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-go@v5
        with: { go-version-file: ${gomod} }
      # The race detector sees what runs: -count=1 runs the tests even where a result is cached.
      - run: go test -race -count=1 ./...
        env: { CGO_ENABLED: "1" }
  maps:
    runs-on: ubuntu-latest${stand}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-go@v5
        with: { go-version-file: ${gomod} }
      - uses: actions/setup-node@v4
        with: { node-version: 20 }
      # Findings go to the code scanning page and onto the pull request, and fail the job.
      - run: npx --yes mapfix@${version} check --format=sarif ./... > mapfix.sarif
      - uses: github/codeql-action/upload-sarif@v3
        if: always()
        with: { sarif_file: ${sarif} }
`
}

/** For a repository's .githooks/: git runs it at the root. */
export function hook(dir: string): string {
  const stand = dir === '' ? '' : ` -C '${dir.replaceAll("'", "'\\''")}'`
  return `#!/bin/sh
# Written by "mapfix init". It is on after: git config core.hooksPath .githooks
# Reports what a commit adds: findings on lines that changed since the last one. --no-verify commits all the same.
exec mapfix check --quiet --new-from-rev=HEAD${stand} ./...
`
}
