/** What a rule means, for people. */
import { rules } from '../analysis/rules/index.js'

/** Several lines: what the rule finds, its fix, an example of each, and when it is wrong to follow. */
export function ruleText(name: string): string {
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
