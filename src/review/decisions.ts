/** The decisions of a review, as data: what each key does to them. Pure. */

/** A fix that is decided about. */
export interface Item {
  /** Import path of the package that the finding is in. */
  readonly pkg: string
  /** The file that the finding is in. */
  readonly file: string
}

/** What a fix is taken as: as it was planned, or in another form. It can be written down, and made again from that. */
export interface Variant {
  /** Key of one of ALTERNATIVES; "" for the fix as it was planned. */
  readonly alternative: string
  /** Names of the hunks that are left out. */
  readonly without: readonly string[]
  /** Texts of files, by absolute path, as the user edited the result; null where nothing was edited. */
  readonly edited: Readonly<Record<string, string>> | null
}

export const PLANNED: Variant = { alternative: '', without: [], edited: null }

export interface Decision {
  readonly verdict: 'accepted' | 'declined'
  readonly variant: Variant
}

export interface State {
  readonly items: readonly Item[]
  readonly decided: readonly (Decision | null)[]
  /** What each fix is shown as, and would be taken as. */
  readonly variants: readonly Variant[]
  /** Index of the fix to be decided about; items.length when none is left. */
  readonly at: number
  /** How it was before the last decision. */
  readonly before: State | null
  readonly end: 'keep' | 'nothing' | null
}

export type Action =
  | 'accept'
  | 'decline'
  /** Also all of this package that are not decided yet. */
  | 'accept package'
  /** Also all of this file that are not decided yet. */
  | 'decline file'
  | 'undo'
  | 'keep'
  | 'nothing'

/** Nothing is decided. */
export function begin(items: readonly Item[]): State {
  return {
    items,
    decided: items.map(() => null),
    variants: items.map(() => PLANNED),
    at: 0,
    before: null,
    end: null,
  }
}

/** The state after an action. At the end of the list only undoing and quitting change anything. */
export function decide(state: State, action: Action): State {
  const item = state.items[state.at]
  switch (action) {
    case 'undo':
      return state.before ?? state
    case 'keep':
    case 'nothing':
      return { ...state, end: action }
    case 'accept':
      return all(state, 'accepted', (_, i) => i === state.at)
    case 'decline':
      return all(state, 'declined', (_, i) => i === state.at)
    case 'accept package':
      return all(state, 'accepted', ({ pkg }) => pkg === item?.pkg)
    case 'decline file':
      return all(state, 'declined', ({ file }) => file === item?.file)
  }
}

/** The current fix in another form. It is still to be decided about. */
export function take(state: State, variant: Variant): State {
  return { ...state, variants: state.variants.map((old, i) => (i === state.at ? variant : old)) }
}

/** A decision that was made in an earlier sitting. */
export function recall(state: State, index: number, { verdict, variant }: Decision): State {
  const there = { ...take({ ...state, at: index }, variant), before: null }
  return { ...all(there, verdict, (_, i) => i === index), before: null }
}

/** Indices of what was accepted. */
export function accepted({ decided }: State): number[] {
  return decided.flatMap((decision, i) => (decision?.verdict === 'accepted' ? [i] : []))
}

/** How many there are of each. */
export function tally({ decided }: State): { accepted: number; declined: number; left: number } {
  const count = (verdict: Decision['verdict']): number => decided.filter((d) => d?.verdict === verdict).length
  return { accepted: count('accepted'), declined: count('declined'), left: decided.filter((d) => d === null).length }
}

function all(state: State, verdict: Decision['verdict'], which: (item: Item, index: number) => boolean): State {
  const decided = state.decided.map((old, i) => {
    const item = state.items[i]
    const variant = state.variants[i]
    return old === null && item && variant && which(item, i) ? { verdict, variant } : old
  })
  if (decided.every((decision, i) => decision === state.decided[i])) return state
  const next = decided.indexOf(null)
  return { ...state, decided, at: next < 0 ? decided.length : next, before: state }
}
