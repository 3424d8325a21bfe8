/** All rules, in the order of the catalogue: one file each. */
import { capturedLoopVariable } from './captured-loop-variable.js'
import { deleteInRange } from './delete-in-range.js'
import { guardedMapEscapes } from './guarded-map-escapes.js'
import { inconsistentGuard } from './inconsistent-guard.js'
import { lockLeak } from './lock-leak.js'
import { lockReentry } from './lock-reentry.js'
import type { Rule } from './rule.js'
import { sharedMapValue } from './shared-map-value.js'
import { syncMapMisuse } from './sync-map-misuse.js'
import { unboundedMap } from './unbounded-map.js'
import { unguardedMap } from './unguarded-map.js'
import { unsizedMap } from './unsized-map.js'
import { writeUnderRLock } from './write-under-rlock.js'

export type { Rule } from './rule.js'

export const rules: readonly Rule[] = [
  unguardedMap,
  inconsistentGuard,
  writeUnderRLock,
  guardedMapEscapes,
  lockReentry,
  lockLeak,
  deleteInRange,
  capturedLoopVariable,
  sharedMapValue,
  syncMapMisuse,
  unboundedMap,
  unsizedMap,
]

/** The rule that findings of --select=shared and --select=all have: not a fault, and found by none. */
export const SELECTED = 'selected'
