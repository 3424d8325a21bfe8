/** What the planning of one function comes to. */
import type { Stmt } from '../facts.js'
import type { CompoundUse, TextEdit } from '../types.js'
import type { Closure } from './closures.js'
import type { Compound } from './compound.js'
import type { Method } from './methods.js'
import type { Scene } from './scene.js'
import type { Section } from './sections.js'
import type { Touch } from './touches.js'

/** All edits that one function needs for one group of maps. */
export interface FunctionPlan {
  readonly edits: readonly TextEdit[]
  /** Touches whose own text is rewritten already. */
  readonly rewritten: ReadonlySet<Touch>
  /** Touches that a critical section of this function covers. */
  readonly covered: ReadonlySet<Touch>
  readonly methods: ReadonlySet<Method>
  readonly compound: readonly CompoundUse[]
  /** What runs under the lock. */
  readonly inside: readonly Stmt[]
}

/** What has been decided so far. */
export class Draft {
  readonly covered = new Set<Touch>()
  readonly #edits: TextEdit[] = []
  readonly #rewritten = new Set<Touch>()
  readonly #methods = new Set<Method>()
  readonly #compound: CompoundUse[] = []
  readonly #inside: Stmt[] = []
  readonly #scene: Scene

  constructor(scene: Scene) {
    this.#scene = scene
  }

  method(touch: Touch, method: Method, edits: readonly TextEdit[]): void {
    this.#edits.push(...edits)
    this.#methods.add(method)
    this.#rewritten.add(touch)
    this.covered.add(touch)
  }

  /** An access that is methods by itself, perhaps none. */
  methods(
    touch: Touch,
    site: {
      readonly methods: readonly Method[]
      readonly edits: readonly TextEdit[]
      readonly compound?: boolean
      readonly inside?: readonly Stmt[]
    },
  ): void {
    this.#edits.push(...site.edits)
    this.#inside.push(...(site.inside ?? []))
    for (const method of site.methods) this.#methods.add(method)
    this.#rewritten.add(touch)
    this.covered.add(touch)
    if (site.compound !== true || touch.access?.exclusive === true) return
    this.#compound.push({
      at: { file: this.#scene.page.path, start: touch.span[0], end: touch.span[1] },
      operations: 2,
      now: `one method, ${site.methods.join(', ')}`,
    })
  }

  section(made: Section | Closure, groups: readonly Compound[]): void {
    this.#edits.push(...made.edits)
    this.#inside.push(...made.inside)
    for (const touch of made.covered) this.covered.add(touch)
    if ('methods' in made) for (const method of made.methods) this.#methods.add(method)
    if (made.rewritten) for (const touch of made.rewritten) this.#rewritten.add(touch)
    for (const { touches } of groups) {
      const [first] = touches
      const update = touches.length === 1 && first?.access?.op === 'update'
      if (first === undefined || (touches.length < 2 && !update) || !made.covered.includes(first)) continue
      this.#compound.push({
        at: { file: this.#scene.page.path, start: first.span[0], end: first.span[1] },
        operations: update ? 2 : touches.length,
        now: made.now ?? 'one critical section',
      })
    }
  }

  done(): FunctionPlan {
    return {
      edits: this.#edits,
      rewritten: this.#rewritten,
      covered: this.covered,
      methods: this.#methods,
      compound: this.#compound,
      inside: this.#inside,
    }
  }
}
