/** What a batch says while it runs. Pure. */

import { counted } from '../quantity.js'
import type { MadeRecord, UnitRecord } from './records.js'

/** One line for a unit that has ended. */
export function unitLine(record: UnitRecord, again: boolean): string {
  const { state, findings, trouble, seconds } = record
  const unit = shownName(record.unit)
  const time = again ? 'as before' : `${seconds} s`
  if (trouble !== null) return `${unit}: failed (${trouble.kind}): ${oneLine(trouble.message)}\n  ${trouble.advice}`
  const count = (status: string): number => findings.filter((finding) => finding.status === status).length
  const counts = (['refused', 'held', 'failed', 'open'] as const).flatMap((status) =>
    count(status) > 0 ? [`${count(status)} ${status}`] : [],
  )
  const found = `${findings.length} found, ${[`${count('proposed')} fixed`, ...counts].join(', ')}`
  return `${unit}: ${state}${findings.length > 0 ? `: ${found}` : ''} (${time})`
}

export function madeLine({ name, fixes, trouble, exec, repository }: MadeRecord): string {
  const what = `${name}: ${counted(fixes, 'fix')}, in ${repository}`
  if (trouble !== null) return `${what}: ${oneLine(trouble.message)}\n  ${trouble.advice}`
  return exec === null ? what : `${what}; the command ended with ${exec}`
}

export interface Standing {
  readonly total: number
  readonly done: number
  readonly running: readonly string[]
  readonly found: number
  readonly fixed: number
  readonly refused: number
  /** Of the units that this run has ended. */
  readonly seconds: readonly number[]
  readonly jobs: number
}

/** The line that stands below. */
export function standingLine(standing: Standing): string {
  const { total, done, running, found, fixed, refused } = standing
  const names =
    running.length > 2 ? `${running.slice(0, 2).join(', ')} and ${running.length - 2} more` : running.join(', ')
  return [`${done}/${total}`, `${found} found, ${fixed} fixed, ${refused} refused`, timeLeft(standing), names]
    .filter((text) => text !== '')
    .join(' · ')
}

/**
 * What is left, as a range: units differ, so it is between what it takes when the rest are like the quicker and like the slower half.
 * "" until four units have ended.
 */
export function timeLeft({ total, done, seconds, jobs }: Standing): string {
  const left = total - done
  if (seconds.length < 4 || left <= 0) return ''
  const sorted = [...seconds].sort((a, b) => a - b)
  const half = Math.ceil(sorted.length / 2)
  const mean = (some: readonly number[]): number => some.reduce((sum, one) => sum + one, 0) / some.length
  const [low, high] = [mean(sorted.slice(0, half)), mean(sorted.slice(-half))].map(
    (each) => (each * left) / Math.min(jobs, left),
  )
  const [from, to] = [spoken(low ?? 0), spoken(high ?? 0)]
  return from === to ? `about ${to} left` : `${from} to ${to} left`
}

function spoken(seconds: number): string {
  if (seconds < 90) return `${Math.max(10, Math.round(seconds / 10) * 10)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 360) / 10} h`
}

/** A name that stays on its line. */
export function shownName(name: string): string {
  return /[\p{Cc}"]/u.test(name) ? JSON.stringify(name) : name
}

function oneLine(text: string): string {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '')
  return rest.length > 0 ? `${first} …` : first
}
