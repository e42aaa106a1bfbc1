import type { KanaalFilter } from '../common/model.ts'

const ACTIE = '#actie'
const RESOURCE = '#resource'

/**
 * The API says which acties and resources an abonnement wants with two filters whose names no kenmerk
 * has (OneGround's convention); several stand with commas between them, `*` is every one.
 */
export function toKanaalFilter({ naam, filters }: { naam: string; filters: Record<string, string> }): KanaalFilter {
  const kenmerken = Object.entries(filters).filter(([key]) => key !== ACTIE && key !== RESOURCE)
  return {
    naam,
    filters: Object.fromEntries(kenmerken),
    acties: toList(filters[ACTIE]),
    resources: toList(filters[RESOURCE]),
  }
}

/** The filters as the API shows them. */
export function fromKanaalFilter({ filters, acties, resources }: KanaalFilter): Record<string, string> {
  return {
    ...filters,
    ...(acties.length === 0 ? {} : { [ACTIE]: acties.join(',') }),
    ...(resources.length === 0 ? {} : { [RESOURCE]: resources.join(',') }),
  }
}

function toList(text: string | undefined): string[] {
  const names = (text ?? '').split(',').map((name) => name.trim())
  return names.includes('*') ? [] : names.filter((name) => name !== '')
}
