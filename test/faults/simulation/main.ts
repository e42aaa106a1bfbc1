// Runs so many schedules, from seed 1 on; exits 1 when one breaks an invariant.
import { simulate } from './simulate.ts'

const say = (text: string): void => void process.stdout.write(text)
const schedules = Number(process.argv[2])
process.exitCode = (await simulate({ seed: 1, schedules, say })) ? 0 : 1
