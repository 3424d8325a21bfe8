/** `mapfix explain`: one map with every access, or what a rule means. */
import { rules, SELECTED } from '../analysis/rules/index.js'
import { find } from '../driver.js'
import { UserError } from '../errors.js'
import { findingIds } from '../report/ids.js'
import { matching } from '../select.js'
import type { Finding, SharedMap } from '../types.js'
import { type Context, format, reportOn } from './context.js'
import { print } from './output.js'

/** Exit status 0 whatever is found: it answers a question. */
export async function explain(context: Context): Promise<number> {
  const { settings, request, stdout } = context
  if (settings.rule !== '') {
    await print(stdout, explainRule(settings.rule))
    return 0
  }
  const [name, ...patterns] = settings.operands
  if (name === undefined) throw new UserError('explain what? give the name of a map, like Store.items, or --rule=RULE')
  const found = await find({ ...request, patterns: patterns.length > 0 ? patterns : ['./...'] })
  const names = matching(name, found.analysis.maps, found.positions)
  const findings = found.analysis.maps
    .filter((map) => names.has(map.name))
    .flatMap((map) => findingsOn(map, found.analysis.findings, found.analysis.shared))
  const report = reportOn(
    context,
    { ...found, suppressed: [], idle: [], ids: findingIds(findings, [], found.packages) },
    findings.map((finding) => ({ finding })),
  )
  context.clearProgress()
  await print(
    stdout,
    format(report, { ...context, settings: { ...settings, verbose: true } }, { diffs: false, fixing: false }),
  )
  return 0
}

/** The findings on a map, whatever their confidence, or why there is none. */
function findingsOn(map: SharedMap, findings: readonly Finding[], shared: readonly SharedMap[]): Finding[] {
  const own = findings.filter((finding) => finding.map?.name === map.name)
  return own.length > 0
    ? own
    : [
        {
          rule: SELECTED,
          map,
          subject: null,
          at: null,
          confidence: 'possible',
          message: whyClean(map, shared.includes(map)),
          racing: [],
          related: [],
        },
      ]
}

function whyClean(map: SharedMap, isShared: boolean): string {
  const { name } = map.object
  if (!isShared) return `not reported: only one goroutine is seen to reach ${name}`
  if (!map.accesses.some((access) => access.write && !access.exclusive))
    return `not reported: ${name} is only read once goroutines share it`
  if (map.guard !== null && map.guard.held === map.guard.total)
    return `not reported: ${map.guard.object.name} is held at all ${map.guard.total} shared accesses of ${name}`
  return `not reported: no two accesses of ${name} can run at the same time without a common lock`
}

function explainRule(name: string): string {
  const rule = rules.find((r) => r.name === name)
  if (rule === undefined) throw new Error(`bug: no rule ${name}`)
  const code = (text: string): string => text.replace(/^(?=.)/gm, '    ')
  return `${rule.name}${rule.onRequest ? ' (only where --rules names it)' : ''}
  finds  ${rule.meaning}
  fix    ${rule.remedy}

  bad
${code(rule.bad)}

  good
${code(rule.good)}

  when it is wrong to follow
    ${rule.unless}
`
}
