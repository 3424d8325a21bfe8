/** The Go text of one function's statements. */
import { access, compound, pair } from './accesses.js'
import type { Context, Scope } from './context.js'
import { shown, valueText, viewText } from './places.js'
import type { Expr, Stmt, Stmts } from './program.js'
import { range } from './ranges.js'

/** Writes the body of the context's function. */
export class Writer {
  readonly #ctx: Context

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  body(): string[] {
    const { body, result, e } = this.#ctx.func
    const scope: Scope = { locals: ['n'], result, loop: 'none' }
    const lines = this.#block(body, scope)
    return endsIn(lines) || result === 'none' ? lines : [...lines, ...this.#return(scope, e)]
  }

  #block(stmts: Stmts, scope: Scope): string[] {
    const lines: string[] = []
    let inner = scope
    for (const stmt of stmts) {
      const { text, local } = this.#stmt(stmt, inner)
      lines.push(...text)
      if (local !== undefined) inner = { ...inner, locals: [...inner.locals, local] }
      if (endsIn(lines)) break
    }
    return lines
  }

  #return(scope: Scope, e: Expr): string[] {
    const value = this.#ctx.expr(e, scope)
    switch (scope.result) {
      case 'none':
        return ['return']
      case 'int':
        return [`return ${value}`]
      case 'two':
        return [`return ${value}, ${this.#ctx.expr(this.#ctx.func.f, { ...scope, locals: ['n'] })} > 0`]
      case 'named':
        return [`out = ${value}`, 'return']
    }
  }

  #stmt(s: Stmt, scope: Scope): { text: string[]; local?: string } {
    switch (s.k) {
      case 'let': {
        const local = this.#ctx.fresh('x')
        return { text: [`${local} := ${this.#ctx.expr(s.e, scope)}`, `_ = ${local}`], local }
      }
      case 'set':
        return { text: [`${scope.locals[s.form % scope.locals.length] ?? 'n'} = ${this.#ctx.expr(s.e, scope)}`] }
      case 'say':
        return { text: [this.#say(s.form, this.#ctx.expr(s.e, scope))] }
      case 'return':
        return { text: this.#return(scope, s.e) }
      case 'leave': {
        const how =
          scope.loop === 'none' || s.form > 8
            ? this.#return(scope, this.#ctx.func.f)
            : [
                `${s.form % 2 === 0 ? 'break' : 'continue'}${scope.loop === 'labelled' && s.form % 3 === 0 ? ' outer' : ''}`,
              ]
        return { text: [`if ${this.#ctx.cond(s.c, scope)} {`, ...how, '}'] }
      }
      case 'panic':
        return { text: [`if ${this.#ctx.cond(s.c, scope)} {`, 'panic("stop")', '}'] }
      case 'if': {
        const or = this.#block(s.no, scope)
        return {
          text: [
            `if ${this.#ctx.cond(s.c, scope)} {`,
            ...this.#block(s.yes, scope),
            ...(or.length > 0 ? ['} else {', ...or] : []),
            '}',
          ],
        }
      }
      case 'loop':
        return { text: this.#loop(s, scope) }
      case 'closure':
        return { text: this.#closure(s, scope) }
      case 'defer':
        return { text: this.#defer(s, scope) }
      case 'found':
      case 'switch':
        return { text: this.#branch(s, scope) }
      case 'range':
        return { text: range(this.#ctx, s, scope, (at) => this.#return(at, { k: 'local', n: 0 })) }
      case 'compound':
        return { text: compound(this.#ctx, s) }
      case 'pair':
        return { text: pair(this.#ctx, s, scope) }
      default:
        return { text: access(this.#ctx, s, scope) }
    }
  }

  #say(form: number, value: string): string {
    return form === 11 ? `fmt.Println(${value})` : `trace(${value})`
  }

  #loop(s: Extract<Stmt, { k: 'loop' }>, scope: Scope): string[] {
    const i = this.#ctx.fresh('i')
    const inner: Scope = { ...scope, locals: [...scope.locals, i], loop: 'plain' }
    switch (s.form % 4) {
      case 0:
        return [`for ${i} := 0; ${i} < 3; ${i}++ {`, ...this.#block(s.body, inner), '}']
      case 1:
        return [
          `for ${i} := 0; ${i} < 3 && (${this.#ctx.cond(s.c, scope)}); ${i}++ {`,
          ...this.#block(s.body, inner),
          '}',
        ]
      case 2: {
        const j = this.#ctx.fresh('j')
        const body = this.#block(s.body, {
          ...inner,
          locals: [...inner.locals, j],
          loop: scope.loop === 'labelled' ? 'plain' : 'labelled',
        })
        const label = body.some((line) => / outer$/.test(line)) && scope.loop !== 'labelled' ? ['outer:'] : []
        return [...label, `for ${i} := 0; ${i} < 2; ${i}++ {`, `for ${j} := 0; ${j} < 2; ${j}++ {`, ...body, '}', '}']
      }
      default:
        return [
          `${i} := 0`,
          `for ${this.#ctx.cond(s.c, scope)} {`,
          `if ${i}++; ${i} > 3 {`,
          'break',
          '}',
          ...this.#block(s.body, inner),
          '}',
        ]
    }
  }

  #closure(s: Extract<Stmt, { k: 'closure' }>, scope: Scope): string[] {
    const inner: Scope = { ...scope, loop: 'none', result: 'none' }
    switch (s.form % 3) {
      case 0:
        return ['func() {', ...this.#block(s.body, inner), '}()']
      case 1: {
        const f = this.#ctx.fresh('g')
        const lines = this.#block(s.body, { ...inner, result: 'int' })
        const end = endsIn(lines) ? [] : [`return ${this.#ctx.expr(s.e, inner)}`]
        return [`${f} := func(n int) int {`, ...lines, ...end, '}', `trace(${f}(${this.#ctx.expr(s.e, scope)}))`]
      }
      default:
        return ['func() {', 'defer func() { trace(recover()) }()', ...this.#block(s.body, inner), '}()']
    }
  }

  #defer(s: Extract<Stmt, { k: 'defer' }>, scope: Scope): string[] {
    const map = this.#ctx.map(s.map)
    const path = this.#ctx.path(map)
    const inner: Scope = { ...scope, loop: 'none', result: 'none' }
    switch (s.form % 5) {
      case 0:
        return [`defer delete(${path}, ${this.#ctx.key(map, s.key)})`]
      case 1:
        return [`defer trace(${viewText(map.value, `${path}[${this.#ctx.key(map, s.key)}]`)})`]
      case 2:
        if (this.#ctx.mayCall)
          return [`defer ${this.#ctx.accessor('put', map)}(${this.#ctx.key(map, s.key)}, ${valueText(map.value, 'n')})`]
        return [`defer delete(${path}, ${this.#ctx.key(map, s.key)})`]
      case 3:
        return [
          'defer func() {',
          'if r := recover(); r != nil {',
          'trace("recovered", r)',
          ...this.#block(s.body, inner),
          '}',
          '}()',
        ]
      default:
        return ['defer func() {', ...this.#block(s.body, inner), '}()']
    }
  }

  #branch(s: Extract<Stmt, { k: 'found' | 'switch' }>, scope: Scope): string[] {
    const map = this.#ctx.map(s.map)
    const at = `${this.#ctx.path(map)}[${this.#ctx.key(map, s.key)}]`
    const then = this.#block(s.yes, scope)
    const or = this.#block(s.no, scope)
    const otherwise = or.length > 0 ? ['} else {', ...or] : []
    const v = this.#ctx.fresh('v')
    const use = shown(map, v)
    if (s.k === 'found') {
      switch (s.form % 5) {
        case 0:
          return [`if ${v}, ok := ${at}; ok {`, use, ...then, ...otherwise, '}']
        case 1:
          return [`if _, ok := ${at}; !ok {`, ...then, ...otherwise, '}']
        case 2: {
          const ok = this.#ctx.fresh('ok')
          return [`${v}, ${ok} := ${at}`, `if !${ok} {`, ...then, ...otherwise, '}', use]
        }
        case 3:
          return [
            `if ${v} := ${at}; len(${this.#ctx.path(map)}) > 1 {`,
            use,
            ...then,
            `} else if _, ok := ${at}; ok {`,
            use,
            ...or,
            '}',
          ]
        default:
          return [`if ${v} := ${at}; key < "b" {`, use, ...then, '} else {', use, ...or, '}']
      }
    }
    const e = this.#ctx.expr(s.e, scope)
    switch (s.form % 4) {
      case 0:
        return [`switch ${viewText(map.value, at)} {`, `case ${e}:`, ...then, 'default:', ...or, '}']
      case 1:
        return [`switch ${v} := ${at}; {`, `case ${e} > 1:`, use, ...then, 'default:', use, ...or, '}']
      case 2:
        if (map.value !== 'any')
          return [`switch ${v}, ok := ${at}; ok {`, 'case true:', use, ...then, 'default:', ...or, '}']
        return [`switch ${v} := ${at}.(type) {`, 'case int:', use, ...then, 'case nil:', ...or, 'default:', use, '}']
      default:
        return [
          'switch {',
          `case ${e} > ${viewText(map.value, at)}:`,
          ...then,
          `case len(${this.#ctx.path(map)}) > 1:`,
          ...or,
          '}',
        ]
    }
  }
}

function endsIn(lines: readonly string[]): boolean {
  const last = lines.at(-1) ?? ''
  return /^(return\b|panic\()/.test(last)
}
