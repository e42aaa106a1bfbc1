// Writes generated/notificaties-api.ts. Run after a change of the standard's document: npm run client-types.
import { writeFileSync } from 'node:fs'
import { CLIENT_TYPES, clientTypes } from './client-types.ts'

writeFileSync(CLIENT_TYPES, await clientTypes())
