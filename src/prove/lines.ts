/** Which lines of a changed text stand for a line of the text before. */
import { hunks } from '../edit/index.js'

/** From a line (1-based) before to the first and last line that stand for it after; an unchanged line stands for itself. */
export function lineMap(before: string, after: string): (line: number) => readonly [first: number, last: number] {
  const shifts: { from: number; to: number; first: number; last: number; shift: number }[] = []
  for (const hunk of hunks(before, after)) {
    let old = hunk.oldStart
    let now = hunk.newStart
    for (let i = 0; i < hunk.lines.length; ) {
      if (hunk.lines[i]?.startsWith(' ')) {
        old++
        now++
        i++
        continue
      }
      let removed = 0
      let added = 0
      for (; i < hunk.lines.length && !hunk.lines[i]?.startsWith(' '); i++) {
        if (hunk.lines[i]?.startsWith('-')) removed++
        else if (hunk.lines[i]?.startsWith('+')) added++
      }
      shifts.push({
        from: old,
        to: old + removed,
        first: now,
        last: now + Math.max(added, 1) - 1,
        shift: now + added - (old + removed),
      })
      old += removed
      now += added
    }
  }
  return (line) => {
    const change = shifts.findLast((s) => s.from <= line)
    if (change === undefined) return [line, line]
    return line < change.to ? [change.first, change.last] : [line + change.shift, line + change.shift]
  }
}
