/** What a function's text is written from: its program, the names in scope, and expressions. */
import { calleeName, keyText, keyType, mapPath, mapsOf, mapType, type NamedMap, viewText } from './places.js'
import type { Cond, Expr, Func, Program } from './program.js'

/** What is in scope. */
export interface Scope {
  readonly locals: readonly string[]
  /** What a return statement hands over. */
  readonly result: Func['result']
  readonly loop: 'none' | 'plain' | 'labelled'
}

/** One function of a program; `receiver` is the holder whose method it is, -1 if none. */
export class Context {
  readonly program: Program
  readonly #maps: readonly NamedMap[]
  readonly func: Func
  readonly index: number
  readonly receiver: number
  #names = 0
  /** Accessors that the text calls: "get items". */
  readonly accessors = new Set<string>()

  constructor(program: Program, index: number, func: Func, receiver: number) {
    this.program = program
    this.#maps = mapsOf(program)
    this.func = func
    this.index = index
    this.receiver = receiver
  }

  fresh(base: string): string {
    return `${base}${++this.#names}`
  }

  map(number: number): NamedMap {
    const map = this.#maps[number % this.#maps.length]
    if (map === undefined) throw new Error('a program without maps')
    return map
  }

  path(map: NamedMap): string {
    return mapPath(this.program, map, this.receiver)
  }

  type(map: NamedMap): string {
    return mapType(this.program, map, this.receiver === map.holder)
  }

  key(map: NamedMap, number: number, pure = false): string {
    const type = keyType(this.program.holders[map.holder], map.key, this.receiver === map.holder)
    return keyText(type, number, pure)
  }

  /** Functions that hold a lock call nothing that may take it. */
  get mayCall(): boolean {
    return !this.func.locked || !this.program.holders.some(({ lock }) => lock !== 'none')
  }

  accessor(name: string, map: NamedMap): string {
    this.accessors.add(`${name} ${map.name}`)
    const base = mapPath(this.program, { ...map, name: `${name}${map.name}` }, this.receiver)
    return base
  }

  expr(e: Expr, scope: Scope): string {
    switch (e.k) {
      case 'number':
        return String(e.n)
      case 'local':
        return scope.locals[e.n % scope.locals.length] ?? 'n'
      case 'get': {
        const map = this.map(e.map)
        return viewText(map.value, `${this.path(map)}[${this.key(map, e.key)}]`)
      }
      case 'len':
        return `len(${this.path(this.map(e.map))})`
      case 'accessor': {
        const map = this.map(e.map)
        if (!this.mayCall) return viewText(map.value, `${this.path(map)}[${this.key(map, e.key)}]`)
        return viewText(map.value, `${this.accessor('get', map)}(${this.key(map, e.key)})`)
      }
      case 'tick':
        return 'tick()'
      case 'call': {
        const after = this.program.funcs.length - this.index - 1
        if (after < 1 || !this.mayCall) return this.expr(e.arg, scope)
        const index = this.index + 1 + (e.func % after)
        const result = this.program.funcs[index]?.result ?? 'none'
        const call = `${calleeName(this.program, index, this.receiver)}(${keyText('string', e.key, false)}, ${this.expr(e.arg, scope)})`
        return result === 'int' ? call : result === 'two' ? `first(${call})` : this.expr(e.arg, scope)
      }
      case 'add':
        return `${this.expr(e.a, scope)} + ${this.expr(e.b, scope)}`
      case 'sub':
        return `${this.expr(e.a, scope)} - (${this.expr(e.b, scope)})`
      case 'literal':
        return `func() int { return ${this.expr(e.a, scope)} }()`
    }
  }

  cond(c: Cond, scope: Scope): string {
    switch (c.k) {
      case 'less':
        return `${this.expr(c.a, scope)} < ${this.expr(c.b, scope)}`
      case 'has': {
        const map = this.map(c.map)
        const key = this.key(map, c.key)
        if (!this.mayCall) return `len(${this.path(map)}) > 1`
        return `${this.accessor('has', map)}(${key})`
      }
      case 'isNil':
        return `${this.path(this.map(c.map))} == nil`
      case 'truth': {
        const map = this.map(c.map)
        const value = `${this.path(map)}[${this.key(map, c.key)}]`
        return map.value === 'bool'
          ? value
          : map.value === 'any'
            ? `${value} == nil`
            : `${viewText(map.value, value)} > 1`
      }
      case 'and':
        return `(${this.cond(c.a, scope)}) && (${this.cond(c.b, scope)})`
      case 'or':
        return `(${this.cond(c.a, scope)}) || (${this.cond(c.b, scope)})`
      case 'not':
        return `!(${this.cond(c.a, scope)})`
    }
  }
}
