/** `mapfix explain`: maps with every access and what is said of them, or what a rule means. */
import { find } from '../driver.js'
import { UserError } from '../errors.js'
import { prettyExplanation } from '../report/explained.js'
import { buildExplanation } from '../report/explanation.js'
import { ruleText } from '../report/ruletext.js'
import { matching } from '../select.js'
import { type Context, isColored } from './context.js'
import { print } from './output.js'

/** Exit status 0 whatever is found: it answers a question. */
export async function explain(context: Context): Promise<number> {
  const { settings, request, stdout } = context
  if (settings.rule !== '') {
    await print(stdout, ruleText(settings.rule))
    return 0
  }
  const [name, ...patterns] = settings.operands
  if (name === undefined) throw new UserError('explain what? give the name of a map, like Store.items, or --rule=RULE')
  const selection = { ...request.selection, only: [], skip: [], select: 'findings' as const }
  const found = await find({
    ...request,
    selection,
    known: null,
    newFrom: '',
    evidence: null,
    patterns: patterns.length > 0 ? patterns : ['./...'],
  })
  const names = matching(name, found.analysis.maps, found.positions)
  if (names.size === 0) throw new UserError(`no map of these packages is called ${name}`)
  const report = buildExplanation({
    version: context.version,
    go: found.header.go,
    packages: found.packages,
    maps: found.analysis.maps.filter((map) => names.has(map.name)).map((map) => found.analysis.explain(map)),
    ids: found.ids,
    positions: found.positions,
  })
  context.clearProgress()
  const text =
    settings.format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : prettyExplanation(report, { color: isColored(context), width: Math.max(80, stdout.columns ?? 80) })
  await print(stdout, text)
  return 0
}
