import type { Finding, Place, Range } from '../../types.js'
import type { KnownObject } from '../paths.js'
import { declRange, spanRange } from '../positions.js'
import { hotCounts, type SyncMapCall, syncMapCalls, syncMapCopies, type TornStep, tornSteps } from '../syncmaps.js'
import type { Rule } from './rule.js'

const NAME = 'sync-map-misuse'

export const syncMapMisuse: Rule = {
  name: NAME,
  meaning:
    'a sync.Map that is copied, counted by Range in hot code, or loaded and then stored where that must be one step',
  remedy:
    'LoadOrStore, Swap or CompareAndSwap in a loop; a counter beside it; a pointer; or a map with a lock (rwmutex)',
  bad: `func (c *Counter) Add(name string) {
	n, ok := c.by.Load(name)
	if !ok {
		n = 0
	}
	c.by.Store(name, n.(int)+1) // an Add that came between is lost
}`,
  good: `func (c *Counter) Add(name string) {
	n, _ := c.by.LoadOrStore(name, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}`,
  setting: `package count

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// Counter is for many goroutines.
type Counter struct {
	by    sync.Map
	total atomic.Int64
}

func (c *Counter) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.total.Add(1)
	c.Add(r.URL.Path)
}`,
  unless: 'one goroutine alone stores under that key, or a value that is stored twice is as good as stored once',
  aboutGuard: false,
  onRequest: false,
  find({ engine }) {
    const calls = syncMapCalls(engine)
    return [
      ...tornSteps(engine, calls).map(tornFinding),
      ...copyFindings(syncMapCopies(engine)),
      ...hotCounts(engine, calls).map(countFinding),
    ]
  },
}

function tornFinding({ load, store, kind, confidence }: TornStep): Finding {
  const { name } = store.object.facts
  const fn = store.site.fn.facts.display
  const message =
    kind === 'update'
      ? `${fn} stores in ${name} what it makes of the value it loaded: what another goroutine stores in between is lost`
      : `${fn} finds nothing in ${name} and stores a new value: two goroutines that do so at once each keep another`
  return finding(store.object, confidence, message, spanRange(store.site, store.call.span), [
    { at: spanRange(load.site, load.call.span), what: 'loaded here' },
    {
      at: spanRange(store.site, store.call.span),
      what: kind === 'update' ? 'CompareAndSwap would see the difference' : 'LoadOrStore makes it one step',
    },
  ])
}

function copyFindings(copies: ReturnType<typeof syncMapCopies>): Finding[] {
  return copies.map(({ object, pkg, copy }) => {
    const at = { file: pkg.files[copy.file]?.path ?? '', start: copy.span[0], end: copy.span[1] }
    const message = `${object.facts.name} is copied here with the struct that holds it: neither sees what the other stores, and a copy in use is torn`
    return finding(object, 'likely', message, at, [])
  })
}

function countFinding(count: SyncMapCall): Finding {
  const { name } = count.object.facts
  const message = `${count.site.fn.facts.display} counts the entries of ${name} by Range, each time: a sync.Map has no length, a counter beside it would`
  return finding(count.object, 'possible', message, spanRange(count.site, count.call.span), [])
}

function finding(
  object: KnownObject,
  confidence: Finding['confidence'],
  message: string,
  at: Range,
  related: readonly Place[],
): Finding {
  const subject = { kind: 'sync.Map' as const, name: object.facts.key, decl: declRange(object), pkg: object.pkg }
  return { rule: NAME, map: null, subject, at, confidence, message, racing: [], related }
}
