import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { packageRoot } from '../../src/common/package-root.ts'

/** The standard as VNG published it. */
export const STANDARD = join(packageRoot, 'test/fixtures/openapi/notificaties-api-1.0.1.openapi.yaml')
export const CLIENT_TYPES = join(packageRoot, 'test/clients/generated/notificaties-api.ts')

/** What CLIENT_TYPES holds: the types that openapi-typescript makes of the standard, and nothing of ours. */
export async function clientTypes(): Promise<string> {
  const types = astToString(await openapiTS(pathToFileURL(STANDARD)))
  return `// Made by openapi-typescript of notificaties-api-1.0.1.openapi.yaml: npm run client-types.\n\n${types}`
}
