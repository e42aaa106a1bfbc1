import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../common/package-root.ts'
import { schemaText } from '../config/schema.ts'

/** A file that `bode init` writes, by its path from the directory of the configuration. */
export type StarterFile = { path: string; text: string }

/** The pipelines there is a recipe for: where it is in this package, and where it goes. */
const RECIPES = {
  gitlab: { from: 'examples/pipelines/gitlab/.gitlab-ci.yml', to: '.gitlab-ci.yml' },
  github: { from: 'examples/pipelines/github/bode.yml', to: '.github/workflows/bode.yml' },
  none: undefined,
} as const

export type Pipeline = keyof typeof RECIPES
export const PIPELINES = Object.keys(RECIPES) as Pipeline[]

/** The files of a new configuration called `name`: document, schema and the recipe of `pipeline`. */
export async function starterFiles(name: string, pipeline: Pipeline): Promise<StarterFile[]> {
  const recipe = RECIPES[pipeline]
  return [
    { path: 'bode.yaml', text: starterDocument(name) },
    { path: 'bode.schema.json', text: schemaText() },
    ...(recipe === undefined
      ? []
      : [{ path: recipe.to, text: await readFile(join(packageRoot, recipe.from), 'utf8') }]),
  ]
}

/** The nearest name that a configuration may have; undefined when nothing of `text` is left. */
export function asName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '')
  return name === '' ? undefined : name
}

/** Valid as it is, without any secret; what most need next stands in it as comments. */
function starterDocument(name: string): string {
  return `# yaml-language-server: $schema=./bode.schema.json
#
# The whole configuration of Bode. bode explain says what a key is for: bode explain abonnementen
apiVersion: bode/v1
kind: Configuration
metadata:
  name: ${name}

# The subjects that notificaties are published on, and the kenmerken that abonnementen may filter on.
kanalen:
  zaken:
    filters: [bronorganisatie, zaaktype, vertrouwelijkheidaanduiding]

# Who may call Bode, by client id. A secret is never written here, but where it is to be found.
# clientCredentials:
#   open-zaak:
#     secret: { env: OPEN_ZAAK_SECRET }
#     # Instead of an Autorisaties API (section autorisaties), the scopes may stand here:
#     authorizedBy: configuration
#     scopes: [notificaties.publiceren]

# Who gets which notificaties, by a name of your own.
# abonnementen:
#   zac-zaken:
#     callbackUrl: https://zac.gemeente.local/rest/notificaties
#     auth: { type: api_key, value: { env: ZAC_CALLBACK_KEY } }
#     kanalen:
#       - { naam: zaken, filters: { vertrouwelijkheidaanduiding: openbaar } }
`
}
