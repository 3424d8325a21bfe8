import type { CallEv } from './program.js'
import { stdEffect } from './stdlib.js'

/** What starts a goroutine. */
export type SpawnKind = 'go' | 'handler' | 'timer' | 'finalizer' | 'signal'

/** What code without a body here does with a function that it is given. */
export type Fate =
  | { readonly how: 'now' } // calls it before it returns
  | {
      readonly how: 'spawn'
      readonly kind: SpawnKind
      /** One handing over may come to several goroutines. */
      readonly many: boolean
      readonly what: string
      /** The callee returns when all is over. */
      readonly waits: boolean
      /** The callee keeps it, and returns before anything starts it. */
      readonly later?: boolean
    }
  | { readonly how: 'unknown' }

/** Concurrent callers that stdlib.ts can't tell apart from ones that merely keep their argument: who calls, and whether at the same time. */
const SPAWNERS: readonly {
  readonly key: RegExp
  readonly kind: SpawnKind
  readonly many: boolean
  readonly what: string
  readonly waits?: boolean
}[] = [
  { key: /^time\.AfterFunc$|^context\.AfterFunc$/, kind: 'timer', many: false, what: 'timer' },
  { key: /^sync\.WaitGroup\.Go$/, kind: 'go', many: false, what: 'WaitGroup.Go' },
  { key: /^testing\.B\.RunParallel$/, kind: 'go', many: true, what: 'B.RunParallel', waits: true },
  { key: /(^|\/)errgroup\.Group\.(Try)?Go$/, kind: 'go', many: false, what: 'errgroup' },
  {
    key: /^net\/http(\/httptest)?\.|^golang\.org\/x\/net\/http/,
    kind: 'handler',
    many: true,
    what: 'net/http handler',
  },
  { key: /^runtime\.(SetFinalizer|AddCleanup)$/, kind: 'finalizer', many: false, what: 'finalizer' },
  { key: /^expvar\.|^net\/rpc\./, kind: 'handler', many: true, what: 'handler' },
  {
    key: /\.(HandleFunc|HandlerFunc|Handle|GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS|Any)$/,
    kind: 'handler',
    many: true,
    what: 'handler',
  },
]

/** What the callee does with argument `arg` of the call, a function. The callee has no body in the program. */
export function fateOf(call: CallEv, arg: number): Fate {
  const key = calleeKey(call)
  const effect = stdEffect(key)
  // A subtest is over when Run returns, unless it asks for t.Parallel; a synctest bubble always is.
  if (effect?.callsNow.includes(arg) || /^testing\.[TB]\.Run$|^testing\/synctest\.(Run|Test)$/.test(key))
    return { how: 'now' }
  const spawner = SPAWNERS.find((s) => s.key.test(key))
  if (spawner) {
    const { kind, many, what, waits = false } = spawner
    return { how: 'spawn', kind, many, what, waits }
  }
  if (effect?.spawns.includes(arg)) return { how: 'spawn', kind: 'go', many: false, what: key, waits: false }
  return { how: 'unknown' }
}

/** "path.Func", "path.Type.Method", "path.Interface.Method"; "" for function values. */
export function calleeKey({ callee }: CallEv): string {
  return callee.k === 'func' ? callee.key : callee.k === 'iface' ? `${callee.type}.${callee.method}` : ''
}
