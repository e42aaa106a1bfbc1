import { DEFAULT_SETTINGS } from '../../src/common/model.ts'
import type { Abonnement, Kanaal, Snapshot } from '../../src/common/snapshot.ts'

/** A snapshot that holds only what a test names. */
export function snapshotOf(parts: Partial<Snapshot> = {}): Snapshot {
  return {
    generation: 1,
    epoch: 1,
    settings: DEFAULT_SETTINGS,
    autorisaties: undefined,
    externalCredentials: [],
    clientCredentials: new Map(),
    kanalen: new Map(),
    abonnementen: new Map(),
    ...parts,
  }
}

export function kanaalOf(naam: string, filters: string[] = [], parts: Partial<Kanaal> = {}): Kanaal {
  return { id: `kanaal-${naam}`, owner: 'test', naam, documentatieLink: '', filters, ...parts }
}

export function abonnementOf(id: string, parts: Partial<Abonnement> = {}): Abonnement {
  return {
    id,
    owner: 'test',
    name: id,
    callbackUrl: 'http://127.0.0.1:1/',
    auth: { type: 'no_auth' },
    authSecret: undefined,
    kanalen: [],
    cloudEvents: { send: false, filters: [] },
    delivery: {},
    ...parts,
  }
}

export function byKey<T, K extends keyof T>(key: K, items: readonly T[]): Map<T[K], T> {
  return new Map(items.map((item) => [item[key], item]))
}
