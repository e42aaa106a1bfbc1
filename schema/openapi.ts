import { createApp, type AppOptions } from '../src/http/app.ts'
import { openApiDocument } from '../src/http/openapi/document.ts'
import { createLogger } from '../src/observability/logger.ts'

/** What `/api/v1/openapi.json` serves, for the file schema/openapi.json. */
export async function openApiText(): Promise<string> {
  // It answers no request, so what answers are made with is left out.
  const app = await createApp({ logger: createLogger({ level: 'silent' }), version: '' } as AppOptions)
  await app.ready()
  const text = `${JSON.stringify(openApiDocument(app), null, 2)}\n`
  await app.close()
  return text
}
