/** One test file of Open Notificaties 1.16.1 (behaviour reference §11), with what became of each of its tests here. */
export type OnFile = {
  file: string
  /** How many tests it has. */
  count: number
  /** By our file, from test/conformance: tests of the same name there. */
  covered?: Readonly<Record<string, readonly string[]>>
  /** Decided otherwise; the test of the same name in our file shows what happens instead. */
  differs?: readonly { tests: readonly string[]; in: string; because: string }[]
  notApplicable?: readonly { tests: readonly string[]; because: string }[]
}

export type Verdict = 'covered' | 'differs' | 'not applicable'

/** One test of Open Notificaties; `in` is our file with the test of the same name. */
export type Assertion = { file: string; test: string; verdict: Verdict; in?: string; because?: string }
