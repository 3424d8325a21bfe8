/** Going through a fix hunk by hunk. */

import type { Form } from './forms.js'
import type { FixHunk } from './hunks.js'
import { hunkTitle, onlyHunk } from './hunks.js'
import type { Key } from './screen.js'
import { HELP_KEY, hunkTexts, keysText, type Showing } from './show.js'

const HUNK_KEYS: readonly Key[] = [
  { key: 'y', does: 'take this hunk' },
  { key: 'n', does: 'leave it out' },
  { key: 'a', does: 'take it and all the rest of this fix' },
  { key: 'd', does: 'leave it out, and all the rest of this fix' },
  { key: '+', does: 'show more lines around it' },
  { key: 'b', does: 'back to the whole fix, with nothing decided' },
]

/** Names of the hunks to be left out; null when the user goes back. */
export async function pickHunks(
  form: Form,
  hunks: readonly FixHunk[],
  context: number,
  showing: Showing,
): Promise<string[] | null> {
  const without: string[] = []
  for (const [i, hunk] of hunks.entries()) {
    const key = await askAbout(form, hunk, `Hunk ${i + 1} of ${hunks.length}, ${hunkTitle(hunk)}`, context, showing)
    if (key === 'b') return null
    const rest = hunks.slice(i).map(({ name }) => name)
    if (key === 'a') return without
    if (key === 'd') return [...without, ...rest]
    if (key === 'n') without.push(hunk.name)
  }
  return without
}

async function askAbout(form: Form, hunk: FixHunk, title: string, context: number, showing: Showing): Promise<string> {
  const { screen, bench } = showing
  const only = form.fixes.map(({ fix }) => {
    const own = new Set<object>(fix.edits)
    return onlyHunk(fix, { ...hunk, edits: hunk.edits.filter((edit) => own.has(edit)) })
  })
  const { overlay } = await bench.patches.render(only)
  const show = (lines: number): Promise<void> =>
    screen.say(`\n${title}\n${hunkTexts(overlay, lines, showing).join('\n')}\n`)
  let lines = context
  await show(lines)
  for (;;) {
    const key = await screen.ask('Take this hunk?', [...HUNK_KEYS, HELP_KEY])
    if (key === '?') await screen.say(keysText(HUNK_KEYS))
    else if (key === '+') {
      lines = lines * 2 + 1
      await show(lines)
    } else return key
  }
}
