import { defineConfig } from 'prisma/config'

// Prisma's own command line needs this file to exist; `prisma/generate.ts` passes the schema itself.
export default defineConfig({ schema: 'prisma/schema.prisma' })
