// Writes what is generated in this folder. Run after a change of src/config/schema or of a route: npm run schema.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../src/common/package-root.ts'
import { schemaText } from '../src/config/schema.ts'
import { openApiText } from './openapi.ts'
import { schemaReference } from './reference.ts'

writeFileSync(join(packageRoot, 'schema/bode.schema.json'), schemaText())
writeFileSync(join(packageRoot, 'schema/openapi.json'), await openApiText())
writeFileSync(join(packageRoot, 'schema/README.md'), schemaReference())
