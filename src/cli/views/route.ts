import type { Notificatie } from '../../notificaties/notificatie.ts'
import type { Origin, Route } from '../route.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/**
 * Who gets a message, for people: those who do, then the others, each with its first reason.
 *
 *     zaken, create of status: 1 of 2 abonnementen gets it
 *
 *       ✓ gets it    abonnementen.zac    bode.yaml:21
 *       ✗ does not   abonnementen.ris    bode.yaml:29
 *           filter zaaktype wants "A", the message has "B"   bode.yaml:33
 */
export function renderRoute(notificatie: Notificatie, routes: readonly Route[], style: Style): string {
  const { kanaal, actie, resource } = notificatie
  const title = `${printable(kanaal)}, ${printable(actie)} of ${printable(resource)}`
  const lines = [`${style.bold(title)}: ${summary(routes)}`, '', ...routes.flatMap((route) => routeLines(route, style))]
  return `${lines.join('\n').trimEnd()}\n`
}

function summary(routes: readonly Route[]): string {
  if (routes.length === 0) return 'there are no abonnementen'
  const matched = routes.filter((route) => route.matched).length
  const noun = routes.length === 1 ? 'abonnement' : 'abonnementen'
  return `${matched} of ${routes.length} ${noun} ${matched === 1 ? 'gets' : 'get'} it`
}

function routeLines(route: Route, style: Style): string[] {
  const verdict = route.matched ? style.green('✓ gets it ') : style.yellow('✗ does not')
  const whose = route.owner.startsWith('client:') ? ` of ${route.owner.replace('client:', 'client ')}` : ''
  const title = `  ${verdict}  ${printable(route.address + whose)}${placed(route.origin, style)}`
  return [title, ...reasons(route, style).map((line) => `      ${line}`)]
}

function reasons(route: Route, style: Style): string[] {
  if (route.matched) {
    return route.open.map((key) => `the message has no kenmerk ${quoted(key)}, so that filter lets it pass`)
  }
  if (route.reason === 'kanaal') {
    const others = route.kanalen.map((naam) => printable(naam)).join(', ')
    return [others === '' ? 'it has no kanalen' : `it has no entry for this kanaal, only for ${others}`]
  }
  const [first, ...more] = route.misses
  if (first === undefined) return []
  const rest = more.length === 0 ? '' : ` (and neither do its ${more.length} other entries for this kanaal pass)`
  return [`${difference(first)}${rest}${placed(first.origin, style)}`]
}

function difference(miss: Extract<Route, { reason: 'entries' }>['misses'][number]): string {
  if (miss.kind === 'filter') {
    return `filter ${printable(miss.key)} wants ${quoted(miss.wanted)}, the message has ${quoted(miss.got)}`
  }
  const field = miss.kind === 'actie' ? 'acties' : 'resources'
  return `${field} wants ${miss.wanted.map(quoted).join(' or ')}, the message has ${quoted(miss.got)}`
}

function quoted(text: string): string {
  return `"${printable(text)}"`
}

function placed(origin: Origin | null, style: Style): string {
  return origin === null ? '' : `   ${style.dim(`${origin.file}:${origin.line}`)}`
}
