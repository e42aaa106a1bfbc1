// Writes README.md in this folder. Run after a change of inventory/: npm run conformance.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/common/package-root.ts'
import { conformanceReadme } from './readme.ts'

writeFileSync(join(packageRoot, 'test/conformance/README.md'), conformanceReadme())
