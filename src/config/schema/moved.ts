import { Type } from './type.ts'
import { closed, line, words } from './building-blocks.ts'

/** The kinds that can be renamed, as `moved` calls one of them -> the section of that kind. */
export const MOVABLE = {
  abonnement: 'abonnementen',
  kanaal: 'kanalen',
  clientCredential: 'clientCredentials',
  externalCredential: 'externalCredentials',
} as const
export type MovableKind = keyof typeof MOVABLE

/** Renames: the object is the same, only its key is another. */
export const moved = Type.Array(
  closed(
    {
      kind: Type.Enum(Object.keys(MOVABLE) as MovableKind[], { ...words('Kind', 'What was renamed.') }),
      from: line(255, words('From', 'The key that it had; no longer declared.')),
      to: line(255, words('To', 'The key that it has now; declared.')),
    },
    words('Move', 'One rename.'),
  ),
  {
    examples: [[{ kind: 'abonnement', from: 'zac', to: 'zac-zaken' }]],
    ...words(
      'Moved',
      'Objects that have another key than before. Without it a new key is another object: the old one is deleted, with its deliveries. May be taken away after the apply.',
    ),
  },
)
