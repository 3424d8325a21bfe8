import type { FindingReport, Report } from '../../src/report/schema.js'

/** A report of one finding with a fix; anything of the finding may be replaced. */
export function sample(changes: Partial<FindingReport> = {}): Report {
  const access = (at: string, op: string, held: string[]): FindingReport['accesses'][number] => ({
    op,
    at,
    function: '(*Store).Put',
    held,
    reached: ['goroutine started at main.go:14:2', 'callers of (*Store).Put'],
    paths: [['main.func1', 'serve', '(*Store).Put'], ['(*Store).Put']],
  })
  const racing: FindingReport['racing'] = [
    access('store/store.go:3:2', 'assign', ['Store.mu']),
    access('store/store.go:4:2', 'lookup', []),
  ]
  const finding: FindingReport = {
    id: '0123456789abcdef',
    rule: 'inconsistent-guard',
    map: { name: 'example.com/m/store.Store.items', kind: 'field', type: 'map[string]int', at: 'store/store.go:1:2' },
    confidence: 'likely',
    message: 'mu is held at 1 of 2 accesses of items, and missing here',
    at: 'store/store.go:4:2',
    racing,
    accesses: [...racing],
    related: [{ at: 'store/store.go:2:1', what: 'the lock' }],
    evidence: [],
    fix: {
      group: 'g1',
      transform: 'guard',
      status: 'proposed',
      reason: '',
      at: '',
      notes: ['mu is held at 1 of 2 accesses'],
      compound: [{ at: 'store/store.go:3:2', operations: 2, now: 'one critical section' }],
      edits: 1,
      files: ['store/store.go'],
      diff: 'diff --git a/store/store.go b/store/store.go\n--- a/store/store.go\n+++ b/store/store.go\n@@ -3,2 +3,3 @@\n a\n-b\n+B\n+c\n',
      validation: { gofmt: 'ok', build: 'ok', vet: 'ok', test: 'ok', race: 'not exercised', witness: 'off' },
    },
    ...changes,
  }
  return {
    schema: 1,
    tool: { name: 'mapfix', version: '0.1.0' },
    go: 'go1.26.8',
    errors: [],
    findings: [finding],
    suppressed: [],
    unused: [],
    summary: {
      packages: 1,
      maps: 1,
      shared: 1,
      findings: 1,
      applied: 0,
      open: 0,
      refused: 0,
      held: 0,
      failed: 0,
      declined: 0,
      suppressed: 0,
      hidden: { likely: 0, possible: 0 },
      unchanged: 0,
      seconds: 1,
    },
  }
}
