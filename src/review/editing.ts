/** Editing the result of a fix. */
import { type Form, isUnfit, type Unfit } from './forms.js'
import type { Showing } from './show.js'

/**
 * Lets the user edit one of the texts that the form makes, until it stands or is given up. `check` makes a form of all texts. Null where
 * nothing was changed, or the change is given up.
 */
export async function editForm(
  form: Form,
  { bench, screen }: Showing,
  check: (texts: Readonly<Record<string, string>>) => Promise<Form | Unfit>,
): Promise<Form | null> {
  const { overlay } = await bench.patches.render(form.fixes.map(({ fix }) => fix))
  const texts = new Map([...overlay].flatMap(([path, text]) => (text === null ? [] : [[path, text]])))
  const paths = [...texts.keys()].sort()
  const names = paths.map((path) => bench.found.positions.file(path))
  for (;;) {
    const index = paths.length > 1 ? await screen.choose('Which file?', names) : 0
    const path = paths[index] ?? ''
    const before = texts.get(path) ?? ''
    const text = await screen.edit(before, path)
    if (text === before) {
      await screen.say('nothing was changed\n')
      return null
    }
    texts.set(path, text)
    const made = await check(Object.fromEntries(texts))
    if (!isUnfit(made)) return made
    await screen.say(`what you made of it does not stand: ${made.why}\n`)
    const key = await screen.ask('Edit it again?', [
      { key: 'e', does: 'edit again' },
      { key: 'n', does: 'forget the edit' },
    ])
    if (key === 'n') return null
  }
}
