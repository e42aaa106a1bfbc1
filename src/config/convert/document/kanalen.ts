import { isEmpty, valueOf } from '../converted.ts'
import type { Making } from './context.ts'

export function makeKanalen({ facts, converted }: Making): void {
  for (const { naam, documentatieLink, filters, origin } of facts.kanalen) {
    const unique = [...new Map(filters.map((filter) => [JSON.stringify(filter), filter])).values()]
    const named = unique.filter((filter) => typeof filter !== 'string' || filter.trim() !== '')
    converted.objects.push({
      kind: 'kanalen',
      key: naam,
      value: {
        ...(isEmpty(documentatieLink) ? {} : { documentatieLink: valueOf(documentatieLink) }),
        ...(named.length === 0 ? {} : { filters: named.map(valueOf) }),
      },
      comments: [],
      origin,
    })
  }
}
