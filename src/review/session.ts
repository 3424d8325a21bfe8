/** The review of a run's fixes: shows each, asks, and does what the keys say. Nothing is written here. */
import type { Fix } from '../candidates.js'
import { functionsOf } from '../report/functions.js'
import { initSyntax } from '../syntax/index.js'
import type { Proofs, Review, Reviewed, Workbench } from '../workbench.js'
import type { Files } from '../write/files.js'
import { alternativeOf } from './alternatives.js'
import {
  type Action,
  accepted,
  begin,
  decide,
  PLANNED,
  recall,
  type State,
  take,
  tally,
  type Variant,
} from './decisions.js'
import { editForm } from './editing.js'
import { prove } from './finish.js'
import { edited, type Form, hunksOf, inPart, isUnfit, proved, replanned } from './forms.js'
import { pickHunks } from './hunkwise.js'
import { endReview, hasChanged, type ReviewJournal, readReview, saveReview } from './journal.js'
import type { Screen } from './screen.js'
import {
  describeVariant,
  formText,
  HELP_KEY,
  hunkTexts,
  KEYS,
  keysText,
  proofLine,
  type Showing,
  whyText,
} from './show.js'
import { hashesOf, idsOf, itemOf, surestFirst } from './subjects.js'

export interface ReviewOptions {
  readonly screen: Screen
  /** Go on with the review that the journal has. */
  readonly resume: boolean
  /** The arguments besides --resume. */
  readonly argv: readonly string[]
  readonly files: Files
  readonly pid: number
}

/** A review on a screen. It throws Interrupted on Ctrl-C, and leaves its journal then. */
export function reviewOn(options: ReviewOptions): Review {
  const { resume, argv, files } = options
  let journal = ''
  let begun: ReviewJournal | null = null
  return {
    async prepare(path) {
      journal = path
      if (resume) begun = await readReview(path, argv, files)
    },
    async decide(bench, proofs) {
      const syntax = await initSyntax()
      const functionAt = functionsOf(bench.found.packages)
      const session = new Session(
        bench,
        proofs,
        { bench, syntax, functionAt, screen: options.screen },
        options,
        journal,
      )
      if (begun) await session.recall(begun)
      return session.run()
    },
  }
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['y', 'accept'],
  ['n', 'decline'],
  ['a', 'accept package'],
  ['d', 'decline file'],
  ['u', 'undo'],
  ['q', 'keep'],
  ['Q', 'nothing'],
])

class Session {
  /** What was proved, strongest first. */
  private readonly subjects: readonly Fix[]
  private readonly forms: Form[]
  private state: State
  private context = 3

  constructor(
    private readonly bench: Workbench,
    proofs: Proofs,
    private readonly showing: Showing,
    private readonly options: ReviewOptions,
    private readonly journal: string,
  ) {
    const ranked = surestFirst(proofs, bench.found)
    this.subjects = ranked.map(([c]) => c)
    this.forms = ranked.map(([c, proof]) => ({ variant: PLANNED, fixes: [c], proofs: new Map([[c, proof]]) }))
    this.state = begin(this.subjects.map(itemOf))
  }

  /** Decisions of an earlier sitting. Refused: files that were not there then. */
  async recall({ decided, files }: ReviewJournal): Promise<void> {
    const now = hashesOf(this.bench.found)
    const changed = [...Object.keys(now), ...Object.keys(files)].filter((path) => now[path] !== files[path])
    if (changed.length > 0) throw hasChanged([...new Set(changed)])
    let lost = 0
    for (const { findings, verdict, variant } of decided) {
      const index = this.subjects.findIndex((c) => idsOf(c, this.bench.found).join() === findings.join())
      const form = index < 0 ? null : await this.made(index, variant)
      if (form === null || isUnfit(form)) lost++
      else {
        this.forms[index] = form
        this.state = recall(this.state, index, { verdict, variant })
      }
    }
    const again = lost > 0 ? `; ${lost} cannot be made again, and are asked anew` : ''
    await this.say(`${decided.length - lost} decisions are as they were${again}\n`)
  }

  async run(): Promise<Reviewed> {
    const { screen } = this.showing
    if (this.subjects.length === 0) await this.say('no fix passed its proof: there is nothing to review\n')
    else await this.say(`${this.subjects.length} fixes to review, the surest first; ? explains the keys\n`)
    for (;;) {
      while (this.state.end === null && this.state.at < this.subjects.length) await this.one()
      const { accepted: yes, declined, left } = tally(this.state)
      if (this.subjects.length > 0)
        await this.say(`\n${yes} accepted, ${declined} declined${left > 0 ? `, ${left} not decided` : ''}\n`)
      if (this.state.end === null && this.subjects.length > 0) {
        const key = await screen.ask('Prove together what was accepted, and write it?', [
          { key: 'y', does: 'prove and write' },
          { key: 'u', does: 'undo the last decision' },
          { key: 'Q', does: 'quit and keep nothing' },
        ])
        await this.act(key === 'y' ? 'keep' : key === 'u' ? 'undo' : 'nothing')
        if (key === 'u') continue
      }
      const taken = this.state.end === 'nothing' ? new Map() : await this.finish()
      if (taken === null) {
        this.state = { ...decide(this.state, 'undo'), end: null }
        continue
      }
      await endReview(this.journal, this.options.files)
      const declinedFixes = this.subjects.filter((_, i) => this.state.decided[i]?.verdict === 'declined')
      return { taken, declined: new Set(declinedFixes) }
    }
  }

  /** Shows the current fix, and does what one key says. */
  private async one(): Promise<void> {
    const { at } = this.state
    const { screen } = this.showing
    await this.say(`\nFix ${at + 1} of ${this.subjects.length}\n\n${formText(this.form(at), this.showing)}\n`)
    await this.showHunks()
    for (;;) {
      const key = await screen.ask('Take this fix?', [...KEYS, HELP_KEY])
      const action = ACTIONS.get(key)
      if (action !== undefined) {
        if (action === 'undo' && this.state.before === null) await this.say('there is nothing to undo\n')
        else return this.act(action)
      } else if (key === '?') await this.say(keysText(KEYS))
      else if (key === 'w') await this.say(whyText(this.form(at), this.showing))
      else if (key === '+') {
        this.context = this.context * 2 + 1
        await this.showHunks()
      } else if (key === 't') await this.proveAgain()
      else if (key === 'h') {
        if (await this.hunkwise()) return
      } else if (key === 'e') {
        if (await this.edit()) return
      } else if (await this.choose(alternativeOf(key)?.key ?? '')) return
    }
  }

  private async showHunks(): Promise<void> {
    const { overlay } = await this.bench.patches.render(this.form(this.state.at).fixes.map(({ fix }) => fix))
    const texts = hunkTexts(overlay, this.context, this.showing)
    await this.say(`${texts.join('\n')}\n`)
  }

  private async act(action: Action): Promise<void> {
    this.state = decide(this.state, action)
    for (const [i, variant] of this.state.variants.entries()) {
      // Undoing brings back the form of then.
      if (this.form(i).variant === variant) continue
      const form = await this.made(i, variant)
      if (!isUnfit(form)) this.forms[i] = form
    }
    if (this.state.end === null) await this.save()
  }

  /** The current fix by another transform ("": as planned); says why where that cannot be. */
  private async choose(alternative: string): Promise<boolean> {
    const name = alternativeOf(alternative)?.name ?? 'it was planned'
    const { at } = this.state
    if (this.subjects[at]?.planned.maps.length === 0) {
      await this.say('the fix is that of its rule: there is no other\n')
      return false
    }
    await this.say(`planning and proving it as ${name}\n`)
    const variant = { ...PLANNED, alternative }
    const made = await this.made(at, variant)
    return this.takeForm(made, `cannot be done as ${name}`)
  }

  private async hunkwise(): Promise<boolean> {
    const form = this.form(this.state.at)
    const hunks = hunksOf(form, this.showing.functionAt)
    const without = await pickHunks(form, hunks, this.context, this.showing)
    if (without === null) return false
    if (without.length === 0) {
      await this.act('accept')
      return true
    }
    if (without.length === hunks.length) {
      await this.act('decline')
      return true
    }
    await this.say(`proving it without ${without.length} of ${hunks.length} hunks\n`)
    const made = await inPart(this.bench, form, hunks, without)
    if (!isUnfit(made)) {
      this.set(made)
      await this.say(`it stands without them: ${this.proofOf(made)}\n`)
      await this.act('accept')
      return true
    }
    await this.say(`the rest does not stand: ${made.why}\n`)
    const key = await this.showing.screen.ask('Take the whole fix, or none of it?', [
      { key: 'y', does: 'the whole' },
      { key: 'n', does: 'none of it' },
      { key: 'b', does: 'back to the fix' },
    ])
    if (key === 'b') return false
    await this.act(key === 'y' ? 'accept' : 'decline')
    return true
  }

  private async edit(): Promise<boolean> {
    const form = this.form(this.state.at)
    const made = await editForm(form, this.showing, async (texts) => {
      await this.say('proving what you made of it\n')
      return edited(this.bench, form, texts)
    })
    return made !== null && this.takeForm(made, '')
  }

  private async proveAgain(): Promise<void> {
    const form = this.form(this.state.at)
    await this.say('proving it again\n')
    const made = await proved(this.bench, form.variant, form.fixes)
    await this.say(isUnfit(made) ? `it fails now: ${made.why}\n` : `proof: ${this.proofOf(made)}\n`)
  }

  private async takeForm(made: Form | { readonly why: string }, cannot: string): Promise<boolean> {
    if ('why' in made) {
      await this.say(`${cannot}: ${made.why}\n`)
      return false
    }
    this.set(made)
    return true
  }

  private set(form: Form): void {
    this.forms[this.state.at] = form
    this.state = take(this.state, form.variant)
  }

  /** A form of a fix, made (and proved) anew. Transforms of one package share a file, so the others are planned with it. */
  private async made(index: number, variant: Variant): Promise<Form | { readonly why: string }> {
    const variants = this.state.variants.map((old, i) => (i === index ? variant : old))
    const all = await replanned(this.bench, this.subjects, variants)
    if (isUnfit(all)) return all
    const whole = await proved(this.bench, { ...variant, without: [], edited: null }, all.fixes[index] ?? [])
    if (isUnfit(whole)) return whole
    for (const [i, fixes] of all.fixes.entries()) if (i !== index) this.refresh(i, fixes)
    if (variant.edited !== null) return edited(this.bench, whole, variant.edited)
    if (variant.without.length === 0) return whole
    return inPart(this.bench, whole, hunksOf(whole, this.showing.functionAt), variant.without)
  }

  private refresh(index: number, fixes: readonly Fix[]): void {
    const old = this.form(index)
    if (old.variant.edited !== null || old.variant.without.length > 0 || old.fixes.length !== fixes.length) return
    const proofs = old.fixes.flatMap((c) => old.proofs.get(c) ?? [])
    this.forms[index] = { ...old, fixes, proofs: new Map(fixes.flatMap((c, i) => (proofs[i] ? [[c, proofs[i]]] : []))) }
  }

  /** Null: the user wants to decide anew. */
  private finish(): Promise<Proofs | null> {
    const forms = accepted(this.state).map((i) => this.form(i))
    return prove(this.bench, forms, this.showing.screen)
  }

  private form(index: number): Form {
    const form = this.forms[index]
    if (form === undefined) throw new Error(`bug: no fix ${index}`)
    return form
  }

  private proofOf({ proofs, variant }: Form): string {
    const how = describeVariant(variant)
    return [...proofs.values()].map(({ validation }) => proofLine(validation)).join('; ') + (how ? ` (${how})` : '')
  }

  private async save(): Promise<void> {
    const decided = this.state.decided.flatMap((decision, i) => {
      const subject = this.subjects[i]
      if (decision === null || subject === undefined) return []
      const { verdict, variant } = decision
      return [
        { findings: idsOf(subject, this.bench.found), verdict, variant: { ...variant, without: [...variant.without] } },
      ]
    })
    const { argv, files, pid } = this.options
    await saveReview(
      this.journal,
      { version: 1, argv: [...argv], files: hashesOf(this.bench.found), decided },
      files,
      pid,
    )
  }

  private say(text: string): Promise<void> {
    return this.showing.screen.say(text)
  }
}
