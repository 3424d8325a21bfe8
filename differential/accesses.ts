/** Statements about one place of a map, or two. */
import type { Context, Scope } from './context.js'
import { ELEMENT, shown, valueText } from './places.js'
import type { Stmt } from './program.js'

/** Several accesses that are one step. */
export function compound(ctx: Context, s: Extract<Stmt, { k: 'compound' }>): string[] {
  const map = ctx.map(s.map)
  const m = ctx.path(map)
  const key = ctx.key(map, s.key, true)
  const other = ctx.key(map, s.other, true)
  const at = `${m}[${key}]`
  const value = valueText(map.value, '2')
  const v = ctx.fresh('v')
  const show = shown(map, v)
  const text = (): string[] => {
    switch (s.form) {
      case 1:
        return [`${v}, ok${v} := ${at}`, `if !ok${v} {`, `${v} = ${value}`, `${at} = ${v}`, '}', show]
      case 2:
        return [`if _, ok := ${at}; ok {`, `delete(${m}, ${key})`, '}']
      case 3:
        return [`${v}, ok${v} := ${at}`, `if ok${v} {`, `delete(${m}, ${key})`, '}', show]
      case 4:
        if (map.value === 'int') return [`${at}++`]
        if (map.value === 'slice') return [`${at} = append(${at}, n)`]
        if (map.value === 'string') return [`${at} += "x"`]
        return [`${v} := ${at}`, `${m}[${other}] = ${v}`]
      case 5:
        if (map.value === 'int') return [`${v} := ${at}`, `${at} = ${v} + 1`]
        if (map.value === 'struct') return [`${v} := ${at}`, `${v}.n++`, `${at} = ${v}`]
        return [`${m}[${other}] = ${at}`, `delete(${m}, ${key})`]
      case 6:
        return [`${m}[${other}] = ${at}`, `delete(${m}, ${key})`]
      case 7:
        return [`${at}, ${m}[${other}] = ${m}[${other}], ${at}`]
      case 8:
        if (!ctx.mayCall) return [`if _, ok := ${at}; !ok {`, `${at} = ${value}`, '}']
        return [`if !${ctx.accessor('has', map)}(${key}) {`, `${ctx.accessor('put', map)}(${key}, ${value})`, '}']
      case 9:
        return [`if len(${m}) < 3 {`, `${at} = ${value}`, '}']
      case 10:
        if (map.value === 'int') return [`${v} := ${at} + 1`, `if ${v} > 2 {`, `${v} = 0`, '}', `${at} = ${v}`]
        return [`if ${m} == nil {`, `${m} = make(${ctx.type(map)})`, '}', `${at} = ${value}`]
      case 11:
        if (map.value === 'map') return [`if ${at} == nil {`, `${at} = map[string]int{}`, '}', `${at}["b"]++`]
        return [`if ${m} == nil {`, `${m} = make(${ctx.type(map)})`, '}', `${at} = ${value}`]
      default:
        return [`if _, ok := ${at}; !ok {`, `${at} = ${value}`, '}']
    }
  }
  const lines = text()
  return s.marked ? [`marks.Enter("${ctx.index}: ${s.form} of ${map.name}")`, ...lines, 'marks.Leave()'] : lines
}

/** Two places at once. */
export function pair(ctx: Context, s: Extract<Stmt, { k: 'pair' }>, scope: Scope): string[] {
  const map = ctx.map(s.map)
  const second = ctx.map(s.map + s.form)
  const at = `${ctx.path(map)}[${ctx.key(map, s.key)}]`
  const to = `${ctx.path(second)}[${ctx.key(second, s.other)}]`
  const [a, b] = [valueText(map.value, ctx.expr(s.a, scope)), valueText(second.value, ctx.expr(s.b, scope))]
  const local = scope.locals[s.form % scope.locals.length] ?? 'n'
  switch (s.form % 5) {
    case 0:
      return [`${at}, ${to} = ${a}, ${b}`]
    case 1:
      return [`${at} = ${a}`, `${to} = ${b}`]
    case 2:
      return map.value === 'int' && second.value === 'int'
        ? [`${at}, ${to} = two(${ctx.expr(s.a, scope)})`]
        : [`${local}, ${at} = ${ctx.expr(s.b, scope)}, ${a}`]
    case 3:
      return map.value === 'int' ? [`${local}, ${at} = ${at}, ${local}`] : [`${at} = ${a}`, `n++`]
    default:
      return map.value === 'int'
        ? [`${at}, ${local} = two(${local})`]
        : [`${at}, ${local} = ${a}, ${ctx.expr(s.b, scope)}`]
  }
}

/** All else that one statement, or two, does with a map. */
export function access(
  ctx: Context,
  s: Extract<
    Stmt,
    {
      k:
        | 'assign'
        | 'update'
        | 'append'
        | 'nested'
        | 'through'
        | 'increment'
        | 'delete'
        | 'clear'
        | 'alias'
        | 'copy'
        | 'drain'
        | 'channel'
    }
  >,
  scope: Scope,
): string[] {
  const map = ctx.map(s.map)
  const m = ctx.path(map)
  const key = ctx.key(map, s.key)
  const at = `${m}[${key}]`
  const e = 'e' in s ? ctx.expr(s.e, scope) : 'n'
  const value = valueText(map.value, e)
  const assign = [`${at} = ${value}`]
  const c = ctx.fresh('c')
  switch (s.k) {
    case 'assign':
      return assign
    case 'update':
      if (map.value === 'int') return [`${at} ${['+=', '-=', '*='][s.form % 3]} ${e}`]
      return map.value === 'string' ? [`${at} += name(${e})`] : assign
    case 'increment':
      return map.value === 'int' ? [`${at}${s.form % 3 === 0 ? '--' : '++'}`] : assign
    case 'append':
      return map.value === 'slice' ? [`${at} = append(${at}, ${e})`] : assign
    case 'delete':
      return [`delete(${m}, ${key})`]
    case 'clear':
      return [s.form % 3 === 0 ? `clear(${m})` : `delete(${m}, ${key})`]
    case 'nested': {
      if (map.value !== 'map') return assign
      const pure = `${m}[${ctx.key(map, s.key, true)}]`
      const made = [`if ${pure} == nil {`, `${pure} = map[string]int{}`, '}']
      if (s.form % 4 === 0) return [...made, `${pure}["b"] = ${e}`]
      if (s.form % 4 === 1) return [...made, `${pure}[key]++`]
      return s.form % 4 === 2
        ? [`delete(${at}, "a")`]
        : [`${c} := 0`, `for _, v := range ${at} {`, `${c} += v`, '}', `trace(${c}, ${e})`]
    }
    case 'through':
      if (map.value === 'pointer') return [s.form % 2 === 0 ? `${at}.n = ${e}` : `${at}.bump(${e})`]
      if (map.value === 'slice') return [`if len(${at}) > 0 {`, `${at}[0] = ${e}`, '}']
      if (map.value === 'map') return [`${at}["b"] = ${e}`]
      if (map.value === 'func') return [`trace(${at}(${e}))`]
      return map.value === 'any'
        ? [
            s.form % 2 === 0 ? `trace(${at}.(int) + ${e})` : `${c}, _ := ${at}.(int)`,
            ...(s.form % 2 === 0 ? [] : [`trace(${c})`]),
          ]
        : assign
    case 'alias':
      return s.form % 2 === 0
        ? [`${c} := ${m}`, `${c}[${key}] = ${value}`]
        : [`${c} := ${m}`, `trace(len(${c}), ${c} == nil)`]
    case 'copy': {
      const holder = ctx.program.holders[map.holder]
      if (s.form > 1 || holder === undefined || holder.place === 'variable' || holder.lock !== 'none')
        return [`${c} := ${m}`, `delete(${c}, ${key})`]
      const whole =
        ctx.receiver === map.holder || holder.place !== 'value' ? `*${m.split('.')[0]}` : (m.split('.')[0] ?? '')
      return [`${c} := ${whole}`, `${c}.${map.name}[${key}] = ${value}`]
    }
    case 'drain': {
      const type = ctx.type(map)
      if (s.form % 5 === 0) return [`${m} = nil`]
      if (s.form % 5 === 1) return [`${m} = ${type}{${key}: ${value}}`]
      if (s.form % 5 < 4) return [`if ${m} == nil {`, `${m} = make(${type})`, '}', `${at} = ${value}`]
      const k = ctx.fresh('k')
      return [
        `${c} := ${m}`,
        `${m} = make(${type})`,
        `for ${k} := range ${c} {`,
        `${m}[${k}] = ${valueText(map.value, '1')}`,
        '}',
        `trace(len(${c}))`,
      ]
    }
    case 'channel': {
      const make = `${c} := make(chan ${ELEMENT[map.value]}, 1)`
      switch (s.form % 5) {
        case 0:
          return [make, `${c} <- ${value}`, `${at} = <-${c}`]
        case 1:
          return [make, `${c} <- ${at}`, `<-${c}`]
        case 2:
          return [make, `${c} <- ${value}`, 'select {', `case ${at} = <-${c}:`, 'default:', '}']
        case 3:
          return [make, 'select {', `case ${c} <- ${at}:`, 'default:', '}', `trace(len(${c}))`]
        default:
          return [`${c} := make(chan bool)`, 'go func() {', `${at} = ${value}`, `close(${c})`, '}()', `<-${c}`]
      }
    }
  }
}
