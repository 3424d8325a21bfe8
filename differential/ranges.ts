/** Ranges over maps. */
import type { Context, Scope } from './context.js'
import { valueText, viewText } from './places.js'
import type { Stmt } from './program.js'

/** What a range does must not depend on its order. */
export function range(
  ctx: Context,
  s: Extract<Stmt, { k: 'range' }>,
  scope: Scope,
  returning: (scope: Scope) => readonly string[],
): string[] {
  const map = ctx.map(s.map)
  const path = ctx.path(map)
  const [k, v, sum] = [ctx.fresh('k'), ctx.fresh('v'), ctx.fresh('sum')]
  // No key that == would not take.
  const key = ctx.key(map, s.key % 11, true)
  const plain = map.value !== 'pointer' && map.value !== 'func'
  const view = plain ? viewText(map.value, v) : `len(${path})`
  const other = ctx.map(s.map + 1)
  const sameKeys = other.key === map.key && other.holder === map.holder
  switch (s.form % 6) {
    case 0:
      return [
        `${sum} := 0`,
        `for ${k} := range ${path} {`,
        `if ${k} == (${key}) {`,
        `${sum}++`,
        'break',
        '}',
        '}',
        `trace(${sum})`,
      ]
    case 1:
      if (scope.result === 'none')
        return [`for ${k} := range ${path} {`, `if ${k} == (${key}) {`, `trace("there")`, 'return', '}', '}']
      return [
        `for ${k}, ${v} := range ${path} {`,
        `_ = ${v}`,
        `if ${k} == (${key}) {`,
        ...returning({ ...scope, locals: ['n'] }),
        '}',
        '}',
      ]
    case 2:
      return [`${sum} := 0`, `for range ${path} {`, `${sum}++`, '}', `trace(${sum})`]
    default: {
      const body = s.body.flatMap((number): string[] => {
        switch (number) {
          case 0:
          case 1:
            return [`${sum} += ${view}`]
          case 2:
            return [`delete(${path}, ${k})`]
          case 3:
            return [`if ${view} > 1 {`, `delete(${path}, ${k})`, '}']
          case 4:
            return [`${path}[${k}] = ${valueText(map.value, '4')}`]
          case 5:
            return map.value === 'int' ? [`${path}[${k}]++`] : [`${path}[${k}] = ${v}`]
          case 6:
            return sameKeys ? [`${ctx.path(other)}[${k}] = ${valueText(other.value, '2')}`] : [`${sum}++`]
          case 7:
            return sameKeys && other.value === 'int' ? [`${ctx.path(other)}[${k}] += 2`] : [`${sum} += 2`]
          case 8:
            return sameKeys ? [`if _, ok := ${ctx.path(other)}[${k}]; ok {`, `${sum}++`, '}'] : [`${sum}++`]
          case 9:
            return ctx.mayCall ? [`if ${ctx.accessor('has', map)}(${k}) {`, `${sum}++`, '}'] : [`${sum}++`]
          case 10:
            return [`if ${k} == (${key}) {`, 'continue', '}']
          default:
            return ctx.mayCall ? [`${ctx.accessor('put', map)}(${k}, ${valueText(map.value, '3')})`] : [`${sum}--`]
        }
      })
      return [`${sum} := 0`, `for ${k}, ${v} := range ${path} {`, `_, _ = ${k}, ${v}`, ...body, '}', `trace(${sum})`]
    }
  }
}
