import type { TProperties } from 'typebox'
import { Type } from './type.ts'
import { closed, label, words } from './building-blocks.ts'
import { patchOf } from './partial.ts'

/** The schema of an overlay on a configuration whose sections are `sections`. */
export function overlayOf(sections: TProperties, sequence: TProperties[string]) {
  const metadata = closed({ sequence: Type.Optional(sequence) }, words('Metadata', 'The `sequence` may differ.'))
  return closed(
    {
      apiVersion: Type.Literal('bode/v1', { ...words('API version', 'Version of this format.') }),
      kind: Type.Literal('Overlay', { ...words('Kind', 'What the document is.') }),
      metadata: closed(
        {
          environment: label(
            'Environment',
            'The environment that this is for: `--env` chooses it, and it becomes `metadata.environment`.',
          ),
        },
        words('Metadata', 'Which environment this is for.'),
      ),
      extends: Type.String({
        minLength: 1,
        maxLength: 1000,
        examples: ['../bode.yaml'],
        ...words(
          'Extends',
          'The configuration that is changed: a file, or a directory of files, as seen from this file. An overlay cannot extend an overlay.',
        ),
      }),
      patch: Type.Optional(
        Type.Unsafe<object>({
          ...patchOf(closed({ ...sections, metadata }, {})),
          type: 'object',
          ...words(
            'Patch',
            'What is different, as a JSON merge patch (RFC 7386): a map is merged, anything else replaces what was there, and `null` takes it away.',
          ),
          examples: [{ publicUrl: 'https://notificaties.gemeente.local', tokens: { maxAge: null } }],
        }),
      ),
    },
    words('Bode overlay', 'What is different in one environment.'),
  )
}
