// Makes both Prisma clients from prisma/schema.prisma. `npm run generate` calls it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toPostgresqlSchema } from './postgresql-schema.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..')
const generated = join(root, 'src/db/generated')
const derived = join(here, 'postgresql.generated.prisma')

// `prisma generate` looks for a native schema engine that it never starts and that may not be
// downloadable; any executable will do.
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' }

rmSync(generated, { recursive: true, force: true })
mkdirSync(generated, { recursive: true })
try {
  writeFileSync(derived, toPostgresqlSchema(readFileSync(join(here, 'schema.prisma'), 'utf8')))
  for (const schema of ['prisma/schema.prisma', 'prisma/postgresql.generated.prisma']) {
    execFileSync(process.execPath, ['node_modules/prisma/build/index.js', 'generate', '--schema', schema], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
} finally {
  rmSync(derived, { force: true })
}
