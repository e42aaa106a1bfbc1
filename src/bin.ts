#!/usr/bin/env node
import { processEnvironment } from './common/environment.ts'
import { run } from './cli/run.ts'
import { processIo } from './cli/io.ts'

process.exitCode = await run(process.argv.slice(2), processIo(), processEnvironment())
