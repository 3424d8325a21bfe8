/** What is said of a patched run that did not end. */
import { goroutinesIn } from '../evidence/index.js'
import { initSyntax } from '../syntax/index.js'
import type { Overlay } from '../types.js'
import { describeDeadlock } from './deadlock.js'
import type { Ground } from './ground.js'

/** Who waits for which lock and who holds it in the patched tree; or else the beginning of what the run printed. */
export async function explainHang(output: string, overlay: Overlay, ground: Ground): Promise<string> {
  await ground.show(overlay)
  const frames = goroutinesIn(output).flatMap(({ stack }) => stack.map(({ file }) => file))
  const changed = [...overlay.keys()].filter((path) => path.endsWith('.go')).map(ground.copy.to)
  const texts = new Map<string, string | null>()
  for (const file of new Set([...frames, ...changed])) texts.set(file, await ground.copy.text(file))
  const sources = {
    text: (file: string) => texts.get(file) ?? null,
    name: (file: string) => ground.name(ground.copy.from(file)),
    changed,
    files: [...texts.keys()],
  }
  const deadlock = describeDeadlock(output, sources, await initSyntax())
  return deadlock === '' ? ground.copy.restore(output.split('\n').slice(0, 40).join('\n')) : deadlock
}
