import type { Position } from '../common/diagnostics.ts'
import type { Settings, SettingsSection } from '../common/model.ts'
import { SecretsAt } from './canonical/secrets.ts'
import { reconcileOf, SETTINGS, SETTINGS_SECTIONS } from './canonical/settings.ts'
import {
  abonnementSpec,
  autorisatiesSpec,
  clientCredentialSpec,
  externalCredentialSpec,
  kanaalSpec,
} from './canonical/specs.ts'
import { KINDS, type DesiredObject, type DesiredState, type Kind, type Moved } from './desired-state.ts'
import { autorisatieOf } from './normalise.ts'
import type { ConfigurationDocument } from './schema.ts'
import { MOVABLE } from './schema/moved.ts'
import { positionOf } from './source.ts'
import { locate, positionAt, type MapNode, type Path, type Tree } from './tree.ts'

/**
 * What a valid document asks for. Two documents that say the same give the same objects in the same
 * order, however they are written or divided over files; only positions differ.
 */
export function canonicalState(document: ConfigurationDocument, root: MapNode): DesiredState {
  const { metadata } = document
  const declaredSettings = SETTINGS_SECTIONS.filter((section) => document[section] !== undefined)
  const declared = KINDS.filter((kind) =>
    kind === 'settings' ? declaredSettings.length > 0 : document[kind] !== undefined,
  )
  const objects = KINDS.flatMap((kind) => OBJECTS[kind](document, root))
  return {
    owner: metadata.name,
    environment: metadata.environment,
    objects,
    declared: new Set(declared),
    declaredSettings: new Set(declaredSettings),
    moved: movedOf(document, root),
    sequence: metadata.sequence,
    reconcile: reconcileOf(document.settings),
    rules: document.settings?.rules ?? {},
  }
}

const OBJECTS: Record<Kind, (document: ConfigurationDocument, root: MapNode) => DesiredObject[]> = {
  autorisaties: (document, root) => {
    const found = autorisatieOf(document.autorisaties)
    if (found === undefined) return []
    const spec = autorisatiesSpec(found.value)
    const isProtected = found.value.protected ?? false
    return [
      {
        kind: 'autorisaties',
        key: found.key,
        spec,
        secrets: [],
        protected: isProtected,
        ...placesOf(root, found.path),
      },
    ]
  },
  externalCredentials: (document, root) =>
    byKey(document.externalCredentials).map(([key, value]) => {
      const path = ['externalCredentials', key]
      const secrets = new SecretsAt(root, path).ofExternalCredential(value)
      return {
        kind: 'externalCredentials',
        key,
        spec: externalCredentialSpec(key, value),
        secrets,
        protected: value.protected ?? false,
        ...placesOf(root, path),
      }
    }),
  clientCredentials: (document, root) =>
    byKey(document.clientCredentials).map(([key, value]) => {
      const path = ['clientCredentials', key]
      const secrets = new SecretsAt(root, path).ofClientCredential(value)
      return {
        kind: 'clientCredentials',
        key,
        spec: clientCredentialSpec(value),
        secrets,
        protected: value.protected ?? false,
        ...placesOf(root, path),
      }
    }),
  kanalen: (document, root) =>
    byKey(document.kanalen).map(([key, value]) => {
      return {
        kind: 'kanalen',
        key,
        spec: kanaalSpec(value),
        secrets: [],
        protected: value.protected ?? false,
        ...placesOf(root, ['kanalen', key]),
      }
    }),
  abonnementen: (document, root) =>
    byKey(document.abonnementen).map(([key, value]) => {
      const path = ['abonnementen', key]
      const uuid = value.uuid === undefined ? {} : { uuid: value.uuid.toLowerCase() }
      const secrets = new SecretsAt(root, path).ofAbonnement(value)
      return {
        kind: 'abonnementen',
        key,
        ...uuid,
        spec: abonnementSpec(value),
        secrets,
        protected: value.protected ?? false,
        ...placesOf(root, path),
      }
    }),
  settings: (document, root) => SETTINGS_SECTIONS.flatMap((section) => settingObject(section, document, root)),
}

function settingObject<S extends SettingsSection>(
  section: S,
  document: ConfigurationDocument,
  root: MapNode,
): (DesiredObject & { key: S })[] {
  const value = document[section]
  if (value === undefined) return []
  const spec: Settings[S] = SETTINGS[section](value)
  return [
    {
      kind: 'settings',
      key: section,
      spec,
      secrets: new SecretsAt(root, [section]).ofSettings(section, document),
      protected: false,
      ...placesOf(root, [section]),
    } as DesiredObject & { key: S },
  ]
}

/** Where an object and its fields stand. */
function placesOf(root: MapNode, path: Path): Pick<DesiredObject, 'position' | 'fields'> {
  const fields = new Map<string, Position>()
  const object = locate(root, path)
  if (object !== undefined) collectFields(object.value, '', fields)
  return { position: positionAt(root, path), fields }
}

function collectFields(node: Tree, prefix: string, fields: Map<string, Position>): void {
  if (node.kind === 'map') {
    for (const [name, { key, value }] of node.entries) {
      fields.set(prefix + name, positionOf(key))
      collectFields(value, `${prefix}${name}.`, fields)
    }
  } else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) {
      fields.set(`${prefix}${index}`, positionOf(item))
      collectFields(item, `${prefix}${index}.`, fields)
    }
  }
}

/** In canonical order: which file or line a move stands on makes no difference. */
function movedOf({ moved = [] }: ConfigurationDocument, root: MapNode): Moved[] {
  return moved
    .map(({ kind, from, to }, index) => ({
      kind: MOVABLE[kind],
      from,
      to,
      position: positionAt(root, ['moved', String(index)]),
    }))
    .toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.from < b.from ? -1 : 1))
}

/** By key in code unit order, which is the same on every machine. */
function byKey<T>(section: Record<string, T> | undefined): [string, T][] {
  return Object.entries(section ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
}
