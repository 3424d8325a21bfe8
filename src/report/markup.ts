/** HTML made from templates in which everything is escaped that is not markup already. */

/** Markup. Only `markup` makes it, so that no text is taken for it by mistake. */
export class Markup {
  constructor(readonly html: string) {}
}

type Value = string | number | Markup | readonly Markup[]

/** A template tag: strings are escaped, markup stands as it is, lists of it one after the other. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const html = parts.map((part, i) => {
    const value = values[i]
    return value === undefined ? part : part + htmlOf(value)
  })
  return new Markup(html.join(''))
}

/** Markup if a condition holds. */
export function when(condition: boolean, make: () => Markup): Markup {
  return condition ? make() : new Markup('')
}

function htmlOf(value: Value): string {
  if (value instanceof Markup) return value.html
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value))
  return value.map(({ html }) => html).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for attributes in quotes. Controls that would turn the reading direction, or that no page may hold, are shown by number. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
    .replace(/[\p{Cc}\p{Bidi_C}]/gu, (sign) => {
      if (sign === '\n' || sign === '\t') return sign
      return `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
    })
}
