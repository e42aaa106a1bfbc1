import { closest } from '../../common/closest.ts'
import { quoted } from '../quoted.ts'
import { MOVABLE } from '../schema/moved.ts'
import type { Finding, Rule } from './rule.ts'

/** A move that does not say which object became which would delete the one and make the other. */
export const movedNames: Rule = {
  id: 'moved/name',
  check({ document: { moved = [] }, names }) {
    const seen = new Set<string>()
    const sources = new Set(moved.map(({ kind, from }) => `${kind} ${from}`))
    return moved.flatMap(({ kind, from, to }, index): Finding[] => {
      const at = ['moved', String(index)]
      const declared = names(MOVABLE[kind])
      const finding = (field: 'from' | 'to', message: string, more: Pick<Finding, 'label' | 'help'> = {}): Finding => {
        return { severity: 'error', message, ...more, at: [...at, field], prefer: 'value' }
      }
      if (from === to) return [finding('to', `${kind} ${quoted(to)} is moved to itself`)]
      if (sources.has(`${kind} ${to}`)) {
        const help = ['write one move for each object, from its first key to its last']
        return [finding('to', `${kind} ${quoted(to)} is moved on by another move`, { help })]
      }
      for (const field of ['from', 'to'] as const) {
        const key = `${kind} ${field} ${field === 'from' ? from : to}`
        if (seen.has(key)) return [finding(field, twice(field, kind, from, to))]
        seen.add(key)
      }
      const still = { help: ['take the old one out, or take this move out'] }
      const meant = closest(to, [...declared])
      return [
        ...(declared.has(from) ? [finding('from', `${kind} ${quoted(from)} is still declared`, still)] : []),
        ...(declared.has(to)
          ? []
          : [
              finding(
                'to',
                `${kind} ${quoted(to)} is not declared`,
                meant === undefined ? {} : { label: `did you mean ${quoted(meant)}?` },
              ),
            ]),
      ]
    })
  },
}

function twice(field: 'from' | 'to', kind: string, from: string, to: string): string {
  return field === 'from'
    ? `${kind} ${quoted(from)} is moved by another move too`
    : `another ${kind} is moved to ${quoted(to)} too`
}
