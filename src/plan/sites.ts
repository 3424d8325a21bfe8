/** One access, rewritten in place: to a method of the wrapper, to the map inside it, or to another name of it. */
import type { Ev, Span, Stmt } from '../facts.js'
import type { Access, TextEdit } from '../types.js'
import type { Method } from './methods.js'
import type { Page } from './page.js'
import type { Touch } from './touches.js'

export interface MethodSite {
  readonly method: Method
  readonly edits: readonly TextEdit[]
}

/**
 * The access as one call of a method of the wrapper: m[k] → m.Get(k), v, ok := m[k] → m.Load(k), m[k] = v → m.Store(k, v),
 * delete(m, k) → m.Delete(k), len(m) → m.Len(), clear(m) → m.Clear(). Arguments are evaluated before the lock is taken,
 * in the order in which they were. Null where no method does what the access does.
 */
export function asMethod(page: Page, touch: Touch): MethodSite | null {
  const { access, ev } = touch
  if (access === null || ev.k !== 'acc' || access.depth > 0 || access.alias) return null
  const stmt = touch.spot.place.stmt
  switch (ev.op) {
    case 'lookup':
      return touch.pinned ? null : index(page, ev, 'Get')
    case 'lookup2':
      return touch.pinned ? null : index(page, ev, 'Load')
    case 'assign':
      return store(page, ev, stmt)
    case 'delete':
      return builtin(page, ev, 'Delete')
    case 'len':
      return builtin(page, ev, 'Len')
    case 'clear':
      return stmt.k === 'expr' ? builtin(page, ev, 'Clear') : null
    default:
      return null
  }
}

/** The map inside the wrapper, `field` of it, in place of the wrapper, where the lock is held or none is needed. Nothing for aliases and inner maps. */
export function asField(page: Page, access: Access, field: string): TextEdit[] {
  if (access.event.k !== 'acc' || access.depth > 0 || access.alias || access.op === 'init') return []
  return [page.insert(access.operand.end, `.${field}`)]
}

/** `name` in place of the map. */
export function asName(page: Page, access: Access, name: string): TextEdit[] {
  if (access.depth > 0 || access.alias) return []
  return [page.replace([access.operand.start, access.operand.end], name)]
}

type AccEv = Extract<Ev, { k: 'acc' }>

/** m[k] → m.METHOD(k) */
function index(page: Page, ev: AccEv, method: Method): MethodSite | null {
  if (ev.key === undefined) return null
  const open = bracket(page, [ev.x[1], ev.key[0]], '[')
  const close = bracket(page, [ev.key[1], ev.span[1]], ']')
  if (open === null || close === null) return null
  return { method, edits: [page.replace([open, open + 1], `.${method}(`), page.replace([close, close + 1], ')')] }
}

/** m[k] = v → m.Store(k, v), where that is the whole statement. */
function store(page: Page, ev: AccEv, stmt: Stmt): MethodSite | null {
  if (stmt.k !== 'assign' || stmt.op !== '=' || stmt.lhs.length !== 1 || ev.key === undefined || ev.val === undefined)
    return null
  const open = bracket(page, [ev.x[1], ev.key[0]], '[')
  const between = page.slice([ev.key[1], ev.val[0]])
  if (open === null || !/^\s*\]\s*=\s*$/.test(between)) return null
  return {
    method: 'Store',
    edits: [
      page.replace([open, open + 1], '.Store('),
      page.replace([ev.key[1], ev.val[0]], ', '),
      page.insert(ev.val[1], ')'),
    ],
  }
}

/** delete(m, k) → m.Delete(k); len(m) → m.Len() */
function builtin(page: Page, ev: AccEv, method: Method): MethodSite | null {
  if (page.slice([ev.span[0], ev.x[0]]).includes('/')) return null
  const head = page.replace([ev.span[0], ev.x[0]], '')
  if (ev.key === undefined) {
    const tail = page.slice([ev.x[1], ev.span[1]])
    return /^[\s,]*\)$/.test(tail)
      ? { method, edits: [head, page.replace([ev.x[1], ev.span[1]], `.${method}()`)] }
      : null
  }
  const between = page.slice([ev.x[1], ev.key[0]])
  return /^\s*,\s*$/.test(between) ? { method, edits: [head, page.replace([ev.x[1], ev.key[0]], `.${method}(`)] } : null
}

/** The position of the bracket between operands, comments skipped; null if it is not the only thing there. */
function bracket(page: Page, span: Span, char: '[' | ']'): number | null {
  const text = page.slice(span)
  const at = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => ' '.repeat(comment.length)).indexOf(char)
  return at < 0 ? null : span[0] + at
}
