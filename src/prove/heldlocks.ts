/** Which locks a Go function holds at a line, as its text shows it: for messages about runs that do not end, not for judgement. */
import type { Node, Tree } from '../syntax/index.js'

/** A lock that a function takes. */
export interface TakenLock {
  /** As the function writes it: "s.mu". */
  readonly text: string
  /** The same whatever the receiver or parameter is called: "Store.mu"; "?.mu" where the type is not to be seen. */
  readonly key: string
  /** 1-based line of the call that takes it. */
  readonly line: number
  readonly reads: boolean
}

/** A return, or the end of a function, that is reached with a lock held that no defer releases. */
export interface Leak {
  readonly lock: TakenLock
  readonly line: number
  readonly function: string
}

/** What a call of a function does to locks that outlive it: "func (s *Store) lock() { s.mu.Lock() }". */
export interface LockEffect {
  readonly takes: readonly TakenLock[]
  /** Keys of locks that it releases without having taken them. */
  readonly releases: readonly string[]
}

/** Effects by function: "Store.lock" for a method, "lockAll" for a function. */
export type LockEffects = ReadonlyMap<string, LockEffect>

export const NO_EFFECTS: LockEffects = new Map()

/** The functions of a file that leave a lock held wherever they end, or release what they did not take. */
export function effectsOf(tree: Tree): LockEffects {
  const effects = new Map<string, LockEffect>()
  for (const fn of functions(tree)) {
    if (fn.type === 'func_literal') continue
    const ends = endsOf(fn, NO_EFFECTS)
    const [first = [], ...others] = ends.map(({ held }) => held)
    const takes = first.filter(({ key }) => others.every((held) => held.some((lock) => lock.key === key)))
    const released = new Set<string>()
    walkFunction(fn, NO_EFFECTS, (stmt, held) => {
      const op = operationOf(stmt)
      if (op && !op.takes && !held.some(({ key }) => key === op.lock.key)) released.add(op.lock.key)
    })
    if (takes.length > 0 || released.size > 0) effects.set(keyOfFunction(fn), { takes, releases: [...released] })
  }
  return effects
}

/** The lock that a call on the line (1-based) takes; null if none does. */
export function lockTakenAt(tree: Tree, line: number): TakenLock | null {
  const calls = tree.rootNode.descendantsOfType('call_expression').filter((call) => call !== null)
  const found = calls.map((call) => operation(call)).find((op) => op?.takes && op.lock.line === line)
  return found?.lock ?? null
}

/** What the innermost function around the line (1-based) has locked when it comes to the line. */
export function locksHeldAt(tree: Tree, line: number, effects: LockEffects = NO_EFFECTS): TakenLock[] {
  const around = functions(tree).filter((fn) => firstLine(fn) <= line && line <= lastLine(fn))
  const fn = around.reduce<Node | null>(
    (best, f) => (best && best.endIndex - best.startIndex < f.endIndex - f.startIndex ? best : f),
    null,
  )
  let held: readonly TakenLock[] = []
  if (fn === null) return []
  let size = Number.POSITIVE_INFINITY
  walkFunction(fn, effects, (stmt, before) => {
    const lines = lastLine(stmt) - firstLine(stmt)
    if (firstLine(stmt) > line || lastLine(stmt) < line || lines > size) return
    size = lines
    held = before
  })
  return [...held]
}

/** Where the functions of a file end with a lock of that key held; those that are there to take it left out. */
export function leaksOf(tree: Tree, key: string, effects: LockEffects = NO_EFFECTS): Leak[] {
  return functions(tree).flatMap((fn) => {
    if (fn.type !== 'func_literal' && effects.get(keyOfFunction(fn))?.takes.some((lock) => isSameLock(lock.key, key)))
      return []
    return endsOf(fn, effects).flatMap(({ line, held }) =>
      held.filter((lock) => isSameLock(lock.key, key)).map((lock) => ({ lock, line, function: nameOf(fn) })),
    )
  })
}

interface End {
  readonly line: number
  /** What no defer releases. */
  readonly held: readonly TakenLock[]
}

function endsOf(fn: Node, effects: LockEffects): End[] {
  const deferred = new Set<string>()
  const ends: End[] = []
  const end = (line: number, held: readonly TakenLock[]): void => {
    ends.push({ line, held: held.filter(({ key }) => !deferred.has(key)) })
  }
  const last = walkFunction(fn, effects, (stmt, held) => {
    if (stmt.type === 'defer_statement') {
      for (const call of stmt.descendantsOfType('call_expression')) {
        const op = call === null ? null : operation(call)
        if (op && !op.takes) deferred.add(op.lock.key)
        for (const key of call === null ? [] : (effectOf(call, effects)?.releases ?? [])) deferred.add(key)
      }
    }
    if (stmt.type === 'return_statement') end(firstLine(stmt), held)
  })
  if (last !== null) end(lastLine(fn), last)
  return ends
}

/** Whether two keys may mean one lock. */
export function isSameLock(a: string, b: string): boolean {
  const unknown = a.startsWith('?.') || b.startsWith('?.')
  return a === b || (unknown && a.replace(/^[^.]*/, '') === b.replace(/^[^.]*/, ''))
}

type Visit = (stmt: Node, held: readonly TakenLock[]) => void

/** Goes through the statements of a function in their order; returns what is held at its end, null if the end is not reached. */
function walkFunction(fn: Node, effects: LockEffects, visit: Visit): readonly TakenLock[] | null {
  const body = fn.childForFieldName('body')
  return body === null ? [] : walk(statementsOf(body), [], effects, visit)
}

function walk(
  stmts: readonly Node[],
  before: readonly TakenLock[],
  effects: LockEffects,
  visit: Visit,
): readonly TakenLock[] | null {
  let held = before
  for (const stmt of stmts) {
    visit(stmt, held)
    if (/^(return|break|continue|goto)_statement$/.test(stmt.type) || /^panic\(/.test(stmt.text)) return null
    const inner = blocksOf(stmt)
    if (inner.length === 0) held = afterSimple(stmt, held, effects)
    // Branches that leave take nothing along; what one of the others does counts.
    else for (const block of inner) held = walk(statementsOf(block), held, effects, visit) ?? held
  }
  return held
}

function afterSimple(stmt: Node, held: readonly TakenLock[], effects: LockEffects): readonly TakenLock[] {
  const op = operationOf(stmt)
  if (op) return op.takes ? [...held, op.lock] : held.filter(({ key }) => key !== op.lock.key)
  const call = callOf(stmt)
  const effect = call && effectOf(call, effects)
  if (!effect) return held
  const left = held.filter(({ key }) => !effect.releases.includes(key))
  const by = call.childForFieldName('function')?.text ?? ''
  return [...left, ...effect.takes.map((lock) => ({ ...lock, text: `${lock.text} by ${by}()`, line: lastLine(call) }))]
}

function callOf(stmt: Node): Node | null {
  const call = stmt.type === 'expression_statement' ? stmt.namedChildren[0] : null
  return call?.type === 'call_expression' ? call : null
}

function operationOf(stmt: Node): ReturnType<typeof operation> {
  const call = callOf(stmt)
  return call && operation(call)
}

/** What the function that a call names does to locks; by its name alone where the receiver's type is not to be seen. */
function effectOf(call: Node, effects: LockEffects): LockEffect | null {
  const callee = call.childForFieldName('function')
  if (callee?.type === 'identifier') return effects.get(callee.text) ?? null
  const operand = callee?.childForFieldName('operand')
  const method = callee?.childForFieldName('field')?.text
  if (!operand || method === undefined) return null
  const known = effects.get(`${keyOf(operand)}.${method}`)
  const alike = known ? [] : [...effects].filter(([name]) => name.endsWith(`.${method}`))
  return known ?? (alike.length === 1 ? (alike[0]?.[1] ?? null) : null)
}

/** X.Lock(), X.RLock(), X.Unlock(), X.RUnlock(). */
function operation(call: Node): { readonly takes: boolean; readonly lock: TakenLock } | null {
  const selector = call.childForFieldName('function')
  const method = selector?.type === 'selector_expression' ? selector.childForFieldName('field')?.text : undefined
  const operand = selector?.childForFieldName('operand')
  if (!operand || method === undefined || !/^R?(Lock|Unlock)$/.test(method)) return null
  const lock = { text: operand.text, key: keyOf(operand), line: lastLine(call), reads: method.startsWith('R') }
  return { takes: method.endsWith('Lock') && !method.endsWith('Unlock'), lock }
}

/** "Store.mu" for s.mu where s is a receiver or parameter of type *Store; a package variable stays as it is. */
function keyOf(operand: Node): string {
  const [root = '', ...path] = operand.text.replace(/^\(?[&*]*/, '').split('.')
  for (let at: Node | null = operand.parent; at !== null; at = at.parent) {
    for (const list of ['receiver', 'parameters']) {
      for (const param of at.childForFieldName(list)?.namedChildren ?? []) {
        const type = param?.childForFieldName('type')?.text
        if (type === undefined || !param?.childrenForFieldName('name').some((name) => name?.text === root)) continue
        return [plainType(type), ...path].join('.')
      }
    }
  }
  return path.length === 0 ? root : `?.${path.join('.')}`
}

/** "Store" of "*store.Store[K]". */
function plainType(type: string): string {
  return type.replace(/^[*[\]\s]*(?:.*\.)?/, '').replace(/\[.*$/s, '')
}

function functions(tree: Tree): Node[] {
  const all = tree.rootNode.descendantsOfType(['function_declaration', 'method_declaration', 'func_literal'])
  return all.filter((node) => node !== null)
}

/** "Store.put" of a method, "put" of a function. */
function keyOfFunction(fn: Node): string {
  const name = fn.childForFieldName('name')?.text ?? ''
  const receiver = fn.childForFieldName('receiver')?.namedChildren[0]?.childForFieldName('type')?.text
  return receiver === undefined ? name : `${plainType(receiver)}.${name}`
}

/** "(*Store).Put"; a literal's is that of the function around it. */
function nameOf(fn: Node): string {
  const declared = fn.type === 'func_literal' ? null : fn.childForFieldName('name')
  if (declared === null) return fn.parent === null ? 'a function' : nameOf(fn.parent)
  const receiver = fn.childForFieldName('receiver')?.namedChildren[0]?.childForFieldName('type')?.text
  if (receiver === undefined) return declared.text
  return `${receiver.startsWith('*') ? `(${receiver})` : receiver}.${declared.text}`
}

/** The statements of a block or a case. */
function statementsOf(block: Node): Node[] {
  const list = block.namedChildren.find((child) => child?.type === 'statement_list')
  return (list ?? block).namedChildren
    .filter((child) => child !== null && child.type !== 'comment')
    .filter((child) => child !== null)
}

/** Blocks and cases of a statement, function literals' not. */
function blocksOf(stmt: Node): Node[] {
  if (stmt.type === 'block') return [stmt]
  if (
    !/_statement$/.test(stmt.type) ||
    /^(expression|go|defer|return|send|inc|dec|assignment)_statement$/.test(stmt.type)
  )
    return []
  return stmt.namedChildren
    .filter((child) => child !== null)
    .flatMap((child) => (child.type === 'block' || /_case$/.test(child.type) ? [child] : blocksOf(child)))
}

function firstLine(node: Node): number {
  return node.startPosition.row + 1
}

function lastLine(node: Node): number {
  return node.endPosition.row + 1
}
