import { isEmpty, valueOf } from '../converted.ts'
import { note, type Making } from './context.ts'
import { urlCredentials } from './url-credentials.ts'

export function makeKanalen(making: Making): void {
  const { facts, converted } = making
  for (const { naam, documentatieLink, filters, origin } of facts.kanalen) {
    const unique = [...new Map(filters.map((filter) => [JSON.stringify(filter), filter])).values()]
    const named = unique.filter((filter) => typeof filter !== 'string' || filter.trim() !== '')
    const comments: string[] = []
    const credentials = urlCredentials(documentatieLink)
    if (credentials !== undefined) {
      note(making, comments, origin, {
        id: 'url-credentials',
        message: `${origin.shown} has a user name or password in its documentatie_link; they are left out`,
      })
    }
    const link = credentials?.url ?? documentatieLink
    converted.objects.push({
      kind: 'kanalen',
      key: naam,
      value: {
        ...(isEmpty(link) ? {} : { documentatieLink: valueOf(link) }),
        ...(named.length === 0 ? {} : { filters: named.map(valueOf) }),
      },
      comments,
      origin,
    })
  }
}
